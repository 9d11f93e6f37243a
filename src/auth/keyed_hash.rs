//! Hashes that only who has the key can make, one kind for each purpose.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// HMAC-SHA256 (RFC 2104) of `parts` for a purpose. None of them holds a NUL, which keeps them apart. The key is
/// at most 64 bytes, as the site's secret is and a session's token.
#[must_use]
pub fn keyed_hash(key: &str, purpose: &str, parts: &[&str]) -> [u8; 32] {
    // One block, to which HMAC pads a shorter key.
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
