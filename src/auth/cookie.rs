//! The session cookie: its name, what it may hold, its attributes (RFC 6265bis, 4.1).

use std::slice;

use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use crate::cgi::cookies;
use crate::model::Token;

/// Most tokens taken from one header: each costs the store a write, and anybody can send thousands.
const TOKENS_MAX: usize = 16;

/// What the Cookie header says.
#[derive(Debug, Clone)]
pub enum Presented {
    /// No cookie of our name.
    Nothing,
    /// Two of our name, or one that is not exactly a token: nobody is signed in by it. The tokens
    /// among them, so that signing out ends whatever any of them opened.
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
/// `__Host-` makes a browser refuse a cookie that was set over plain HTTP, for another path or by a
/// neighbour domain. Plain HTTP has no such prefix: there the name itself keeps other programs of the
/// host away. Their `session` at a longer path would come first in each request, and no sign-in of ours
/// could remove it.
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
    let values: Vec<&str> = cookies::named(header, name(https)).collect();
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

/// The `Set-Cookie` of a sign-in; `max_age` in seconds where the session outlives the browser.
#[must_use]
pub fn set(token: &Token, https: bool, max_age: Option<i64>) -> String {
    let mut cookie = ours(name(https), token.secret().to_owned(), https);
    cookie.set_max_age(max_age.map(Duration::seconds));
    cookie.to_string()
}

/// The `Set-Cookie` that removes it, with the same attributes: a browser ignores it otherwise.
#[must_use]
pub fn removal(https: bool) -> String {
    let mut cookie = ours(name(https), String::new(), https);
    cookie.set_max_age(Duration::ZERO);
    cookie.to_string()
}

/// What every cookie of ours has: no other site's form sends it, no script reads it, and what HTTPS set goes
/// over nothing else.
pub(super) fn ours(name: &'static str, value: String, https: bool) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .secure(https)
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}
