//! Runs queries and transactions, and tries them again if that may help: after a deadlock, a lost connection, or on
//! another host.

use super::check_version::found_version;
use super::database::Database;
use super::driver_panic::driver_works;
use super::fault::Fault;
use super::schema_version::OLDEST_TABLES;
use super::sql_store::SqlStore;
use super::value::{Row, Value};
use crate::error::Error;

/// What to do if the outcome of a commit is unknown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// Fail: doing it again might do it twice.
    Once,
    /// Do it again, because doing it twice is the same as doing it once. The result is that of the first run.
    Repeat,
}

/// How often the work may still be run again after each kind of fault.
struct Patience {
    deadlocks: usize,
    lock_waits: usize,
    links: usize,
    hosts: usize,
}

impl Patience {
    /// Allows each of the other hosts one try.
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

impl<D: Database> SqlStore<D> {
    /// Runs a query outside a transaction, and again after a fault that allows it, such as a lost connection.
    pub fn read(
        &mut self,
        doing: &'static str,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<Row>, Error> {
        self.ask(doing, |database| database.query(sql, values))
    }

    /// Runs several queries outside a transaction, and tries them again as [`SqlStore::read`] does.
    pub fn ask<T>(
        &mut self,
        doing: &'static str,
        query: impl Fn(&mut D) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let mut patience = Patience::full(self.0.other_hosts());
        loop {
            match driver_works(|| query(&mut self.0)) {
                Ok(answer) => return Ok(answer),
                Err(fault) if patience.allows(&fault) => self.recover(&fault, doing)?,
                Err(fault) => return Err(self.dated(fault).during(doing)),
            }
        }
    }

    /// Runs `work` as one transaction, and again from the start after a fault that allows it.
    pub fn write<T>(
        &mut self,
        doing: &'static str,
        commit: Commit,
        work: impl Fn(&mut D) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        self.transaction(doing, commit, Database::begin, work)
    }

    /// As [`SqlStore::write`], for a write that can be left out: it gives up soon if the row that `row` finds is locked
    /// (see [`Database::begin_soon`]).
    pub fn write_soon(
        &mut self,
        doing: &'static str,
        row: &str,
        work: impl Fn(&mut D) -> Result<(), Fault>,
    ) -> Result<(), Error> {
        let begin = |database: &mut D| database.begin_soon(row);
        self.transaction(doing, Commit::Repeat, begin, work)
    }

    fn transaction<T>(
        &mut self,
        doing: &'static str,
        commit: Commit,
        begin: impl Fn(&mut D) -> Result<(), Fault>,
        work: impl Fn(&mut D) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let mut patience = Patience::full(self.0.other_hosts());
        let mut lost = None;
        loop {
            let worked = driver_works(|| begin(&mut self.0).and_then(|()| work(&mut self.0)));
            let (fault, unknown) = match worked {
                Ok(value) => match driver_works(|| self.0.commit()) {
                    // A commit before the link was lost may have done the work: the second run then finds nothing
                    // to do, and the first one's result is the true one.
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
            // When such a connection ends, the server rolls back by itself.
            if !matches!(fault, Fault::LinkLost(_) | Fault::Slow(_)) {
                driver_works(|| self.0.rollback());
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

    /// If a column is missing because the tables are too old, makes that the fault, with their version.
    fn dated(&mut self, fault: Fault) -> Fault {
        let Fault::Column(_) = fault else {
            return fault;
        };
        match driver_works(|| found_version(&mut self.0)) {
            Ok(Some(version)) if version < OLDEST_TABLES => Fault::Schema(Some(version)),
            _ => fault,
        }
    }

    fn recover(&mut self, fault: &Fault, doing: &'static str) -> Result<(), Error> {
        match fault {
            Fault::LinkLost(_) | Fault::NotReady(_) | Fault::ReadOnly(_) => {
                driver_works(|| self.0.reconnect()).map_err(|fault| fault.during(doing))
            }
            _ => Ok(()),
        }
    }
}
