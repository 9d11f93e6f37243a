//! The query for the groups of a user. `administration/groups.rs` has those that change them.

use super::database::Database;
use super::sql_store::SqlStore;
use crate::error::Error;
use crate::model::{GroupName, UserId};

/// Most groups of a user that are read. A script gets them in one variable, and the kernel bounds its length.
pub const GROUPS_MAX: usize = 100;

/// The names come as HEX, so that no character set of the connection can make other names of them.
const GROUPS: &str =
    "SELECT HEX(group_name) FROM memberships WHERE user_id = ? ORDER BY group_name LIMIT ?";

impl<D: Database> SqlStore<D> {
    /// Does [`super::Store::groups`].
    pub fn find_groups(&mut self, user: UserId) -> Result<Vec<GroupName>, Error> {
        let most = i64::try_from(GROUPS_MAX).unwrap_or(i64::MAX);
        let rows = self.read(
            "read a user's groups",
            GROUPS,
            &[user.0.into(), most.into()],
        )?;
        let stored = |name: &String| GroupName::parse(name).filter(|group| group.as_str() == name);
        Ok(rows
            .iter()
            .filter_map(|row| row.unhexed(0).as_ref().and_then(stored))
            .collect())
    }
}
