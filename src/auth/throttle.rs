//! How often somebody may try (NIST SP 800-63B-4, 3.2.2; OWASP, "Slow Down Online Guessing Attacks with Device
//! Cookies").
//!
//! A try is counted before its password is looked at, for the account and for the client, or for a known
//! device alone first. It stays counted where it fails. After the free ones each failure doubles the time until the
//! next try, from 2 seconds to an hour, and every three hours one is forgotten. Nobody waits here: who comes too
//! early is told when to come again.
//!
//! What this cannot hide: a success ends its account's failures, so that who has guessed at it sees that somebody
//! has signed in. And the one try an hour of an account that is being guessed at goes to whoever comes first: its
//! owner has a known device, or an administrator who unlocks.

use std::net::IpAddr;

use super::device::Device;
use super::gate::Slot;
use super::keyed_hash::keyed_hash;
use super::life::CLOCK_SKEW;
use crate::config::{Config, Secret};
use crate::error::Error;
use crate::model::{
    Attempts, Blocked, Counted, FORGETTING, IN_A_ROW_MAX, LoginName, Reserved, Settled, Subject,
    Time,
};
use crate::store::Store;

/// Seconds until the next try after the free ones.
const FIRST_DELAY: i64 = 2;

/// Most seconds until the next try.
const LONGEST_DELAY: i64 = 3600;

/// A client stands for as many accounts: an office, or a school, behind one address.
const ACCOUNTS_OF_CLIENT: u32 = 10;

/// Who is counted, and how.
struct Kind {
    name: &'static str,
    /// How many times as many tries as an account it has.
    share: u32,
    /// Whether even very many failures are forgotten.
    forgives: bool,
    /// Whether it is counted with others where the table is full: anybody can make names and addresses up,
    /// but no device.
    shares: bool,
}

const ACCOUNT: Kind = Kind {
    name: "account",
    share: 1,
    forgives: false,
    shares: true,
};

const CLIENT: Kind = Kind {
    name: "client",
    share: ACCOUNTS_OF_CLIENT,
    forgives: true,
    shares: true,
};

const DEVICE: Kind = Kind {
    name: "device",
    share: 1,
    forgives: false,
    shares: false,
};

/// Whose failures a try is counted with, and by what it is told apart.
type Whom<'a> = (&'static Kind, &'a str);

/// A try that comes too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Seconds until the next.
    pub seconds: i64,
    /// Whose failures were too many: `account`, `client` or `device`.
    pub whose: &'static str,
}

/// Who tries.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'a> {
    /// As whom; `None`: what was typed is no name.
    pub name: Option<&'a LoginName>,
    /// From which address.
    pub client: &'a str,
    /// On a device that is known to be theirs.
    pub device: Option<&'a Device>,
}

/// Counts tries.
#[derive(Debug, Clone, Copy)]
pub struct Throttle<'a> {
    /// Key of the hashes that stand for accounts, clients and devices.
    pub secret: &'a Secret,
    /// Failures before the next try of an account has to wait.
    pub free_tries: u32,
}

/// A try that was counted, and has its place among those who hash: a verification asks for it, so that none
/// goes past either.
#[derive(Debug)]
pub struct Permit {
    _slot: Slot,
    reserved: Vec<Reserved>,
    /// The rows that a success clears.
    own: Vec<Subject>,
}

impl Permit {
    /// What becomes of the rows when the try is right: the account's own failures, and its device's, are over.
    /// The client's others stay, and so do those that are counted together with anybody else's.
    #[must_use]
    pub fn settled(&self) -> Vec<Settled> {
        let cleared = self.own.iter().cloned().map(Settled::Cleared);
        let others = self.reserved.iter().cloned();
        let others = others.filter(|reserved| !self.own.contains(&reserved.subject));
        cleared.chain(others.map(Settled::GivenBack)).collect()
    }

    /// What becomes of the rows when nobody could say whether the try is right.
    #[must_use]
    pub fn given_back(&self) -> Vec<Settled> {
        let reserved = self.reserved.iter().cloned();
        reserved.map(Settled::GivenBack).collect()
    }
}

