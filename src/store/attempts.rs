//! The rows of failed tries: counted exactly, whoever tries at the same time, and bounded.

use super::engine::{Engine, Fault, Row, Value};
use super::retry::Commit;
use super::rows::{Rows, check_version};
use super::{Rule, Try};
use crate::error::Error;
use crate::model::{
    Attempts, Blocked, Counted, FORGETTING, IN_A_ROW_MAX, Reserved, Settled, Subject, Time,
};

/// Rows of `attempts`, at most; more only by as many as are made in the same moment, by those that are shared, and by
/// devices. Anybody can add two with each try.
const ATTEMPTS_MAX: i64 = 10_000;

/// Seconds after which even a row that is never forgotten goes, where the table is full: 30 days.
const ABANDONED: i64 = 30 * 86_400;

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

/// The block goes if it is this try's own. MySQL assigns from the left, SQLite all at once: nothing here reads
/// what the same statement writes.
const GIVE_BACK: &str = "\
    UPDATE attempts SET \
    blocked_until = CASE WHEN blocked_until = ? THEN NULL ELSE blocked_until END, failures = failures - 1 \
    WHERE subject = ? AND failures > 0";

/// All rows, and those that may go: forgotten, or abandoned.
const COUNT: &str = "\
    SELECT COUNT(*), SUM(CASE WHEN (failures < ? AND window_started + failures * ? <= ?) \
    OR blocked_until <= ? THEN 1 ELSE 0 END) FROM attempts";

const EVICT: &str = "\
    DELETE FROM attempts WHERE (failures < ? AND window_started + failures * ? <= ?) OR blocked_until <= ?";

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
            if found.contains(&None) && self.is_full(now)? {
                for ((subject, row), one) in subjects.iter_mut().zip(&found).zip(counted) {
                    if let (None, Some(shared)) = (row, &one.shared) {
                        *subject = shared.clone();
                    }
                }
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

    /// Whether there is no room for one more row, and none could be made.
    fn is_full(&mut self, now: Time) -> Result<bool, Error> {
        let doing = "make room for tries";
        let abandoned = now.plus(-ABANDONED).0.into();
        let may_go = [
            i64::from(IN_A_ROW_MAX).into(),
            FORGETTING.into(),
            now.0.into(),
            abandoned,
        ];
        // Asked first: to delete would lock the whole table, even where there is nothing to delete.
        let rows = self.read(doing, COUNT, &may_go)?;
        let count = |column| rows.first().and_then(|row| row.int(column)).unwrap_or(0);
        let (all, forgotten) = (count(0), count(1));
        if all < ATTEMPTS_MAX || forgotten == 0 {
            return Ok(all >= ATTEMPTS_MAX);
        }
        let gone = self.write(doing, Commit::Repeat, |engine| {
            engine.execute(EVICT, &may_go)
        })?;
        let left = all.saturating_sub(i64::try_from(gone).unwrap_or(i64::MAX));
        Ok(left >= ATTEMPTS_MAX)
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
    let counted = match apply(rule, &read(engine, subjects)?) {
        Ok(counted) => counted,
        Err(blocked) => return Ok(Some(Err(blocked))),
    };
    let mut reserved = Vec::new();
    for (subject, row) in subjects.iter().zip(counted) {
        let values = [
            i64::from(row.failures).into(),
            row.window_started.0.into(),
            time(row.blocked_until),
            subject.as_str().into(),
        ];
        engine.execute(WRITE, &values)?;
        reserved.push(Reserved {
            subject: subject.clone(),
            blocked_until: row.blocked_until,
        });
    }
    Ok(Some(Ok(reserved)))
}

/// The rows of the subjects, as far as they have one.
fn read(engine: &mut impl Engine, subjects: &[Subject]) -> Result<Vec<Option<Attempts>>, Fault> {
    let row = |subject: &Subject| {
        let rows = engine.query(READ, &[subject.as_str().into()])?;
        Ok(rows.first().map(attempts))
    };
    subjects.iter().map(row).collect()
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
    let failures = row.int(0).and_then(|failures| u32::try_from(failures).ok());
    Attempts {
        failures: failures.unwrap_or(0),
        window_started: Time(row.int(1).unwrap_or(0)),
        blocked_until: row.int(2).map(Time),
    }
}
