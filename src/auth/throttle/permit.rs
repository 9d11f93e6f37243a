//! A try that may be made, and what becomes of its rows afterwards.

use crate::auth::hashing_queue::Slot;
use crate::model::{Counted, Reserved, Settled, SignIns, Subject};

/// Proof that a try was counted and holds a slot for hashing. A verification takes one, so that no password is looked
/// at without both.
#[derive(Debug)]
pub struct Permit {
    pub(super) _slot: Slot,
    pub(super) reserved: Vec<Reserved>,
    pub(super) account: Option<Counted>,
    pub(super) device: Option<Subject>,
    /// The rows that count successes.
    pub(super) sign_ins: Vec<SignIns>,
}

impl Permit {
    /// What becomes of the rows if the try is right: the failures of the account and of its device are over. In the
    /// rows of the client and its networks, and in a row that several accounts share, only this try is taken off.
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

    /// What becomes of the rows if the try is right, but one sign-in too many: the account has not failed, so the try
    /// is taken off its row. It stays in the rows of the client, the networks and the device.
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

    /// What becomes of the rows if nobody could say whether the try is right.
    #[must_use]
    pub fn given_back(&self) -> Vec<Settled> {
        let reserved = self.reserved.iter().cloned();
        reserved.map(Settled::GivenBack).collect()
    }
}
