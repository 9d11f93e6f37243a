//! SQLite, as one connection a process.
//!
//! A check opens the file read-only, so that it is served from a read-only disk too; the first write
//! opens it again. The journal is SQLite's own rollback journal.

#[cfg(feature = "tools")]
mod migration;

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error as Failure, OpenFlags, ffi, params_from_iter};

use super::engine::{Engine, Fault, Row, Value};
use crate::confine::Need;
use crate::error::Error;
use crate::ownership::{self, Doubt};

/// How long another process's lock is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// Mode bits that a file with password hashes must not have: others may neither read nor write it.
const REFUSED_MODE: u32 = 0o006;

/// Nor its folder: a journal that others put there is rolled back into the file, also where the sticky bit
/// keeps them from the file itself.
const REFUSED_FOLDER_MODE: u32 = 0o002;

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
    opened: Instant,
}

impl Sqlite {
    /// Opens a file that is there; it is never made here, nor made again where it is damaged.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let unavailable = |why: String| Error::Unavailable("open the store", why);
        let about =
            fs::metadata(path).map_err(|why| unavailable(format!("{}: {why}", path.display())))?;
        // To open a pipe would wait for its writer.
        if !about.is_file() {
            return Err(unavailable(format!("{}: no regular file", path.display())));
        }
        let folder = folder(path);
        let around = fs::metadata(&folder)
            .map_err(|why| unavailable(format!("{}: {why}", folder.display())))?;
        let own = rustix::process::geteuid().as_raw();
        if let Some(why) = doubtful(path, &about, own, "0600", REFUSED_MODE)
            .or_else(|| doubtful(&folder, &around, own, "0700", REFUSED_FOLDER_MODE))
        {
            return Err(Error::Config(why));
        }
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(|fault| fault.during("open the store"))?;
        Ok(Self {
            path: path.to_owned(),
            folder,
            connection,
            writable: false,
            opened: Instant::now(),
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
            _ => Self::open(path),
        }
    }

    fn make_writable(&mut self) -> Result<(), Fault> {
        if !self.writable {
            self.connection = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            // A library that is not the bundled one may have another default.
            self.connection.execute_batch("PRAGMA foreign_keys = ON")?;
            self.writable = true;
        }
        Ok(())
    }

    /// How long the next lock is waited for: a writer's each, a reader's all together, as a reader has no
    /// other deadline. To prepare a query reads the tables' definitions, under a lock of its own.
    fn wait(&self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(if self.writable {
            BUSY_TIMEOUT
        } else {
            BUSY_TIMEOUT.saturating_sub(self.opened.elapsed())
        })
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
        self.make_writable()?;
        Ok(self.connection.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    fn rollback(&mut self) {
        // Where SQLite rolled back by itself, this says that there is no transaction.
        let _ = self.connection.execute_batch("ROLLBACK");
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, Fault> {
        Ok(self.connection.execute(sql, params_from_iter(values))? as u64)
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
    fn migrate(&mut self, statements: &[&str]) -> Result<(), Fault> {
        self.make_writable()?;
        migration::run(&self.connection, statements)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// Whether the file's journal is there: with it a writer, or one that was killed and has to be rolled back.
pub fn is_being_written(path: &Path) -> bool {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    Path::new(&journal).exists()
}

/// Where the file is, and its journal: beside the file itself where `path` is a link to it.
fn folder(path: &Path) -> PathBuf {
    let real = fs::read_link(path).and_then(|_| fs::canonicalize(path));
    let folder = real.as_deref().unwrap_or(path).parent();
    folder.unwrap_or(Path::new("/")).to_owned()
}

/// Why user `own` is not to trust a file or folder with sessions.
fn doubtful(path: &Path, about: &Metadata, own: u32, better: &str, refused: u32) -> Option<String> {
    let why = match ownership::doubt(about, own, refused)? {
        Doubt::Mode(mode) => format!("mode {mode:04o} lets others read or write it: use {better}"),
        Doubt::Owner(owner) => {
            let cure = format!("make it user {own}'s own, who runs this program");
            format!("user {owner} may write it: {cure}")
        }
    };
    Some(format!("{}: {why}", path.display()))
}

fn connect(path: &Path, mode: OpenFlags) -> Result<Connection, Fault> {
    // No other thread has this connection, and a path is not a URI.
    let connection = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let connection = connection?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// What is neither a number nor a text makes no sense in our tables: as good as NULL.
fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Text(bytes) => {
            std::str::from_utf8(bytes).map_or(Value::Null, |text| Value::Text(text.to_owned()))
        }
        _ => Value::Null,
    }
}

fn needs_a_writer(why: &Failure) -> bool {
    let code = why.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(
            ffi::SQLITE_READONLY_ROLLBACK
                | ffi::SQLITE_READONLY_RECOVERY
                | ffi::SQLITE_READONLY_CANTINIT
                | ffi::SQLITE_CANTOPEN
        )
    )
}

impl From<Failure> for Fault {
    fn from(why: Failure) -> Self {
        let text = why.to_string();
        let code = match &why {
            // Where the message says at which byte of the statement.
            Failure::SqlInputError { error, .. } => Some(error.extended_code),
            _ => why.sqlite_error().map(|error| error.extended_code),
        };
        match code {
            Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
                Fault::Duplicate
            }
            Some(ffi::SQLITE_CANTOPEN | ffi::SQLITE_READONLY | ffi::SQLITE_READONLY_DIRECTORY) => {
                Fault::Other(format!(
                    "{text}; the web server's user must be able to write the file and its folder: chown -R"
                ))
            }
            Some(ffi::SQLITE_ERROR) if text.contains("no such table") => Fault::Schema(None),
            Some(ffi::SQLITE_ERROR) if text.contains("no such column") => Fault::Column(text),
            _ => Fault::Other(text),
        }
    }
}
