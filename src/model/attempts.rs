//! Failed tries, as the throttle counts them.

use super::{Time, hex};

/// After how many seconds one failed try is forgotten.
pub const FORGETTING: i64 = 3 * 3600;

/// After so many failures in a row nothing is forgotten any more (NIST SP 800-63B-4, 3.2.2), but one try an hour
/// is left: otherwise anybody could lock the owner out.
pub const IN_A_ROW_MAX: u32 = 100;

/// In how many seconds the sign-ins of an account, or of a client, are counted together.
pub const SIGN_INS_WITHIN: i64 = 600;

/// Whom tries are counted for: an account, a network or a known device, as a keyed hash, so that the table
/// tells nobody which names were tried.
///
/// Exactly 64 lower-case hex digits by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// The subject with this keyed hash.
    #[must_use]
    pub fn of(hash: &[u8; 32]) -> Self {
        Self(hex(hash))
    }

    /// The first two digits: which of 256 parts of the table its row belongs to.
    #[must_use]
    pub fn part(&self) -> &str {
        self.0.get(..2).unwrap_or_default()
    }

    /// All digits, as the column holds them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a try was not counted, and is not to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocked {
    /// Which of those whom it would be counted for is blocked longest.
    pub which: usize,
    /// Until when.
    pub until: Time,
}

/// A row of `attempts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// Failed tries that are not forgotten, and tries that are just being made.
    pub failures: u32,
    /// When the oldest of them began to be forgotten.
    pub window_started: Time,
    /// Until when there is no further try.
    pub blocked_until: Option<Time>,
}

impl Attempts {
    /// When all of it is forgotten, one after the other.
    fn forgotten_at(&self) -> Time {
        let all = FORGETTING.saturating_mul(self.failures.into());
        self.window_started.plus(all)
    }
}

/// Whom a try is counted for.
#[derive(Debug, Clone)]
pub struct Counted {
    /// By itself.
    pub subject: Subject,
    /// With some others of its kind, where the table is full; `None`: always by itself.
    pub shared: Option<Subject>,
}

/// A try that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserved {
    /// The row that has it: the subject's, or the shared one.
    pub subject: Subject,
    /// The block that it began, which is over where the try was right.
    pub blocked_until: Option<Time>,
}

/// Where sign-ins are counted that succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIns {
    /// The row.
    pub subject: Subject,
    /// How many there may be within [`SIGN_INS_WITHIN`].
    pub most: u32,
}

impl SignIns {
    /// The row with one more, or until when there is none.
    ///
    /// As in every row, so many times [`FORGETTING`] after `window_started` nothing of it counts any more: whatever
    /// makes room in the table need not know what a row is for.
    ///
    /// # Errors
    /// When the next may be, where there were too many.
    pub fn one_more(&self, row: Option<Attempts>, now: Time) -> Result<Attempts, Time> {
        let before = row.map(|row| (row.failures, row.forgotten_at()));
        // One that ends further away was written by a clock that was wrong.
        let furthest = now.plus(2 * SIGN_INS_WITHIN);
        let before = before.filter(|(_, ends)| now < *ends && *ends < furthest);
        let (count, ends) = before.unwrap_or((0, now.plus(SIGN_INS_WITHIN)));
        if count >= self.most {
            return Err(ends);
        }
        let count = count + 1;
        Ok(Attempts {
            failures: count,
            window_started: ends.plus(-FORGETTING * i64::from(count)),
            // For lists: the count alone decides. A block beside a larger count would keep the row from being
            // forgotten.
            blocked_until: (count == self.most && count < IN_A_ROW_MAX).then_some(ends),
        })
    }
}

/// What becomes of a row when a sign-in succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Its failures are over.
    Cleared(Subject),
    /// This try was none; the others stay.
    GivenBack(Reserved),
    /// It counts one more sign-in.
    SignedIn(SignIns),
}
