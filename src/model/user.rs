//! Who signs in.

use std::fmt;

use super::Time;

/// Key of a row of `users`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserId(pub i64);

/// Somebody, as pages know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Key of the row.
    pub id: UserId,
    /// The name they sign in with.
    pub login_name: String,
}

/// What a sign-in is checked against.
#[derive(Clone)]
pub struct Credentials {
    /// Whose they are.
    pub id: UserId,
    /// The password's hash as a PHC string.
    pub password: String,
    /// A disabled user's password is checked all the same, so that the answer takes as long.
    pub disabled: bool,
}

/// Hides the hash.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({:?}, disabled: {})", self.id, self.disabled)
    }
}

/// A row of `users` as the administration lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// The name they sign in with, as it is stored: an imported one may be none that signs in.
    pub login_name: String,
    /// When the user was added.
    pub created_at: Time,
    /// Since when they cannot sign in, if so.
    pub disabled_at: Option<Time>,
    /// Rows of theirs in `sessions`, over or not.
    pub sessions: u64,
}
