//! The table `attempts`: tries are counted exactly, however many come at the same time, and the table has a bound.

pub mod rows;
mod sign_ins;
mod size_limit;

use self::rows::{Locked, lock, put, read, time};
use super::check_version::check_version;
use super::database::Database;
use super::fault::Fault;
use super::retry::Commit;
use super::sql_store::SqlStore;
use crate::error::Error;
use crate::model::{Attempts, Blocked, Limit, Reserved, Settled, Subject, Time, Try};

/// Forgets what one row counts: failures, or sign-ins.
pub const CLEAR: &str = "UPDATE attempts SET failures = 0, blocked_until = NULL WHERE subject = ?";

/// The block is removed if this try began it. MySQL assigns from left to right and SQLite all at once, so no
/// assignment here reads what another one writes.
const GIVE_BACK: &str = "\
    UPDATE attempts SET \
    blocked_until = CASE WHEN blocked_until = ? THEN NULL ELSE blocked_until END, failures = failures - 1 \
    WHERE subject = ? AND failures > 0";

impl<D: Database> SqlStore<D> {
    /// Does [`super::Store::count_try`].
    pub fn count_in_attempts(&mut self, limits: &[Limit<'_>], now: Time) -> Result<Try, Error> {
        let subjects = limits.iter().map(|limit| limit.counted.subject.clone());
        let own: Vec<Subject> = subjects.collect();
        loop {
            let mut subjects = own.clone();
            // Outside a transaction: a try that is refused waits for nobody and writes nothing.
            let mut found = self.read_rows(&subjects)?;
            if let Err(blocked) = apply(limits, &found) {
                return Ok(Try::Refused(blocked));
            }
            if self.use_shared_rows(limits, &mut subjects, &found, now)? {
                found = self.read_rows(&subjects)?;
                // As above: a try that is refused makes no row.
                if let Err(blocked) = apply(limits, &found) {
                    return Ok(Try::Refused(blocked));
                }
            }
            let tried = self.write("count a try", Commit::Once, |database| {
                count(database, limits, &subjects, &found, now)
            })?;
            if let Locked::Done(tried) = tried {
                return Ok(tried);
            }
        }
    }

    /// Does [`super::Store::settle`].
    pub fn settle_tries(&mut self, settled: &[Settled]) -> Result<(), Error> {
        self.write("give a try back", Commit::Once, |database| {
            settle(database, settled)
        })
    }

    fn read_rows(&mut self, subjects: &[Subject]) -> Result<Vec<Option<Attempts>>, Error> {
        self.ask("read tries", |database| read(database, subjects))
    }

    /// Replaces each subject that has no row, and for which the table has no room, by the shared one; whether any was
    /// replaced.
    fn use_shared_rows(
        &mut self,
        limits: &[Limit<'_>],
        subjects: &mut [Subject],
        found: &[Option<Attempts>],
        now: Time,
    ) -> Result<bool, Error> {
        let mut replaced = false;
        for ((subject, row), limit) in subjects.iter_mut().zip(found).zip(limits) {
            if row.is_none()
                && self.is_full(subject, now)?
                && let Some(shared) = &limit.counted.shared
            {
                *subject = shared.clone();
                replaced = true;
            }
        }
        Ok(replaced)
    }
}

/// Writes what becomes of rows after a sign-in, within its transaction.
pub fn settle(database: &mut impl Database, settled: &[Settled]) -> Result<(), Fault> {
    for one in settled {
        match one {
            Settled::Cleared(subject) => database.execute(CLEAR, &[subject.as_str().into()])?,
            Settled::GivenBack(Reserved {
                subject,
                blocked_until,
            }) => {
                let values = [time(*blocked_until), subject.as_str().into()];
                database.execute(GIVE_BACK, &values)?
            }
            // It was counted before the session was opened.
            Settled::SignedIn(_) => 0,
        };
    }
    Ok(())
}

/// Locks the rows, reads them again, and writes them with one more try if all limits allow it.
fn count(
    database: &mut impl Database,
    limits: &[Limit<'_>],
    subjects: &[Subject],
    found: &[Option<Attempts>],
    now: Time,
) -> Result<Locked<Try>, Fault> {
    if !lock(database, subjects, found, now)? {
        return Ok(Locked::RowsChanged);
    }
    // As in `open_session.rs`: nothing is read before the locks.
    check_version(database)?;
    let counted = match apply(limits, &read(database, subjects)?) {
        Ok(counted) => counted,
        Err(blocked) => return Ok(Locked::Done(Try::Refused(blocked))),
    };
    let mut reserved = Vec::new();
    for (subject, row) in subjects.iter().zip(counted) {
        put(database, subject, row)?;
        reserved.push(Reserved {
            subject: subject.clone(),
            blocked_until: row.blocked_until,
        });
    }
    Ok(Locked::Done(Try::Counted(reserved)))
}

/// The rows with one more try in each, or the block that lasts longest.
fn apply(limits: &[Limit<'_>], rows: &[Option<Attempts>]) -> Result<Vec<Attempts>, Blocked> {
    let mut counted = Vec::new();
    let mut longest: Option<Blocked> = None;
    for (limit, row) in limits.iter().zip(rows) {
        match (limit.rule)(*row) {
            Ok(row) => counted.push(row),
            Err(until) if longest.is_none_or(|blocked| blocked.until < until) => {
                let whose = limit.counted.whose;
                longest = Some(Blocked { whose, until });
            }
            Err(_) => {}
        }
    }
    longest.map_or(Ok(counted), Err)
}
