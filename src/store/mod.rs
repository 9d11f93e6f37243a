//! Where users, sessions and failed tries are kept. Nothing above this module names SQL, a row or a driver.
//!
//! [`Store`] is what a request needs, [`Administration`] what `cgi-session` needs. `sql_store.rs` and
//! `administration/sql_store.rs` do it with queries that are the same for every database; `database.rs` says what a
//! database must be able to do, and how to add one; `open.rs` chooses one.

#[cfg(feature = "tools")]
mod administration;
mod attempts;
mod check_version;
mod database;
mod driver_panic;
mod fault;
mod groups;
#[cfg(feature = "mysql")]
mod mysql;
mod open;
mod open_session;
mod prune;
mod retry;
mod schema_version;
mod session_data;
mod sessions;
mod sql_store;
#[cfg(feature = "sqlite")]
mod sqlite;
mod users;
mod value;

use crate::error::Error;
use crate::model::{
    Blocked, Credentials, Digest, GroupName, Limit, LoginName, Opening, Session, Settled, SignIns,
    Time, Try, UserId,
};
use crate::sandbox::Need;

#[cfg(feature = "tools")]
pub use administration::{Administration, Cursor, Membership, Migrated, Page, Regrouped, Which};
pub use driver_panic::is_drivers;
pub use groups::GROUPS_MAX;
#[cfg(feature = "tools")]
pub use open::open_administration;
pub use open::{is_waited_for, open};
pub use open_session::ROOM_MAX;
pub use prune::STEP_MAX;
pub use schema_version::{OLDEST_TABLES, SCHEMA_VERSION};
pub use session_data::SessionData;

/// What a request needs of a database.
///
/// Every method fails with [`Error::Unavailable`] if the database cannot answer. It fails with [`Error::Schema`] if the
/// tables are older than [`OLDEST_TABLES`], or if they are newer and do not allow programs of [`SCHEMA_VERSION`].
/// [`Store::touch`], [`Store::groups`], [`Store::sign_ins_blocked`], [`Store::settle`] and [`Store::prune_some`] do not
/// check the version, nor does [`Store::count_try`] for a try that it refuses: other calls of the same request do.
pub trait Store: SessionData {
    /// The row with `session` in its session column, with its user, over or not.
    ///
    /// `None` if there is no such row, if it has no user (a visitor who never signed in), if its user is disabled or
    /// has another epoch by now, or if a value in it makes no sense. One query; two if no row is found.
    ///
    /// # Errors
    /// See [`Store`].
    fn session(&mut self, session: &Digest) -> Result<Option<Session>, Error>;

    /// Writes `seen_at`, unless the row is gone or has a later one. It never makes a row. The version of the tables is
    /// not checked again: the caller has just read the row.
    ///
    /// # Errors
    /// See [`Store`].
    fn touch(&mut self, session: &Digest, now: Time) -> Result<(), Error>;

    /// Counts a try for each of `limits`, or for none of them if one does not allow it. Of several tries at the same
    /// time, each sees what the one before it has written.
    ///
    /// The table is bounded. If it has no room for a row, rows whose failures are forgotten are removed; if there are
    /// none, the try is counted in the row that [`Counted::shared`](crate::model::Counted::shared) names.
    ///
    /// # Errors
    /// See [`Store`].
    fn count_try(&mut self, limits: &[Limit<'_>], now: Time) -> Result<Try, Error>;

    /// Which of these limits on sign-ins is reached, and until when; `None` if none is. Counts nothing.
    ///
    /// # Errors
    /// See [`Store`].
    fn sign_ins_blocked(
        &mut self,
        counted: &[SignIns],
        now: Time,
    ) -> Result<Option<Blocked>, Error>;

    /// Writes what becomes of a try's rows if no session is opened.
    ///
    /// # Errors
    /// See [`Store`].
    fn settle(&mut self, settled: &[Settled]) -> Result<(), Error>;

    /// What a sign-in as `name` is checked against.
    ///
    /// # Errors
    /// See [`Store`].
    fn credentials(&mut self, name: &LoginName) -> Result<Option<Credentials>, Error>;

    /// The groups that a user is in, by name, at most [`GROUPS_MAX`]. A row that holds no name of a group counts for
    /// nothing. The version of the tables is not checked: the caller has just read the user's session.
    ///
    /// # Errors
    /// See [`Store`].
    fn groups(&mut self, user: UserId) -> Result<Vec<GroupName>, Error>;

    /// Adds a session, with the epoch that its user has now, and writes everything else in `opening`, in one
    /// transaction. If the user would then have more than [`Opening::max_per_user`] sessions, those that have not been
    /// seen for the longest time end, at most [`ROOM_MAX`].
    ///
    /// `false`, and nothing is written, if the user's password is no longer [`Opening::verified`], or if they were
    /// disabled or deleted: a sign-in that is under way meanwhile must not get through. Also `false` if
    /// [`Opening::settled`] counts one sign-in too many, even if several come at the same time;
    /// [`Store::sign_ins_blocked`] tells the two apart.
    ///
    /// # Errors
    /// See [`Store`]; also if the row exists: a clash is an error, never an update. A commit whose outcome is unknown
    /// is [`Error::Unsure`].
    fn open_session(&mut self, opening: &Opening<'_>) -> Result<bool, Error>;

    /// Deletes the row; whether there was one. Harmless if there is none.
    ///
    /// # Errors
    /// See [`Store`]. The result is `Ok` only if the row is known to be gone.
    fn end_session(&mut self, session: &Digest) -> Result<bool, Error>;

    /// Deletes rows past their end, the oldest first and at most [`STEP_MAX`]. The version of the tables is not
    /// checked: a sign-in has just read it.
    ///
    /// # Errors
    /// See [`Store`].
    fn prune_some(&mut self, now: Time) -> Result<(), Error>;

    /// What the open store still needs of the machine: to write, and to connect again.
    fn needs(&self) -> Vec<Need>;
}
