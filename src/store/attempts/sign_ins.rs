//! Sign-ins that succeed, counted in the transaction that opens the session.

use super::{lock, put, read};
use crate::error::Error;
use crate::model::{Attempts, Blocked, Settled, SignIns, Subject, Time};
use crate::store::engine::{Engine, Fault};
use crate::store::rows::Rows;

/// The rows that a sign-in counts in, as they were before its transaction.
#[derive(Debug)]
pub struct Looked {
    counted: Vec<SignIns>,
    subjects: Vec<Subject>,
    found: Vec<Option<Attempts>>,
}

impl Looked {
    /// Locks the rows; `false` if one was made or removed since it was looked for.
    pub fn lock(&self, engine: &mut impl Engine, now: Time) -> Result<bool, Fault> {
        lock(engine, &self.subjects, &self.found, now)
    }

    /// Counts one more in each of the rows, which are locked; `false`, and nothing is counted, if that is one too
    /// many.
    pub fn count(&self, engine: &mut impl Engine, now: Time) -> Result<bool, Fault> {
        let rows = read(engine, &self.subjects)?;
        let one_more = self.counted.iter().zip(rows);
        let one_more = one_more.map(|(counted, row)| counted.one_more(row, now));
        let Ok(rows) = one_more.collect::<Result<Vec<_>, _>>() else {
            return Ok(false);
        };
        for (subject, row) in self.subjects.iter().zip(rows) {
            put(engine, subject, row)?;
        }
        Ok(true)
    }
}

impl<E: Engine> Rows<E> {
    /// Looks for the rows of a sign-in that is settled so, and makes room for those that are not there.
    pub fn look_for_sign_ins(&mut self, settled: &[Settled], now: Time) -> Result<Looked, Error> {
        let counted = settled.iter().filter_map(|one| match one {
            Settled::SignedIn(counted) => Some(counted.clone()),
            _ => None,
        });
        let counted: Vec<SignIns> = counted.collect();
        let (subjects, found) = self.find_sign_ins(&counted)?;
        for (subject, _) in subjects.iter().zip(&found).filter(|(_, row)| row.is_none()) {
            // Nobody can make one without a password: they are counted by themselves, room or not.
            self.is_full(subject, now)?;
        }
        Ok(Looked {
            counted,
            subjects,
            found,
        })
    }

    /// Does [`crate::store::Store::sign_ins_blocked`].
    pub fn blocked_sign_ins(
        &mut self,
        counted: &[SignIns],
        now: Time,
    ) -> Result<Option<Blocked>, Error> {
        let (_, found) = self.find_sign_ins(counted)?;
        let rows = counted.iter().zip(found).enumerate();
        let blocked = rows.filter_map(|(which, (counted, row))| {
            let until = counted.one_more(row, now).err()?;
            Some(Blocked { which, until })
        });
        Ok(blocked.max_by_key(|blocked| blocked.until))
    }

    fn find_sign_ins(
        &mut self,
        counted: &[SignIns],
    ) -> Result<(Vec<Subject>, Vec<Option<Attempts>>), Error> {
        let subjects: Vec<Subject> = counted.iter().map(|one| one.subject.clone()).collect();
        let found = self.ask("read sign-ins", |engine| read(engine, &subjects))?;
        Ok((subjects, found))
    }
}
