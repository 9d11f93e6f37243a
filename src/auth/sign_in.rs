//! Signing in: waiting for a turn, then counting the try, checking the password and opening the session.

mod attempt;
mod values;

use std::path::Path;

pub use values::{Outcome, Rules, SignIn, SignedIn};

use self::attempt::Attempt;
use super::device::{Device, Proofs};
use super::hashing_queue::{self, Arriving, Slot};
use super::password::{self, Password};
use super::throttle::{Allowed, Tried};
use crate::config::Secret;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::model::{Credentials, LoginName};
use crate::store::Store;

/// Waits for a slot among those who hash. The cookie alone says whether the device is known, since the store is opened
/// after the wait.
///
/// # Errors
/// As [`hashing_queue::enter`].
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
            .filter(|name| proofs.for_name(name, secret).is_some()),
    };
    hashing_queue::enter(state, secret, &who, deadline)
}

/// Checks name and password and opens a session. A wrong password, an unknown user and a disabled one take equally
/// long, because each costs a hash. A try that comes too early, or whose password is too long, is refused without a
/// hash.
///
/// # Errors
/// If the store cannot answer or keep the session, the random source fails, or hashing does. No session is claimed
/// then. The try is given back if the store can still do that, unless it may have settled the try already.
pub fn sign_in(
    store: &mut dyn Store,
    slot: Slot,
    tried: &SignIn<'_>,
    rules: &Rules<'_>,
) -> Result<Outcome, Error> {
    // Refused before hashing: the client knows the length of what it sent.
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
        Allowed::Now(permit) => permit,
        Allowed::Later(wait) => {
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
    // An error does not say that the password was wrong, so the try is given back. It stays counted if the store is
    // away, or may have settled it already.
    if !matches!(looked_at, Ok(_) | Err(Error::Unsure(..))) {
        let _ = store.settle(&permit.given_back());
    }
    looked_at
}

/// The device that the cookie proves, if it is this user's.
fn known_device(
    proofs: &Proofs,
    name: Option<&LoginName>,
    user: Option<&Credentials>,
    rules: &Rules<'_>,
) -> Option<Device> {
    let secret = rules.throttle.secret;
    let proof = proofs.for_name(name?, secret)?;
    proof.device(&user?.password, secret)
}
