//! URLs of our programs, from `SCRIPT_NAME`: they lie in one folder and have one suffix.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a decoded path must not keep.
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

/// Where our programs are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    folder: String,
    suffix: String,
    /// This program.
    pub here: String,
}

impl Links {
    /// Reads a `SCRIPT_NAME`, which is decoded: `/x/login.cgi` has the folder `/x/` and the suffix
    /// `.cgi`. It begins with one slash here whatever the client wrote: two would name another host.
    #[must_use]
    pub fn of(script_name: &str) -> Self {
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

    /// `login`.
    #[must_use]
    pub fn login(&self) -> String {
        self.program("login")
    }

    /// `logout`.
    #[must_use]
    pub fn logout(&self) -> String {
        self.program("logout")
    }

    /// `protected`.
    #[must_use]
    pub fn protected(&self) -> String {
        self.program("protected")
    }

    fn program(&self, name: &str) -> String {
        format!("{}{name}{}", self.folder, self.suffix)
    }
}
