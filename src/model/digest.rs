//! What the session column holds.

use sha2::{Digest as _, Sha256};

use super::{Token, hex, is_hex};

/// Length of a digest as text: SHA-256 is 32 bytes (FIPS 180-4), two hex digits each.
pub const DIGEST_LEN: usize = 64;

/// SHA-256 of a token: what the column `session` holds, so that a stolen table signs nobody in.
///
/// Exactly [`DIGEST_LEN`] lower-case hex digits by construction. That is why it, alone of all values,
/// may stand in SQL as a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// The digest of a token.
    #[must_use]
    pub fn of(token: &Token) -> Self {
        Self(hex(&Sha256::digest(token.secret())))
    }

    /// A digest as a row has it; `None` if the row makes no sense.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_hex(text, DIGEST_LEN).then(|| Self(text.to_owned()))
    }

    /// All digits, as the column holds them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 8 digits: enough to tell sessions apart in a log, too few to find one.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or_default()
    }
}
