//! Signing in, staying signed in, signing out.

use rand::TryRng as _;
use rand::rngs::SysRng;

use super::cookie::Presented;
use super::life;
use super::password::{self, Password, Verdict};
use crate::config::SessionConfig;
use crate::deadline::{Deadline, Phase};
use crate::error::Error;
use crate::log::{Event, Log};
use crate::model::{Credentials, Digest, LoginName, NewSession, RANDOM_LEN, Session, Time, Token};
use crate::store::Store;

/// Digests below this, 3 of 256, belong to a sign-in that prunes.
const PRUNING_BELOW: &str = "03";

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

/// How a sign-in went.
#[derive(Debug)]
pub enum Outcome {
    /// A session is open.
    SignedIn(SignedIn),
    /// Refused; the name where there is such a user, for the log alone. What else was typed as a name
    /// may be a password.
    Refused(Option<LoginName>),
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

/// Whose session the token is, if it is one that is not over. A touch where it is due.
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
    deadline: &mut Deadline,
) -> Result<Option<Session>, Error> {
    let digest = Digest::of(token);
    let found = store.session(&digest)?;
    let Some(session) = found.filter(|session| !life::is_over(session, now, limits)) else {
        return Ok(None);
    };
    if life::needs_touch(&session, now, limits) {
        // A write waits for the disk as long as that takes.
        let watched = deadline.enter(Phase::Answering);
        if let Err(why) = watched.and_then(|()| store.touch(&digest, now)) {
            let (session, why) = (digest.short(), &why.to_string());
            log.event(&Event::TouchFailed { session, why });
        }
    }
    Ok(Some(session))
}

/// Checks name and password and opens a session. The hash is computed for every reason to refuse, so
/// that they take as long.
///
/// # Errors
/// If the store cannot answer or keep the session, the random source fails, or hashing does. No
/// session is claimed then.
pub fn sign_in(
    store: &mut dyn Store,
    tried: &SignIn<'_>,
    now: Time,
    limits: &SessionConfig,
    log: &Log,
) -> Result<Outcome, Error> {
    // Refused before hashing: the length is the client's own doing.
    let Some(password) = Password::parse(tried.password) else {
        return Ok(Outcome::Refused(None));
    };
    let Some(login_name) = LoginName::parse(tried.login_name) else {
        password::verify(&password, None)?;
        return Ok(Outcome::Refused(None));
    };
    // Twice where the hash changed between its check and its lock: another sign-in's rehash leaves the
    // password right.
    for _ in 0..2 {
        let found = store.credentials(&login_name)?;
        let stored = found.as_ref().map(|user| user.password.as_str());
        let verdict = password::verify(&password, stored)?;
        let Some(user) = found else {
            return Ok(Outcome::Refused(None));
        };
        if verdict == Verdict::Wrong || user.disabled {
            break;
        }
        let rehashed = match verdict {
            Verdict::RightButWeak => Some(password::hash(&password)?),
            _ => None,
        };
        let opened = open(store, tried, &user, rehashed.as_deref(), now, limits, log)?;
        if let Some((token, expires_at)) = opened {
            return Ok(Outcome::SignedIn(SignedIn {
                token,
                login_name,
                expires_at,
            }));
        }
    }
    Ok(Outcome::Refused(Some(login_name)))
}

/// Opens a session of `user` with a new token; `None` if they changed since they were read.
fn open(
    store: &mut dyn Store,
    tried: &SignIn<'_>,
    user: &Credentials,
    rehashed: Option<&str>,
    now: Time,
    limits: &SessionConfig,
    log: &Log,
) -> Result<Option<(Token, Time)>, Error> {
    let token = new_token()?;
    let expires_at = life::expires_at(now, tried.remember, limits);
    let session = NewSession {
        session: Digest::of(&token),
        user: user.id,
        created_at: now,
        expires_at,
        remember: tried.remember,
        remote_addr: tried.remote_addr.to_owned(),
        user_agent: tried.user_agent.to_owned(),
    };
    // Before there is a session that a slow database could keep from its visitor.
    prune_now_and_then(store, &session.session, now, log);
    let replaced: Vec<Digest> = tried.presented.tokens().iter().map(Digest::of).collect();
    let most = limits.max_per_user;
    let opened = store.open_session(&session, &user.password, rehashed, &replaced, most)?;
    Ok(opened.then_some((token, expires_at)))
}

/// Deletes rows that are over in one sign-in of a hundred, so that no site needs a job for it. Which one
/// it is, the new session's own randomness says. A visitor learns nothing of it, and another server, whose
/// clock is behind, loses no session.
fn prune_now_and_then(store: &mut dyn Store, session: &Digest, now: Time, log: &Log) {
    if session.as_str() < PRUNING_BELOW
        && let Err(why) = store.prune_some(now.plus(-life::CLOCK_SKEW))
    {
        let why = &why.to_string();
        log.event(&Event::PruneFailed { why });
    }
}

/// Ends the session, if there is one; again is harmless.
///
/// # Errors
/// If the store cannot say that it is gone.
pub fn sign_out(store: &mut dyn Store, session: &Digest) -> Result<(), Error> {
    store.end_session(session)
}

/// One read of the operating system's random source, and no weaker one where it fails.
fn new_token() -> Result<Token, Error> {
    let mut random = [0; RANDOM_LEN];
    let filled = SysRng.try_fill_bytes(&mut random);
    filled.map_err(|why| Error::Random(why.to_string()))?;
    Ok(Token::from_random(&random))
}
