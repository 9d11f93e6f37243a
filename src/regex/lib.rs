//! Stands in for the crate `regex` where cgi-session is built (`[patch.crates-io]` in Cargo.toml).
//!
//! `mysql_common` reads the server's version with two regular expressions at every connect. A daemon
//! compiles them once; a CGI program does it in each request, and it was 82 % of all its instructions.
//! `regex-lite` compiles them in microseconds. What it lacks is `bytes`, which is what `mysql_common`
//! uses, and is all that is added here. `precis-tools`, which the build runs, uses the rest as it is.

pub use regex_lite::*;

/// Regular expressions over bytes.
pub mod bytes {
    use std::str;

    pub use regex_lite::Error;

    /// A compiled pattern.
    #[derive(Clone, Debug)]
    pub struct Regex {
        text: regex_lite::Regex,
        to_the_end: bool,
    }

    impl Regex {
        /// Compiles a pattern.
        ///
        /// # Errors
        /// If it is none, or one that `regex-lite` does not know.
        pub fn new(pattern: &str) -> Result<Self, Error> {
            let text = regex_lite::Regex::new(pattern)?;
            Ok(Self {
                text,
                to_the_end: pattern.ends_with('$'),
            })
        }

        /// Whether it matches somewhere.
        #[must_use]
        pub fn is_match(&self, haystack: &[u8]) -> bool {
            self.readable(haystack)
                .is_some_and(|text| self.text.is_match(text))
        }

        /// Its groups where it matches first.
        #[must_use]
        pub fn captures<'h>(&self, haystack: &'h [u8]) -> Option<Captures<'h>> {
            self.text.captures(self.readable(haystack)?).map(Captures)
        }

        /// What of the haystack is text from its beginning on: no pattern in use matches anything
        /// else. One that must reach the end cannot match where that is not text.
        fn readable<'h>(&self, haystack: &'h [u8]) -> Option<&'h str> {
            match str::from_utf8(haystack) {
                Ok(text) => Some(text),
                Err(_) if self.to_the_end => None,
                Err(error) => haystack
                    .get(..error.valid_up_to())
                    .and_then(|valid| str::from_utf8(valid).ok()),
            }
        }
    }

    /// The groups of a match.
    #[derive(Debug)]
    pub struct Captures<'h>(regex_lite::Captures<'h>);

    impl<'h> Captures<'h> {
        /// Group `index`; 0 is the whole match.
        #[must_use]
        pub fn get(&self, index: usize) -> Option<Match<'h>> {
            self.0.get(index).map(Match)
        }
    }

    /// A part of the haystack.
    #[derive(Clone, Copy, Debug)]
    pub struct Match<'h>(regex_lite::Match<'h>);

    impl<'h> Match<'h> {
        /// Its bytes.
        #[must_use]
        pub fn as_bytes(&self) -> &'h [u8] {
            self.0.as_str().as_bytes()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bytes::Regex;

    /// As `mysql_common` has them (packets/mod.rs).
    const MARIADB: &str = r"^(?:5.5.5-)?(\d{1,2})\.(\d{1,2})\.(\d{1,3})-MariaDB";
    const VERSION: &str = r"^(\d{1,2})\.(\d{1,2})\.(\d{1,3})(.*)";

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

    #[test]
    fn bytes_that_are_no_text_end_the_haystack() {
        assert_eq!(numbers(VERSION, b"9.7.4\xff-x"), numbers(VERSION, b"9.7.4"));
        assert_eq!(numbers(VERSION, b"\xff9.7.4"), None);
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
