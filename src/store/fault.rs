//! Why a statement failed, by what can be done about it.

use std::fmt;

use super::schema_version::SCHEMA_VERSION;
use crate::error::Error;

/// Why a statement failed. The variant decides whether it is tried again; the text is the driver's.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "mysql"),
    expect(dead_code, reason = "SQLite has one writer, no deadlock and no link")
)]
pub enum Fault {
    /// A row with this unique key exists.
    Duplicate,
    /// The tables are of another version, which this is, or they are missing: `None`.
    Schema(Option<i64>),
    /// A column is missing: the tables are of an older version, or somebody else's.
    Column(String),
    /// The database rolled the transaction back in favour of another. It can be tried again from the start.
    Deadlock(String),
    /// Another transaction held a lock for too long (1205).
    LockWait(String),
    /// The connection broke; whether the statement was carried out is unknown.
    LinkLost(String),
    /// The node does not belong to its cluster at present; another host may.
    NotReady(String),
    /// The server accepts no writes; another host may.
    ReadOnly(String),
    /// The answer did not come in time. The connection still waits for it, so a next statement would wait, too.
    Slow(String),
    /// This user or account may not do it.
    Denied(String),
    /// The file is damaged.
    #[cfg(feature = "sqlite")]
    Damaged(String),
    /// Everything else: trying again would not help.
    Other(String),
}

impl Fault {
    /// The error for what was being done, named as in "cannot ...".
    pub fn during(self, doing: &'static str) -> Error {
        match self {
            Self::Schema(found) => Error::Schema(found, SCHEMA_VERSION),
            Self::Denied(why) => Error::Denied(doing, why),
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
            | Self::Denied(why)
            | Self::Other(why) => why,
        })
    }
}

/// What to do about a damaged file.
#[cfg(feature = "sqlite")]
pub const RESTORE: &str = "put back a copy that is whole (`cgi-session help backup`)";
