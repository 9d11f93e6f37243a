//! The queries that list and change the groups of a user.

use crate::error::Error;
use crate::model::{GroupName, LoginName};
use crate::store::check_version::check_version;
use crate::store::database::Database;
use crate::store::fault::Fault;
use crate::store::groups::GROUPS_MAX;
use crate::store::retry::Commit;
use crate::store::sql_store::SqlStore;
use crate::store::value::Row;

/// A user without a group has one row. The user's name comes along, because a database may take another name for equal.
const LIST: &str = "\
    SELECT u.login_name, m.group_name, u.disabled_at \
    FROM users AS u LEFT JOIN memberships AS m ON m.user_id = u.id \
    WHERE u.login_name = ? ORDER BY m.group_name";

const ADD: &str = "\
    INSERT INTO memberships (user_id, group_name) SELECT id, ? FROM users WHERE login_name = ?";

const REMOVE: &str = "\
    DELETE FROM memberships WHERE group_name = ? AND user_id = (SELECT id FROM users WHERE login_name = ?)";

/// A user as the rules know them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Membership {
    /// The groups that the user is in, as they are stored. One that is no [`GroupName`] counts for nothing.
    pub groups: Vec<String>,
    /// Whether the user is disabled, so that they are never signed in.
    pub is_disabled: bool,
}

/// What a change of a user's groups did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Regrouped {
    /// The user was added to the first groups and removed from the second; those that needed no change are left out.
    Done(Vec<String>, Vec<String>),
    /// There is no such user.
    NoUser,
    /// The user would be in more than [`GROUPS_MAX`] groups. Nothing was changed.
    TooMany,
}

impl<D: Database> SqlStore<D> {
    /// Does [`super::Administration::membership`].
    pub fn find_membership(&mut self, name: &LoginName) -> Result<Option<Membership>, Error> {
        let rows = self.read_page("list a user's groups", LIST, &[name.as_str().into()])?;
        Ok(membership(&rows, name))
    }

    /// Does [`super::Administration::change_groups`].
    pub fn add_and_remove_groups(
        &mut self,
        name: &LoginName,
        add: &[GroupName],
        remove: &[String],
    ) -> Result<Regrouped, Error> {
        self.write("change a user's groups", Commit::Repeat, |database| {
            check_version(database)?;
            let rows = database.query(LIST, &[name.as_str().into()])?;
            let Some(Membership { mut groups, .. }) = membership(&rows, name) else {
                return Ok(Regrouped::NoUser);
            };
            let (mut added, mut removed) = (Vec::new(), Vec::new());
            for group in remove {
                if let Some(at) = groups.iter().position(|other| other == group) {
                    removed.push(groups.swap_remove(at));
                }
            }
            for group in add.iter().map(GroupName::as_str) {
                if !groups.iter().any(|other| other == group) {
                    groups.push(group.to_owned());
                    added.push(group.to_owned());
                }
            }
            if !added.is_empty() && groups.len() > GROUPS_MAX {
                return Ok(Regrouped::TooMany);
            }
            for group in &removed {
                database.execute(REMOVE, &[group.as_str().into(), name.as_str().into()])?;
            }
            for group in &added {
                match database.execute(ADD, &[group.as_str().into(), name.as_str().into()]) {
                    // Somebody else may have just added them.
                    Ok(_) | Err(Fault::Duplicate) => {}
                    Err(fault) => return Err(fault),
                }
            }
            Ok(Regrouped::Done(added, removed))
        })
    }
}

/// What the rows of [`LIST`] say; `None` if there is no such user.
fn membership(rows: &[Row], name: &LoginName) -> Option<Membership> {
    let is_theirs = |row: &&Row| row.text(0) == Some(name.as_str());
    let rows: Vec<&Row> = rows.iter().filter(is_theirs).collect();
    let groups = rows.iter().map(|row| row.shown(1));
    Some(Membership {
        groups: groups.filter(|group| !group.is_empty()).collect(),
        is_disabled: rows.first()?.int(2).is_some(),
    })
}
