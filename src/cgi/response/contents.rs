//! What is in a response, and how a page changes it.

use super::{HeaderValue, Response};
use crate::cgi::Body;
use crate::error::Error;

/// The header that [`Response::policy`] replaces.
const POLICY: &str = "Content-Security-Policy";

impl Response {
    /// The same response with another status. A page that asks again for a field that was wrong answers 422, for
    /// example.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same response with another content security policy, in place of the one that allows no script, and no
    /// image or style of another site.
    ///
    /// ```
    /// # use cgi_session::{Error, Html, Response, Visit};
    /// fn map(visit: &mut Visit<'_>) -> Result<Response, Error> {
    ///     let page = visit.document(Html::trusted("<!DOCTYPE html><title>Map</title><script src=/map.js></script>"))?;
    ///     page.policy("default-src 'none'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'")
    /// }
    /// ```
    ///
    /// # Errors
    /// If the policy has a character that a header must not hold.
    pub fn policy(mut self, policy: impl Into<String>) -> Result<Self, Error> {
        let policy = HeaderValue::new(policy)?;
        self.headers.retain(|(name, _)| *name != POLICY);
        self.headers.push((POLICY, policy));
        Ok(self)
    }

    /// The status, such as 200.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The values of a header, in order. The name may be in upper or lower case.
    pub fn header(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self
            .headers
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// The body; empty if it is a file's.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.body.bytes()
    }
}

impl Body {
    /// The bytes; none if it is a file's.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::File(_) => &[],
        }
    }
}
