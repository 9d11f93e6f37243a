//! The rows of failed tries: counted exactly, whoever tries at the same time, and never more than a few
//! thousand.

use super::engine::{Engine, Fault, Row, Value};
use super::rows::{Commit, Rows, check_version};
use super::{Rule, Try};
use crate::error::Error;
use crate::model::{Attempts, Counted, FORGETTING, Reserved, Settled, Subject, Time};

/// Rows of `attempts`, at most; more only by as many as are made in the same moment. Anybody can add one with
/// each try.
const ATTEMPTS_MAX: i64 = 10_000;

/// Rows that go where the table is full, and no fewer: were it one, two names in turn would push each other out,
/// and neither would ever be blocked.
const EVICTED: i64 = 100;

const READ: &str = "\
    SELECT failures, window_started, blocked_until FROM attempts WHERE subject = ?";

const MAKE: &str = "\
    INSERT INTO attempts (subject, failures, window_started, blocked_until) VALUES (?, 0, ?, NULL)";

/// An update that changes nothing is the one portable lock.
const LOCK: &str = "UPDATE attempts SET failures = failures WHERE subject = ?";

const WRITE: &str = "\
    UPDATE attempts SET failures = ?, window_started = ?, blocked_until = ? WHERE subject = ?";

/// Of one subject, by its row.
pub const CLEAR: &str = "UPDATE attempts SET failures = 0, blocked_until = NULL WHERE subject = ?";

/// The block goes if it is this try's own, which it is where nobody was counted since. MySQL assigns from the
/// left, SQLite all at once: the count comes last.
const GIVE_BACK: &str = "\
    UPDATE attempts SET \
    blocked_until = CASE failures WHEN ? THEN NULL ELSE blocked_until END, failures = failures - 1 \
    WHERE subject = ? AND failures > 0";

const COUNT: &str = "SELECT COUNT(*) FROM attempts";

/// Of the rows that are not blocked, those that are forgotten first: how many, and when the last of them is.
const FIRST_FORGOTTEN: &str = "\
    SELECT COUNT(*), MAX(forgotten) FROM (SELECT window_started + failures * ? AS forgotten FROM attempts \
    WHERE blocked_until IS NULL OR blocked_until <= ? ORDER BY forgotten LIMIT ?) AS evicted";

const EVICT: &str = "\
    DELETE FROM attempts WHERE window_started + failures * ? <= ? \
    AND (blocked_until IS NULL OR blocked_until <= ?)";

impl<E: Engine> Rows<E> {
    /// Does [`super::Store::count_try`].
    pub fn count(&mut self, counted: &[Counted], now: Time, rule: Rule<'_>) -> Result<Try, Error> {
        let doing = "count a try";
        loop {
            let mut subjects: Vec<Subject> =
                counted.iter().map(|one| one.subject.clone()).collect();
            // Outside a transaction: who is blocked waits for nobody and writes nothing.
            let mut found = self.attempts(&subjects)?;
            if let Err(until) = apply(rule, &found) {
                return Ok(Err(until));
            }
            if found.contains(&None) && self.is_full(now)? {
                for ((subject, row), one) in subjects.iter_mut().zip(&found).zip(counted) {
                    if row.is_none() {
                        *subject = one.shared.clone();
                    }
                }
                found = self.attempts(&subjects)?;
            }
            let tried = self.write(doing, Commit::Once, |engine| {
                reserve(engine, &subjects, &found, now, rule)
            })?;
            // Another try has made or removed a row since it was read: once more.
            if let Some(tried) = tried {
                return Ok(tried);
            }
        }
    }

    fn attempts(&mut self, subjects: &[Subject]) -> Result<Vec<Option<Attempts>>, Error> {
        let mut found = Vec::new();
        for subject in subjects {
            let rows = self.read("read tries", READ, &[subject.as_str().into()])?;
            found.push(rows.first().map(attempts));
        }
        Ok(found)
    }

