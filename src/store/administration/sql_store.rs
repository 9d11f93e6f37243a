//! The administration of an SQL database.

use super::maintenance::Maintenance;
use super::{Administration, Cursor, Membership, Migrated, Page, Regrouped, Which};
use crate::error::Error;
use crate::model::{Counted, GroupName, LoginName, PasswordHash, SessionRow, Time, UserRow};
use crate::store::sql_store::SqlStore;

/// Each subject has a file with its queries; this one says which does what.
impl<D: Maintenance> Administration for SqlStore<D> {
    fn migrate(&mut self) -> Result<Migrated, Error> {
        self.expect_no_obstacles()?;
        self.make_tables()
    }

    fn check(&mut self) -> Result<(), Error> {
        self.expect_no_defects()?;
        self.expect_tables()?;
        self.try_writing()
    }

    fn clock(&mut self) -> Result<Option<Time>, Error> {
        self.read_clock()
    }

    fn add_user(
        &mut self,
        name: &LoginName,
        password: &PasswordHash,
        now: Time,
    ) -> Result<bool, Error> {
        self.insert_user(name, password, now)
    }

    fn has_user(&mut self, name: &LoginName) -> Result<bool, Error> {
        Ok(self.find_user(name)?.is_some())
    }

    fn users(&mut self, from: Option<&Cursor>) -> Result<Page<UserRow>, Error> {
        self.list_users(from)
    }

    fn blocked_until(&mut self, of: &[Counted], now: Time) -> Result<Vec<Option<Time>>, Error> {
        self.list_blocks(of, now)
    }

    fn set_password(
        &mut self,
        name: &LoginName,
        password: &PasswordHash,
        now: Time,
    ) -> Result<bool, Error> {
        self.change_password(name, password, now)
    }

    fn set_disabled(&mut self, name: &LoginName, since: Option<Time>) -> Result<bool, Error> {
        match since {
            Some(since) => self.disable_user(name, since),
            None => self.enable_user(name),
        }
    }

    fn unlock(&mut self, counted: &Counted) -> Result<(), Error> {
        self.clear_attempts(counted)
    }

    fn delete_user(&mut self, name: &LoginName) -> Result<bool, Error> {
        self.disable_and_delete_user(name)
    }

    fn membership(&mut self, name: &LoginName) -> Result<Option<Membership>, Error> {
        self.find_membership(name)
    }

    fn change_groups(
        &mut self,
        name: &LoginName,
        add: &[GroupName],
        remove: &[String],
    ) -> Result<Regrouped, Error> {
        self.add_and_remove_groups(name, add, remove)
    }

    fn sessions(
        &mut self,
        of: Option<&LoginName>,
        from: Option<&Cursor>,
    ) -> Result<Page<SessionRow>, Error> {
        self.list_sessions(of, from)
    }

    fn sessions_beginning(&mut self, digits: &str) -> Result<Vec<String>, Error> {
        self.find_sessions(digits)
    }

    fn end_sessions(&mut self, which: Which<'_>) -> Result<u64, Error> {
        match which {
            Which::All => self.end_all(),
            Which::Of(name) => self.end_of_user(name),
            Which::One(session) => self.end_one(session),
        }
    }

    fn prune(&mut self, now: Time) -> Result<u64, Error> {
        self.prune_all(now)
    }
}
