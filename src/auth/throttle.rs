//! How often somebody may try (NIST SP 800-63B-4, 3.2.2; OWASP, "Slow Down Online Guessing Attacks with Device
//! Cookies").
//!
//! A try is counted before its password is looked at, for the account and for each network that the client's address
//! lies in, or for a known device alone first. It stays counted where it fails. After the free ones each failure
//! doubles the time until the next try, from 2 seconds to an hour, and every three hours one is forgotten. Nobody
//! waits here: who comes too early is told when to come again.
//!
//! Sign-ins that succeed are counted too, for the account and for the client, in rows that a success does not clear:
//! whoever has one good account could otherwise keep the processors busy with it. Both are counted with the session
//! that they open. The client's are also looked at before the password, which says nothing of any account. The
//! account's are not: the answer would tell whoever knows no password that there is such an account. A wrong password
//! is refused as ever, and a right one is told to wait after its hash, with no session. Such a try is no failure of
//! the account, which gets it back. The client, its networks or the known device keep it: their waits bound how often
//! it is hashed.
//!
//! What this cannot hide: a success ends its account's failures, so that who has guessed at it sees that somebody
//! has signed in. And the one try an hour of an account that is being guessed at goes to whoever comes first: its
//! owner has a known device, or an administrator who unlocks.

mod kind;

use self::kind::{ACCOUNT, CLIENT, DEVICE, Kind, SITE, WIDEST};
use super::device::Device;
use super::keyed_hash::keyed_hash;
use super::network::Networks;
use super::queue::Slot;
use crate::config::{Config, Secret};
use crate::error::Error;
use crate::model::{Blocked, Counted, LoginName, Reserved, Settled, SignIns, Subject, Time};
use crate::store::Store;

/// How many times an account may sign in within [`crate::model::SIGN_INS_WITHIN`].
const SIGN_INS_OF_ACCOUNT: u32 = 30;

/// The same of a client, whoever signs in there.
const SIGN_INS_OF_CLIENT: u32 = 300;

/// How many digits of a device's id tell its row from those of the account's other devices. Each sign-in without a
/// cookie makes a new device: a row for each of them would let one account grow the table without bound.
const DEVICE_DIGITS: usize = 2;

/// Whose failures a try is counted with, and by what it is told apart.
type Whom = (&'static Kind, String);

/// A try that comes too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Seconds until the next.
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
    account: Option<Counted>,
    device: Option<Subject>,
    /// The rows that a success counts in.
    sign_ins: Vec<SignIns>,
}

impl Permit {
    /// What becomes of the rows when the try is right: the account's own failures, and its device's, are over.
    /// The client's others stay, and so do those that are counted together with anybody else's.
    #[must_use]
    pub fn settled(&self) -> Vec<Settled> {
        let account = self.account.iter().map(|account| &account.subject);
        let own: Vec<&Subject> = account.chain(&self.device).collect();
        let others = self.reserved.iter().cloned();
        let others = others.filter(|reserved| !own.contains(&&reserved.subject));
        let cleared = own.iter().copied().cloned().map(Settled::Cleared);
        let counted = self.sign_ins.iter().cloned().map(Settled::SignedIn);
        let settled = cleared.chain(others.map(Settled::GivenBack));
        settled.chain(counted).collect()
    }

    /// What becomes of the rows when the try is right, but one sign-in too many: the account has not failed. Those
    /// of its client, networks and device keep it.
    #[must_use]
    pub fn right_too_often(&self) -> Vec<Settled> {
        let of_account = |reserved: &&Reserved| {
            let subject = Some(&reserved.subject);
            let account = self.account.as_ref();
            account.is_some_and(|account| {
                subject == Some(&account.subject) || subject == account.shared.as_ref()
            })
        };
        let reserved = self.reserved.iter().filter(of_account);
        reserved.cloned().map(Settled::GivenBack).collect()
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
        let client = Tried {
            name: None,
            ..*tried
        };
        if let Some(wait) = self.signed_in_too_often(store, &client, now)? {
            return Ok(Err(wait));
        }
        let reserved = self.reserve(store, tried, now)?;
        Ok(reserved.map(|reserved| Permit {
            _slot: slot,
            reserved,
            account: tried.name.map(|name| self.account(name)),
            device: device_of(tried).map(|(kind, id)| self.subject(kind, &id)),
            sign_ins: self.sign_ins(tried),
        }))
    }

