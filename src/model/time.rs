//! Time as the tables have it.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;

/// A moment in Unix seconds, UTC. A CGI program reads its clock once and passes the time on: none of its rules and SQL
/// statements reads a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub i64);

impl Time {
    /// The time by this machine's clock. A clock before 1970 reads as 1970.
    #[must_use]
    pub fn now() -> Self {
        Self::now_and_millisecond().0
    }

    /// The time by this machine's clock, and the millisecond within that second, 0 to 999.
    #[must_use]
    pub fn now_and_millisecond() -> (Self, u32) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or((Self(0), 0), |since| {
            let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
            (Self(seconds), since.subsec_millis())
        })
    }

    /// `seconds` after this moment, or before it if negative; saturates at the ends of the range.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// RFC 3339, UTC. A time outside the calendar is printed as its number of seconds.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = OffsetDateTime::from_unix_timestamp(self.0).ok();
        match date.and_then(|date| date.format(&Rfc3339).ok()) {
            Some(date) => f.write_str(&date),
            None => write!(f, "{}", self.0),
        }
    }
}
