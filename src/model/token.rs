//! The secret in the cookie.

use std::fmt;

use sha1::{Digest as _, Sha1};

use super::hex::{hex, is_hex};

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
    /// Makes a token of random bytes. The bytes, not SHA-1, make it unguessable; SHA-1's
    /// 160 bits are more than the 128 that ASVS 7.2.3 asks for.
    #[must_use]
    pub fn from_random(random: &[u8; RANDOM_LEN]) -> Self {
        Self(hex(&Sha1::digest(random)))
    }

    /// The token that a cookie's value is, if it is exactly that. Upper case, quotes, blanks and percent
    /// signs make another value, not another spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_hex(text, TOKEN_LEN).then(|| Self(text.to_owned()))
    }

    /// The cookie's value. Nothing else gives the secret away: grep for it.
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
