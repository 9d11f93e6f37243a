//! The one place of this program that prints.

use std::io::{self, ErrorKind, Write};

use crate::command_error::CommandError;

/// Prints a text on stdout. The text has its own line ends.
///
/// A reader that has gone (`cgi-session session list | head -1`) is no failure; `println!` would panic on it.
///
/// # Errors
/// If the text cannot be written, as on a full disk: then the output is not complete.
pub fn print(text: &str) -> Result<(), CommandError> {
    print_part(text).map(drop)
}

/// Prints a part of the output; whether anybody still reads. If nobody does, the rest need not be made.
///
/// # Errors
/// As [`print`].
pub fn print_part(text: &str) -> Result<bool, CommandError> {
    match whole(&mut io::stdout().lock(), text) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CommandError::system("write to standard output")(error)),
    }
}

/// Prints what went wrong, or the server's log, on stderr. If that fails, nobody is left to be told.
pub fn complain(text: &str) {
    let _ = whole(&mut io::stderr().lock(), text);
}

/// Writes a text in one call if the system takes it so, which keeps the lines of parallel requests apart.
fn whole(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Whether a terminal shows a character as itself: it is no control character, and not invisible.
pub fn is_shown(c: char) -> bool {
    matches!(c, '"' | '\'' | '\\') || c.escape_debug().len() == 1
}

/// A text from anywhere, made safe for a terminal and for a line: characters that are not shown are escaped as in a
/// string of Rust.
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

/// The same, cut after `limit` characters.
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
