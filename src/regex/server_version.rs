//! The two patterns of a server's version, by hand.

/// `10.11.19-MariaDB`, and how MariaDB hides that it is not MySQL 5.5.5 (`mysql_common`, packets/mod.rs).
pub const MARIADB: &str = r"^(?:5.5.5-)?(\d{1,2})\.(\d{1,2})\.(\d{1,3})-MariaDB";
/// `9.7.4` and whatever follows.
pub const VERSION: &str = r"^(\d{1,2})\.(\d{1,2})\.(\d{1,3})(.*)";

/// Which of the two.
#[derive(Clone, Copy, Debug)]
pub enum ServerVersion {
    Mariadb,
    Any,
}

/// The pattern, if it is one of the two, to the letter: another release of the driver may have others.
pub fn known(pattern: &str) -> Option<ServerVersion> {
    match pattern {
        MARIADB => Some(ServerVersion::Mariadb),
        VERSION => Some(ServerVersion::Any),
        _ => None,
    }
}

impl ServerVersion {
    /// The match and its three numbers. What follows the version is left out of both.
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

/// What follows `5.5.5-`, whose dots stand for any character.
fn unhidden(text: &[u8]) -> Option<&[u8]> {
    let rest = any(text.strip_prefix(b"5")?)?;
    any(rest.strip_prefix(b"5")?)?.strip_prefix(b"5-")
}

/// What follows one character that does not end a line; bytes that are no text are none.
fn any(text: &[u8]) -> Option<&[u8]> {
    let valid = text.utf8_chunks().next()?.valid();
    let first = valid.chars().next().filter(|first| *first != '\n')?;
    text.get(first.len_utf8()..)
}

/// Three numbers of at most 2, 2 and 3 digits at the beginning, and what follows them.
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
