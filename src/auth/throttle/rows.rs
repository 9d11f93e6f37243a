//! The rows that count tries. A row's key is a keyed hash of whom it is for.

use super::policy::{
    ACCOUNT, CLIENT, DEVICE, DEVICE_DIGITS, Kind, SIGN_INS_OF_ACCOUNT, SIGN_INS_OF_CLIENT, SITE,
    WIDEST,
};
use crate::auth::device::Device;
use crate::auth::keyed_hash::keyed_hash;
use crate::auth::network::Networks;
use crate::config::{Config, Secret};
use crate::model::{Counted, LoginName, SignIns, Subject};

/// For whom a try is counted: the kind, and the text that tells it from others of that kind.
pub type Whom = (&'static Kind, String);

/// Makes the keys of a site's rows.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Key of the hashes that stand for accounts, clients and devices.
    pub secret: &'a Secret,
}

impl<'a> Rows<'a> {
    /// The rows of the site with this configuration.
    #[must_use]
    pub fn from_config(config: &'a Config) -> Self {
        Self {
            secret: &config.secret,
        }
    }

    /// The row that counts the failures of an account, and the one that it shares if the table is full.
    #[must_use]
    pub fn account(self, name: &LoginName) -> Counted {
        self.counted(&ACCOUNT, name.as_str())
    }

    /// The row that counts the sign-ins of an account.
    #[must_use]
    pub fn sign_ins_of_account(self, name: &LoginName) -> SignIns {
        self.sign_ins_of(&ACCOUNT, name.as_str(), SIGN_INS_OF_ACCOUNT)
    }

    /// The row that counts the sign-ins of the client at this address.
    #[must_use]
    pub fn sign_ins_of_client(self, address: &str) -> SignIns {
        let client = Networks::from_address(address).client;
        self.sign_ins_of(&CLIENT, &client, SIGN_INS_OF_CLIENT)
    }

    fn sign_ins_of(self, kind: &Kind, id: &str, most: u32) -> SignIns {
        let hash = keyed_hash(self.secret.expose(), "sign-ins", &[kind.name, id]);
        SignIns {
            whose: kind.name,
            subject: Subject::from_hash(&hash),
            most,
        }
    }

    /// The row of this one alone, and the row that it shares if its part of the table is full.
    #[must_use]
    pub fn counted(self, kind: &Kind, id: &str) -> Counted {
        let subject = self.subject(kind, id);
        let part = subject.part();
        let shared = keyed_hash(self.secret.expose(), "shared", &[kind.name, part]);
        Counted {
            whose: kind.name,
            shared: kind.shares.then(|| Subject::from_hash(&shared)),
            subject,
        }
    }

    /// The row of this one alone.
    #[must_use]
    pub fn subject(self, kind: &Kind, id: &str) -> Subject {
        Subject::from_hash(&keyed_hash(self.secret.expose(), kind.name, &[id]))
    }
}

/// A known device, by its account and the beginning of its id: an account has at most 256 such rows.
pub fn of_device(name: &LoginName, device: &Device) -> Option<Whom> {
    let digits = device.id().get(..DEVICE_DIGITS)?;
    Some((&DEVICE, format!("{digits} {}", name.as_str())))
}

/// The networks that count a client's tries, from the narrowest to the widest.
pub fn networks(address: &str) -> Vec<Whom> {
    let Networks {
        client,
        site,
        widest,
    } = Networks::from_address(address);
    let wider = [site.map(|id| (&SITE, id)), widest.map(|id| (&WIDEST, id))];
    let client = [(&CLIENT, client)];
    client
        .into_iter()
        .chain(wider.into_iter().flatten())
        .collect()
}
