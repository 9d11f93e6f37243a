//! A new version of the tables: all of it, or nothing.

use rusqlite::{Connection, Error as Failure};

use crate::store::engine::Fault;

/// An index or a trigger: its name, and the statement that makes it.
type Beside = Vec<(String, String)>;

/// Runs a file's statements in one transaction. A table that is made anew (SQLite cannot change much of one)
/// keeps its indexes and triggers, and the rows that refer to it: with foreign keys on, `DROP TABLE` would
/// delete those.
pub fn run(connection: &Connection, statements: &[String]) -> Result<(), Fault> {
    // Neither means anything inside a transaction. The second: a view of a table that is being made anew is no error.
    connection.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON")?;
    let done = transaction(connection, statements);
    if done.is_err() {
        // Where SQLite rolled back by itself, this says that there is no transaction.
        let _ = connection.execute_batch("ROLLBACK");
    }
    connection.execute_batch("PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON")?;
    done
}

fn transaction(connection: &Connection, statements: &[String]) -> Result<(), Fault> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let (orphans, beside) = (orphans(connection)?, beside(connection)?);
    for statement in statements {
        match connection.execute_batch(statement) {
            // A file that was run before, whose version was then lost.
            Err(why) if why.to_string().contains("duplicate column name") => {}
            done => done?,
        }
    }
    let kept = self::beside(connection)?;
    for (name, sql) in beside {
        if !kept.iter().any(|(other, _)| *other == name) {
            connection.execute_batch(&sql)?;
        }
    }
    if self::orphans(connection)? > orphans {
        let why = "rows would refer to rows that are not there; nothing was changed";
        return Err(Fault::Other(why.to_owned()));
    }
    Ok(connection.execute_batch("COMMIT")?)
}

/// How many rows refer to rows that are not there.
fn orphans(connection: &Connection) -> Result<usize, Failure> {
    let mut query = connection.prepare("PRAGMA foreign_key_check")?;
    let rows = query.query_map([], |_| Ok(()))?;
    rows.collect::<Result<Vec<()>, _>>().map(|rows| rows.len())
}

fn beside(connection: &Connection) -> Result<Beside, Failure> {
    let mut query = connection.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL",
    )?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
