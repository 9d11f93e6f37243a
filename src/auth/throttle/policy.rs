//! How many tries there are, for whom, and how long the waits are: the throttle's constants and its arithmetic.
//!
//! Three constants that the store must know, too, are in `model`: [`FORGETTING`], [`IN_A_ROW_MAX`] and
//! [`SIGN_INS_WITHIN`].

use crate::auth::lifetime::CLOCK_SKEW;
#[cfg(doc)]
use crate::model::SIGN_INS_WITHIN;
use crate::model::{Attempts, FORGETTING, IN_A_ROW_MAX, Time};

/// Seconds until the next try after the free ones.
const FIRST_DELAY: i64 = 2;

/// Most seconds until the next try.
const LONGEST_DELAY: i64 = 3600;

/// How often an account may sign in within [`SIGN_INS_WITHIN`].
pub const SIGN_INS_OF_ACCOUNT: u32 = 30;

/// How often a client may do so, over all accounts.
pub const SIGN_INS_OF_CLIENT: u32 = 300;

/// How many digits of a device's id tell its row from those of the account's other devices. Each sign-in without a
/// cookie makes a new device, so that a row for each of them would let one account grow the table without bound.
pub const DEVICE_DIGITS: usize = 2;

/// For whom tries are counted, and by which rules.
#[derive(Debug)]
pub struct Kind {
    /// What the log calls it.
    pub name: &'static str,
    /// How many times as often as an account it may fail; its failures are also forgotten that many times as fast.
    share: u32,
    /// Whether failures are forgotten even after [`IN_A_ROW_MAX`] of them.
    forgives: bool,
    /// Whether several share a row if the table is full. Anybody can make up names and addresses, but no device, and an
    /// account has few rows for its devices.
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

/// A client may be an office or a school behind one address.
pub const CLIENT: Kind = Kind {
    name: "client",
    share: 10,
    forgives: true,
    shares: true,
};

/// A site has up to 256 clients: the links of a household or of a company.
pub const SITE: Kind = Kind {
    name: "site",
    share: 20,
    forgives: true,
    shares: true,
};

/// The widest network has as many tries as ten clients, since a carrier's holds thousands of people: 500 by default,
/// and then one every two minutes. Within the three hours for which the row of a new name is kept, such a network can
/// make about 600 such rows, and as many for new clients: less than two in a hundred of the table's rows.
pub const WIDEST: Kind = Kind {
    name: "network",
    share: 100,
    forgives: true,
    shares: true,
};

impl Kind {
    /// The row with one more failure.
    ///
    /// # Errors
    /// The time of the next try, if this one comes too early.
    pub fn one_more(
        &self,
        row: Option<Attempts>,
        now: Time,
        free_tries: u32,
    ) -> Result<Attempts, Time> {
        let (failures, window_started) = row.map_or((0, now), |row| self.remembered(row, now));
        let blocked_until = row.and_then(|row| row.blocked_until);
        // Only a wrong clock can have written a block that ends later.
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

    /// The failures that are not forgotten, and the time from which forgetting the oldest of them is counted.
    fn remembered(&self, row: Attempts, now: Time) -> (u32, Time) {
        if row.failures >= IN_A_ROW_MAX && !self.forgives {
            return (row.failures, row.window_started);
        }
        // A clock that was ahead wrote it.
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

    /// Seconds until the next try after this many failures; `None`: no wait.
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
