//! `next`: the path that a sign-in leads back to.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Longest `next`, in bytes, as it stands encoded in the header that carries it.
pub const NEXT_MAX: usize = 2048;

/// What is encoded in a path. `%` is not: the text was encoded when it came.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'\\');

/// What is also encoded in a value of a query: everything that has a meaning there. RFC 3986 allows `?`, but lighttpd
/// as Debian configures it (`url-normalize-required`) takes the last `?` of a URL for the start of its query, so that a
/// link with two led to 404.
const IN_QUERY: &AsciiSet = &IN_PATH
    .add(b'%')
    .add(b'?')
    .add(b'&')
    .add(b'+')
    .add(b'#')
    .add(b'=')
    .add(b'\'')
    .add(b';');

/// A path of this site, safe to redirect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next(String);

impl Next {
    /// Checks a `next` that a client sent, decoded once.
    ///
    /// It must be a path and nothing else. It begins with one `/`, and not with two, which would name a host. It has no
    /// backslash, which browsers read as `/`, and no control character, which they drop before they parse (WHATWG URL,
    /// 4.4).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        if rest.starts_with('/') || text.contains('\\') || text.chars().any(char::is_control) {
            return None;
        }
        let path = utf8_percent_encode(text, IN_PATH).to_string();
        let next = Self(path);
        (next.0.len() <= NEXT_MAX && next.in_query().len() <= NEXT_MAX).then_some(next)
    }

    /// The path for a `Location` or a link.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path as a value in a query.
    #[must_use]
    pub fn in_query(&self) -> String {
        utf8_percent_encode(&self.0, IN_QUERY).to_string()
    }
}
