//! Whether the owner and mode of a file or folder can be trusted: could somebody else have written it, or read a secret
//! in it? The message about a doubt names a shell command as the cure, so paths are quoted for a shell here too.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Why a file or folder is not trusted. The caller makes the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// This mode gives others permissions that they must not have.
    Mode(u32),
    /// It belongs to this user id, who may change it at any time.
    Owner(u32),
}

/// The doubt that user id `own` must have about a file or folder, if any. `refused` are the bits that its mode must not
/// have. A user trusts files of their own and of root. Root trusts any owner, because an administrator may tell root to
/// use another user's files.
#[must_use]
pub fn doubt(about: &Metadata, own: u32, refused: u32) -> Option<Doubt> {
    let (mode, owner) = (about.mode() & 0o777, about.uid());
    if mode & refused != 0 {
        return Some(Doubt::Mode(mode));
    }
    let trusted = own == 0 || owner == 0 || owner == own;
    (!trusted).then_some(Doubt::Owner(owner))
}

/// A path quoted for a shell, for a command in a message.
#[must_use]
pub fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c);
    if text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;
    use std::path::Path;

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        for (path, word) in [
            ("/var/lib/cgi-session", "/var/lib/cgi-session"),
            ("/tmp/q/a b;id", "'/tmp/q/a b;id'"),
            ("/it's/$(id)", r"'/it'\''s/$(id)'"),
            ("/back\\slash/错误", r"'/back\slash/错误'"),
        ] {
            assert_eq!(quoted(Path::new(path)), word);
        }
    }
}
