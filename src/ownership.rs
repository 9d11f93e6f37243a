//! Whether the owner and mode of a file or folder can be trusted: could somebody else have written it, or read a secret
//! in it? The message about a doubt names a shell command as the cure, so paths are quoted for a shell here too.

use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt as _;
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

/// Why a folder is not for `file` alone, as the end of a sentence about it; `None` if it is. Nobody should be told to
/// give such a folder away or to close it.
///
/// A folder of the store holds the file, files whose names begin with its name, and locks, which are empty files.
#[must_use]
pub fn shared(folder: &Path, file: &Path) -> Option<String> {
    let mode = folder.metadata().map_or(0, |about| about.mode() & 0o7777);
    if mode & 0o1000 != 0 {
        return Some(format!("is a shared folder (mode {mode:04o})"));
    }
    let Ok(entries) = fs::read_dir(folder) else {
        // A private folder. Only those directly below the root, such as /root, are certain to be somebody else's.
        let top = folder.parent() == Some(Path::new("/"));
        return top.then(|| "is a folder of the system".to_owned());
    };
    let name = file.file_name().unwrap_or_default().as_bytes();
    let stranger = entries.flatten().find(|entry| {
        let is_lock = |about: Metadata| about.is_file() && about.len() == 0;
        !entry.file_name().as_bytes().starts_with(name) && !entry.metadata().is_ok_and(is_lock)
    })?;
    let stranger = stranger.file_name();
    Some(format!(
        "holds other files, such as {}",
        stranger.to_string_lossy()
    ))
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
