//! What the column `users.password` holds.

use std::fmt;

/// The hash of a user's password, as it is stored: a PHC string, which names the algorithm, its parameters and the
/// salt. Any text can be one, because rows may be imported; a text that is no PHC string matches no password.
///
/// `Debug` hides it: whoever reads a hash can guess at the password for as long as they like.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a PHC string, which is not checked here.
    #[must_use]
    pub fn from_phc(text: String) -> Self {
        Self(text)
    }

    /// The PHC string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}
