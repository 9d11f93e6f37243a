//! Whose a file or folder is: whether somebody else could have written it, or read what is secret in it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Why a file or folder is not to be trusted; the message is for whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Its mode lets others do what they must not.
    Mode(u32),
    /// It is this user's, who may change it at any time.
    Owner(u32),
}

/// What user `own` has to doubt of a file or folder; `refused` are the bits of its mode that must not be set. One of
/// root's is as good as one's own, and root may be told to use anybody's.
#[must_use]
pub fn doubt(about: &Metadata, own: u32, refused: u32) -> Option<Doubt> {
    let (mode, owner) = (about.mode() & 0o777, about.uid());
    if mode & refused != 0 {
        return Some(Doubt::Mode(mode));
    }
    let trusted = own == 0 || owner == 0 || owner == own;
    (!trusted).then_some(Doubt::Owner(owner))
}

/// A path as a shell reads it, for a command in a message.
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
