//! URLs of our programs, from `SCRIPT_NAME`: they lie in one folder and have one suffix.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What must be encoded in a path that the server has decoded.
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
    /// Reads a `SCRIPT_NAME`, which is decoded: `/x/login.cgi` has the folder `/x/` and the suffix `.cgi`. Its path
    /// always begins with exactly one slash here, whatever the client wrote: two would name another host.
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

    /// The login page, to which every page that requires sign-in leads.
    #[must_use]
    pub fn login(&self) -> String {
        self.program("login")
    }

    /// The program with this name.
    #[must_use]
    pub fn program(&self, name: &str) -> String {
        format!("{}{name}{}", self.folder, self.suffix)
    }
}
