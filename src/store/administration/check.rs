//! Checks that the CGI programs can use a store: it is not damaged, the server and its tables are as the SQL relies on,
//! and it accepts writes.

use std::process;

use super::maintenance::Maintenance;
use crate::error::Error;
use crate::model::Time;
use crate::store::database::Database;
use crate::store::fault::Fault;
use crate::store::sql_store::SqlStore;
use crate::store::value::Value;

/// Statements that need each of the rights that a program needs. They write a row that is never committed; the last
/// one changes no row.
const WRITES: [&str; 5] = [
    "INSERT INTO attempts (subject, failures, window_started) VALUES (?, 0, 0)",
    "DELETE FROM attempts WHERE subject = ?",
    "INSERT INTO sessions (session, created_at, seen_at, expires_at, remember) VALUES (?, 0, 0, 0, 0)",
    "DELETE FROM sessions WHERE session = ?",
    "UPDATE users SET password = password WHERE login_name = '' AND password = ?",
];

impl<D: Maintenance> SqlStore<D> {
    /// Fails if the tables cannot be made as they must be.
    pub fn expect_no_obstacles(&mut self) -> Result<(), Error> {
        let obstacles = self.ask("look at the server", Maintenance::obstacles)?;
        refuse(&obstacles)
    }

    /// Fails if the file is damaged, or if the server or its tables differ from what the SQL relies on.
    pub fn expect_no_defects(&mut self) -> Result<(), Error> {
        let defects = self.ask("look at the store", Maintenance::defects)?;
        refuse(&defects)
    }

    /// Does [`super::Administration::clock`].
    pub fn read_clock(&mut self) -> Result<Option<Time>, Error> {
        let clock = self.ask("read the database's clock", Maintenance::clock)?;
        Ok(clock.map(Time))
    }

    /// Writes rows as a sign-in does, and rolls back.
    pub fn try_writing(&mut self) -> Result<(), Error> {
        // The process id as a key: no real digest or subject is that small, and no other process of this machine has
        // the same id.
        let key = [Value::Text(format!("{:064x}", process::id()))];
        self.ask("write, as a sign-in does", |database| {
            let tried = write(database, &key);
            database.rollback();
            tried
        })
    }
}

fn write(database: &mut impl Database, key: &[Value]) -> Result<(), Fault> {
    database.begin()?;
    for sql in WRITES {
        database.execute(sql, key)?;
    }
    Ok(())
}

fn refuse(found: &[String]) -> Result<(), Error> {
    if found.is_empty() {
        return Ok(());
    }
    Err(Error::Config(format!("store unfit: {}", found.join("; "))))
}
