//! The format of a line: logfmt or JSON, both escaped and capped.

use std::fmt::Write as _;

use serde::Deserialize;

/// Longest value in a line, in characters. The rest is replaced by `…`.
pub const MAX_VALUE: usize = 256;

/// Longest line, in bytes. A pipe that is ready takes this many without blocking (`PIPE_BUF`).
pub const MAX_LINE: usize = 4096;

/// Bytes of a line that are reserved for time, program and event, with room to spare.
const OWN: usize = 256;

/// The format of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `time=2026-11-23T07:31:00Z program=login event=signed_out client=192.0.2.7`
    #[default]
    Logfmt,
    /// `{"time":"2026-11-23T07:31:00Z","program":"login","event":"signed_out","client":"192.0.2.7"}`
    Json,
}

impl Format {
    /// A whole line with its line break. `own` are time, program and event. The other fields get equal shares of the
    /// rest, so that no long value pushes another field out.
    pub(super) fn line(self, own: &[(&str, &str)], fields: &[(&str, &str)]) -> String {
        let share = (MAX_LINE - OWN) / fields.len().max(1);
        let mut line = String::new();
        for (name, value) in own.iter().chain(fields) {
            let value = self.value(value, share.saturating_sub(name.len() + 8));
            let between = !line.is_empty();
            let _ = match self {
                Self::Logfmt => write!(line, "{}{name}={value}", if between { " " } else { "" }),
                Self::Json => write!(
                    line,
                    "{}\"{name}\":{value}",
                    if between { "," } else { "{" }
                ),
            };
        }
        line.push_str(if self == Self::Json { "}\n" } else { "\n" });
        line
    }

    /// A value of at most [`MAX_VALUE`] characters and `most` bytes, not counting the quotes. In logfmt the value is
    /// bare if that is unambiguous. Otherwise it is quoted, and quotes, control characters and all invisible characters
    /// are escaped, as Rust does or as JSON does.
    #[must_use]
    pub fn value(self, value: &str, most: usize) -> String {
        let bare = |c: char| c.is_ascii_alphanumeric() || "-_.:/@+".contains(c);
        let fits = !value.is_empty() && value.len() <= MAX_VALUE.min(most);
        if self == Self::Logfmt && fits && value.chars().all(bare) {
            return value.to_owned();
        }
        let mut quoted = String::from("\"");
        for (nth, c) in value.chars().enumerate() {
            let before = quoted.len();
            self.escape(c, &mut quoted);
            if nth == MAX_VALUE || quoted.len() > most {
                quoted.truncate(before);
                quoted.push('…');
                break;
            }
        }
        quoted.push('"');
        quoted
    }

    fn escape(self, c: char, to: &mut String) {
        let shown = c.escape_debug().len() == 1;
        match self {
            Self::Logfmt => to.extend(c.escape_debug()),
            Self::Json if shown || c == '\'' => to.push(c),
            Self::Json if matches!(c, '"' | '\\') => to.extend(['\\', c]),
            // RFC 8259, 7: a character above U+FFFF is two escapes.
            Self::Json => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(to, "\\u{unit:04x}");
                }
            }
        }
    }
}
