//! SQLite, as one connection a process.
//!
//! A check opens the file read-only, so that a read-only disk can serve it; the first write opens it again. The
//! journal is SQLite's own rollback journal.

#[cfg(feature = "tools")]
mod administration;
mod error_codes;
#[cfg(feature = "tools")]
mod integrity_check;
#[cfg(feature = "tools")]
mod migration;
mod permissions;
mod values;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, params_from_iter};

use self::error_codes::needs_a_writer;
use super::database::{Database, SOON};
use super::fault::Fault;
use super::value::{Row, Value};
use crate::error::Error;
use crate::sandbox::Need;

/// The longest wait for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection to a file.
pub struct Sqlite {
    path: PathBuf,
    folder: PathBuf,
    connection: Connection,
    writable: bool,
    /// The longest wait for each lock of a writer.
    patience: Duration,
    /// When a reader gives up; this bounds all its waits together, since it may have no other deadline.
    reads_until: Option<Instant>,
    /// When the present transaction gives up; `None` unless it can be left out.
    soon: Option<Instant>,
}

impl Sqlite {
    /// Opens a file that exists. A missing file is not made here, and a damaged one is not replaced.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let folder = permissions::look(path)?;
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(|why| permissions::fault(why, path, &folder).during("open the store"))?;
        Ok(Self {
            path: path.to_owned(),
            folder,
            connection,
            writable: false,
            patience: BUSY_TIMEOUT,
            reads_until: Some(Instant::now() + BUSY_TIMEOUT),
            soon: None,
        })
    }

    fn make_writable(&mut self) -> Result<(), Fault> {
        if !self.writable {
            let connection = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE);
            self.connection = connection.map_err(|why| self.fault(why))?;
            // A library that is not the bundled one may have another default.
            self.connection.execute_batch("PRAGMA foreign_keys = ON")?;
            self.writable = true;
        }
        Ok(())
    }

    fn fault(&self, why: rusqlite::Error) -> Fault {
        permissions::fault(why, &self.path, &self.folder)
    }

    /// Runs statements without values.
    fn batch(&self, sql: &str) -> Result<(), Fault> {
        self.limit_wait()?;
        let done = self.connection.execute_batch(sql);
        done.map_err(|why| self.fault(why))
    }

    /// Sets the longest wait for the next lock. Preparing a query takes a lock of its own, to read the tables'
    /// definitions.
    fn limit_wait(&self) -> rusqlite::Result<()> {
        let until = self.reads_until.filter(|_| !self.writable);
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        let wait = self.soon.or(until).map_or(self.patience, left);
        self.connection.busy_timeout(wait)
    }

    fn rows(&self, sql: &str, values: &[Value]) -> rusqlite::Result<Vec<Row>> {
        self.limit_wait()?;
        let mut statement = self.connection.prepare(sql)?;
        self.limit_wait()?;
        let columns = statement.column_count();
        let rows = statement.query_map(params_from_iter(values), |row| {
            (0..columns)
                .map(|column| row.get_ref(column).map(values::value))
                .collect()
        })?;
        rows.map(|row| row.map(Row)).collect()
    }
}

impl Database for Sqlite {
    fn begin(&mut self) -> Result<(), Fault> {
        self.soon = None;
        self.make_writable()?;
        self.batch("BEGIN IMMEDIATE")
    }

    /// The lock is of the whole file. The transaction waits for it twice: here for other writers, and at the commit
    /// for readers.
    fn begin_soon(&mut self, _row: &str) -> Result<(), Fault> {
        self.make_writable()?;
        self.soon = Some(Instant::now() + SOON);
        self.batch("BEGIN IMMEDIATE")
    }

    fn commit(&mut self) -> Result<(), Fault> {
        let done = self.batch("COMMIT");
        self.soon = None;
        done
    }

    fn rollback(&mut self) {
        self.soon = None;
        // It fails if SQLite rolled back by itself: then there is no transaction.
        let _ = self.connection.execute_batch("ROLLBACK");
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, Fault> {
        let changed = self.connection.execute(sql, params_from_iter(values));
        Ok(changed.map_err(|why| self.fault(why))? as u64)
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        match self.rows(sql, values) {
            // A writer that was killed left its journal, and only a writer may roll it back.
            Err(why) if !self.writable && needs_a_writer(&why) => {
                self.make_writable()?;
                Ok(self.rows(sql, values)?)
            }
            other => Ok(other?),
        }
    }

    fn reconnect(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn other_hosts(&self) -> usize {
        0
    }

    /// The first write opens the file again, and makes a journal beside it; the journal begins with random bytes.
    fn needs(&self) -> Vec<Need> {
        let random = Need::Read("/dev/urandom".into());
        vec![Need::Folder(self.folder.clone()), random]
    }
}

/// Whether the file's journal exists: then a writer is at work, or one was killed and must be rolled back.
pub fn is_being_written(path: &Path) -> bool {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    Path::new(&journal).exists()
}

fn connect(path: &Path, mode: OpenFlags) -> rusqlite::Result<Connection> {
    // No mutex, because no other thread uses the connection; no URIs, because the path is a path.
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}
