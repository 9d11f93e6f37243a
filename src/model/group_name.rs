//! The name of a group of users.

use super::login_name::LoginName;

/// Longest name of a group, in characters after mapping.
pub const GROUP_NAME_MAX: usize = 64;

/// The name of a group in the one spelling that is stored and compared, which is mapped as a login name's is.
///
/// Scripts get the groups of a user in one text with blanks between them, and rules write `group:NAME` in a list. So a
/// name holds no blank, and of the ASCII signs only `.`, `_`, `@` and `-`, the last not as its first character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupName(LoginName);

impl GroupName {
    /// The name that `text` spells; `None` if no group can have it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let name = LoginName::parse(text)?;
        let plain = |c: char| !c.is_ascii_punctuation() || matches!(c, '.' | '_' | '@' | '-');
        let text = name.as_str();
        let fits = text.chars().count() <= GROUP_NAME_MAX && !text.starts_with('-');
        (fits && text.chars().all(plain)).then_some(Self(name))
    }

    /// The name as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}
