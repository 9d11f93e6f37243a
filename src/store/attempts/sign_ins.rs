//! Sign-ins that succeed are counted in the transaction that opens the session.

use super::rows::{lock, put, read};
use crate::error::Error;
use crate::model::{Attempts, Blocked, Settled, SignIns, Subject, Time};
use crate::store::database::Database;
use crate::store::fault::Fault;
use crate::store::sql_store::SqlStore;

/// The rows in which a sign-in is counted, as they were before its transaction.
#[derive(Debug)]
pub struct SignInRows {
    counted: Vec<SignIns>,
    subjects: Vec<Subject>,
    found: Vec<Option<Attempts>>,
}

impl SignInRows {
    /// Locks the rows; `false` if another process has made or removed one since they were read.
    pub fn lock(&self, database: &mut impl Database, now: Time) -> Result<bool, Fault> {
        lock(database, &self.subjects, &self.found, now)
    }

    /// Counts one more sign-in in each of the rows, which must be locked; `false`, and nothing is counted, if that
    /// would be one too many.
    pub fn count(&self, database: &mut impl Database, now: Time) -> Result<bool, Fault> {
        let rows = read(database, &self.subjects)?;
        let one_more = self.counted.iter().zip(rows);
        let one_more = one_more.map(|(counted, row)| counted.one_more(row, now));
        let Ok(rows) = one_more.collect::<Result<Vec<_>, _>>() else {
            return Ok(false);
        };
        for (subject, row) in self.subjects.iter().zip(rows) {
            put(database, subject, row)?;
        }
        Ok(true)
    }
}

impl<D: Database> SqlStore<D> {
    /// Reads the rows in which a sign-in with this outcome is counted, and makes room for those that do not exist.
    pub fn find_sign_in_rows(
        &mut self,
        settled: &[Settled],
        now: Time,
    ) -> Result<SignInRows, Error> {
        let counted = settled.iter().filter_map(|one| match one {
            Settled::SignedIn(counted) => Some(counted.clone()),
            _ => None,
        });
        let counted: Vec<SignIns> = counted.collect();
        let (subjects, found) = self.find_sign_ins(&counted)?;
        for (subject, _) in subjects.iter().zip(&found).filter(|(_, row)| row.is_none()) {
            // They are made even if there is no room: nobody can make one without a password.
            self.is_full(subject, now)?;
        }
        Ok(SignInRows {
            counted,
            subjects,
            found,
        })
    }

    /// Does [`crate::store::Store::sign_ins_blocked`].
    pub fn find_blocked_sign_ins(
        &mut self,
        counted: &[SignIns],
        now: Time,
    ) -> Result<Option<Blocked>, Error> {
        let (_, found) = self.find_sign_ins(counted)?;
        let blocked = counted.iter().zip(found).filter_map(|(counted, row)| {
            let until = counted.one_more(row, now).err()?;
            let whose = counted.whose;
            Some(Blocked { whose, until })
        });
        Ok(blocked.max_by_key(|blocked| blocked.until))
    }

    fn find_sign_ins(
        &mut self,
        counted: &[SignIns],
    ) -> Result<(Vec<Subject>, Vec<Option<Attempts>>), Error> {
        let subjects: Vec<Subject> = counted.iter().map(|one| one.subject.clone()).collect();
        let found = self.ask("read sign-ins", |database| read(database, &subjects))?;
        Ok((subjects, found))
    }
}
