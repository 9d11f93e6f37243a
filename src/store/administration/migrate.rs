//! Makes the tables, and brings tables of an older version forward.

use std::mem;

use super::maintenance::Maintenance;
use crate::error::Error;
use crate::store::check_version::{check_version, found_version};
use crate::store::fault::Fault;
use crate::store::schema_version::SCHEMA_VERSION;
use crate::store::sql_store::SqlStore;

/// Fails if one of the tables is missing, and reads no row.
const TABLES: &str = "SELECT COUNT(*) FROM users, sessions, memberships, attempts WHERE 1 = 0";

/// Queries for all columns of the first version, which read no row. A table with one of these names that lacks a
/// column is somebody else's.
const OURS: [(&str, &str); 5] = [
    (
        "users",
        "SELECT id, login_name, password, disabled_at, created_at, password_changed_at \
         FROM users WHERE 1 = 0",
    ),
    (
        "sessions",
        "SELECT session, user_id, created_at, seen_at, expires_at, remember, remote_addr, user_agent, \
         data, data_version FROM sessions WHERE 1 = 0",
    ),
    (
        "memberships",
        "SELECT user_id, group_name FROM memberships WHERE 1 = 0",
    ),
    (
        "attempts",
        "SELECT subject, failures, window_started, blocked_until FROM attempts WHERE 1 = 0",
    ),
    (
        "schema_version",
        "SELECT version FROM schema_version WHERE 1 = 0",
    ),
];

/// What [`super::Administration::migrate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The version before; 0 if a table was missing.
    pub from: i64,
    /// The version now.
    pub to: i64,
}

impl<D: Maintenance> SqlStore<D> {
    /// Makes the tables, or brings older ones forward to [`SCHEMA_VERSION`]. Newer tables that this program may use
    /// are left as they are.
    ///
    /// # Errors
    /// If the database refuses, a table is somebody else's, or the tables are newer than this program may use.
    pub fn make_tables(&mut self) -> Result<Migrated, Error> {
        let doing = "make the tables";
        let from = self.version()?;
        if from >= SCHEMA_VERSION {
            let to = self.ask(doing, check_version)?;
            return Ok(Migrated { from, to });
        }
        self.expect_no_foreign_tables()?;
        let known = self.0.migrations();
        for (file, _) in known.iter().zip(1..).filter(|(_, to)| *to > from) {
            let made = self.0.migrate(&statements(file));
            made.map_err(|fault| fault.during(doing))?;
        }
        let to = self.ask(doing, check_version)?;
        Ok(Migrated { from, to })
    }

    /// Checks that all tables exist and have a version that this program serves.
    ///
    /// # Errors
    /// If that is not so, or the database cannot answer.
    pub fn expect_tables(&mut self) -> Result<(), Error> {
        self.ask("read the schema's version", |database| {
            database.query(TABLES, &[])?;
            check_version(database).map(drop)
        })
    }

    /// The version of the tables; 0 if a table is missing, perhaps because a run of `init` was cut short.
    fn version(&mut self) -> Result<i64, Error> {
        self.ask("read the schema's version", |database| {
            let found = database
                .query(TABLES, &[])
                .and_then(|_| found_version(database));
            match found {
                Err(Fault::Schema(_)) => Ok(0),
                found => Ok(found?.unwrap_or(0)),
            }
        })
    }

    /// Fails if a table with one of our names is somebody else's.
    fn expect_no_foreign_tables(&mut self) -> Result<(), Error> {
        for (table, sql) in OURS {
            match self.0.query(sql, &[]) {
                Ok(_) | Err(Fault::Schema(_)) => {}
                Err(Fault::Column(_)) => {
                    return Err(Error::Config(format!(
                        "the database has a table `{table}` that is not ours: give `store` a database of its own"
                    )));
                }
                Err(fault) => return Err(fault.during("look for tables")),
            }
        }
        Ok(())
    }
}

/// The statements of a file: each ends with a semicolon at the end of a line. Comments are left out, because SQLite
/// keeps the text of a table, and each program that opens the file reads it.
fn statements(file: &str) -> Vec<String> {
    let (mut found, mut statement) = (Vec::new(), String::new());
    for line in file.lines().map(str::trim) {
        if line.is_empty() || line.starts_with("--") {
            continue;
        }
        if !statement.is_empty() {
            statement.push(' ');
        }
        statement += line;
        if line.ends_with(';') {
            found.push(mem::take(&mut statement));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn a_file_is_its_statements_and_what_stands_in_a_comment_ends_none() {
        let file = "-- One; two;\n\nDO 1;\nDO\n    -- three;\n    2;\n-- four\n";
        let expected = ["DO 1;", "DO 2;"];
        assert_eq!(statements(file), expected);
    }
}
