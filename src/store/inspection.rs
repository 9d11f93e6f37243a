//! A look at a store with the eyes of the programs: is it whole, does it suit, and does it take writes?

use std::process;

use super::engine::{Engine, Fault, Value};
use super::rows::Rows;
use crate::error::Error;

/// Each of the rights that a program needs, on a row that is never committed. The last one changes no row.
const WRITES: [&str; 5] = [
    "INSERT INTO attempts (subject, failures, window_started) VALUES (?, 0, 0)",
    "DELETE FROM attempts WHERE subject = ?",
    "INSERT INTO sessions (session, created_at, seen_at, expires_at, remember) VALUES (?, 0, 0, 0, 0)",
    "DELETE FROM sessions WHERE session = ?",
    "UPDATE users SET password = password WHERE login_name = '' AND password = ?",
];

impl<E: Engine> Rows<E> {
    /// Fails where the tables cannot be made as they must be.
    pub fn expect_no_obstacles(&mut self) -> Result<(), Error> {
        let obstacles = self.ask("look at the server", Engine::obstacles)?;
        refuse(&obstacles)
    }

    /// Fails where the file is damaged, or the server or its tables are not as the SQL relies on.
    pub fn expect_no_defects(&mut self) -> Result<(), Error> {
        let defects = self.ask("look at the store", Engine::defects)?;
        refuse(&defects)
    }

    /// Writes rows as a sign-in does, and takes them back.
    pub fn try_writing(&mut self) -> Result<(), Error> {
        // No digest and no subject is that small, and no other process of this machine has this one.
        let key = [Value::Text(format!("{:064x}", process::id()))];
        self.ask("write, as a sign-in does", |engine| {
            let tried = write(engine, &key);
            engine.rollback();
            tried
        })
    }
}

fn write(engine: &mut impl Engine, key: &[Value]) -> Result<(), Fault> {
    engine.begin()?;
    for sql in WRITES {
        engine.execute(sql, key)?;
    }
    Ok(())
}

fn refuse(found: &[String]) -> Result<(), Error> {
    if found.is_empty() {
        return Ok(());
    }
    Err(Error::Config(format!("store unfit: {}", found.join("; "))))
}