impl<'a> Throttle<'a> {
    /// The throttle that the configuration asks for.
    #[must_use]
    pub fn of(config: &'a Config) -> Self {
        Self {
            secret: &config.secret,
            free_tries: config.throttle.free_tries,
        }
    }

    /// Counts a try as `name`, or, where that is no name, the client's alone; else how long to wait, which is the
    /// same whether or not there is such a user. A known device that has failed too often is as good as any.
    ///
    /// # Errors
    /// If the store cannot count it.
    pub fn permit(
        &self,
        store: &mut dyn Store,
        slot: Slot,
        tried: &Tried<'_>,
        now: Time,
    ) -> Result<Result<Permit, Wait>, Error> {
        let reserved = self.reserve(store, tried, now)?;
        let name = tried.name.map(|name| self.subject(&ACCOUNT, name.as_str()));
        let device = tried
            .device
            .map(|device| self.subject(&DEVICE, device.id()));
        Ok(reserved.map(|reserved| Permit {
            _slot: slot,
            reserved,
            own: name.into_iter().chain(device).collect(),
        }))
    }

    fn reserve(
        &self,
        store: &mut dyn Store,
        tried: &Tried<'_>,
        now: Time,
    ) -> Result<Result<Vec<Reserved>, Wait>, Error> {
        let mut own = None;
        if let Some(device) = tried.device {
            match self.count(store, &[(&DEVICE, device.id())], now)? {
                Ok(reserved) => return Ok(Ok(reserved)),
                Err(wait) => own = Some(wait),
            }
        }
        let network = network(tried.client);
        let account = tried.name.map(|name| (&ACCOUNT, name.as_str()));
        let stranger: Vec<Whom<'_>> = account.into_iter().chain([(&CLIENT, &*network)]).collect();
        let counted = self.count(store, &stranger, now)?;
        Ok(counted.map_err(|wait| own.filter(|own| own.seconds < wait.seconds).unwrap_or(wait)))
    }

    /// Whom the failures of an account are counted for: it alone, and those whose row it shares where the table is
    /// full.
    #[must_use]
    pub fn account(&self, name: &LoginName) -> Counted {
        self.counted(&ACCOUNT, name.as_str())
    }

    /// Whom the failures of a client are counted for, likewise.
    #[must_use]
    pub fn client(&self, address: &str) -> Counted {
        self.counted(&CLIENT, &network(address))
    }

    fn count(
        &self,
        store: &mut dyn Store,
        whom: &[Whom<'_>],
        now: Time,
    ) -> Result<Result<Vec<Reserved>, Wait>, Error> {
        let counted: Vec<Counted> = whom
            .iter()
            .map(|(kind, id)| self.counted(kind, id))
            .collect();
        let rule = |which: usize, row| match whom.get(which) {
            Some((kind, _)) => kind.one_more(row, now, self.free_tries),
            None => Err(now),
        };
        let tried = store.count_try(&counted, now, &rule)?;
        Ok(tried.map_err(|Blocked { which, until }| Wait {
            seconds: until.0.saturating_sub(now.0).max(1),
            whose: whom.get(which).map_or("", |(kind, _)| kind.name),
        }))
    }

    /// The row of its own, and, where the table is full, one of 256 that it shares.
    fn counted(&self, kind: &Kind, id: &str) -> Counted {
        let subject = self.subject(kind, id);
        let bucket = subject.as_str().get(..2).unwrap_or_default();
        let shared = keyed_hash(self.secret.expose(), "shared", &[kind.name, bucket]);
        Counted {
            shared: kind.shares.then(|| Subject::of(&shared)),
            subject,
        }
    }

    fn subject(&self, kind: &Kind, id: &str) -> Subject {
        Subject::of(&keyed_hash(self.secret.expose(), kind.name, &[id]))
    }
}

impl Kind {
    /// The row with one more failure, or until when there is no further try.
    fn one_more(
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

/// Whom an address stands for: itself, or the /64 that one household has (RFC 6177).
fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address.to_owned(),
    }
}
