//! The one place of this program that prints.

use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;

/// Prints what was asked for on stdout. The text brings its own line ends.
///
/// A reader that has gone (`cgi-session session list | head -1`) is no failure; `println!` would panic on it.
///
/// # Errors
/// If the text cannot be written, as on a full disk: whoever asked does not have all of it.
pub fn print(text: &str) -> Result<(), Failure> {
    offer(text).map(drop)
}

/// Prints a part of what was asked for, and says whether anybody still reads: where nobody does, the rest need not
/// be made.
///
/// # Errors
/// As [`print`].
pub fn offer(text: &str) -> Result<bool, Failure> {
    match whole(&mut io::stdout().lock(), text) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::system("write to standard output")(error)),
    }
}

/// Prints what went wrong, or the server's log, on stderr. Where that fails, there is nobody left to be told.
pub fn complain(text: &str) {
    let _ = whole(&mut io::stderr().lock(), text);
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
