//! Brings the tables forward by one version, or changes nothing.

use rusqlite::Connection;

use crate::store::fault::Fault;

/// The indexes and triggers: the name of each, and the statement that makes it.
type IndexesAndTriggers = Vec<(String, String)>;

/// Runs a file's statements in one transaction.
///
/// SQLite can change little of a table, so a file may make a table anew. Its indexes and triggers are then made
/// again, and the rows that refer to it stay: with foreign keys on, `DROP TABLE` would delete them.
pub fn run(connection: &Connection, statements: &[String]) -> Result<(), Fault> {
    // Both must be set outside the transaction. With the second, a view of a table that is made anew is no error.
    connection.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON")?;
    let done = transaction(connection, statements);
    if done.is_err() {
        // It fails if SQLite rolled back by itself: then there is no transaction.
        let _ = connection.execute_batch("ROLLBACK");
    }
    connection.execute_batch("PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON")?;
    done
}

fn transaction(connection: &Connection, statements: &[String]) -> Result<(), Fault> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let orphans = count_orphans(connection)?;
    let before = indexes_and_triggers(connection)?;
    for statement in statements {
        match connection.execute_batch(statement) {
            // This file has been run before, but the version that it leads to was not kept.
            Err(why) if why.to_string().contains("duplicate column name") => {}
            done => done?,
        }
    }
    let kept = indexes_and_triggers(connection)?;
    for (name, sql) in before {
        if !kept.iter().any(|(other, _)| *other == name) {
            connection.execute_batch(&sql)?;
        }
    }
    if count_orphans(connection)? > orphans {
        let why = "rows would refer to rows that are not there; nothing was changed";
        return Err(Fault::Other(why.to_owned()));
    }
    Ok(connection.execute_batch("COMMIT")?)
}

/// How many rows refer to rows that do not exist.
fn count_orphans(connection: &Connection) -> rusqlite::Result<usize> {
    let mut query = connection.prepare("PRAGMA foreign_key_check")?;
    let rows = query.query_map([], |_| Ok(()))?;
    rows.collect::<rusqlite::Result<Vec<()>>>()
        .map(|rows| rows.len())
}

fn indexes_and_triggers(connection: &Connection) -> rusqlite::Result<IndexesAndTriggers> {
    let mut query = connection.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL",
    )?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
