//! The form token: a form that changes an account is its own session's, not one that somebody else filled in.
//!
//! The account page will use it. Signing in and out need none: another site's form is refused by its origin.

use subtle::ConstantTimeEq as _;

use super::keyed_hash::keyed_hash;
use crate::cgi::{Method, Request};
use crate::model::{Token, hex};

/// The form field that carries it.
pub const FIELD: &str = "form_token";

/// The token for forms of this session: it tells nothing of the session's own, and ends with it.
#[must_use]
pub fn of(session: &Token) -> String {
    hex(&keyed_hash(session.secret(), "form token", &[]))
}

/// Whether `presented` is this session's form token, in a time that does not tell how much of it is right.
#[must_use]
pub fn is_of(session: &Token, presented: &str) -> bool {
    of(session).as_bytes().ct_eq(presented.as_bytes()).into()
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
