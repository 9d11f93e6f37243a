//! How long a session lives. The time is always a parameter.

use crate::config::SessionConfig;
use crate::model::{Session, Time};

/// How far another web server's clock may be ahead of this one's, in seconds. A row from further in the future makes no
/// sense.
pub const CLOCK_SKEW: i64 = 5 * 60;

/// Longest time between two writes of `seen_at`, in seconds.
const LAG_MAX: i64 = 60;

/// The latest end of a session that begins at `now`.
#[must_use]
pub fn expires_at(now: Time, remember: bool, limits: &SessionConfig) -> Time {
    now.plus(if remember {
        limits.remember
    } else {
        limits.absolute
    })
}

/// The latest end of a session. It was set at the sign-in, and comes sooner if the limits have been lowered since.
#[must_use]
pub fn end(session: &Session, limits: &SessionConfig) -> Time {
    let today = expires_at(session.created_at, is_remembered(session, limits), limits);
    session.expires_at.min(today)
}

/// Whether the session is over: from the very second of its latest end on, or if it was opened or seen more than
/// [`CLOCK_SKEW`] seconds in the future. One that is not remembered is also over at the idle limit, to which the lag of
/// `seen_at` is added: it must not end early because a write of `seen_at` was left out.
#[must_use]
pub fn is_over(session: &Session, now: Time, limits: &SessionConfig) -> bool {
    let idle_end = session.seen_at.plus(limits.idle + lag(limits));
    now >= end(session, limits)
        || ahead(session, now) > CLOCK_SKEW
        || (!is_remembered(session, limits) && now >= idle_end)
}

/// How many seconds after `now` the session was opened or last seen; negative if that was before.
#[must_use]
pub fn ahead(session: &Session, now: Time) -> i64 {
    let latest = session.created_at.max(session.seen_at);
    latest.0.saturating_sub(now.0)
}

/// Whether the session is remembered. If the setting `remember` is "0" by now, no session is.
fn is_remembered(session: &Session, limits: &SessionConfig) -> bool {
    session.remember && limits.remember > 0
}

/// Whether `seen_at` is old enough to be written again.
#[must_use]
pub fn needs_touch(session: &Session, now: Time, limits: &SessionConfig) -> bool {
    now >= session.seen_at.plus(lag(limits).max(1))
}

/// How old `seen_at` may become before it is written again, in seconds.
fn lag(limits: &SessionConfig) -> i64 {
    LAG_MAX.min(limits.idle / 10)
}
