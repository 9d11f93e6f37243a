//! What a page of one's own may ask of a session.

use super::Session;

impl Session {
    /// The name with which the visitor signed in, in its normal form (RFC 8265): the same however they typed it, and
    /// nobody else's.
    #[must_use]
    pub fn login_name(&self) -> &str {
        &self.user.login_name
    }

    /// When the visitor signed in, in seconds since 1970, UTC.
    #[must_use]
    pub fn signed_in_at(&self) -> i64 {
        self.created_at.0
    }

    /// When the session ends at the latest, in seconds since 1970, UTC. It ends earlier if the visitor signs out, or
    /// sends no request for a while.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.expires_at.0
    }
}
