//! What is tried again where a database asks for it, and how often.

use super::OLDEST_TABLES;
use super::asking::asking;
use super::engine::{Engine, Fault, Row, Value};
use super::rows::{self, Rows};
use crate::error::Error;

/// What to do about a commit whose outcome is unknown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// Fail: doing it again might do it twice.
    Once,
    /// Do it again: twice is the same as once. What it did the first time is what it did.
    Repeat,
}

/// How often each fault is tried again within one piece of work.
struct Patience {
    deadlocks: usize,
    lock_waits: usize,
    links: usize,
    hosts: usize,
}

impl Patience {
    /// Each of the other hosts is asked once.
    fn full(other_hosts: usize) -> Self {
        Self {
            deadlocks: 3,
            lock_waits: 1,
            links: 1,
            hosts: other_hosts,
        }
    }

    fn allows(&mut self, fault: &Fault) -> bool {
        let left = match fault {
            Fault::Deadlock(_) => &mut self.deadlocks,
            Fault::LockWait(_) => &mut self.lock_waits,
            Fault::LinkLost(_) => &mut self.links,
            Fault::NotReady(_) | Fault::ReadOnly(_) => &mut self.hosts,
            _ => return false,
        };
        let allowed = *left > 0;
        *left = left.saturating_sub(1);
        allowed
    }
}

impl<E: Engine> Rows<E> {
    /// Runs a query outside a transaction, once more where the connection was lost.
    pub fn read(
        &mut self,
        doing: &'static str,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<Row>, Error> {
        self.ask(doing, |engine| engine.query(sql, values))
    }

    /// Asks what is no transaction, and again as [`Rows::read`] does.
    pub fn ask<T>(
        &mut self,
        doing: &'static str,
        query: impl Fn(&mut E) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let mut patience = Patience::full(self.0.other_hosts());
        loop {
            match asking(|| query(&mut self.0)) {
                Ok(answer) => return Ok(answer),
                Err(fault) if patience.allows(&fault) => self.recover(&fault, doing)?,
                Err(fault) => return Err(self.dated(fault).during(doing)),
            }
        }
    }

    /// Runs `work` as one transaction, from the start again where the database asks for it.
    pub fn write<T>(
        &mut self,
        doing: &'static str,
        commit: Commit,
        work: impl Fn(&mut E) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        self.transaction(doing, commit, Engine::begin, work)
    }

    /// The same for a write that is not worth a wait: of the row that `row` names.
    pub fn write_soon(
        &mut self,
        doing: &'static str,
        row: &str,
        work: impl Fn(&mut E) -> Result<(), Fault>,
    ) -> Result<(), Error> {
        let begin = |engine: &mut E| engine.begin_soon(row);
        self.transaction(doing, Commit::Repeat, begin, work)
    }

    fn transaction<T>(
        &mut self,
        doing: &'static str,
        commit: Commit,
        begin: impl Fn(&mut E) -> Result<(), Fault>,
        work: impl Fn(&mut E) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let mut patience = Patience::full(self.0.other_hosts());
        let mut lost = None;
        loop {
            let worked = asking(|| begin(&mut self.0).and_then(|()| work(&mut self.0)));
            let (fault, unknown) = match worked {
                Ok(value) => match asking(|| self.0.commit()) {
                    // What was done before the link was lost, is not found to be done again.
                    Ok(()) => return Ok(lost.unwrap_or(value)),
                    Err(fault) => {
                        if matches!(fault, Fault::LinkLost(_)) {
                            lost = lost.or(Some(value));
                        }
                        let unknown = matches!(fault, Fault::LinkLost(_) | Fault::Slow(_));
                        (fault, unknown && commit == Commit::Once)
                    }
                },
                Err(fault) => (fault, false),
            };
            // The server rolls back by itself when such a connection ends.
            if !matches!(fault, Fault::LinkLost(_) | Fault::Slow(_)) {
                asking(|| self.0.rollback());
            }
            if unknown {
                return Err(Error::Unsure(doing, fault.to_string()));
            }
            if !patience.allows(&fault) {
                return Err(self.dated(fault).during(doing));
            }
            self.recover(&fault, doing)?;
        }
    }

    /// Says of which version tables are that lack a column.
    fn dated(&mut self, fault: Fault) -> Fault {
        let Fault::Column(_) = fault else {
            return fault;
        };
        match rows::found_version(&mut self.0) {
            Ok(Some(version)) if version < OLDEST_TABLES => Fault::Schema(Some(version)),
            _ => fault,
        }
    }

    fn recover(&mut self, fault: &Fault, doing: &'static str) -> Result<(), Error> {
        match fault {
            Fault::LinkLost(_) | Fault::NotReady(_) | Fault::ReadOnly(_) => {
                asking(|| self.0.reconnect()).map_err(|fault| fault.during(doing))
            }
            _ => Ok(()),
        }
    }
}
