//! How often somebody may try (NIST SP 800-63B-4, 3.2.2; OWASP, "Slow Down Online Guessing Attacks with Device
//! Cookies").
//!
//! The throttle counts a try before it looks at the password: for the known device alone if there is one that may still
//! try, and otherwise for the account and for each network that the client's address lies in. A try that fails stays
//! counted. After the free tries each failure doubles the time until the next one, from 2 seconds to an hour; every
//! three hours one failure is forgotten. The throttle holds nobody up: a try that comes too early is refused, and told
//! when to come again.
//!
//! It also counts sign-ins that succeed, for the account and for the client, in rows that a success does not clear.
//! Otherwise one good account could keep the processors busy. They are counted together with the session that they
//! open. The client's count is also checked before the password, since it says nothing of any account. The account's
//! count is not: a refusal because of it would tell strangers that the account exists. So a wrong password is refused
//! as always, and a right one, once it is hashed, is told to wait and gets no session. Such a try is no failure, and is
//! taken off the account's count. It stays in the counts of the client and its networks, or of the known device, whose
//! waits bound how often such a password is hashed.
//!
//! Two things stay visible. A success clears the failures of its account, so that a guesser, who need not wait any
//! more, sees that somebody has signed in. And while an account is being guessed at, the one try an hour that is left
//! goes to the first who asks. The owner then needs a known device, or an administrator who unlocks the account.

mod all_rows;
mod permit;
mod policy;
mod rows;

pub use permit::Permit;
pub use rows::Rows;

use self::policy::ACCOUNT;
use self::rows::{Whom, networks, of_device};
use super::device::Device;
use super::hashing_queue::Slot;
use crate::config::{Config, Secret};
use crate::error::Error;
use crate::model::{Blocked, Limit, LoginName, Reserved, SignIns, Time, Try};
use crate::store::Store;

/// What may be done now, or not before a while.
#[derive(Debug)]
pub enum Allowed<T> {
    /// It may.
    Now(T),
    /// It comes too early.
    Later(Wait),
}

/// A try that comes too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Seconds until the next try.
    pub seconds: i64,
    /// Whose tries were too many: `account`, `device`, `client`, `site` or `network`.
    pub whose: &'static str,
    /// Which tries were too many.
    pub tries: Tries,
}

/// Tries that are counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tries {
    /// Those that failed.
    Failed,
    /// Sign-ins that succeeded.
    SignedIn,
}

/// Who tries.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'a> {
    /// As whom; `None` if what was typed cannot be a name.
    pub name: Option<&'a LoginName>,
    /// From which address.
    pub client: &'a str,
    /// On a device that is known to be theirs.
    pub device: Option<&'a Device>,
}

impl Tried<'_> {
    /// The device, if it is known to be the account's.
    fn known(&self) -> Option<Whom> {
        of_device(self.name?, self.device?)
    }
}

/// Counts tries.
#[derive(Debug, Clone, Copy)]
pub struct Throttle<'a> {
    /// Key of the hashes that stand for accounts, clients and devices.
    pub secret: &'a Secret,
    /// Failures before the next try of an account has to wait.
    pub free_tries: u32,
}

impl<'a> Throttle<'a> {
    /// The throttle that the configuration asks for.
    #[must_use]
    pub fn from_config(config: &'a Config) -> Self {
        Self {
            secret: &config.secret,
            free_tries: config.throttle.free_tries,
        }
    }

