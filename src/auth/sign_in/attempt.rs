//! A try under the name of an existing user: from the hash to the session.

use super::values::{Outcome, Rules, SignIn, SignedIn};
use crate::auth::device::{Device, Owner, Proofs};
use crate::auth::lifetime;
use crate::auth::new_token::new_token;
use crate::auth::password::{self, Password, Verdict};
use crate::auth::session_cookie::Presented;
use crate::auth::throttle::{Permit, Tried, Wait};
use crate::error::Error;
use crate::log::{Event, Log};
use crate::model::{
    Credentials, Digest, LoginName, NewSession, Opening, PasswordHash, Time, Token,
};
use crate::store::Store;

/// A sign-in prunes if its session's digest is below this, as 3 of 256 are.
const PRUNING_BELOW: &str = "03";

/// A try under the name of an existing user.
pub struct Attempt<'a> {
    pub tried: &'a SignIn<'a>,
    pub rules: &'a Rules<'a>,
    pub password: &'a Password,
    pub permit: &'a Permit,
    pub proofs: &'a Proofs,
    /// The device, if it is known to be the user's.
    pub device: Option<Device>,
}

impl Attempt<'_> {
    /// Checks the password, and opens a session if it is right.
    pub fn sign_in(
        mut self,
        store: &mut dyn Store,
        name: LoginName,
        mut user: Credentials,
    ) -> Result<Outcome, Error> {
        // Once more if the stored hash changed after it was read and before its row was locked: if another sign-in has
        // just replaced a weak hash, the password is still right.
        for _ in 0..2 {
            let verdict = password::verify(self.password, Some(&user.password), self.permit)?;
            if verdict == Verdict::Wrong || user.disabled {
                break;
            }
            let rehashed = match verdict {
                Verdict::RightButWeak => Some(password::hash(self.password)?),
                _ => None,
            };
            if let Some((token, expires_at)) = self.open(store, &user, rehashed.as_ref())? {
                let password = rehashed.as_ref().unwrap_or(&user.password);
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

    /// Opens a session of `user` with a new token; `None` if their row changed since it was read, or if it would be one
    /// sign-in too many.
    fn open(
        &self,
        store: &mut dyn Store,
        user: &Credentials,
        rehashed: Option<&PasswordHash>,
    ) -> Result<Option<(Token, Time)>, Error> {
        let token = new_token()?;
        let (tried, rules) = (self.tried, self.rules);
        let expires_at = lifetime::expires_at(rules.now, tried.remember, rules.limits);
        let session = NewSession {
            session: Digest::from_token(&token),
            user: user.id,
            created_at: rules.now,
            expires_at,
            remember: tried.remember,
            remote_addr: tried.remote_addr.to_owned(),
            user_agent: tried.user_agent.to_owned(),
        };
        // It comes before the session is opened: if a slow database held up an answer after that, the visitor would
        // have a session and no cookie for it.
        prune_now_and_then(store, &session.session, rules.now, rules.log);
        let replaced: Vec<Digest> = tried
            .presented
            .tokens()
            .iter()
            .map(Digest::from_token)
            .collect();
        let opened = store.open_session(&Opening {
            session: &session,
            verified: &user.password,
            rehashed,
            replaced: &replaced,
            // Of several cookies, one may be a neighbour's.
            takes_data: matches!(tried.presented, Presented::Token(_)),
            max_per_user: rules.limits.max_per_user,
            settled: &self.permit.settled(),
        })?;
        Ok(opened.then_some((token, expires_at)))
    }

    /// How long to wait, if the account or the client has signed in too often. The password was right, so the account
    /// gets the try back.
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

    /// The cookie that proves from now on that this device is this user's.
    fn known(
        &mut self,
        token: &Token,
        name: &LoginName,
        password: &PasswordHash,
    ) -> Option<String> {
        let secret = self.rules.throttle.secret;
        let device = self.device.take();
        let device = device.unwrap_or_else(|| Device::new(token, secret));
        let owner = Owner { name, password };
        self.proofs.with(&device, &owner, self.tried.https, secret)
    }
}

/// Deletes sessions that are over, in about one sign-in of a hundred, so that no site needs a job for it. The new
/// session's digest, which is random, decides whether this is one. No visitor sees it, and a server whose clock is
/// behind loses no session.
fn prune_now_and_then(store: &mut dyn Store, session: &Digest, now: Time, log: &Log) {
    if session.as_str() < PRUNING_BELOW
        && let Err(why) = store.prune_some(now.plus(-lifetime::CLOCK_SKEW))
    {
        let why = &why.to_string();
        log.event(&Event::PruneFailed { why });
    }
}
