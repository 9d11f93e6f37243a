//! Signing in.

use rand::TryRng as _;
use rand::rngs::SysRng;

use super::cookie::Presented;
use super::device::Device;
use super::gate::Slot;
use super::life;
use super::password::{self, Password, Verdict};
use super::throttle::Throttle;
use crate::config::SessionConfig;
use crate::error::Error;
use crate::log::{Event, Log};
use crate::model::{Credentials, Digest, LoginName, NewSession, RANDOM_LEN, Settled, Time, Token};
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
    /// The Cookie header, which may know the device.
    pub cookie: &'a str,
    /// Over HTTPS.
    pub https: bool,
    /// The client's address.
    pub remote_addr: &'a str,
    /// The client's `User-Agent`.
    pub user_agent: &'a str,
}

/// What a sign-in is held against.
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
    /// Refused; the name where there is such a user, for the log alone. What else was typed as a name
    /// may be a password.
    Refused(Option<LoginName>),
    /// Not looked at: too many tries, again in so many seconds.
    Throttled(i64),
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
    /// The device, from now on known to be theirs.
    pub device: Device,
}

/// Checks name and password and opens a session. The hash is computed for every reason to refuse, so
/// that they take as long.
///
/// # Errors
/// If the store cannot answer or keep the session, the random source fails, or hashing does. No
/// session is claimed then.
pub fn sign_in(
    store: &mut dyn Store,
    slot: Slot,
    tried: &SignIn<'_>,
    rules: &Rules<'_>,
) -> Result<Outcome, Error> {
    // Refused before hashing: the length is the client's own doing.
    let Some(password) = Password::parse(tried.password) else {
        return Ok(Outcome::Refused(None));
    };
    let name = LoginName::parse(tried.login_name);
    let secret = rules.throttle.secret;
    let device = name
        .as_ref()
        .and_then(|name| Device::presented(tried.cookie, tried.https, name, secret));
    let client = tried.remote_addr;
    let permit = rules.throttle.permit(
        store,
        slot,
        name.as_ref(),
        client,
        device.as_ref(),
        rules.now,
    )?;
    let permit = match permit {
        Ok(permit) => permit,
        Err(seconds) => return Ok(Outcome::Throttled(seconds)),
    };
    let Some(login_name) = name else {
        password::verify(&password, None, &permit)?;
        return Ok(Outcome::Refused(None));
    };
    // Twice where the hash changed between its check and its lock: another sign-in's rehash leaves the
    // password right.
    for _ in 0..2 {
        let found = store.credentials(&login_name)?;
        let stored = found.as_ref().map(|user| user.password.as_str());
        let verdict = password::verify(&password, stored, &permit)?;
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
        let settled = permit.settled();
        if let Some((token, expires_at)) =
            open(store, tried, &user, rehashed.as_deref(), &settled, rules)?
        {
            let device = device.unwrap_or_else(|| Device::new(&token, secret));
            return Ok(Outcome::SignedIn(SignedIn {
                token,
                login_name,
                expires_at,
                device,
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
    settled: &[Settled],
    rules: &Rules<'_>,
) -> Result<Option<(Token, Time)>, Error> {
    let token = new_token()?;
    let Rules { now, limits, .. } = *rules;
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
    prune_now_and_then(store, &session.session, now, rules.log);
    let replaced: Vec<Digest> = tried.presented.tokens().iter().map(Digest::of).collect();
    let opened = store.open_session(
        &session,
        &user.password,
        rehashed,
        &replaced,
        limits.max_per_user,
        settled,
    )?;
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

/// One read of the operating system's random source, and no weaker one where it fails.
fn new_token() -> Result<Token, Error> {
    let mut random = [0; RANDOM_LEN];
    let filled = SysRng.try_fill_bytes(&mut random);
    filled.map_err(|why| Error::Random(why.to_string()))?;
    Ok(Token::from_random(&random))
}
