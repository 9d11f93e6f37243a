//! Replaces the crate `regex` when cgi-session is built (`[patch.crates-io]` in Cargo.toml).
//!
//! `mysql_common` reads the server's version with two regular expressions at every connect. A daemon compiles them
//! once. A CGI program compiles them in each request, and that was 82 % of all its instructions. `regex-lite`
//! still spent a quarter of the remaining instructions on that, so these two are matched by hand.
//!
//! `regex-lite` has no `bytes` module, which `mysql_common` uses; this crate adds it. `precis-tools`, which runs during
//! the build, uses `regex-lite` as it is.

pub use regex_lite::*;

mod server_version;

/// Regular expressions over bytes.
pub mod bytes {
    use std::str;

    pub use regex_lite::Error;

    use crate::server_version::{self, ServerVersion};

    /// A compiled pattern.
    #[derive(Clone, Debug)]
    pub struct Regex(Pattern);

    #[derive(Clone, Debug)]
    enum Pattern {
        Version(ServerVersion),
        Other {
            text: regex_lite::Regex,
            to_the_end: bool,
        },
    }

    impl Regex {
        /// Compiles a pattern.
        ///
        /// # Errors
        /// If the pattern is malformed, or `regex-lite` does not support it.
        pub fn new(pattern: &str) -> Result<Self, Error> {
            if let Some(version) = server_version::known(pattern) {
                return Ok(Self(Pattern::Version(version)));
            }
            Ok(Self(Pattern::Other {
                text: regex_lite::Regex::new(pattern)?,
                to_the_end: pattern.ends_with('$'),
            }))
        }

        /// Whether the pattern matches anywhere in the haystack.
        #[must_use]
        pub fn is_match(&self, haystack: &[u8]) -> bool {
            self.captures(haystack).is_some()
        }

