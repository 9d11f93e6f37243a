//! Signing in.

use std::path::Path;

use rand::TryRng as _;
use rand::rngs::SysRng;

use super::cookie::Presented;
use super::device::{Device, Owner, Proofs};
use super::life;
use super::password::{self, Password, Verdict};
use super::queue::{self, Arriving, Slot};
use super::throttle::{Permit, Throttle, Tried, Wait};
use crate::config::{Secret, SessionConfig};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::log::{Event, Log};
use crate::model::{Credentials, Digest, LoginName, NewSession, RANDOM_LEN, Time, Token};
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
    /// Too many tries before it: not looked at, or right, and no session all the same; the name, as above.
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
    /// The `Set-Cookie` that makes the device known to be theirs; none on a site without a secret.
    pub device: Option<String>,
}

/// Waits for a place among those who hash. Whether the device is known, its cookie alone says: the store is opened
/// after the wait.
///
/// # Errors
/// As [`queue::enter`].
pub fn await_turn(
    state: &Path,
    tried: &SignIn<'_>,
    secret: &Secret,
    deadline: &mut Deadline,
) -> Result<Slot, Error> {
    let name = LoginName::parse(tried.login_name);
    let proofs = Proofs::presented(tried.cookie, tried.https);
    let who = Arriving {
        client: tried.remote_addr,
        known_as: name
            .as_ref()
            .filter(|name| proofs.of(name, secret).is_some()),
    };
    queue::enter(state, secret, &who, deadline)
}

/// Checks name and password and opens a session. The hash is computed for every reason to refuse, so
/// that they take as long.
///
/// # Errors
/// If the store cannot answer or keep the session, the random source fails, or hashing does. No
/// session is claimed then, and the try is not counted, unless the store may have settled it.
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
    let found = match &name {
        Some(name) => store.credentials(name)?,
        None => None,
    };
    let proofs = Proofs::presented(tried.cookie, tried.https);
    let device = known_device(&proofs, name.as_ref(), found.as_ref(), rules);
    let who = Tried {
        name: name.as_ref(),
        client: tried.remote_addr,
        device: device.as_ref(),
    };
    let permit = match rules.throttle.permit(store, slot, &who, rules.now)? {
        Ok(permit) => permit,
        Err(wait) => {
            let known = name.filter(|_| found.is_some());
            return Ok(Outcome::Throttled(wait, known));
        }
    };
    let looked_at = match (name, found) {
        (Some(name), Some(user)) => {
            let attempt = Attempt {
                tried,
                rules,
                password: &password,
                permit: &permit,
                proofs: &proofs,
                device,
            };
            attempt.sign_in(store, name, user)
        }
        _ => password::verify(&password, None, &permit).map(|_| Outcome::Refused(None)),
    };
    // Nobody said that it was wrong. Where the store is away, or may have settled it already, it stays counted.
    if !matches!(looked_at, Ok(_) | Err(Error::Unsure(..))) {
        let _ = store.settle(&permit.given_back());
    }
    looked_at
}

/// The device that the cookie knows, if it is this user's.
fn known_device(
    proofs: &Proofs,
    name: Option<&LoginName>,
    user: Option<&Credentials>,
    rules: &Rules<'_>,
) -> Option<Device> {
    let secret = rules.throttle.secret;
    let proof = proofs.of(name?, secret)?;
    proof.device(&user?.password, secret)
}

/// A try as somebody who is a user.
struct Attempt<'a> {
    tried: &'a SignIn<'a>,
    rules: &'a Rules<'a>,
    password: &'a Password,
    permit: &'a Permit,
    proofs: &'a Proofs,
    device: Option<Device>,
}

impl Attempt<'_> {
    fn sign_in(
        mut self,
        store: &mut dyn Store,
        name: LoginName,
        mut user: Credentials,
    ) -> Result<Outcome, Error> {
        // Twice where the hash changed between its check and its lock: another sign-in's rehash leaves the
        // password right.
        for _ in 0..2 {
            let verdict = password::verify(self.password, Some(&user.password), self.permit)?;
            if verdict == Verdict::Wrong || user.disabled {
                break;
            }
            let rehashed = match verdict {
                Verdict::RightButWeak => Some(password::hash(self.password)?),
                _ => None,
            };
            if let Some((token, expires_at)) = self.open(store, &user, rehashed.as_deref())? {
                let password = rehashed.as_deref().unwrap_or(&user.password);
                return Ok(Outcome::SignedIn(SignedIn {
                    device: self.known(&token, &name, password),
                    token,
                    login_name: name,
                    expires_at,
                }));
            }
            if let Some(wait) = self.one_too_many(store, &name)? {
                return Ok(Outcome::Throttled(wait, Some(name)));
            }
            let Some(changed) = store.credentials(&name)? else {
                break;
            };
            user = changed;
        }
        Ok(Outcome::Refused(Some(name)))
    }

    /// Opens a session of `user` with a new token; `None` if they changed since they were read.
    fn open(
        &self,
        store: &mut dyn Store,
        user: &Credentials,
        rehashed: Option<&str>,
    ) -> Result<Option<(Token, Time)>, Error> {
        let token = new_token()?;
        let (tried, rules) = (self.tried, self.rules);
        let expires_at = life::expires_at(rules.now, tried.remember, rules.limits);
        let session = NewSession {
            session: Digest::of(&token),
            user: user.id,
            created_at: rules.now,
            expires_at,
            remember: tried.remember,
            remote_addr: tried.remote_addr.to_owned(),
            user_agent: tried.user_agent.to_owned(),
        };
        // Before there is a session that a slow database could keep from its visitor.
        prune_now_and_then(store, &session.session, rules.now, rules.log);
        let replaced: Vec<Digest> = tried.presented.tokens().iter().map(Digest::of).collect();
        let most = rules.limits.max_per_user;
        let settled = self.permit.settled();
        let hash = &user.password;
        let opened = store.open_session(&session, hash, rehashed, &replaced, most, &settled)?;
        Ok(opened.then_some((token, expires_at)))
    }

    /// How long to wait, where the account or the client has signed in too often. It was no wrong try.
    fn one_too_many(&self, store: &mut dyn Store, name: &LoginName) -> Result<Option<Wait>, Error> {
        let who = Tried {
            name: Some(name),
            client: self.tried.remote_addr,
            device: None,
        };
        let (throttle, now) = (&self.rules.throttle, self.rules.now);
        let wait = throttle.signed_in_too_often(store, &who, now)?;
        if wait.is_some() {
            store.settle(&self.permit.right_too_often())?;
        }
        Ok(wait)
    }

    /// The cookie of this device, from now on known to be theirs.
    fn known(&mut self, token: &Token, name: &LoginName, password: &str) -> Option<String> {
        let secret = self.rules.throttle.secret;
        let device = self.device.take();
        let device = device.unwrap_or_else(|| Device::new(token, secret));
        let owner = Owner { name, password };
        self.proofs.with(&device, &owner, self.tried.https, secret)
    }
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
