//! Hashes that nobody can make without the key. Each purpose has its own: a hash for one is of no use for another.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// HMAC-SHA256 (RFC 2104) of `parts` for a purpose. No part holds a NUL, which separates them. The key is at most 64
/// bytes long, as the site's secret and a session's token are.
#[must_use]
pub fn keyed_hash(key: &str, purpose: &str, parts: &[&str]) -> [u8; 32] {
    // HMAC pads a shorter key with zeros to one block.
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key.bytes()) {
        *to = from;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(purpose.as_bytes());
    for part in parts {
        mac.update(b"\0");
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}
