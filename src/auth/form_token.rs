//! The form token: a form that changes an account is its own session's, not one that somebody else filled in.
//!
//! The account page will use it. Signing in and out need none: another site's form is refused by its origin.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::cgi::{Method, Request};
use crate::model::{Token, hex};

/// The form field that carries it.
pub const FIELD: &str = "form_token";

/// What the session's token signs here, and nowhere else.
const LABEL: &[u8] = b"cgi-session: form token, version 1";

/// Length of a form token: HMAC-SHA256 (RFC 2104) is 32 bytes, two hex digits each.
const LEN: usize = 64;

/// The token for forms of this session: it tells nothing of the session's own, and ends with it.
#[must_use]
pub fn of(session: &Token) -> Option<String> {
    Some(hex(&signed(session)?.finalize().into_bytes()))
}

/// Whether `presented` is this session's form token, in a time that does not tell how much of it is right.
#[must_use]
pub fn is_of(session: &Token, presented: &str) -> bool {
    let mac = signed(session).zip(bytes(presented));
    mac.is_some_and(|(mac, bytes)| mac.verify_slice(&bytes).is_ok())
}

/// Whether a form may change the account. A browser's must bring the token: it sends the cookie whoever made
/// the form, and names the form's origin (`Origin`, `Sec-Fetch-Site`). A script, which names none, brought the
/// cookie itself.
#[must_use]
pub fn allows(request: &Request, session: &Token, presented: Option<&str>) -> bool {
    let is_browsers = request.origin.is_some() || request.sec_fetch_site.is_some();
    let needed = request.method == Method::Post && is_browsers;
    !needed || presented.is_some_and(|presented| is_of(session, presented))
}

fn signed(session: &Token) -> Option<Hmac<Sha256>> {
    // A key of any length will do.
    let mac = Hmac::<Sha256>::new_from_slice(session.secret().as_bytes()).ok()?;
    Some(mac.chain_update(LABEL))
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let is_one = digits.len() == LEN
        && digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let pairs = (0..LEN).step_by(2).map(|at| digits.get(at..at + 2));
    let pairs = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok());
    pairs.collect::<Option<_>>().filter(|_| is_one)
}
