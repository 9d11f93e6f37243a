//! The store on an SQL database.

use super::Store;
use super::database::Database;
use crate::error::Error;
use crate::model::{
    Blocked, Credentials, Digest, GroupName, Limit, LoginName, Opening, Session, Settled, SignIns,
    Time, Try, UserId,
};
use crate::sandbox::Need;

/// A store on a database. Each subject has a file with its queries; this one says which does what.
pub struct SqlStore<D>(pub D);

impl<D: Database> Store for SqlStore<D> {
    fn session(&mut self, session: &Digest) -> Result<Option<Session>, Error> {
        self.find_session(session)
    }

    fn touch(&mut self, session: &Digest, now: Time) -> Result<(), Error> {
        self.write_seen_at(session, now)
    }

    fn count_try(&mut self, limits: &[Limit<'_>], now: Time) -> Result<Try, Error> {
        self.count_in_attempts(limits, now)
    }

    fn sign_ins_blocked(
        &mut self,
        counted: &[SignIns],
        now: Time,
    ) -> Result<Option<Blocked>, Error> {
        self.find_blocked_sign_ins(counted, now)
    }

    fn settle(&mut self, settled: &[Settled]) -> Result<(), Error> {
        self.settle_tries(settled)
    }

    fn credentials(&mut self, name: &LoginName) -> Result<Option<Credentials>, Error> {
        self.find_credentials(name)
    }

    fn groups(&mut self, user: UserId) -> Result<Vec<GroupName>, Error> {
        self.find_groups(user)
    }

    fn open_session(&mut self, opening: &Opening<'_>) -> Result<bool, Error> {
        self.open_new_session(opening)
    }

    fn end_session(&mut self, session: &Digest) -> Result<bool, Error> {
        self.delete_session(session)
    }

    fn prune_some(&mut self, now: Time) -> Result<(), Error> {
        self.prune_once(now)
    }

    fn needs(&self) -> Vec<Need> {
        self.0.needs()
    }
}
