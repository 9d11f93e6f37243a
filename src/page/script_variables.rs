//! The environment of a script that is not ours: the server's variables without our secrets, and who the visitor is.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use crate::auth::{device, session_cookie};
use crate::cgi::Variables;
use crate::cgi::cookie_removal;
use crate::model::Time;

/// The variables that say who the visitor is, and [`OURS`] all others of ours.
const WHO: [&str; 2] = ["REMOTE_USER", "AUTH_TYPE"];

/// How the names of our variables begin. A script may have been given the configuration, to call `cgi-session`.
const OURS: &str = "CGI_SESSION_";
const CONFIG: &str = "CGI_SESSION_CONFIG";

/// What a client must not say to a script: a password, and a proxy (httpoxy).
const WITHHELD: [&str; 2] = ["HTTP_AUTHORIZATION", "HTTP_PROXY"];

/// What the script may know of a visitor who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The login name.
    pub login_name: String,
    /// The groups that the user is in, with blanks between them.
    pub groups: String,
    /// The latest time at which the session ends.
    pub expires_at: Time,
    /// See [`crate::auth::session_key`].
    pub key: String,
}

impl Visitor {
    fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("REMOTE_USER", self.login_name.clone()),
            ("AUTH_TYPE", "session".to_owned()),
            ("CGI_SESSION_GROUPS", self.groups.clone()),
            ("CGI_SESSION_EXPIRES", self.expires_at.to_string()),
            ("CGI_SESSION_KEY", self.key.clone()),
        ]
    }
}

/// The variables for a script. All of the server's are passed on as they are, in their order, but for what is ours or
/// withheld, under whatever number of `REDIRECT_` Apache has put before the name.
///
/// Two are set as `php-cgi` needs them, whatever the interpreter is called: `php-cgi` may have another name, and `env`
/// may start it.
#[must_use]
pub fn passed_on(variables: &Variables, visitor: Option<&Visitor>) -> Vec<(OsString, OsString)> {
    let mut all = Vec::new();
    for (name, value) in variables.pairs() {
        // With it, php-cgi may run the file that the path behind the script's name leads to, instead of the script. A
        // client chooses that path.
        if name == "PATH_TRANSLATED" {
            continue;
        }
        if let Some(value) = kept(name.as_bytes(), value) {
            all.push((name.to_owned(), OsString::from_vec(value)));
        }
    }
    let visitor = visitor.map(Visitor::variables);
    for (name, value) in visitor.into_iter().flatten() {
        all.push((name.into(), value.into()));
    }
    // Without it, php-cgi takes the request for an attack, and does not start.
    if variables.bytes("REDIRECT_STATUS").is_none() {
        all.push(("REDIRECT_STATUS".into(), "200".into()));
    }
    all
}

/// The value of a variable as the script may have it; `None` if it may not have the variable.
fn kept(name: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    let mut name = name;
    while let Some(rest) = name.strip_prefix(b"REDIRECT_") {
        name = rest;
    }
    let is = |of: &str| of.as_bytes() == name;
    if WHO.into_iter().chain(WITHHELD).any(is) {
        return None;
    }
    if name.starts_with(OURS.as_bytes()) && !is(CONFIG) {
        return None;
    }
    if is("HTTP_COOKIE") {
        return cookie_removal::without(value, &our_cookies());
    }
    Some(value.to_vec())
}

/// The names of all cookies of ours. Those of the other scheme are worth as much to somebody who steals them.
fn our_cookies() -> [&'static str; 4] {
    [
        session_cookie::name(true),
        session_cookie::name(false),
        device::name(true),
        device::name(false),
    ]
}
