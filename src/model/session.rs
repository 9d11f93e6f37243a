//! A signed-in browser or script.

mod questions;

use super::attempts::Settled;
use super::digest::Digest;
use super::password_hash::PasswordHash;
use super::time::Time;
use super::user::{User, UserId};

/// A visitor's session: who is signed in, since when, and until when.
///
/// It is a row of `sessions` with its user, as a check reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The session column, by which the log and the sign-out form name the session.
    #[doc(hidden)]
    pub digest: Digest,
    /// Who is signed in.
    #[doc(hidden)]
    pub user: User,
    /// When they signed in.
    #[doc(hidden)]
    pub created_at: Time,
    /// The last request whose time was written to the row; `auth::lifetime` says how far it may lag behind.
    #[doc(hidden)]
    pub seen_at: Time,
    /// The latest time at which the session ends. The row's is never changed; `auth::session::check` puts an earlier
    /// one here if the limits have been lowered since.
    #[doc(hidden)]
    pub expires_at: Time,
    /// "Keep me signed in": no idle limit.
    #[doc(hidden)]
    pub remember: bool,
}

/// A row of `sessions` that a sign-in adds.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The session column.
    pub session: Digest,
    /// Whose it is.
    pub user: UserId,
    /// The time of the sign-in, which is also the first `seen_at`.
    pub created_at: Time,
    /// The latest time at which the session ends.
    pub expires_at: Time,
    /// "Keep me signed in".
    pub remember: bool,
    /// The client's address, for the user's own list of sessions.
    pub remote_addr: String,
    /// The client's `User-Agent`, for the same list; the store cuts it to what the column holds.
    pub user_agent: String,
}

/// Everything that opening a session writes, in one transaction.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// The row to add.
    pub session: &'a NewSession,
    /// The stored hash that the password was compared with. If the user's row holds another hash by now, nothing is
    /// written.
    pub verified: &'a PasswordHash,
    /// A stronger hash of the same password, to be stored instead.
    pub rehashed: Option<&'a PasswordHash>,
    /// Sessions that this one takes the place of.
    pub replaced: &'a [Digest],
    /// Whether the first of them that has data leaves it to this session.
    pub takes_data: bool,
    /// How many sessions the user may have, this one included; 0: any number.
    pub max_per_user: u32,
    /// What becomes of the rows in which the try was counted.
    pub settled: &'a [Settled],
}

impl<'a> Opening<'a> {
    /// Adds `session` and changes nothing else.
    #[must_use]
    pub fn new(session: &'a NewSession, verified: &'a PasswordHash) -> Self {
        Self {
            session,
            verified,
            rehashed: None,
            replaced: &[],
            takes_data: false,
            max_per_user: 0,
            settled: &[],
        }
    }
}

/// A row of `sessions` as the administration lists it.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// The session column; lists show its first [`DIGITS_SHOWN`](super::DIGITS_SHOWN) digits.
    pub session: String,
    /// Whose it is.
    pub login_name: String,
    /// When they signed in.
    pub created_at: Time,
    /// The last request whose time was written to the row.
    pub seen_at: Time,
    /// The latest time at which the session ends.
    pub expires_at: Time,
    /// The client's address at the sign-in.
    pub remote_addr: String,
    /// The client's `User-Agent` at the sign-in.
    pub user_agent: String,
}
