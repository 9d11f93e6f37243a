//! SQLite, as one connection a process.
//!
//! A check opens the file read-only, so that it is served from a read-only disk too; the first write
//! opens it again. The journal is SQLite's own rollback journal.

mod access;
#[cfg(feature = "tools")]
mod defects;
mod failure;
#[cfg(feature = "tools")]
mod migration;

#[cfg(feature = "tools")]
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error as Failure, OpenFlags, params_from_iter};

use self::failure::needs_a_writer;
use super::engine::{Engine, Fault, Row, SOON, Value};
use crate::error::Error;
use crate::sandbox::Need;

/// How long another process's lock is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// How long the administration waits: somebody looks on, and no visitor.
#[cfg(feature = "tools")]
const ADMINISTRATION_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(feature = "tools")]
const MIGRATIONS: &[&str] = &[
    include_str!("../../sql/sqlite/001_tables.sql"),
    include_str!("../../sql/sqlite/002_epochs.sql"),
];

/// A file and its connection.
pub struct Sqlite {
    path: PathBuf,
    folder: PathBuf,
    connection: Connection,
    writable: bool,
    /// How long locks are waited for: a writer's each.
    patience: Duration,
    /// Until when a reader waits in all, who has no other deadline.
    reads_until: Option<Instant>,
    /// When a transaction gives up that would rather not wait.
    soon: Option<Instant>,
}

impl Sqlite {
    /// Opens a file that is there; it is never made here, nor made again where it is damaged.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let folder = access::look(path)?;
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(|why| access::fault(why, path, &folder).during("open the store"))?;
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

    /// Opens the file for writing, and makes it, mode 0600, where it is missing.
    #[cfg(feature = "tools")]
    pub fn create(path: &Path) -> Result<Self, Error> {
        use std::io::ErrorKind;
        use std::os::unix::fs::OpenOptionsExt;
        // Not through a link to nowhere, which the folder's owner may have put there for root.
        let made = fs::OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        match made {
            Err(why) if why.kind() != ErrorKind::AlreadyExists => {
                let why = format!("{}: {why}", path.display());
                Err(Error::Unavailable("make the store", why))
            }
            _ => Ok(Self {
                patience: ADMINISTRATION_TIMEOUT,
                reads_until: None,
                ..Self::open(path)?
            }),
        }
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

    fn fault(&self, why: Failure) -> Fault {
        access::fault(why, &self.path, &self.folder)
    }

    /// Runs statements without values.
    fn batch(&self, sql: &str) -> Result<(), Fault> {
        self.wait()?;
        let done = self.connection.execute_batch(sql);
        done.map_err(|why| self.fault(why))
    }

    /// Says how long the next lock is waited for. To prepare a query reads the tables' definitions, under a lock of
    /// its own.
    fn wait(&self) -> rusqlite::Result<()> {
        let until = self.reads_until.filter(|_| !self.writable);
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        let wait = self.soon.or(until).map_or(self.patience, left);
        self.connection.busy_timeout(wait)
    }

    fn rows(&self, sql: &str, values: &[Value]) -> rusqlite::Result<Vec<Row>> {
        self.wait()?;
        let mut statement = self.connection.prepare(sql)?;
        self.wait()?;
        let columns = statement.column_count();
        let rows = statement.query_map(params_from_iter(values), |row| {
            (0..columns)
                .map(|column| row.get_ref(column).map(value))
                .collect()
        })?;
        rows.map(|row| row.map(Row)).collect()
    }
}

impl Engine for Sqlite {
    fn begin(&mut self) -> Result<(), Fault> {
        self.soon = None;
        self.make_writable()?;
        self.batch("BEGIN IMMEDIATE")
    }

    /// The lock is the whole file's, and is waited for twice: here against other writers, and by the commit against
    /// readers.
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
        // Where SQLite rolled back by itself, this says that there is no transaction.
        let _ = self.connection.execute_batch("ROLLBACK");
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, Fault> {
        let changed = self.connection.execute(sql, params_from_iter(values));
        Ok(changed.map_err(|why| self.fault(why))? as u64)
    }

    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Fault> {
        match self.rows(sql, values) {
            // A killed writer left its journal, and only a writer may roll it back.
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

    /// The file is opened again to write it, and its journal beside it, marked with something random.
    fn needs(&self) -> Vec<Need> {
        let random = Need::Read("/dev/urandom".into());
        vec![Need::Folder(self.folder.clone()), random]
    }

    #[cfg(feature = "tools")]
    fn migrations(&self) -> &'static [&'static str] {
        MIGRATIONS
    }

    #[cfg(feature = "tools")]
    fn migrate(&mut self, statements: &[String]) -> Result<(), Fault> {
        self.make_writable()?;
        migration::run(&self.connection, statements)
    }

    #[cfg(feature = "tools")]
    fn obstacles(&mut self) -> Result<Vec<String>, Fault> {
        Ok(Vec::new())
    }

    #[cfg(feature = "tools")]
    fn defects(&mut self) -> Result<Vec<String>, Fault> {
        defects::of(self)
    }

    /// It has none but this machine's.
    #[cfg(feature = "tools")]
    fn clock(&mut self) -> Result<Option<i64>, Fault> {
        Ok(None)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Text(bytes),
        }))
    }
}

/// Whether the file's journal is there: with it a writer, or one that was killed and has to be rolled back.
pub fn is_being_written(path: &Path) -> bool {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    Path::new(&journal).exists()
}

fn connect(path: &Path, mode: OpenFlags) -> rusqlite::Result<Connection> {
    // No other thread has this connection, and a path is not a URI.
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// What is neither a number nor a text makes no sense in our tables: as good as NULL.
fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Text(bytes) => Value::of_text(bytes.to_vec()),
        _ => Value::Null,
    }
}
