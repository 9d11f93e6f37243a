//! What `cgi-session` needs of a database and no CGI program has: users, lists, checks, and the tables themselves.

mod blocks;
mod check;
mod end_sessions;
mod groups;
pub mod maintenance;
mod migrate;
mod pages;
mod prune;
mod sessions;
mod sql_store;
mod steps;
mod users;

use crate::error::Error;
use crate::model::{Counted, GroupName, LoginName, PasswordHash, SessionRow, Time, UserRow};

pub use end_sessions::Which;
pub use groups::{Membership, Regrouped};
pub use migrate::Migrated;
pub use pages::{Cursor, Page};

/// What the administration needs of a database. Methods fail as those of [`super::Store`] do.
pub trait Administration {
    /// Makes the tables, or brings older ones forward to [`SCHEMA_VERSION`](super::SCHEMA_VERSION).
    ///
    /// # Errors
    /// See the trait; also if a table is somebody else's.
    fn migrate(&mut self) -> Result<Migrated, Error>;

    /// Checks that the CGI programs can use the store: all tables exist and have a version that this program may use,
    /// they are not damaged, the server's settings suit, and it accepts writes. Changes nothing.
    ///
    /// # Errors
    /// See the trait; also if one of these is not so: the message says what was found and what to do.
    fn check(&mut self) -> Result<(), Error>;

    /// The time by the database's clock; `None` if it has no clock but this machine's.
    ///
    /// # Errors
    /// See the trait.
    fn clock(&mut self) -> Result<Option<Time>, Error>;

    /// Adds a user; `false` if the name is taken.
    ///
    /// # Errors
    /// See the trait.
    fn add_user(
        &mut self,
        name: &LoginName,
        password: &PasswordHash,
        now: Time,
    ) -> Result<bool, Error>;

    /// Whether there is such a user.
    ///
    /// # Errors
    /// See the trait.
    fn has_user(&mut self, name: &LoginName) -> Result<bool, Error>;

    /// A page of the users, by name: the first, or the one at a cursor.
    ///
    /// # Errors
    /// See the trait.
    fn users(&mut self, from: Option<&Cursor>) -> Result<Page<UserRow>, Error>;

    /// Until when each of these may make no try, in the same order; `None` for each that may.
    ///
    /// # Errors
    /// See the trait.
    fn blocked_until(&mut self, of: &[Counted], now: Time) -> Result<Vec<Option<Time>>, Error>;

    /// Stores a new password's hash and ends the user's sessions; `false` if there is no such user. If it is
    /// interrupted, see [`Administration::end_sessions`].
    ///
    /// # Errors
    /// See the trait.
    fn set_password(
        &mut self,
        name: &LoginName,
        password: &PasswordHash,
        now: Time,
    ) -> Result<bool, Error>;

    /// Disables a user, with `since` as the time of that, and ends their sessions; `None` enables the user. Returns
    /// `false` if there is no such user. If it is interrupted, see [`Administration::end_sessions`].
    ///
    /// # Errors
    /// See the trait.
    fn set_disabled(&mut self, name: &LoginName, since: Option<Time>) -> Result<bool, Error>;

    /// Forgets what the row of an account or a client counts, be it failed tries or sign-ins, and what the row counts
    /// that it may share.
    ///
    /// # Errors
    /// See the trait.
    fn unlock(&mut self, counted: &Counted) -> Result<(), Error>;

    /// Deletes a user and their sessions; `false` if there is no such user. If it is interrupted, the user is disabled
    /// and their sessions have ended.
    ///
    /// # Errors
    /// See the trait.
    fn delete_user(&mut self, name: &LoginName) -> Result<bool, Error>;

    /// The groups that a user is in; `None` if there is no such user.
    ///
    /// # Errors
    /// See the trait.
    fn membership(&mut self, name: &LoginName) -> Result<Option<Membership>, Error>;

    /// Removes a user from groups, named as they are stored, and adds them to others, in one transaction. A group
    /// exists while somebody is in it.
    ///
    /// # Errors
    /// See the trait.
    fn change_groups(
        &mut self,
        name: &LoginName,
        add: &[GroupName],
        remove: &[String],
    ) -> Result<Regrouped, Error>;

    /// A page of the sessions of all users, or of one, over or not: the first, or the one at a cursor. Users come in
    /// the order in which they were added.
    ///
    /// # Errors
    /// See the trait.
    fn sessions(
        &mut self,
        of: Option<&LoginName>,
        from: Option<&Cursor>,
    ) -> Result<Page<SessionRow>, Error>;

    /// The session columns that begin with these digits, at most two of them.
    ///
    /// # Errors
    /// See the trait.
    fn sessions_beginning(&mut self, digits: &str) -> Result<Vec<String>, Error>;

    /// Ends sessions; how many rows were deleted. One session ends with its row. Those of a user or of everybody end
    /// when the users' epochs are raised; then their rows are deleted in steps. If that is interrupted, the sessions
    /// have ended, and the rows that are left sign nobody in.
    ///
    /// # Errors
    /// See the trait.
    fn end_sessions(&mut self, which: Which<'_>) -> Result<u64, Error>;

    /// Deletes the rows of sessions past their end; how many.
    ///
    /// # Errors
    /// See the trait.
    fn prune(&mut self, now: Time) -> Result<u64, Error>;
}
