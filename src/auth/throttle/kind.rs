//! Who is counted, and how.

use crate::auth::life::CLOCK_SKEW;
use crate::model::{Attempts, FORGETTING, IN_A_ROW_MAX, Time};

/// Seconds until the next try after the free ones.
const FIRST_DELAY: i64 = 2;

/// Most seconds until the next try.
const LONGEST_DELAY: i64 = 3600;

/// Who is counted, and how.
#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    /// How many times as many tries as an account it has.
    share: u32,
    /// Whether even very many failures are forgotten.
    forgives: bool,
    /// Whether it is counted with others where the table is full: anybody can make names and addresses up,
    /// but no device, and an account has few rows for its devices.
    pub shares: bool,
}

pub const ACCOUNT: Kind = Kind {
    name: "account",
    share: 1,
    forgives: false,
    shares: true,
};

pub const DEVICE: Kind = Kind {
    name: "device",
    share: 1,
    forgives: false,
    shares: false,
};

/// A client stands for an office, or a school, behind one address.
pub const CLIENT: Kind = Kind {
    name: "client",
    share: 10,
    forgives: true,
    shares: true,
};

/// A site has up to 256 clients: a household's or a company's links.
pub const SITE: Kind = Kind {
    name: "site",
    share: 20,
    forgives: true,
    shares: true,
};

/// The widest network has as much as ten clients, since a carrier has thousands of people in it: 500 tries, and then
/// one every two minutes. In the three hours for which a new name's row is kept it makes some 600 of them, and as
/// many for new clients: not two of a hundred of the table's rows.
pub const WIDEST: Kind = Kind {
    name: "network",
    share: 100,
    forgives: true,
    shares: true,
};

impl Kind {
    /// The row with one more failure, or until when there is no further try.
    pub fn one_more(
        &self,
        row: Option<Attempts>,
        now: Time,
        free_tries: u32,
    ) -> Result<Attempts, Time> {
        let (failures, window_started) = row.map_or((0, now), |row| self.remembered(row, now));
        let blocked_until = row.and_then(|row| row.blocked_until);
        // One further away was written by a clock that was wrong.
        let furthest = now.plus(LONGEST_DELAY + CLOCK_SKEW);
        if let Some(until) = blocked_until.filter(|until| now < *until && *until < furthest) {
            return Err(until);
        }
        let failures = failures.saturating_add(1);
        Ok(Attempts {
            failures,
            window_started: if failures == 1 { now } else { window_started },
            blocked_until: self
                .delay(failures, free_tries)
                .map(|delay| now.plus(delay)),
        })
    }

    /// The failures that are not forgotten, and since when the oldest of them is being.
    fn remembered(&self, row: Attempts, now: Time) -> (u32, Time) {
        if row.failures >= IN_A_ROW_MAX && !self.forgives {
            return (row.failures, row.window_started);
        }
        // A clock that was ahead began it.
        if row.window_started > now.plus(CLOCK_SKEW) {
            return (row.failures, now);
        }
        let each = FORGETTING / i64::from(self.share);
        let forgotten = (now.0.saturating_sub(row.window_started.0) / each).max(0);
        let left = row
            .failures
            .saturating_sub(u32::try_from(forgotten).unwrap_or(u32::MAX));
        (
            left,
            row.window_started.plus(forgotten.saturating_mul(each)),
        )
    }

    /// Seconds until the next try after so many failures; `None`: at once.
    fn delay(&self, failures: u32, free_tries: u32) -> Option<i64> {
        if failures >= IN_A_ROW_MAX && !self.forgives {
            return Some(LONGEST_DELAY);
        }
        let doublings = failures.checked_sub(free_tries.saturating_mul(self.share))?;
        let delay = FIRST_DELAY
            .checked_shl(doublings)
            .filter(|delay| *delay > 0);
        Some(delay.map_or(LONGEST_DELAY, |delay| delay.min(LONGEST_DELAY)))
    }
}
