//! The meta-variables of a request (RFC 3875, 4.1), as bytes.

mod pairs;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// The meta-variables, which a web server passes in the environment. Values are bytes, because a client's header may
/// hold any bytes, and `std::env::vars` panics on a value that is not UTF-8.
#[derive(Debug, Clone, Default)]
pub struct Variables(Vec<(OsString, OsString)>);

impl Variables {
    /// The environment of this process.
    #[must_use]
    pub fn from_env() -> Self {
        std::env::vars_os().collect()
    }

    /// A variable's value, which may be empty. A variable that occurs twice counts as absent: lighttpd turns both
    /// `X-Forwarded-For` and `X_Forwarded_For` into the same variable, and the client may have sent either.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        let mut found = self.all(name);
        found.next().filter(|_| found.next().is_none())
    }

    /// Whether a variable occurs twice.
    pub(super) fn is_twice(&self, name: &str) -> bool {
        self.all(name).nth(1).is_some()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let found = self
            .0
            .iter()
            .filter(move |(key, _)| key == OsStr::new(name));
        found.map(|(_, value)| value.as_bytes())
    }

    /// A variable's value. An empty value counts as absent (RFC 3875, 4.1).
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// A variable's value, if it is not empty and is UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.bytes(name)
            .and_then(|value| std::str::from_utf8(value).ok())
    }

    /// `QUERY_STRING`, still encoded. A query with any byte but visible ASCII violates RFC 3875, 4.1.7, and counts as
    /// empty.
    #[must_use]
    pub fn query(&self) -> &str {
        self.text("QUERY_STRING")
            .filter(|query| query.bytes().all(|b| b.is_ascii_graphic()))
            .unwrap_or_default()
    }

    /// A variable's value with U+FFFD in place of invalid UTF-8, for logs, and for lists of which only the end is
    /// trusted.
    #[must_use]
    pub fn lossy(&self, name: &str) -> String {
        String::from_utf8_lossy(self.bytes(name).unwrap_or_default()).into_owned()
    }
}

impl FromIterator<(OsString, OsString)> for Variables {
    fn from_iter<I: IntoIterator<Item = (OsString, OsString)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}
