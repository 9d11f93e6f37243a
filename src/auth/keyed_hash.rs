//! Hashes that only this site can make, one kind for each purpose.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::config::Secret;

/// HMAC-SHA256 (RFC 2104) of `parts` for a purpose. None of them holds a NUL, which keeps them apart.
#[must_use]
pub fn keyed_hash(secret: &Secret, purpose: &str, parts: &[&str]) -> [u8; 32] {
    // The secret's 64 digits are just a block, to which HMAC pads a shorter key.
    let mut key = [0; 64];
    for (to, from) in key.iter_mut().zip(secret.expose().bytes()) {
        *to = from;
    }
    let mut mac = Hmac::<Sha256>::new(&key.into());
    mac.update(purpose.as_bytes());
    for part in parts {
        mac.update(b"\0");
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}
