//! Time as the tables have it.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;

/// A moment in Unix seconds, UTC. It comes from the program's clock and is passed along, never read
/// by a rule or by SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub i64);

impl Time {
    /// The program's clock; a clock before 1970 reads as 1970, when no session had begun.
    #[must_use]
    pub fn now() -> Self {
        Self::now_and_millisecond().0
    }

    /// The program's clock, and the millisecond of its second, 0 to 999.
    #[must_use]
    pub fn now_and_millisecond() -> (Self, u32) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or((Self(0), 0), |since| {
            let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
            (Self(seconds), since.subsec_millis())
        })
    }

    /// This moment and `seconds` more, which may be negative; it stops at the ends of the range.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// RFC 3339, UTC; the bare number where the calendar ends.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = OffsetDateTime::from_unix_timestamp(self.0).ok();
        match date.and_then(|date| date.format(&Rfc3339).ok()) {
            Some(date) => f.write_str(&date),
            None => write!(f, "{}", self.0),
        }
    }
}
