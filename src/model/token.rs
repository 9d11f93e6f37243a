//! The secret in the cookie.

use std::fmt;

use sha1::{Digest as _, Sha1};

use super::{hex, is_hex};

/// Length of a token as text: SHA-1 is 20 bytes (FIPS 180-4), two hex digits each.
pub const TOKEN_LEN: usize = 40;

/// Bytes of the operating system's randomness behind a token.
pub const RANDOM_LEN: usize = 32;

/// The value of the session cookie; whoever holds it is signed in.
///
/// Exactly [`TOKEN_LEN`] lower-case hex digits, checked on the way in, so it needs no escaping in a
/// header. `Debug` hides it, and it has no `Display`: it is written to one place, the cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token that `random` makes. SHA-1 is not what makes it unguessable, the bytes are; its
    /// 160 bits keep more than the 128 that ASVS 7.2.3 asks for.
    #[must_use]
    pub fn from_random(random: &[u8; RANDOM_LEN]) -> Self {
        Self(hex(&Sha1::digest(random)))
    }

    /// The token in a cookie's value, if it is exactly one: upper case, quotes, blanks and percent
    /// signs are another value, not another spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_hex(text, TOKEN_LEN).then(|| Self(text.to_owned()))
    }

    /// The cookie's value. The one way to the secret: grep for it.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}
