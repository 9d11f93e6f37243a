//! Signing in, staying signed in, signing out.

use rand::TryRng as _;
use rand::rngs::SysRng;

use super::cookie::Presented;
use super::life;
use super::password::{self, Password, Verdict};
use crate::config::SessionConfig;
use crate::error::Error;
use crate::log::Log;
use crate::model::{Digest, LoginName, NewSession, RANDOM_LEN, Session, Time, Token};
use crate::store::Store;

/// What somebody who signs in presents.
#[derive(Debug)]
pub struct SignIn<'a> {
    /// As typed.
    pub login_name: &'a str,
    /// As typed.
    pub password: &'a str,
    /// "Keep me signed in".
    pub remember: bool,
    /// The session that this browser has already; a sign-in ends it.
    pub presented: &'a Presented,
    /// The client's address.
    pub remote_addr: &'a str,
    /// The client's `User-Agent`.
    pub user_agent: &'a str,
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
}

/// Whose session the token is, if it is one that is not over. One query; a touch where it is due.
///
/// A touch that fails changes nothing for the visitor: a read-only replica or a full disk must not
/// sign anybody out.
///
/// # Errors
/// If the store cannot answer.
pub fn check(
    store: &mut dyn Store,
    token: &Token,
    now: Time,
    limits: &SessionConfig,
    log: &Log,
) -> Result<Option<Session>, Error> {
    let digest = Digest::of(token);
    let found = store.session(&digest)?;
    let Some(session) = found.filter(|session| !life::is_over(session, now, limits)) else {
        return Ok(None);
    };
    if life::needs_touch(&session, now, limits)
        && let Err(why) = store.touch(&digest, now)
    {
        log.event(
            "touch_failed",
            &[("session", digest.short()), ("why", &why.to_string())],
        );
    }
    Ok(Some(session))
}

/// Checks name and password and opens a session; `None` for every reason to refuse. The hash is
/// computed for each of them, so that they take as long.
///
/// # Errors
/// If the store cannot answer or keep the session, the random source fails, or hashing does. No
/// session is claimed then.
pub fn sign_in(
    store: &mut dyn Store,
    sign_in: &SignIn<'_>,
    now: Time,
    limits: &SessionConfig,
) -> Result<Option<SignedIn>, Error> {
    let name = LoginName::parse(sign_in.login_name);
    // Refused before hashing, as a wrong password: the length is the client's own doing.
    let Some(password) = Password::parse(sign_in.password) else {
        return Ok(None);
    };
    let found = match &name {
        Some(name) => store.credentials(name)?,
        None => None,
    };
    let verdict = password::verify(&password, found.as_ref().map(|user| user.password.as_str()))?;
    let (Some(login_name), Some(user)) = (name, found) else {
        return Ok(None);
    };
    if verdict == Verdict::Wrong || user.disabled {
        return Ok(None);
    }
    let rehashed = match verdict {
        Verdict::RightButWeak => Some(password::hash(&password)?),
        _ => None,
    };
    let token = new_token()?;
    let session = NewSession {
        session: Digest::of(&token),
        user: user.id,
        created_at: now,
        expires_at: life::expires_at(now, sign_in.remember, limits),
        remember: sign_in.remember,
        remote_addr: sign_in.remote_addr.to_owned(),
        user_agent: sign_in.user_agent.to_owned(),
    };
    let replaced = match sign_in.presented {
        Presented::Token(token) => Some(Digest::of(token)),
        _ => None,
    };
    let opened = store.open_session(
        &session,
        &user.password,
        rehashed.as_deref(),
        replaced.as_ref(),
        limits.max_per_user,
    )?;
    let expires_at = session.expires_at;
    Ok(opened.then_some(SignedIn {
        token,
        login_name,
        expires_at,
    }))
}

/// Ends the session, if there is one; again is harmless.
///
/// # Errors
/// If the store cannot say that it is gone.
pub fn sign_out(store: &mut dyn Store, token: &Token) -> Result<(), Error> {
    store.end_session(&Digest::of(token))
}

/// One read of the operating system's random source, and no weaker one where it fails.
fn new_token() -> Result<Token, Error> {
    let mut random = [0; RANDOM_LEN];
    let filled = SysRng.try_fill_bytes(&mut random);
    filled.map_err(|why| Error::Random(why.to_string()))?;
    Ok(Token::from_random(&random))
}