    /// How long to wait where the account or the client has signed in so often that there is no further session. Of
    /// an account, only who knows its password may be told.
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
        Ok(blocked.map(|Blocked { which, until }| Wait {
            seconds: seconds(now, until),
            // The client's come last, and stand alone where there is no name.
            whose: if which + 1 == counted.len() {
                CLIENT.name
            } else {
                ACCOUNT.name
            },
            tries: Tries::SignedIn,
        }))
    }

    fn reserve(
        &self,
        store: &mut dyn Store,
        tried: &Tried<'_>,
        now: Time,
    ) -> Result<Result<Vec<Reserved>, Wait>, Error> {
        let mut own = None;
        if let Some(device) = device_of(tried) {
            match self.count(store, &[device], now)? {
                Ok(reserved) => return Ok(Ok(reserved)),
                Err(wait) => own = Some(wait),
            }
        }
        // The row that most others count in comes last: it is locked for as short as can be.
        let account = tried.name.map(|name| (&ACCOUNT, name.as_str().to_owned()));
        let stranger: Vec<Whom> = account.into_iter().chain(networks(tried.client)).collect();
        let counted = self.count(store, &stranger, now)?;
        Ok(counted.map_err(|wait| own.filter(|own| own.seconds < wait.seconds).unwrap_or(wait)))
    }

    /// Whom the failures of an account are counted for: it alone, and those whose row it shares where the table is
    /// full.
    #[must_use]
    pub fn account(&self, name: &LoginName) -> Counted {
        self.counted(&ACCOUNT, name.as_str())
    }

    /// Everything that an account may have to wait for, its sign-ins too.
    #[must_use]
    pub fn all_of_account(&self, name: &LoginName) -> Vec<Counted> {
        let sign_ins = self.sign_ins_of_account(name).subject;
        vec![self.account(name), by_itself(sign_ins)]
    }

    /// Everything that a client at this address may have to wait for: the failures of each network that the address
    /// lies in, and the client's sign-ins.
    #[must_use]
    pub fn all_of_client(&self, address: &str) -> Vec<Counted> {
        let networks = networks(address);
        let counted = networks.iter().map(|(kind, id)| self.counted(kind, id));
        let sign_ins = self.sign_ins_of_client(address).subject;
        counted.chain([by_itself(sign_ins)]).collect()
    }

    fn sign_ins_of_account(&self, name: &LoginName) -> SignIns {
        self.sign_ins_of(&ACCOUNT, name.as_str(), SIGN_INS_OF_ACCOUNT)
    }

    fn sign_ins_of_client(&self, address: &str) -> SignIns {
        let client = Networks::of(address).client;
        self.sign_ins_of(&CLIENT, &client, SIGN_INS_OF_CLIENT)
    }

    fn sign_ins(&self, tried: &Tried<'_>) -> Vec<SignIns> {
        let account = tried.name.map(|name| self.sign_ins_of_account(name));
        let client = self.sign_ins_of_client(tried.client);
        account.into_iter().chain([client]).collect()
    }

    fn sign_ins_of(&self, kind: &Kind, id: &str, most: u32) -> SignIns {
        let hash = keyed_hash(self.secret.expose(), "sign-ins", &[kind.name, id]);
        SignIns {
            subject: Subject::of(&hash),
            most,
        }
    }

    fn count(
        &self,
        store: &mut dyn Store,
        whom: &[Whom],
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
            seconds: seconds(now, until),
            whose: whom.get(which).map_or("", |(kind, _)| kind.name),
            tries: Tries::Failed,
        }))
    }

    /// The row of its own, and the one that it shares where its part of the table is full.
    fn counted(&self, kind: &Kind, id: &str) -> Counted {
        let subject = self.subject(kind, id);
        let part = subject.part();
        let shared = keyed_hash(self.secret.expose(), "shared", &[kind.name, part]);
        Counted {
            shared: kind.shares.then(|| Subject::of(&shared)),
            subject,
        }
    }

    fn subject(&self, kind: &Kind, id: &str) -> Subject {
        Subject::of(&keyed_hash(self.secret.expose(), kind.name, &[id]))
    }
}

/// The known device that a try is made on, by its account and the beginning of its id: 256 to an account at most.
fn device_of(tried: &Tried<'_>) -> Option<Whom> {
    let (name, device) = (tried.name?, tried.device?);
    let digits = device.id().get(..DEVICE_DIGITS)?;
    Some((&DEVICE, format!("{digits} {}", name.as_str())))
}

/// The networks that a client is counted with, from the narrowest to the widest.
fn networks(address: &str) -> Vec<Whom> {
    let Networks {
        client,
        site,
        widest,
    } = Networks::of(address);
    let wider = [site.map(|id| (&SITE, id)), widest.map(|id| (&WIDEST, id))];
    let client = [(&CLIENT, client)];
    client
        .into_iter()
        .chain(wider.into_iter().flatten())
        .collect()
}

fn by_itself(subject: Subject) -> Counted {
    Counted {
        subject,
        shared: None,
    }
}

fn seconds(now: Time, until: Time) -> i64 {
    until.0.saturating_sub(now.0).max(1)
}
