//! Failed tries and sign-ins, as the table `attempts` counts them.

use super::hex::hex;
use super::time::Time;

/// Seconds after which one failed try is forgotten.
pub const FORGETTING: i64 = 3 * 3600;

/// After this many failures in a row no failure is forgotten any more (NIST SP 800-63B-4, 3.2.2). One try an hour
/// remains, so that nobody can lock the owner out.
pub const IN_A_ROW_MAX: u32 = 100;

/// Seconds within which the sign-ins of an account, or of a client, are counted together.
pub const SIGN_INS_WITHIN: i64 = 600;

/// Key of a row of `attempts`: the keyed hash of an account, a network or a known device. A hash, so that the
/// table does not tell which names were tried.
///
/// Exactly 64 lower-case hex digits by construction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// The key that is this keyed hash.
    #[must_use]
    pub fn from_hash(hash: &[u8; 32]) -> Self {
        Self(hex(hash))
    }

    /// The first two digits, which say to which of 256 parts of the table the row belongs.
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

/// A row of `attempts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// Failed tries that are not forgotten, and tries whose outcome is not known yet.
    pub failures: u32,
    /// The time from which forgetting the oldest of them is counted.
    pub window_started: Time,
    /// No try is allowed before this time.
    pub blocked_until: Option<Time>,
}

impl Attempts {
    /// When the last of the failures is forgotten.
    fn forgotten_at(&self) -> Time {
        let all = FORGETTING.saturating_mul(self.failures.into());
        self.window_started.plus(all)
    }
}

/// Whom a try is counted for, and in which row.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Whose tries the row counts, as the log says it: `account`, `device`, `client`, `site` or `network`.
    pub whose: &'static str,
    /// The row of this one alone.
    pub subject: Subject,
    /// The row that it shares with others of its kind if the table has no room for its own. `None`: it always gets
    /// its own.
    pub shared: Option<Subject>,
}

/// What a row becomes with one more try, or the time before which no try is allowed. The store may ask several times
/// about one try.
pub type Rule<'a> = &'a dyn Fn(Option<Attempts>) -> Result<Attempts, Time>;

/// One limit on tries. A try must be within all limits that apply to it.
#[derive(Clone)]
pub struct Limit<'a> {
    /// Whom it is about.
    pub counted: Counted,
    /// How many tries it allows.
    pub rule: Rule<'a>,
}

/// What the store did about a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Try {
    /// It was counted in these rows, one for each limit, in the same order.
    Counted(Vec<Reserved>),
    /// It was counted nowhere, because a limit does not allow it.
    Refused(Blocked),
}

/// The limit that keeps a try or a sign-in from being made; of several, the one that blocks longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocked {
    /// Whose limit it is, in the words of [`Counted::whose`].
    pub whose: &'static str,
    /// When the block is over.
    pub until: Time,
}

/// A row in which a try was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserved {
    /// The row: [`Counted::subject`] or [`Counted::shared`].
    pub subject: Subject,
    /// The block that this try began. It ends if the password turns out to be right.
    pub blocked_until: Option<Time>,
}

/// A limit on sign-ins that succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIns {
    /// Whose sign-ins they are, for the log: `account` or `client`.
    pub whose: &'static str,
    /// The row in which they are counted.
    pub subject: Subject,
    /// How many are allowed within [`SIGN_INS_WITHIN`].
    pub most: u32,
}

impl SignIns {
    /// The row with one more sign-in.
    ///
    /// Its `window_started` is set such that the row, at [`FORGETTING`] for each of its sign-ins, is forgotten when
    /// they are no longer counted. So the code that removes forgotten rows need not know whether a row counts failures
    /// or sign-ins.
    ///
    /// # Errors
    /// The time at which the next sign-in is allowed, if the limit is reached.
    pub fn one_more(&self, row: Option<Attempts>, now: Time) -> Result<Attempts, Time> {
        let before = row.map(|row| (row.failures, row.forgotten_at()));
        // Only a wrong clock can have written a row that ends later.
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
            // Only lists read this block: whether a sign-in is one too many, the count alone decides. With
            // `IN_A_ROW_MAX` or more, a block would keep the row from being forgotten.
            blocked_until: (count == self.most && count < IN_A_ROW_MAX).then_some(ends),
        })
    }
}

/// What becomes of a row after a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The failures in this row are over.
    Cleared(Subject),
    /// This try was no failure; the others in the row stay.
    GivenBack(Reserved),
    /// One more sign-in is counted.
    SignedIn(SignIns),
}
