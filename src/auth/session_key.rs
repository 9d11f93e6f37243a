//! The key by which a script that is not ours keeps data for a session.

use super::keyed_hash::keyed_hash;
use crate::model::{Token, hex};

/// Hex digits of a key: 128 bits (RFC 2104, 5). Perl's `CGI::Session` documents columns of 32 characters for its ids, and
/// PHP takes ids of 22 to 256.
pub const LEN: usize = 32;

/// The key of a session: the same for as long as the session lives, and another one after the next sign-in. It does not
/// lead back to the token, and opens nothing as a cookie, which has another length.
#[must_use]
pub fn for_session(token: &Token) -> String {
    let mut key = hex(&keyed_hash(token.secret(), "session key", &[]));
    key.truncate(LEN);
    key
}
