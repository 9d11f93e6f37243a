//! The session cookie: its name, its value and its attributes (RFC 6265bis, 4.1).

use std::slice;

use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use crate::cgi::cookie_header;
use crate::model::Token;

/// Most tokens taken from one header. Each costs the store a write, and anybody can send thousands.
const TOKENS_MAX: usize = 16;

/// What the Cookie header says.
#[derive(Debug, Clone)]
pub enum Presented {
    /// No cookie of our name.
    Nothing,
    /// Two cookies of our name, or one that is not exactly a token. Nobody is signed in by them. The tokens among them
    /// are kept, so that signing out ends every session that they opened.
    Malformed(Vec<Token>),
    /// A token, which may be anybody's guess.
    Token(Token),
}

impl Presented {
    /// Every token among the cookies of our name.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        match self {
            Self::Nothing => &[],
            Self::Malformed(tokens) => tokens,
            Self::Token(token) => slice::from_ref(token),
        }
    }
}

/// The cookie's name for this request's scheme.
///
/// `__Host-` makes a browser refuse a cookie that was set over plain HTTP, for another path or by a neighbouring
/// domain. Plain HTTP has no such prefix: there, only a name that no other program of the host uses keeps the cookies
/// apart. If ours were called `session`, another program's cookie of that name at a longer path would come first in
/// each request, and no sign-in of ours could remove it.
#[must_use]
pub fn name(https: bool) -> &'static str {
    if https {
        "__Host-session"
    } else {
        "cgi-session"
    }
}

/// Looks for the token in a Cookie header; only the name of this request's scheme counts.
#[must_use]
pub fn presented(header: &str, https: bool) -> Presented {
    let values: Vec<&str> = cookie_header::named(header, name(https)).collect();
    let mut tokens: Vec<Token> = values
        .iter()
        .filter_map(|value| Token::parse(value))
        .take(TOKENS_MAX)
        .collect();
    match (values.len(), tokens.pop()) {
        (0, _) => Presented::Nothing,
        (1, Some(token)) => Presented::Token(token),
        (_, last) => {
            tokens.extend(last);
            Presented::Malformed(tokens)
        }
    }
}

/// The `Set-Cookie` of a sign-in. With a `max_age`, in seconds, the session outlives the browser.
#[must_use]
pub fn set(token: &Token, https: bool, max_age: Option<i64>) -> String {
    let mut cookie = ours(name(https), token.secret().to_owned(), https);
    cookie.set_max_age(max_age.map(Duration::seconds));
    cookie.to_string()
}

/// The `Set-Cookie` that removes the cookie. It has the same attributes, without which a browser ignores it.
#[must_use]
pub fn removal(https: bool) -> String {
    let mut cookie = ours(name(https), String::new(), https);
    cookie.set_max_age(Duration::ZERO);
    cookie.to_string()
}

/// A cookie with the attributes that all our cookies have: no form of another site sends it, no script reads it, and if
/// HTTPS set it, nothing else carries it.
pub(super) fn ours(name: &'static str, value: String, https: bool) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .secure(https)
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}
