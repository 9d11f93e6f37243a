//! What the column `sessions.session` holds.

use sha2::{Digest as _, Sha256};

use super::hex::{hex, is_hex};
use super::token::Token;

/// Length of a digest as text: SHA-256 is 32 bytes (FIPS 180-4), two hex digits each.
pub const DIGEST_LEN: usize = 64;

/// How many of a digest's first digits logs and lists show: enough to tell sessions apart, and far from a whole digest.
pub const DIGITS_SHOWN: usize = 8;

/// SHA-256 of a token: what the column `session` holds, so that a stolen table signs nobody in.
///
/// Exactly [`DIGEST_LEN`] lower-case hex digits by construction. For that reason it may stand in SQL as a literal,
/// as no other value may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// Hashes a token.
    #[must_use]
    pub fn from_token(token: &Token) -> Self {
        Self(hex(&Sha256::digest(token.secret())))
    }

    /// A digest that a row holds; `None` if `text` is not a digest.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_hex(text, DIGEST_LEN).then(|| Self(text.to_owned()))
    }

    /// All digits, as the column holds them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first [`DIGITS_SHOWN`] digits.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..DIGITS_SHOWN).unwrap_or_default()
    }
}
