//! The rows of failed tries: counted exactly, whoever tries at the same time, and bounded.

mod room;
mod sign_ins;

use super::engine::{Engine, Fault, Row, Value};
use super::retry::Commit;
use super::rows::{Rows, check_version};
use super::{Rule, Try};
use crate::error::Error;
use crate::model::{Attempts, Blocked, Counted, Reserved, Settled, Subject, Time};

/// How many rows are read at once: a try has at most these. A question about fewer asks for the last again.
const AT_ONCE: usize = 4;

const READ: &str = "\
    SELECT subject, failures, window_started, blocked_until FROM attempts WHERE subject IN (?, ?, ?, ?)";

const MAKE: &str = "\
    INSERT INTO attempts (subject, failures, window_started, blocked_until) VALUES (?, 0, ?, NULL)";

/// An update that changes nothing is the one portable lock.
const LOCK: &str = "UPDATE attempts SET failures = failures WHERE subject = ?";

const WRITE: &str = "\
    UPDATE attempts SET failures = ?, window_started = ?, blocked_until = ? WHERE subject = ?";

/// Of one subject, by its row.
pub const CLEAR: &str = "UPDATE attempts SET failures = 0, blocked_until = NULL WHERE subject = ?";

/// The block goes if it is this try's own. MySQL assigns from the left, SQLite all at once: nothing here reads
/// what the same statement writes.
const GIVE_BACK: &str = "\
    UPDATE attempts SET \
    blocked_until = CASE WHEN blocked_until = ? THEN NULL ELSE blocked_until END, failures = failures - 1 \
    WHERE subject = ? AND failures > 0";

impl<E: Engine> Rows<E> {
    /// Does [`super::Store::count_try`].
    pub fn count(&mut self, counted: &[Counted], now: Time, rule: Rule<'_>) -> Result<Try, Error> {
        let doing = "count a try";
        loop {
            let mut subjects: Vec<Subject> =
                counted.iter().map(|one| one.subject.clone()).collect();
            // Outside a transaction: who is blocked waits for nobody and writes nothing.
            let mut found = self.ask("read tries", |engine| read(engine, &subjects))?;
            if let Err(blocked) = apply(rule, &found) {
                return Ok(Err(blocked));
            }
            if self.find_room(counted, &mut subjects, &found, now)? {
                found = self.ask("read tries", |engine| read(engine, &subjects))?;
                // As above: who is blocked makes no row.
                if let Err(blocked) = apply(rule, &found) {
                    return Ok(Err(blocked));
                }
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

    /// Puts the shared row in the place of each that is not there, and for which there is no room; whether any was.
    fn find_room(
        &mut self,
        counted: &[Counted],
        subjects: &mut [Subject],
        found: &[Option<Attempts>],
        now: Time,
    ) -> Result<bool, Error> {
        let mut moved = false;
        for ((subject, row), one) in subjects.iter_mut().zip(found).zip(counted) {
            if row.is_none()
                && self.is_full(subject, now)?
                && let Some(shared) = &one.shared
            {
                *subject = shared.clone();
                moved = true;
            }
        }
        Ok(moved)
    }
}

/// Writes what becomes of rows after a sign-in, in its transaction.
pub fn settle(engine: &mut impl Engine, settled: &[Settled]) -> Result<(), Fault> {
    for one in settled {
        match one {
            Settled::Cleared(subject) => engine.execute(CLEAR, &[subject.as_str().into()])?,
            Settled::GivenBack(Reserved {
                subject,
                blocked_until,
            }) => {
                let values = [time(*blocked_until), subject.as_str().into()];
                engine.execute(GIVE_BACK, &values)?
            }
            // Before the session was opened.
            Settled::SignedIn(_) => 0,
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
    if !lock(engine, subjects, found, now)? {
        return Ok(None);
    }
    // As in `open_session`: not before the locks.
    check_version(engine)?;
    let counted = match apply(rule, &read(engine, subjects)?) {
        Ok(counted) => counted,
        Err(blocked) => return Ok(Some(Err(blocked))),
    };
    let mut reserved = Vec::new();
    for (subject, row) in subjects.iter().zip(counted) {
        put(engine, subject, row)?;
        reserved.push(Reserved {
            subject: subject.clone(),
            blocked_until: row.blocked_until,
        });
    }
    Ok(Some(Ok(reserved)))
}

/// Locks the rows that were found, and makes the others; `false` if one was made or removed since.
fn lock(
    engine: &mut impl Engine,
    subjects: &[Subject],
    found: &[Option<Attempts>],
    now: Time,
) -> Result<bool, Fault> {
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
            return Ok(false);
        }
    }
    Ok(true)
}

fn put(engine: &mut impl Engine, subject: &Subject, row: Attempts) -> Result<(), Fault> {
    let values = [
        i64::from(row.failures).into(),
        row.window_started.0.into(),
        time(row.blocked_until),
        subject.as_str().into(),
    ];
    engine.execute(WRITE, &values).map(drop)
}

/// The rows of the subjects, as far as they have one.
fn read(engine: &mut impl Engine, subjects: &[Subject]) -> Result<Vec<Option<Attempts>>, Fault> {
    let mut found = Vec::new();
    for some in subjects.chunks(AT_ONCE) {
        let again = some.iter().rev().cycle();
        let asked: Vec<Value> = some
            .iter()
            .chain(again)
            .take(AT_ONCE)
            .map(|subject| subject.as_str().into())
            .collect();
        found.extend(engine.query(READ, &asked)?);
    }
    let of = |subject: &Subject| {
        let row = found
            .iter()
            .find(|row| row.text(0) == Some(subject.as_str()));
        row.map(attempts)
    };
    Ok(subjects.iter().map(of).collect())
}

/// Makes a row; `false` if another was faster.
fn make(engine: &mut impl Engine, subject: &Subject, now: Time) -> Result<bool, Fault> {
    match engine.execute(MAKE, &[subject.as_str().into(), now.0.into()]) {
        Ok(_) => Ok(true),
        Err(Fault::Duplicate) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// What the rule makes of all rows, or the block that lasts longest.
fn apply(rule: Rule<'_>, rows: &[Option<Attempts>]) -> Result<Vec<Attempts>, Blocked> {
    let mut counted = Vec::new();
    let mut longest: Option<Blocked> = None;
    for (which, row) in rows.iter().enumerate() {
        match rule(which, *row) {
            Ok(row) => counted.push(row),
            Err(until) if longest.is_none_or(|blocked| blocked.until < until) => {
                longest = Some(Blocked { which, until });
            }
            Err(_) => {}
        }
    }
    longest.map_or(Ok(counted), Err)
}

fn time(time: Option<Time>) -> Value {
    time.map_or(Value::Null, |time| time.0.into())
}

/// A row that makes no sense has no failures: it would lock somebody out for ever.
fn attempts(row: &Row) -> Attempts {
    let failures = row.int(1).and_then(|failures| u32::try_from(failures).ok());
    Attempts {
        failures: failures.unwrap_or(0),
        window_started: Time(row.int(2).unwrap_or(0)),
        blocked_until: row.int(3).map(Time),
    }
}
