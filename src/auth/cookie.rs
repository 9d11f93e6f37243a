//! The session cookie: its name, what it may hold, its attributes (RFC 6265bis, 4.1).

use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use crate::cgi::cookies;
use crate::model::Token;

/// What the Cookie header says.
#[derive(Debug, Clone)]
pub enum Presented {
    /// No cookie of our name.
    Nothing,
    /// Two of our name, or one that is not exactly a token.
    Malformed,
    /// A token, which may be anybody's guess.
    Token(Token),
}

/// The cookie's name for this request's scheme. `__Host-` makes a browser refuse one that was set
/// over plain HTTP, for another path or by a neighbour domain.
#[must_use]
pub fn name(https: bool) -> &'static str {
    if https { "__Host-session" } else { "session" }
}

/// Looks for the token in a Cookie header; only the name of this request's scheme counts.
#[must_use]
pub fn presented(header: &str, https: bool) -> Presented {
    let mut values = cookies::named(header, name(https));
    match (values.next(), values.next()) {
        (None, _) => Presented::Nothing,
        (Some(value), None) => Token::parse(value).map_or(Presented::Malformed, Presented::Token),
        (Some(_), Some(_)) => Presented::Malformed,
    }
}

/// The `Set-Cookie` of a sign-in; `max_age` in seconds where the session outlives the browser.
#[must_use]
pub fn set(token: &Token, https: bool, max_age: Option<i64>) -> String {
    let mut cookie = ours(token.secret().to_owned(), https);
    cookie.set_max_age(max_age.map(Duration::seconds));
    cookie.to_string()
}

/// The `Set-Cookie` that removes it, with the same attributes: a browser ignores it otherwise.
#[must_use]
pub fn removal(https: bool) -> String {
    let mut cookie = ours(String::new(), https);
    cookie.set_max_age(Duration::ZERO);
    cookie.to_string()
}

fn ours(value: String, https: bool) -> Cookie<'static> {
    Cookie::build((name(https), value))
        .path("/")
        .secure(https)
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}
