//! Why a command did not do what was asked: the one error of this program.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fmt, io};

use cgi_session::error::Error;

/// What the exit codes mean: the end of `cgi-session help`.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused or failed; one line on stderr says why
  2  the command line is wrong
  3  there is no such user or session
  4  the store does not answer now: the same command may work later";

/// Why a command did not do what was asked. `Display` is one line that says what was wrong and what to do.
#[derive(Debug)]
pub enum CommandError {
    /// An operation on a file or folder, named as in "cannot ...".
    File(&'static str, PathBuf, io::Error),
    /// An operation of the system, named as in "cannot ...".
    System(&'static str, io::Error),
    /// An error of the library, in its own words.
    Library(Error),
    /// There is no such user or session.
    Missing(String),
    /// Refused; the text says why and what would be right.
    Refused(String),
}

impl CommandError {
    /// For `map_err`: what could not be done, with which file.
    pub fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::File(doing, path, error)
    }

    /// For `map_err`: what could not be done.
    pub fn system(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::System(doing, error)
    }

    /// For `map_err`: the operating system's random source failed, and nothing weaker takes its place.
    pub fn random(error: impl fmt::Display) -> Self {
        Self::Refused(format!(
            "no random bytes from the operating system: {error}"
        ))
    }

    /// The exit code, as [`EXIT_CODES`] explains it.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Library(Error::Unavailable(..) | Error::Unsure(..)) => ExitCode::from(4),
            Self::Missing(_) => ExitCode::from(3),
            _ => ExitCode::from(1),
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(doing, path, error) => {
                write!(f, "cannot {doing} {}: {error}", path.display())
            }
            Self::System(doing, error) => write!(f, "cannot {doing}: {error}"),
            Self::Library(error) => error.fmt(f),
            Self::Missing(text) | Self::Refused(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for CommandError {}

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}
