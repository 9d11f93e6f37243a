//! The form token, which ties a form that changes an account to the session it was made for.
//!
//! Signing in and out need none: the form of another site is refused by its origin.

use subtle::ConstantTimeEq as _;

use super::keyed_hash::keyed_hash;
use crate::cgi::{Method, Request};
use crate::model::{Token, hex};

/// The form field that carries the token.
pub const FIELD: &str = "form_token";

/// The token for the forms of this session. It does not lead back to the session's own token, and ends with it.
#[must_use]
pub fn for_session(session: &Token) -> String {
    hex(&keyed_hash(session.secret(), "form token", &[]))
}

/// Whether `presented` is this session's form token. The time it takes does not tell how much of it is right.
#[must_use]
pub fn is_of(session: &Token, presented: &str) -> bool {
    for_session(session)
        .as_bytes()
        .ct_eq(presented.as_bytes())
        .into()
}

/// Whether a form may change the account. A browser sends the cookie with any form, whichever site made it, so a
/// browser's form must bring the token. A script, which sends neither `Origin` nor `Sec-Fetch-Site`, put the cookie
/// there itself.
#[must_use]
pub fn allows(request: &Request, session: &Token, presented: Option<&str>) -> bool {
    let is_browsers = request.origin.is_some() || request.sec_fetch_site.is_some();
    let needed = request.method == Method::Post && is_browsers;
    !needed || presented.is_some_and(|presented| is_of(session, presented))
}
