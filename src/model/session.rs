//! A signed-in browser or script.

use super::{Digest, Time, User, UserId};

/// A row of `sessions` with its user, as a check reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The session column, by which the log and the sign-out form name the session.
    pub digest: Digest,
    /// Who is signed in.
    pub user: User,
    /// When they signed in.
    pub created_at: Time,
    /// The last request that was written down; see `auth::life` for how late it may be.
    pub seen_at: Time,
    /// When the session ends at the latest; never moved.
    pub expires_at: Time,
    /// "Keep me signed in": no idle limit.
    pub remember: bool,
}

/// A row of `sessions` to be made at a sign-in.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The session column.
    pub session: Digest,
    /// Whose it is.
    pub user: UserId,
    /// Now.
    pub created_at: Time,
    /// When it ends at the latest.
    pub expires_at: Time,
    /// "Keep me signed in".
    pub remember: bool,
    /// The client's address, for the user's own list of sessions.
    pub remote_addr: String,
    /// The client's `User-Agent`, for the same list; cut to what the column holds.
    pub user_agent: String,
}

/// A row of `sessions` as the administration lists it.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// The session column; lists show its first digits.
    pub session: String,
    /// Whose it is.
    pub login_name: String,
    /// When they signed in.
    pub created_at: Time,
    /// The last request that was written down.
    pub seen_at: Time,
    /// When it ends at the latest.
    pub expires_at: Time,
    /// The client's address at the sign-in.
    pub remote_addr: String,
    /// The client's `User-Agent` at the sign-in.
    pub user_agent: String,
}
