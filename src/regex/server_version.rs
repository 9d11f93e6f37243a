//! Matches the two patterns for a server's version by hand.

/// `10.11.19-MariaDB`, after the `5.5.5-` with which MariaDB poses as MySQL (`mysql_common`, packets/mod.rs).
pub const MARIADB: &str = r"^(?:5.5.5-)?(\d{1,2})\.(\d{1,2})\.(\d{1,3})-MariaDB";
/// `9.7.4`, with anything after it.
pub const VERSION: &str = r"^(\d{1,2})\.(\d{1,2})\.(\d{1,3})(.*)";

/// One of the two patterns.
#[derive(Clone, Copy, Debug)]
pub enum ServerVersion {
    Mariadb,
    Any,
}

/// The pattern, if it is exactly one of the two. Another release of the driver may use others.
pub fn known(pattern: &str) -> Option<ServerVersion> {
    match pattern {
        MARIADB => Some(ServerVersion::Mariadb),
        VERSION => Some(ServerVersion::Any),
        _ => None,
    }
}

impl ServerVersion {
    /// The match and its three numbers, without what follows the version.
    pub fn groups(self, text: &[u8]) -> Option<[&[u8]; 4]> {
        match self {
            Self::Any => triple(text).map(|(groups, _)| groups),
            Self::Mariadb => {
                let of_mariadb =
                    |text| triple(text).filter(|(_, rest)| rest.starts_with(b"-MariaDB"));
                unhidden(text)
                    .and_then(of_mariadb)
                    .or_else(|| of_mariadb(text))
                    .map(|(groups, _)| groups)
            }
        }
    }
}

/// The text after `5.5.5-`. As in the expression, its dots stand for any character.
fn unhidden(text: &[u8]) -> Option<&[u8]> {
    let rest = any(text.strip_prefix(b"5")?)?;
    any(rest.strip_prefix(b"5")?)?.strip_prefix(b"5-")
}

/// The text after one character, which must not be a line feed or invalid UTF-8.
fn any(text: &[u8]) -> Option<&[u8]> {
    let valid = text.utf8_chunks().next()?.valid();
    let first = valid.chars().next().filter(|first| *first != '\n')?;
    text.get(first.len_utf8()..)
}

/// Three numbers of at most 2, 2 and 3 digits at the beginning, and the text after them.
fn triple(text: &[u8]) -> Option<([&[u8]; 4], &[u8])> {
    let (major, rest) = digits(text, 2)?;
    let (minor, rest) = digits(rest.strip_prefix(b".")?, 2)?;
    let (patch, rest) = digits(rest.strip_prefix(b".")?, 3)?;
    let (whole, _) = text.split_at_checked(text.len() - rest.len())?;
    Some(([whole, major, minor, patch], rest))
}

fn digits(text: &[u8], most: usize) -> Option<(&[u8], &[u8])> {
    let count = text
        .iter()
        .take(most)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    text.split_at_checked(count)
        .filter(|(digits, _)| !digits.is_empty())
}
