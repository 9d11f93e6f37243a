//! What goes into a sign-in, and what comes out.

use crate::auth::session_cookie::Presented;
use crate::auth::throttle::{Throttle, Wait};
use crate::config::SessionConfig;
use crate::log::Log;
use crate::model::{LoginName, Time, Token};

/// What somebody who signs in presents.
#[derive(Debug)]
pub struct SignIn<'a> {
    /// As typed.
    pub login_name: &'a str,
    /// As typed.
    pub password: &'a str,
    /// "Keep me signed in".
    pub remember: bool,
    /// The session that this browser has already. A sign-in that succeeds ends it.
    pub presented: &'a Presented,
    /// The Cookie header, which may prove that the device is known.
    pub cookie: &'a str,
    /// Over HTTPS.
    pub https: bool,
    /// The client's address.
    pub remote_addr: &'a str,
    /// The client's `User-Agent`.
    pub user_agent: &'a str,
}

/// What a sign-in is checked against.
#[derive(Debug)]
pub struct Rules<'a> {
    /// Now, the same for the whole request.
    pub now: Time,
    /// How long sessions live.
    pub limits: &'a SessionConfig,
    /// How often somebody may try.
    pub throttle: Throttle<'a>,
    /// Where events go.
    pub log: &'a Log,
}

/// How a sign-in went.
#[derive(Debug)]
pub enum Outcome {
    /// A session is open.
    SignedIn(SignedIn),
    /// Refused. The name is for the log alone, and `None` if there is no such user: what was typed may be a password.
    Refused(Option<LoginName>),
    /// Too many tries came before: the password was not looked at, or it was right and there is no session all the
    /// same. The name is as in `Refused`.
    Throttled(Wait, Option<LoginName>),
}

/// A sign-in that succeeded.
#[derive(Debug)]
pub struct SignedIn {
    /// For the cookie.
    pub token: Token,
    /// Who it is, in the stored spelling.
    pub login_name: LoginName,
    /// When the session ends at the latest.
    pub expires_at: Time,
    /// The `Set-Cookie` that makes the device known to be this user's; `None` on a site without a secret.
    pub device: Option<String>,
}