    /// Counts a try; if what was typed cannot be a name, then for the client and its networks alone. How long to wait
    /// is the same whether or not there is such a user. A known device that has failed too often counts as a stranger.
    ///
    /// # Errors
    /// If the store cannot count it.
    pub fn permit(
        &self,
        store: &mut dyn Store,
        slot: Slot,
        tried: &Tried<'_>,
        now: Time,
    ) -> Result<Allowed<Permit>, Error> {
        let client = Tried {
            name: None,
            ..*tried
        };
        if let Some(wait) = self.signed_in_too_often(store, &client, now)? {
            return Ok(Allowed::Later(wait));
        }
        let reserved = match self.reserve(store, tried, now)? {
            Allowed::Now(reserved) => reserved,
            Allowed::Later(wait) => return Ok(Allowed::Later(wait)),
        };
        let rows = self.rows();
        Ok(Allowed::Now(Permit {
            _slot: slot,
            reserved,
            account: tried.name.map(|name| rows.account(name)),
            device: tried.known().map(|(kind, id)| rows.subject(kind, &id)),
            sign_ins: self.sign_ins(tried),
        }))
    }

    /// How long to wait if the account or the client has signed in so often that it gets no further session. Only
    /// somebody who knows the account's password may be told of its count.
    ///
    /// # Errors
    /// If the store cannot say.
    pub fn signed_in_too_often(
        &self,
        store: &mut dyn Store,
        tried: &Tried<'_>,
        now: Time,
    ) -> Result<Option<Wait>, Error> {
        let counted = self.sign_ins(tried);
        let blocked = store.sign_ins_blocked(&counted, now)?;
        Ok(blocked.map(|blocked| Wait::until(blocked, now, Tries::SignedIn)))
    }

    /// Counts the try for the known device, or else as a stranger's.
    fn reserve(
        &self,
        store: &mut dyn Store,
        tried: &Tried<'_>,
        now: Time,
    ) -> Result<Allowed<Vec<Reserved>>, Error> {
        let mut own = None;
        if let Some(device) = tried.known() {
            match self.count(store, &[device], now)? {
                Allowed::Later(wait) => own = Some(wait),
                counted @ Allowed::Now(_) => return Ok(counted),
            }
        }
        // The row that most others share comes last, so that it is locked as briefly as can be.
        let account = tried.name.map(|name| (&ACCOUNT, name.as_str().to_owned()));
        let stranger: Vec<Whom> = account.into_iter().chain(networks(tried.client)).collect();
        Ok(match self.count(store, &stranger, now)? {
            Allowed::Later(wait) => {
                let shorter = own.filter(|own| own.seconds < wait.seconds);
                Allowed::Later(shorter.unwrap_or(wait))
            }
            counted @ Allowed::Now(_) => counted,
        })
    }

    fn count(
        &self,
        store: &mut dyn Store,
        whom: &[Whom],
        now: Time,
    ) -> Result<Allowed<Vec<Reserved>>, Error> {
        let rows = self.rows();
        let rule_of = |(kind, _): &Whom| {
            let kind = *kind;
            move |row| kind.one_more(row, now, self.free_tries)
        };
        let rules: Vec<_> = whom.iter().map(rule_of).collect();
        let limits = whom.iter().zip(&rules).map(|((kind, id), rule)| Limit {
            counted: rows.counted(kind, id),
            rule,
        });
        let limits: Vec<Limit<'_>> = limits.collect();
        Ok(match store.count_try(&limits, now)? {
            Try::Counted(reserved) => Allowed::Now(reserved),
            Try::Refused(blocked) => Allowed::Later(Wait::until(blocked, now, Tries::Failed)),
        })
    }

    /// The rows that count the sign-ins of the account and of the client.
    fn sign_ins(&self, tried: &Tried<'_>) -> Vec<SignIns> {
        let rows = self.rows();
        let account = tried.name.map(|name| rows.sign_ins_of_account(name));
        let client = rows.sign_ins_of_client(tried.client);
        account.into_iter().chain([client]).collect()
    }

    fn rows(&self) -> Rows<'a> {
        Rows {
            secret: self.secret,
        }
    }
}

impl Wait {
    fn until(blocked: Blocked, now: Time, tries: Tries) -> Self {
        Self {
            seconds: blocked.until.0.saturating_sub(now.0).max(1),
            whose: blocked.whose,
            tries,
        }
    }
}
