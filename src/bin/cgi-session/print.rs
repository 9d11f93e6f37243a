//! The one place of this program that prints.

use std::io::{self, Write};

/// Where text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// What was asked for.
    Stdout,
    /// What went wrong, and the server's log.
    Stderr,
}

/// Prints text that brings its own line ends.
///
/// A reader that has gone (`cgi-session session list | head -1`) is no failure, and nobody could be
/// told of another one; `println!` would panic on both.
pub fn print(to: To, text: &str) {
    let _ = match to {
        To::Stdout => whole(&mut io::stdout().lock(), text),
        To::Stderr => whole(&mut io::stderr().lock(), text),
    };
}

/// One write where the system takes it in one, so that lines of parallel requests do not mix.
fn whole(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Whether a terminal shows a character as itself: no control character, nothing invisible.
pub fn is_shown(c: char) -> bool {
    matches!(c, '"' | '\'' | '\\') || c.escape_debug().len() == 1
}

/// Text from anywhere, safe on a terminal and in a line: what is not shown is written as Rust writes
/// it in a string.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_shown(c) {
            safe.push(c);
        } else {
            safe.extend(c.escape_debug());
        }
    }
    safe
}

/// The same, with the end cut at `limit` characters.
pub fn printable(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => escaped(text),
        Some((end, _)) => escaped(text.get(..end).unwrap_or_default()) + "…",
    }
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn controls_are_shown_and_text_stays() {
        assert_eq!(printable("a \"b\" \\ 错误", 99), "a \"b\" \\ 错误");
        assert_eq!(
            printable("\u{1b}[31m\r\n\u{202e}", 99),
            "\\u{1b}[31m\\r\\n\\u{202e}"
        );
        assert_eq!(printable("abcdef", 3), "abc…");
    }
}
