//! A file for the administration: made, brought forward and checked.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::{Sqlite, integrity_check, migration};
use crate::error::Error;
use crate::store::administration::maintenance::Maintenance;
use crate::store::database::Database as _;
use crate::store::fault::Fault;

/// The longest wait for another process's lock. No visitor waits for the administration.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Sqlite {
    /// Opens the file for the administration, and makes it, mode 0600, if it is missing.
    pub fn create(path: &Path) -> Result<Self, Error> {
        // `create_new` follows no link to nowhere, which the folder's owner may have put there for root.
        let made = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        match made {
            Err(why) if why.kind() != ErrorKind::AlreadyExists && is_missing(path) => {
                let why = format!("{}: {why}", path.display());
                Err(Error::Denied("make the store", why))
            }
            _ => Ok(Self {
                patience: TIMEOUT,
                reads_until: None,
                ..Self::open(path)?
            }),
        }
    }
}

/// Whether there is no such file, as far as this user can see.
fn is_missing(path: &Path) -> bool {
    let about = path.symlink_metadata();
    about.is_err_and(|why| why.kind() == ErrorKind::NotFound)
}

impl Maintenance for Sqlite {
    fn migrations(&self) -> &'static [&'static str] {
        &[
            include_str!("../../../sql/sqlite/001_tables.sql"),
            include_str!("../../../sql/sqlite/002_epochs.sql"),
        ]
    }

    fn migrate(&mut self, statements: &[String]) -> Result<(), Fault> {
        self.make_writable()?;
        migration::run(&self.connection, statements)
    }

    fn obstacles(&mut self) -> Result<Vec<String>, Fault> {
        Ok(Vec::new())
    }

    fn defects(&mut self) -> Result<Vec<String>, Fault> {
        let found = self.query(integrity_check::QUERY, &[]);
        integrity_check::defects(found, &self.path)
    }

    /// SQLite has no clock but this machine's.
    fn clock(&mut self) -> Result<Option<i64>, Fault> {
        Ok(None)
    }
}
