//! How often somebody may try (NIST SP 800-63B-4, 3.2.2; OWASP, "Slow Down Online Guessing Attacks with Device
//! Cookies").
//!
//! A try is counted before its password is looked at, for the account and for the client, or for a known
//! device alone. It stays counted where it fails. After the free ones each failure doubles the time until the
//! next try, from 2 seconds to an hour, and every three hours one is forgotten. Nobody waits here: who comes too
//! early is told when to come again.

use std::net::IpAddr;

use super::device::Device;
use super::gate::Slot;
use super::keyed_hash::keyed_hash;
use super::life::CLOCK_SKEW;
use crate::config::{Config, Secret};
use crate::error::Error;
use crate::model::{Attempts, Counted, FORGETTING, LoginName, Reserved, Settled, Subject, Time};
use crate::store::Store;

/// Seconds until the next try after the free ones.
const FIRST_DELAY: i64 = 2;

/// Most seconds until the next try.
const LONGEST_DELAY: i64 = 3600;

/// After so many failures in a row nothing is forgotten any more (NIST's limit), but one try an hour is left:
/// otherwise anybody could lock the owner out.
const IN_A_ROW_MAX: u32 = 100;

/// A client stands for as many accounts: an office, or a school, behind one address.
const ACCOUNTS_OF_CLIENT: u32 = 10;

/// Who is counted, and how.
struct Kind {
    name: &'static str,
    shared_name: &'static str,
    /// How many times as many tries as an account it has.
    share: u32,
    /// Whether even very many failures are forgotten.
    forgives: bool,
}

const ACCOUNT: Kind = Kind {
    name: "account",
    shared_name: "accounts",
    share: 1,
    forgives: false,
};

const CLIENT: Kind = Kind {
    name: "client",
    shared_name: "clients",
    share: ACCOUNTS_OF_CLIENT,
    forgives: true,
};

const DEVICE: Kind = Kind {
    name: "device",
    shared_name: "devices",
    share: 1,
    forgives: false,
};

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

    /// Counts a try as `name`, or, where that is no name, the client's alone; else the seconds until the next
    /// one, which are the same whether or not there is such a user.
    ///
    /// # Errors
    /// If the store cannot count it.
    pub fn permit(
        &self,
        store: &mut dyn Store,
        slot: Slot,
        name: Option<&LoginName>,
        client: &str,
        device: Option<&Device>,
        now: Time,
    ) -> Result<Result<Permit, i64>, Error> {
        let account = name.map(|name| self.account(name));
        let (kinds, counted, own) = match (account, device) {
            (Some(account), Some(device)) => {
                let device = self.counted(&DEVICE, device.id());
                let own = vec![account, device.subject.clone()];
                (vec![&DEVICE], vec![device], own)
            }
            (account, _) => {
                let own: Vec<Subject> = account.into_iter().collect();
                let shared = self.shared(&ACCOUNT);
                let account = own.iter().map(|subject| Counted {
                    subject: subject.clone(),
                    shared: shared.clone(),
                });
                let client = self.counted(&CLIENT, &network(client));
                let kinds = own.iter().map(|_| &ACCOUNT).chain([&CLIENT]).collect();
                (kinds, account.chain([client]).collect(), own)
            }
        };
        let rule = |which: usize, row| match kinds.get(which) {
            Some(kind) => kind.one_more(row, now, self.free_tries),
            None => Err(now),
        };
        Ok(match store.count_try(&counted, now, &rule)? {
            Ok(reserved) => Ok(Permit {
                _slot: slot,
                reserved,
                own,
            }),
            Err(until) => Err(until.0.saturating_sub(now.0).max(1)),
        })
    }

    /// Whom the failures of an account are counted for.
    #[must_use]
    pub fn account(&self, name: &LoginName) -> Subject {
        self.subject(ACCOUNT.name, &[name.as_str()])
    }

    fn counted(&self, kind: &Kind, id: &str) -> Counted {
        Counted {
            subject: self.subject(kind.name, &[id]),
            shared: self.shared(kind),
        }
    }

    fn shared(&self, kind: &Kind) -> Subject {
        self.subject(kind.shared_name, &[])
    }

    fn subject(&self, kind: &str, parts: &[&str]) -> Subject {
        Subject::of(&keyed_hash(self.secret, kind, parts))
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