        /// The groups of the first match.
        #[must_use]
        pub fn captures<'h>(&self, haystack: &'h [u8]) -> Option<Captures<'h>> {
            match &self.0 {
                Pattern::Version(version) => version.groups(haystack).map(Captures::Version),
                Pattern::Other { text, to_the_end } => text
                    .captures(readable(haystack, *to_the_end)?)
                    .map(Captures::Other),
            }
        }
    }

    /// The longest beginning of the haystack that is UTF-8: no pattern in use matches other bytes. If the pattern must
    /// reach the end and the whole haystack is not UTF-8, it cannot match.
    fn readable(haystack: &[u8], to_the_end: bool) -> Option<&str> {
        match str::from_utf8(haystack) {
            Ok(text) => Some(text),
            Err(_) if to_the_end => None,
            Err(error) => haystack
                .get(..error.valid_up_to())
                .and_then(|valid| str::from_utf8(valid).ok()),
        }
    }

    /// The groups of a match.
    #[derive(Debug)]
    pub enum Captures<'h> {
        /// The groups of a version: the whole match, then its three numbers.
        Version([&'h [u8]; 4]),
        /// The groups of any other pattern.
        Other(regex_lite::Captures<'h>),
    }

    impl<'h> Captures<'h> {
        /// Group `index`; 0 is the whole match.
        #[must_use]
        pub fn get(&self, index: usize) -> Option<Match<'h>> {
            match self {
                Self::Version(groups) => groups.get(index).copied().map(Match),
                Self::Other(groups) => groups
                    .get(index)
                    .map(|found| Match(found.as_str().as_bytes())),
            }
        }
    }

    /// A part of the haystack that a group matched.
    #[derive(Clone, Copy, Debug)]
    pub struct Match<'h>(&'h [u8]);

    impl<'h> Match<'h> {
        /// The matched bytes.
        #[must_use]
        pub fn as_bytes(&self) -> &'h [u8] {
            self.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bytes::Regex;
    use super::server_version::{MARIADB, VERSION, known};

    type Numbers = Option<[&'static str; 3]>;

    /// Server versions as greetings carry them, and what each pattern finds there.
    const GREETINGS: &[(&str, Numbers, Numbers)] = &[
        (
            "5.5.5-10.11.19-MariaDB-0+deb12u1",
            Some(["10", "11", "19"]),
            Some(["5", "5", "5"]),
        ),
        (
            "11.8.6-MariaDB-0+deb13u1 from Debian",
            Some(["11", "8", "6"]),
            Some(["11", "8", "6"]),
        ),
        ("8.0.43-0ubuntu0.24.04.2", None, Some(["8", "0", "43"])),
        ("8.4.6", None, Some(["8", "4", "6"])),
        ("9.7.4-2", None, Some(["9", "7", "4"])),
        ("", None, None),
        ("MariaDB", None, None),
    ];

    fn numbers(pattern: &str, version: &[u8]) -> Option<Vec<String>> {
        let captures = Regex::new(pattern).unwrap().captures(version)?;
        let group = |i| {
            captures
                .get(i)
                .map(|m| String::from_utf8_lossy(m.as_bytes()).into_owned())
        };
        (1..=3).map(group).collect()
    }

    #[test]
    fn the_versions_of_recorded_greetings_are_read() {
        for (greeting, mariadb, version) in GREETINGS {
            let expected =
                |numbers: &Numbers| numbers.map(|numbers| numbers.map(str::to_owned).to_vec());
            assert_eq!(
                numbers(MARIADB, greeting.as_bytes()),
                expected(mariadb),
                "{greeting}"
            );
            assert_eq!(
                numbers(VERSION, greeting.as_bytes()),
                expected(version),
                "{greeting}"
            );
        }
    }

    /// Compares both ways of matching on texts that differ from a version in every place.
    #[test]
    fn versions_are_matched_as_regex_lite_matches_them() {
        const PARTS: &[&str] = &[
            "", "5", "10", "123", "4567", ".", "5.5.5-", "5x5y5-", "-", "-MariaDB", "-Maria", "x",
        ];
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            let longer = |text: &String| {
                PARTS
                    .iter()
                    .map(|part| format!("{text}{part}"))
                    .collect::<Vec<_>>()
            };
            texts = texts.iter().flat_map(longer).collect();
            texts.sort();
            texts.dedup();
        }
        for text in GREETINGS.iter().map(|greeting| greeting.0) {
            texts.extend((0..text.len()).map(|cut| text[..cut].to_owned()));
            texts
                .extend((0..text.len()).map(|cut| format!("{}{}", &text[..cut], &text[cut + 1..])));
        }
        for pattern in [MARIADB, VERSION] {
            assert!(known(pattern).is_some());
            let lite = regex_lite::Regex::new(pattern).unwrap();
            let mut matched = 0;
            for text in &texts {
                let expected = lite
                    .captures(text)
                    .map(|groups| (1..=3).map(|i| groups[i].to_owned()).collect::<Vec<_>>());
                assert_eq!(
                    numbers(pattern, text.as_bytes()),
                    expected,
                    "{pattern} {text}"
                );
                matched += usize::from(expected.is_some());
            }
            assert!(
                matched > 50 && matched < texts.len() / 2,
                "{matched} of {}",
                texts.len()
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_end_the_haystack() {
        assert_eq!(numbers(VERSION, b"9.7.4\xff-x"), numbers(VERSION, b"9.7.4"));
        assert_eq!(numbers(VERSION, b"\xff9.7.4"), None);
        assert_eq!(numbers(MARIADB, b"5.5\xff5-10.11.19-MariaDB"), None);
        let odd = "5é5.5-10.11.19-MariaDB";
        let lite = regex_lite::Regex::new(MARIADB).unwrap();
        assert!(lite.is_match(odd) && numbers(MARIADB, odd.as_bytes()).is_some());
        let date = Regex::new(r"^\d{4}-\d{2}-\d{2}$").unwrap();
        assert!(date.is_match(b"2026-11-23") && !date.is_match(b"2026-11-23\xff"));
    }

    #[test]
    fn a_public_key_is_found() {
        let pattern = "-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----";
        let pem = b"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";
        let captures = Regex::new(pattern).unwrap().captures(pem).unwrap();
        assert_eq!(captures.get(1).unwrap().as_bytes(), b"\nMIIB\n");
    }
}
