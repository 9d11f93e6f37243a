//! Rows of the table `attempts`: read, made, locked and written.

use crate::model::{Attempts, Subject, Time};
use crate::store::database::Database;
use crate::store::fault::Fault;
use crate::store::value::{Row, Value};

/// How many rows one query reads. No try needs more; a query for fewer repeats their keys.
const AT_ONCE: usize = 4;

const READ: &str = "\
    SELECT subject, failures, window_started, blocked_until FROM attempts WHERE subject IN (?, ?, ?, ?)";

const MAKE: &str = "\
    INSERT INTO attempts (subject, failures, window_started, blocked_until) VALUES (?, 0, ?, NULL)";

/// An update that changes nothing is the one portable lock.
const LOCK: &str = "UPDATE attempts SET failures = failures WHERE subject = ?";

const WRITE: &str = "\
    UPDATE attempts SET failures = ?, window_started = ?, blocked_until = ? WHERE subject = ?";

/// How a transaction ended whose rows were read before it began.
pub enum Locked<T> {
    /// It was carried out, with this result.
    Done(T),
    /// Nothing was written: another process made or removed one of the rows since they were read. They must be read
    /// again.
    RowsChanged,
}

/// Locks the rows that were found, and makes the others; `false` if another process has made or removed one since.
pub fn lock(
    database: &mut impl Database,
    subjects: &[Subject],
    found: &[Option<Attempts>],
    now: Time,
) -> Result<bool, Fault> {
    for (subject, row) in subjects.iter().zip(found) {
        // A row that does not exist is made and not locked: MySQL would lock the gap, and two processes that make the
        // same row would stop each other.
        let have = match row {
            Some(_) => database
                .execute(LOCK, &[subject.as_str().into()])
                .map(|rows| rows > 0)?,
            None => make(database, subject, now)?,
        };
        if !have {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes a row that is locked.
pub fn put(database: &mut impl Database, subject: &Subject, row: Attempts) -> Result<(), Fault> {
    let values = [
        i64::from(row.failures).into(),
        row.window_started.0.into(),
        time(row.blocked_until),
        subject.as_str().into(),
    ];
    database.execute(WRITE, &values).map(drop)
}

/// The rows of these subjects; `None` for each that has no row.
pub fn read(
    database: &mut impl Database,
    subjects: &[Subject],
) -> Result<Vec<Option<Attempts>>, Fault> {
    let mut found = Vec::new();
    for some in subjects.chunks(AT_ONCE) {
        let again = some.iter().rev().cycle();
        let asked: Vec<Value> = some
            .iter()
            .chain(again)
            .take(AT_ONCE)
            .map(|subject| subject.as_str().into())
            .collect();
        found.extend(database.query(READ, &asked)?);
    }
    let row_of = |subject: &Subject| {
        let row = found
            .iter()
            .find(|row| row.text(0) == Some(subject.as_str()));
        row.map(attempts)
    };
    Ok(subjects.iter().map(row_of).collect())
}

/// Makes a row; `false` if another process was faster.
fn make(database: &mut impl Database, subject: &Subject, now: Time) -> Result<bool, Fault> {
    match database.execute(MAKE, &[subject.as_str().into(), now.0.into()]) {
        Ok(_) => Ok(true),
        Err(Fault::Duplicate) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// A time or NULL, as a statement takes it.
pub fn time(time: Option<Time>) -> Value {
    time.map_or(Value::Null, |time| time.0.into())
}

/// A count that makes no sense is read as 0: otherwise it could lock somebody out for ever.
fn attempts(row: &Row) -> Attempts {
    let failures = row.int(1).and_then(|failures| u32::try_from(failures).ok());
    Attempts {
        failures: failures.unwrap_or(0),
        window_started: Time(row.int(2).unwrap_or(0)),
        blocked_until: row.int(3).map(Time),
    }
}
