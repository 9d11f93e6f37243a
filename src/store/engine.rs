//! What a database must be able to do, and what can go wrong with it.

use std::fmt;
#[cfg(feature = "sqlite")]
use std::time::Duration;

use crate::error::Error;
use crate::sandbox::Need;

/// A value in a statement or a row. Times and flags are integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    /// A text that is not UTF-8. It matches no name and no digest, but a list shows its row.
    Bytes(Vec<u8>),
}

impl Value {
    /// A text as a database sent it.
    pub fn of_text(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|why| Self::Bytes(why.into_bytes()), Self::Text)
    }

    /// The memory that it takes, in bytes.
    #[cfg(feature = "mysql")]
    pub fn size(&self) -> usize {
        let text = match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            _ => 0,
        };
        size_of::<Self>() + text
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// A row of a result, by position.
#[derive(Debug)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// A number; `None` for NULL and for what is none.
    pub fn int(&self, column: usize) -> Option<i64> {
        match self.0.get(column) {
            Some(Value::Int(value)) => Some(*value),
            // MySQL's text protocol sends numbers as text.
            Some(Value::Text(text)) => text.parse().ok(),
            _ => None,
        }
    }

    /// A text; `None` for NULL and for what is none.
    pub fn text(&self, column: usize) -> Option<&str> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A text that came as `HEX()` of its bytes; `None` for NULL and for what is none.
    pub fn unhexed(&self, column: usize) -> Option<String> {
        let (pairs, rest) = self.text(column)?.as_bytes().as_chunks::<2>();
        let byte = |[high, low]: &[u8; 2]| {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()
        };
        let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        String::from_utf8(bytes.filter(|_| rest.is_empty())?).ok()
    }

    /// A text for people: U+FFFD stands for what is not UTF-8, and NULL is empty.
    #[cfg(feature = "tools")]
    pub fn shown(&self, column: usize) -> String {
        match self.0.get(column) {
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
            _ => String::new(),
        }
    }

    /// The value as it was read.
    #[cfg(feature = "tools")]
    pub fn value(&self, column: usize) -> Value {
        self.0.get(column).cloned().unwrap_or(Value::Null)
    }
}

/// Why a statement failed, as far as it decides what to do next; the text is the driver's.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "mysql"),
    expect(dead_code, reason = "SQLite has one writer, no deadlock and no link")
)]
pub enum Fault {
    /// A unique key exists.
    Duplicate,
    /// The tables are missing, or of this other version.
    Schema(Option<i64>),
    /// A column is missing: the tables are of an older version, or somebody else's.
    Column(String),
    /// Rolled back by the database in favour of another: again, from the start.
    Deadlock(String),
    /// Waited too long for another's lock (1205).
    LockWait(String),
    /// The connection broke; whether the statement was carried out is unknown.
    LinkLost(String),
    /// The node is not a part of its cluster now: another host may be.
    NotReady(String),
    /// The server takes no writes: another host may.
    ReadOnly(String),
    /// No answer in time, and the connection waits for it still: whatever is asked next takes as long.
    Slow(String),
    /// The file is not whole.
    #[cfg(feature = "sqlite")]
    Damaged(String),
    /// Everything else: trying again would not help.
    Other(String),
}

impl Fault {
    /// The error for what was being done.
    pub fn during(self, doing: &'static str) -> Error {
        match self {
            Self::Schema(found) => Error::Schema(found, super::SCHEMA_VERSION),
            other => Error::Unavailable(doing, other.to_string()),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "sqlite")]
            Self::Damaged(why) => return write!(f, "{why}; {RESTORE}"),
            Self::Duplicate => "the row exists",
            Self::Schema(_) => "the tables are missing, or of another version",
            Self::Column(why)
            | Self::Deadlock(why)
            | Self::LockWait(why)
            | Self::LinkLost(why)
            | Self::NotReady(why)
            | Self::ReadOnly(why)
            | Self::Slow(why)
            | Self::Other(why) => why,
        })
    }
}

/// The longest wait for a lock where somebody would rather do without the write: a person hardly notices it.
#[cfg(feature = "sqlite")]
pub const SOON: Duration = Duration::from_millis(200);

/// What to do about a file that is not whole.
#[cfg(feature = "sqlite")]
pub const RESTORE: &str = "put back a copy that is whole (`cgi-session help backup`)";

/// A database that is connected. Statements are portable SQL with `?` for each value.
pub trait Engine {
    /// Begins a transaction that may write.
    fn begin(&mut self) -> Result<(), Fault>;

    /// Begins a transaction that may write the row of `row`, a query for its key, and gives up where another's lock
    /// keeps it from that for longer than 0.2 s.
    fn begin_soon(&mut self, row: &str) -> Result<(), Fault>;

    /// Commits it; [`Fault::LinkLost`] means that the outcome is unknown.
    fn commit(&mut self) -> Result<(), Fault>;

    /// Rolls it back, as far as that is possible.
    fn rollback(&mut self);

    /// Runs a statement; how many rows it matched.
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, Fault>;

    /// Runs a query. Without values it is one round trip.
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Fault>;

    /// The same without values; on a cluster after all that any node had committed when it was asked.
    fn query_latest(&mut self, sql: &str) -> Result<Vec<Row>, Fault> {
        self.query(sql, &[])
    }

    /// What a write or a [`Engine::reconnect`] needs of the machine.
    fn needs(&self) -> Vec<Need>;

    /// Connects again: to the next host, where there are several, and to the same one last.
    fn reconnect(&mut self) -> Result<(), Fault>;

    /// How many other hosts there are.
    fn other_hosts(&self) -> usize;

    /// The files that make the tables, in order, from nothing to the version that this program needs.
    #[cfg(feature = "tools")]
    fn migrations(&self) -> &'static [&'static str];

    /// Runs the statements of one such file: all or none, where the database can. A column that is there
    /// already is left as it is, so that a file that was cut short is finished by the next run.
    #[cfg(feature = "tools")]
    fn migrate(&mut self, statements: &[String]) -> Result<(), Fault>;

    /// Why the tables cannot be made here, each as a sentence that says what to do.
    #[cfg(feature = "tools")]
    fn obstacles(&mut self) -> Result<Vec<String>, Fault>;

    /// What is wrong with the tables, the file or the server for programs that rely on them, likewise.
    #[cfg(feature = "tools")]
    fn defects(&mut self) -> Result<Vec<String>, Fault>;

    /// The clock of the database in Unix seconds, where it has one of its own.
    #[cfg(feature = "tools")]
    fn clock(&mut self) -> Result<Option<i64>, Fault>;
}
