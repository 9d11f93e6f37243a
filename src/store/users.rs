//! The query for a user at a sign-in. `administration/users.rs` has those that add, list, change and delete users.

use super::check_version::versioned;
use super::database::Database;
use super::sql_store::SqlStore;
use crate::error::Error;
use crate::model::{Credentials, LoginName, PasswordHash, UserId};

/// The name comes as HEX, so that no character set of the connection can make another name of it.
const CREDENTIALS: &str = "\
    SELECT v.version, v.oldest_program, u.id, u.password, u.disabled_at, HEX(u.login_name) \
    FROM schema_version AS v LEFT JOIN users AS u ON u.login_name = ?";

impl<D: Database> SqlStore<D> {
    /// Does [`super::Store::credentials`].
    pub fn find_credentials(&mut self, name: &LoginName) -> Result<Option<Credentials>, Error> {
        let doing = "read a user";
        let rows = self.read(doing, CREDENTIALS, &[name.as_str().into()])?;
        let row = versioned(rows).map_err(|fault| fault.during(doing))?;
        let (Some(id), Some(password)) = (row.int(2), row.text(3)) else {
            return Ok(None);
        };
        // A server that takes the name to be in another character set may find another user.
        if row.unhexed(5).as_deref() != Some(name.as_str()) {
            return Ok(None);
        }
        Ok(Some(Credentials {
            id: UserId(id),
            password: PasswordHash::from_phc(password.to_owned()),
            disabled: row.int(4).is_some(),
        }))
    }
}
