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

/// Text from anywhere, safe on a terminal and in a line: every control character and everything
/// invisible is shown as Rust writes it in a string, and the end is cut at `limit` characters.
pub fn printable(text: &str, limit: usize) -> String {
    let mut safe = String::with_capacity(text.len().min(limit));
    for c in text.chars().take(limit) {
        match c {
            '"' | '\'' => safe.push(c),
            _ => safe.extend(c.escape_debug()),
        }
    }
    if text.chars().nth(limit).is_some() {
        safe.push('…');
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn controls_are_shown_and_text_stays() {
        assert_eq!(printable("a \"b\" 错误", 99), "a \"b\" 错误");
        assert_eq!(
            printable("\u{1b}[31m\r\n\u{202e}", 99),
            "\\u{1b}[31m\\r\\n\\u{202e}"
        );
        assert_eq!(printable("abcdef", 3), "abc…");
    }
}
