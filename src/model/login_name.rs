//! The name somebody signs in with.

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::PrecisFastInvocation;

/// Longest login name, in characters after mapping.
pub const LOGIN_NAME_MAX: usize = 255;

/// A login name in the one spelling that is stored and compared.
///
/// RFC 8265, 3.3 (`UsernameCaseMapped`) maps width and case and normalises to NFC, and refuses blanks, controls and
/// symbols. It is done here and not by a database, so that which names are equal does not depend on the database's
/// collation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginName(String);

impl LoginName {
    /// The name that `text` spells; `None` if RFC 8265 allows no such name, or it is longer than [`LOGIN_NAME_MAX`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Mapping shortens no text by more than this factor; the check bounds the work.
        if text.len() > LOGIN_NAME_MAX * 16 {
            return None;
        }
        // RFC 8264, 7: a second application may change the text again, so the rules are applied until nothing changes,
        // at most four times.
        let mut name = text.to_owned();
        for _ in 0..4 {
            let mapped = UsernameCaseMapped::enforce(name.as_str())
                .ok()?
                .into_owned();
            if mapped == name {
                return (name.chars().count() <= LOGIN_NAME_MAX).then_some(Self(name));
            }
            name = mapped;
        }
        None
    }

    /// The name as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
