//! All rows that somebody may have to wait for, which an administrator lists and clears.

use super::rows::{Rows, networks};
use crate::model::{Counted, LoginName, SignIns};

impl Rows<'_> {
    /// Every row that an account may have to wait for, that of its sign-ins included.
    #[must_use]
    pub fn all_of_account(self, name: &LoginName) -> Vec<Counted> {
        let sign_ins = self.sign_ins_of_account(name);
        vec![self.account(name), by_itself(sign_ins)]
    }

    /// Every row that a client at this address may have to wait for: the failures of each network that the address lies
    /// in, and the client's sign-ins.
    #[must_use]
    pub fn all_of_client(self, address: &str) -> Vec<Counted> {
        let networks = networks(address);
        let counted = networks.iter().map(|(kind, id)| self.counted(kind, id));
        let sign_ins = self.sign_ins_of_client(address);
        counted.chain([by_itself(sign_ins)]).collect()
    }
}

fn by_itself(sign_ins: SignIns) -> Counted {
    Counted {
        whose: sign_ins.whose,
        subject: sign_ins.subject,
        shared: None,
    }
}
