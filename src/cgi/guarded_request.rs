//! A request for a guarded place: a file or a script that is not one of our pages.

use super::url_path::UrlPath;
use super::variables::Variables;
use crate::error::Error;

/// How a web server calls a program that guards other people's files and scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    /// By a URL of its own: `SCRIPT_NAME` is the program's, and `PATH_INFO` says what is wanted.
    AsItself,
    /// In place of the file or the script that is wanted: `SCRIPT_NAME` is that one's, as with lighttpd's `cgi.assign`
    /// and with the interpreter line of a script.
    InItsPlace,
    /// By Apache's `Action`: `PATH_INFO` is the whole path of the URL, and `SCRIPT_NAME` is the program's.
    ByAction,
}

/// What a request for a guarded place asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardedRequest {
    /// The path that the client asked for.
    pub asked: UrlPath,
    /// The path that the server made of it, for example by a rewrite. It is the same if the server changed nothing.
    pub resolved: UrlPath,
    /// Further paths of what is wanted, all of which must be allowed. A program that knows the file adds them.
    pub also: Vec<UrlPath>,
    /// Whether a browser wants it as a part of a page or for a script, so that nobody would see a page in its place.
    pub is_part: bool,
}

impl GuardedRequest {
    /// Reads the variables.
    ///
    /// # Errors
    /// 400 if one of the paths is missing or has no normal form. Not every server sets `REQUEST_URI`: behind one that
    /// does not, nothing is admitted.
    pub fn read(variables: &Variables, called: Called) -> Result<Self, Error> {
        let target = variables.bytes("REQUEST_URI");
        let target = target.ok_or(Error::VariableMissing("REQUEST_URI"))?;
        let asked = UrlPath::from_target(target).ok_or(Error::VariableInvalid("REQUEST_URI"))?;
        let script = match called {
            Called::AsItself | Called::InItsPlace => "SCRIPT_NAME",
            Called::ByAction => "PATH_INFO",
        };
        let mut path = variables
            .bytes(script)
            .ok_or(Error::VariableMissing(script))?
            .to_vec();
        if called != Called::ByAction {
            path.extend(variables.bytes("PATH_INFO").unwrap_or_default());
        }
        if variables.is_twice("PATH_INFO") {
            return Err(Error::VariableInvalid("PATH_INFO"));
        }
        // Servers have resolved it. One that has not may have started a script to which the normal form does not lead.
        if path.split(|b| *b == b'/').any(|name| name == b"..") {
            return Err(Error::VariableInvalid("PATH_INFO"));
        }
        let resolved = UrlPath::from_decoded(&path).ok_or(Error::VariableInvalid(script))?;
        let destination = variables.bytes("HTTP_SEC_FETCH_DEST");
        Ok(Self {
            asked,
            resolved,
            also: Vec::new(),
            is_part: destination.is_some_and(|destination| destination != b"document"),
        })
    }
}
