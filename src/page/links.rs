//! URLs of our programs, made from `SCRIPT_NAME`: all programs are in one folder and share one suffix.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The characters to encode in a path that the server has decoded.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b';')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'`');

/// The URLs of our programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// The folder of all programs; empty if it is not known.
    pub(super) folder: String,
    pub(super) suffix: String,
    /// The URL of this program, without a query.
    pub here: String,
}

impl Links {
    /// Reads a decoded `SCRIPT_NAME`: `/x/login.cgi` has the folder `/x/` and the suffix `.cgi`. The resulting paths
    /// begin with exactly one slash, whatever the client sent, because a URL that begins with two would name another
    /// host.
    #[must_use]
    pub fn from_script_name(script_name: &str) -> Self {
        let path = format!("/{}", script_name.trim_start_matches(['/', '\\']));
        let path = utf8_percent_encode(&path, IN_PATH).to_string();
        let (folder, file) = path.rsplit_once('/').unwrap_or_default();
        let suffix = file
            .find('.')
            .and_then(|dot| file.get(dot..))
            .unwrap_or_default();
        Self {
            folder: format!("{folder}/"),
            suffix: suffix.to_owned(),
            here: path.clone(),
        }
    }

    /// The URL of the login page, to which every page that requires sign-in leads.
    #[must_use]
    pub fn login(&self) -> String {
        self.program("login")
    }

    /// The URL of the program with this name.
    #[must_use]
    pub fn program(&self, name: &str) -> String {
        format!("{}{name}{}", self.folder, self.suffix)
    }
}
