//! Staying signed in, and signing out.

use super::lifetime;
use crate::config::SessionConfig;
use crate::deadline::{Deadline, Phase};
use crate::error::Error;
use crate::log::{Event, Log};
use crate::model::{Digest, Session, Time};
use crate::store::Store;

/// The session with this digest of a token, unless it is over. Its end is the one by today's limits. If a touch is due,
/// `seen_at` is written.
///
/// A touch that fails changes nothing for the visitor: a read-only replica or a full disk must not sign anybody out.
///
/// # Errors
/// If the store cannot answer.
pub fn check(
    store: &mut dyn Store,
    digest: &Digest,
    now: Time,
    limits: &SessionConfig,
    log: &Log,
    deadline: &mut Deadline,
) -> Result<Option<Session>, Error> {
    let session = store.session(digest)?;
    Ok(session.and_then(|session| seen(store, session, now, limits, log, deadline)))
}

/// A session that was found, unless it is over. Everything but the finding is as in [`check`].
pub fn seen(
    store: &mut dyn Store,
    mut session: Session,
    now: Time,
    limits: &SessionConfig,
    log: &Log,
    deadline: &mut Deadline,
) -> Option<Session> {
    let digest = &session.digest;
    if lifetime::is_over(&session, now, limits) {
        tell_of_clocks(&session, digest, now, log);
        return None;
    }
    session.expires_at = lifetime::end(&session, limits);
    if lifetime::needs_touch(&session, now, limits) {
        // A write waits for the disk, however long that takes.
        let watched = deadline.enter(Phase::Answering);
        if let Err(why) = watched.and_then(|()| store.touch(digest, now)) {
            let (session, why) = (digest.short(), &why.to_string());
            log.event(&Event::TouchFailed { session, why });
        }
    }
    Some(session)
}

/// Logs that a session was refused because some clock is wrong. The visitor only sees the sign-in form.
fn tell_of_clocks(session: &Session, digest: &Digest, now: Time, log: &Log) {
    let ahead = lifetime::ahead(session, now);
    if ahead <= lifetime::CLOCK_SKEW {
        return;
    }
    let (session, why) = (
        digest.short(),
        &format!(
            "the session is from {ahead} s after this machine's clock: set the clocks of all web servers by NTP"
        ),
    );
    log.event(&Event::ClocksApart { session, why });
}

/// Ends the session; whether there was one. Ending it again is harmless.
///
/// # Errors
/// If the store cannot say that it is gone.
pub fn sign_out(store: &mut dyn Store, session: &Digest) -> Result<bool, Error> {
    store.end_session(session)
}