    /// Whether there is no room for one more row, and none could be made.
    fn is_full(&mut self, now: Time) -> Result<bool, Error> {
        let doing = "make room for tries";
        let rows = self.read(doing, COUNT, &[])?;
        let count = rows.first().and_then(|row| row.int(0));
        if count.is_some_and(|count| count < ATTEMPTS_MAX) {
            return Ok(false);
        }
        let first = [FORGETTING.into(), now.0.into(), EVICTED.into()];
        let rows = self.read(doing, FIRST_FORGOTTEN, &first)?;
        let first = rows.first();
        let until = first.and_then(|row| Some((row.int(0)?, row.int(1)?)));
        let Some((EVICTED, until)) = until else {
            return Ok(true);
        };
        let evicted = [FORGETTING.into(), until.into(), now.0.into()];
        self.write(doing, Commit::Repeat, |engine| {
            engine.execute(EVICT, &evicted).map(drop)
        })?;
        Ok(false)
    }
}

/// Writes what becomes of rows after a sign-in, in its transaction.
pub fn settle(engine: &mut impl Engine, settled: &[Settled]) -> Result<(), Fault> {
    for one in settled {
        match one {
            Settled::Cleared(subject) => engine.execute(CLEAR, &[subject.as_str().into()])?,
            Settled::GivenBack(Reserved { subject, failures }) => {
                let values = [i64::from(*failures).into(), subject.as_str().into()];
                engine.execute(GIVE_BACK, &values)?
            }
        };
    }
    Ok(())
}

/// Locks the rows, reads them, and writes what the rule makes of them; `None` if one was made or removed
/// since it was looked for.
fn reserve(
    engine: &mut impl Engine,
    subjects: &[Subject],
    found: &[Option<Attempts>],
    now: Time,
    rule: Rule<'_>,
) -> Result<Option<Try>, Fault> {
    for (subject, row) in subjects.iter().zip(found) {
        // A row that is not there is made, never locked: MySQL would lock the gap, and two who make the
        // same row would stop each other.
        let have = match row {
            Some(_) => engine
                .execute(LOCK, &[subject.as_str().into()])
                .map(|rows| rows > 0)?,
            None => make(engine, subject, now)?,
        };
        if !have {
            return Ok(None);
        }
    }
    // As in `open_session`: not before the locks.
    check_version(engine)?;
    let mut rows = Vec::new();
    for subject in subjects {
        let row = engine.query(READ, &[subject.as_str().into()])?;
        rows.push(row.first().map(attempts));
    }
    let counted = match apply(rule, &rows) {
        Ok(counted) => counted,
        Err(until) => return Ok(Some(Err(until))),
    };
    let mut reserved = Vec::new();
    for (subject, row) in subjects.iter().zip(counted) {
        let values = [
            i64::from(row.failures).into(),
            row.window_started.0.into(),
            row.blocked_until
                .map_or(Value::Null, |until| until.0.into()),
            subject.as_str().into(),
        ];
        engine.execute(WRITE, &values)?;
        reserved.push(Reserved {
            subject: subject.clone(),
            failures: row.failures,
        });
    }
    Ok(Some(Ok(reserved)))
}

/// Makes a row; `false` if another was faster.
fn make(engine: &mut impl Engine, subject: &Subject, now: Time) -> Result<bool, Fault> {
    match engine.execute(MAKE, &[subject.as_str().into(), now.0.into()]) {
        Ok(_) => Ok(true),
        Err(Fault::Duplicate) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// What the rule makes of all rows, or the latest time until which one of them is blocked.
fn apply(rule: Rule<'_>, rows: &[Option<Attempts>]) -> Result<Vec<Attempts>, Time> {
    let judged = rows
        .iter()
        .enumerate()
        .map(|(which, row)| rule(which, *row));
    let (counted, blocked): (Vec<_>, Vec<_>) = judged.partition(Result::is_ok);
    match blocked.into_iter().filter_map(Result::err).max() {
        Some(until) => Err(until),
        None => Ok(counted.into_iter().flatten().collect()),
    }
}

/// A row that makes no sense has no failures: it would lock somebody out for ever.
fn attempts(row: &Row) -> Attempts {
    let failures = row.int(0).and_then(|failures| u32::try_from(failures).ok());
    Attempts {
        failures: failures.unwrap_or(0),
        window_started: Time(row.int(1).unwrap_or(0)),
        blocked_until: row.int(2).map(Time),
    }
}
