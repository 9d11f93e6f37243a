//! How long a session lives. Pure: time is a parameter.

use crate::config::SessionConfig;
use crate::model::{Session, Time};

/// How far ahead of this server's clock another web server's may be, in seconds. A row further in the
/// future makes no sense.
pub const CLOCK_SKEW: i64 = 5 * 60;

/// Longest time between two writes of `seen_at`, in seconds.
const LAG_MAX: i64 = 60;

/// When a session that begins at `now` ends at the latest.
#[must_use]
pub fn expires_at(now: Time, remember: bool, limits: &SessionConfig) -> Time {
    now.plus(if remember {
        limits.remember
    } else {
        limits.absolute
    })
}

/// When the session ends at the latest: as it was opened, or sooner where the limits were lowered since then.
#[must_use]
pub fn end(session: &Session, limits: &SessionConfig) -> Time {
    let today = expires_at(session.created_at, is_remembered(session, limits), limits);
    session.expires_at.min(today)
}

/// Whether the session is over: at its end, not after; unless remembered, also after the idle limit,
/// with the lag added, so that nobody is cut early because a touch was saved.
#[must_use]
pub fn is_over(session: &Session, now: Time, limits: &SessionConfig) -> bool {
    let idle_end = session.seen_at.plus(limits.idle + lag(limits));
    now >= end(session, limits)
        || ahead(session, now) > CLOCK_SKEW
        || (!is_remembered(session, limits) && now >= idle_end)
}

/// How many seconds after `now` the session was opened or seen; negative: before it.
#[must_use]
pub fn ahead(session: &Session, now: Time) -> i64 {
    let latest = session.created_at.max(session.seen_at);
    latest.0.saturating_sub(now.0)
}

/// Where `remember` is "0" today, a session that was opened under another limit is as any other.
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
