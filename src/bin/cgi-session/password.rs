//! Secrets from people: a prompt without echo, or standard input. Never an argument, which all users
//! of the machine can read.

use std::io::{self, BufRead, IsTerminal, Read};

use cgi_session::auth::new_password;
use cgi_session::auth::password::{self, PASSWORD_MAX, Password};
use cgi_session::config::Config;
use cgi_session::model::{LoginName, PasswordHash};

use crate::command_error::CommandError;
use crate::terminal;

/// Some editors write it before a text; it is no part of the text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Where a password comes from.
#[derive(Debug, clap::Args)]
pub struct Source {
    /// Read the password from standard input instead of asking: one line, and neither its end nor a byte order mark
    /// is part of it
    #[arg(long)]
    password_stdin: bool,
}

impl Source {
    /// The hash of a new password of `name` that the configuration allows.
    ///
    /// # Errors
    /// If it is refused, or cannot be read.
    pub fn new_hash(
        &self,
        config: &Config,
        name: &LoginName,
    ) -> Result<PasswordHash, CommandError> {
        let text = if self.password_stdin {
            only_line()?
        } else {
            prompted(config.password.min_length)?
        };
        // A form field sends none, so nobody could sign in with such a password.
        if text.contains(char::is_control) {
            let what = "the password holds a control character: use one line of plain text";
            return Err(CommandError::Refused(what.to_owned()));
        }
        let password = Password::parse(&text).ok_or_else(too_long)?;
        let context = [name.as_str(), &config.page.title];
        new_password::check(&password, config.password.min_length, &context)
            .map_err(|why| CommandError::Refused(why.to_string()))?;
        Ok(password::hash(&password)?)
    }
}

/// One line: typed without echo on a terminal, else read from standard input, of which each question takes the next
/// line.
///
/// # Errors
/// If it cannot be read.
pub fn line(prompt: &str) -> Result<String, CommandError> {
    if io::stdin().is_terminal() {
        ask(prompt)
    } else {
        next_line()
    }
}

/// Asks twice, because nobody sees what they type.
fn prompted(min_length: u32) -> Result<String, CommandError> {
    let first = ask(&format!(
        "A password needs {min_length} characters or more: take a few words that have nothing to do with each other.\n\
         New password: "
    ))?;
    let second = ask("Again: ")?;
    if first == second {
        Ok(first)
    } else {
        Err(CommandError::Refused(
            "the two passwords differ: nothing was changed".to_owned(),
        ))
    }
}

fn ask(prompt: &str) -> Result<String, CommandError> {
    if !io::stdin().is_terminal() {
        let hint = "standard input is not a terminal: use --password-stdin";
        return Err(CommandError::Refused(format!(
            "cannot ask for the password: {hint}"
        )));
    }
    terminal::ask(prompt).map_err(CommandError::system("ask for the password"))
}

/// The one line of standard input. A longer text is refused, because the rest of it was meant as well.
fn only_line() -> Result<String, CommandError> {
    let line = next_line()?;
    match io::stdin().lock().bytes().next() {
        None => Ok(line),
        Some(Ok(_)) => {
            let what = "standard input holds more than one line: a password is one";
            Err(CommandError::Refused(what.to_owned()))
        }
        Some(Err(error)) => Err(CommandError::system("read standard input")(error)),
    }
}

fn next_line() -> Result<String, CommandError> {
    let mut text = String::new();
    // Room for the mark, for the line end, and for one byte more, which shows that the text is too long.
    let cap = u64::try_from(PASSWORD_MAX)
        .unwrap_or(u64::MAX)
        .saturating_add(6);
    let read = io::stdin().lock().take(cap).read_line(&mut text);
    read.map_err(CommandError::system("read standard input as UTF-8"))?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text.remove(0);
    }
    if let Some(line) = text.strip_suffix('\n') {
        text.truncate(line.strip_suffix('\r').unwrap_or(line).len());
    }
    if text.len() > PASSWORD_MAX {
        Err(too_long())
    } else {
        Ok(text)
    }
}

fn too_long() -> CommandError {
    CommandError::Refused(format!("longer than {PASSWORD_MAX} bytes"))
}
