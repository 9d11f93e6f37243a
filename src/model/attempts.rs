//! Failed tries, as the throttle counts them.

use super::{Time, hex};

/// After how many seconds one failed try is forgotten.
pub const FORGETTING: i64 = 3 * 3600;

/// After so many failures in a row nothing is forgotten any more (NIST SP 800-63B-4, 3.2.2), but one try an hour
/// is left: otherwise anybody could lock the owner out.
pub const IN_A_ROW_MAX: u32 = 100;

/// Whom tries are counted for: an account, a client or a known device, as a keyed hash, so that the table
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

/// What becomes of a row when a sign-in succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Its failures are over.
    Cleared(Subject),
    /// This try was none; the others stay.
    GivenBack(Reserved),
}
