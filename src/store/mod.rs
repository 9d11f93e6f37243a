//! Where rows are kept. Nothing above this module names SQL, a row or a driver.
//!
//! The rules of the rows are written once, in `rows.rs` and `attempts.rs`, over an [`engine::Engine`]; each
//! database is one file that says how to connect, execute and commit.

#[cfg(feature = "tools")]
mod administration;
mod asking;
mod attempts;
#[cfg(feature = "tools")]
mod ending;
mod engine;
#[cfg(feature = "tools")]
mod inspection;
#[cfg(feature = "tools")]
mod listing;
#[cfg(feature = "mysql")]
mod mysql;
mod prune;
mod retry;
mod rows;
#[cfg(feature = "tools")]
mod schema;
#[cfg(feature = "sqlite")]
mod sqlite;

use crate::config::StoreUrl;
use crate::error::Error;
use crate::model::{
    Attempts, Blocked, Counted, Credentials, Digest, LoginName, NewSession, Reserved, Session,
    Settled, SignIns, Time,
};
use crate::sandbox::Need;

#[cfg(feature = "tools")]
pub use administration::{Administration, Which, open_administration};
pub use asking::is_asked;
#[cfg(feature = "tools")]
pub use listing::{Cursor, Page};
pub use prune::PRUNE_MAX;
#[cfg(feature = "tools")]
pub use schema::Migrated;

/// Version of the tables that `init` makes, and of the programs as the tables know them: the number of files
/// in `sql/mysql` and in `sql/sqlite`. Newer tables are served where they say that this version may use them.
pub const SCHEMA_VERSION: i64 = 2;

/// The oldest version of the tables that this program serves.
pub const OLDEST_TABLES: i64 = 2;

/// Sessions of a user that one sign-in ends at most, to make room for its own: where `max_per_user` was lowered,
/// there may be thousands, and a sign-in has its deadline.
pub const ROOM_MAX: u32 = 200;

/// Longest `User-Agent` kept, in characters.
pub const USER_AGENT_MAX: usize = 255;

/// What becomes of the row of the subject with this index when one more try is made, or until when there is
/// none. It is asked more than once.
pub type Rule<'a> = &'a dyn Fn(usize, Option<Attempts>) -> Result<Attempts, Time>;

/// The rows that have a try, or why it is refused.
pub type Try = Result<Vec<Reserved>, Blocked>;

/// What a request needs of a database.
///
/// Every method fails with [`Error::Unavailable`] where the database cannot answer and with
/// [`Error::Schema`] where its tables are older than [`OLDEST_TABLES`], or for newer programs than those of
/// [`SCHEMA_VERSION`].
pub trait Store {
    /// The row with `session` in its session column and its user, over or not; `None` if there is
    /// none, it belongs to a visitor, its user is disabled or has another epoch now, or it makes no sense.
    /// One query, two where there is no row.
    ///
    /// # Errors
    /// See [`Store`].
    fn session(&mut self, session: &Digest) -> Result<Option<Session>, Error>;

    /// Writes `seen_at`, unless the row is gone or was seen later: it never makes a row. The schema's
    /// version is not asked again: who touches a row has just read it.
    ///
    /// # Errors
    /// See [`Store`].
    fn touch(&mut self, session: &Digest, now: Time) -> Result<(), Error>;

    /// Counts a try for each of `counted` as `rule` says, or, where it refuses one of them, for none. Of
    /// several at the same time each sees what the one before it has made. The table is bounded: where there is
    /// no room for a row, those go whose failures are forgotten; where there are none, the try is counted in the
    /// row that [`Counted::shared`] names.
    ///
    /// # Errors
    /// See [`Store`].
    fn count_try(&mut self, counted: &[Counted], now: Time, rule: Rule<'_>) -> Result<Try, Error>;

    /// Until when there is no further sign-in, and for which of `counted`, where there were too many; `None`: it
    /// may be. It counts nothing.
    ///
    /// # Errors
    /// See [`Store`].
    fn sign_ins_blocked(
        &mut self,
        counted: &[SignIns],
        now: Time,
    ) -> Result<Option<Blocked>, Error>;

    /// Writes what becomes of a try's rows where no session is opened.
    ///
    /// # Errors
    /// See [`Store`].
    fn settle(&mut self, settled: &[Settled]) -> Result<(), Error>;

    /// What a sign-in as `name` is checked against.
    ///
    /// # Errors
    /// See [`Store`].
    fn credentials(&mut self, name: &LoginName) -> Result<Option<Credentials>, Error>;

    /// Adds a row, of the epoch that its user has now, in one transaction with ending `replaced` and, where `max_per_user` is not 0, those of
    /// the user's sessions above it that were not seen for longest, with writing `rehashed`, and with
    /// `settled`.
    ///
    /// `false`, and nothing is written, if the user's password is no longer the `verified` hash, or
    /// they were disabled or deleted: a sign-in in flight does not survive either. Also if `settled` counts a
    /// sign-in that is one too many, of several at the same time too: [`Store::sign_ins_blocked`] tells it apart.
    ///
    /// # Errors
    /// See [`Store`]; also if the row exists: a clash is an error, never an update. A commit whose
    /// outcome is unknown is [`Error::Unsure`].
    fn open_session(
        &mut self,
        new: &NewSession,
        verified: &str,
        rehashed: Option<&str>,
        replaced: &[Digest],
        max_per_user: u32,
        settled: &[Settled],
    ) -> Result<bool, Error>;

    /// Deletes the row; whether there was one. Harmless if there is none.
    ///
    /// # Errors
    /// See [`Store`]. `Ok` is said only when the row is known to be gone.
    fn end_session(&mut self, session: &Digest) -> Result<bool, Error>;

    /// Deletes rows past their end, the oldest first and at most [`PRUNE_MAX`]. The schema's
    /// version is not asked: a sign-in has just read it.
    ///
    /// # Errors
    /// See [`Store`].
    fn prune_some(&mut self, now: Time) -> Result<(), Error>;

    /// What it still needs of the machine, now that it is open: to write, and to connect again.
    fn needs(&self) -> Vec<Need>;
}

/// Whether somebody is waited for where it is opened and read: a server always, a file where it is being
/// written. Where a writer comes later, a reader waits for its lock alone, at most 3 s in all.
#[must_use]
pub fn is_waited_for(url: &StoreUrl) -> bool {
    match url {
        #[cfg(feature = "sqlite")]
        StoreUrl::Sqlite(path) => sqlite::is_being_written(path),
        _ => true,
    }
}

/// Opens the store that the configuration names: the one place where it is chosen.
///
/// # Errors
/// If it cannot be reached, or is a file that others may read or write.
pub fn open(url: &StoreUrl) -> Result<Box<dyn Store>, Error> {
    asking::asking(|| connect(url))
}

fn connect(url: &StoreUrl) -> Result<Box<dyn Store>, Error> {
    match url {
        #[cfg(feature = "sqlite")]
        StoreUrl::Sqlite(path) => Ok(Box::new(rows::Rows(sqlite::Sqlite::open(path)?))),
        #[cfg(feature = "mysql")]
        StoreUrl::Mysql(url) => {
            let engine = mysql::Mysql::open(url, mysql::RESULT_MAX)?;
            Ok(Box::new(rows::Rows(engine)))
        }
        #[cfg(not(all(feature = "sqlite", feature = "mysql")))]
        _ => Err(Error::Config("this build has no such store".to_owned())),
    }
}
