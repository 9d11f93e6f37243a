//! Who signs in.

use super::password_hash::PasswordHash;
use super::time::Time;

/// Key of a row of `users`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserId(pub i64);

/// A user, as pages know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Key of the row.
    pub id: UserId,
    /// The name they sign in with.
    pub login_name: String,
}

/// What a sign-in is checked against.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Whose they are.
    pub id: UserId,
    /// The stored hash of the password.
    pub password: PasswordHash,
    /// Whether the user is disabled. Their password is checked all the same, so that the answer takes as long.
    pub disabled: bool,
}

/// A row of `users` as the administration lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// The name they sign in with, as it is stored: an imported name may be one that cannot sign in.
    pub login_name: String,
    /// When the user was added.
    pub created_at: Time,
    /// When the user was disabled, if they are.
    pub disabled_at: Option<Time>,
    /// How many rows they have in `sessions`, over or not.
    pub sessions: u64,
}
