//! The queries that add, find, list, change and delete users.

use super::pages::{Cursor, PAGE_MAX, Page, cursor_behind, limit};
use crate::error::Error;
use crate::model::{LoginName, PasswordHash, Time, UserId, UserRow};
use crate::store::check_version::check_version;
use crate::store::database::Database;
use crate::store::fault::Fault;
use crate::store::retry::Commit;
use crate::store::sql_store::SqlStore;
use crate::store::value::{Row, Value};

const ADD: &str = "\
    INSERT INTO users (login_name, password, created_at, password_changed_at) VALUES (?, ?, ?, ?)";

const DELETE_SESSIONS: &str =
    "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE login_name = ?)";

const DELETE_MEMBERSHIPS: &str =
    "DELETE FROM memberships WHERE user_id = (SELECT id FROM users WHERE login_name = ?)";

const FIND: &str = "SELECT id, login_name FROM users WHERE login_name = ?";

const LIST_USERS: &str = "\
    SELECT u.login_name, u.created_at, u.disabled_at, \
    (SELECT COUNT(*) FROM sessions AS s WHERE s.user_id = u.id) FROM users AS u";

const BY_NAME: &str = "ORDER BY u.login_name LIMIT ?";

const ENABLE: &str = "UPDATE users SET disabled_at = NULL WHERE login_name = ?";

/// Disables a user. The raised epoch ends their sessions.
const DISABLE: &str = "UPDATE users SET disabled_at = ?, epoch = epoch + 1 WHERE login_name = ?";

/// Stores a password's hash. The raised epoch ends the user's sessions.
const SET_PASSWORD: &str = "UPDATE users SET password = ?, password_changed_at = ?, epoch = epoch + 1 WHERE login_name = ?";

const DELETE: &str = "DELETE FROM users WHERE login_name = ?";

impl<D: Database> SqlStore<D> {
    /// Does [`super::Administration::add_user`].
    pub fn insert_user(
        &mut self,
        name: &LoginName,
        password: &PasswordHash,
        now: Time,
    ) -> Result<bool, Error> {
        let values = [
            name.as_str().into(),
            password.as_str().into(),
            now.0.into(),
            now.0.into(),
        ];
        self.write("add a user", Commit::Once, |database| {
            check_version(database)?;
            match database.execute(ADD, &values) {
                Ok(_) => {}
                Err(Fault::Duplicate) => return Ok(false),
                Err(fault) => return Err(fault),
            }
            // The id may have been another user's: an old InnoDB forgets at a restart which ids it gave.
            for sql in [DELETE_SESSIONS, DELETE_MEMBERSHIPS] {
                database.execute(sql, &[name.as_str().into()])?;
            }
            Ok(true)
        })
    }

    /// The id of the user with this name. The name is compared here as well: the database may take another name for
    /// equal.
    pub fn find_user(&mut self, name: &LoginName) -> Result<Option<UserId>, Error> {
        let rows = self.read_page("look for a user", FIND, &[name.as_str().into()])?;
        let same = |row: &&Row| row.text(1) == Some(name.as_str());
        Ok(rows
            .iter()
            .find(same)
            .and_then(|row| row.int(0))
            .map(UserId))
    }

    /// Does [`super::Administration::users`].
    pub fn list_users(&mut self, from: Option<&Cursor>) -> Result<Page<UserRow>, Error> {
        let most = limit(PAGE_MAX);
        let doing = "list the users";
        let rows = match from {
            None => self.read_page(doing, &format!("{LIST_USERS} {BY_NAME}"), &[most])?,
            Some(Cursor(key)) => {
                let sql = format!("{LIST_USERS} WHERE u.login_name > ? {BY_NAME}");
                let values: Vec<Value> = key.iter().cloned().chain([most]).collect();
                self.read_page(doing, &sql, &values)?
            }
        };
        Ok(Page {
            next: cursor_behind(&rows, &[0]),
            rows: rows.iter().map(user).collect(),
        })
    }

    /// Does [`super::Administration::set_password`].
    pub fn change_password(
        &mut self,
        name: &LoginName,
        password: &PasswordHash,
        now: Time,
    ) -> Result<bool, Error> {
        let values = [password.as_str().into(), now.0.into(), name.as_str().into()];
        self.change_and_end("set a password", SET_PASSWORD, &values, name)
    }

    /// Allows a user's sign-ins again; `false` if there is no such user.
    pub fn enable_user(&mut self, name: &LoginName) -> Result<bool, Error> {
        self.change_users("enable a user", ENABLE, &[name.as_str().into()])
    }

    /// Disables a user and ends their sessions; `false` if there is no such user.
    pub fn disable_user(&mut self, name: &LoginName, since: Time) -> Result<bool, Error> {
        let values = [since.0.into(), name.as_str().into()];
        self.change_and_end("disable a user", DISABLE, &values, name)
    }

    /// Does [`super::Administration::delete_user`]. A user who is disabled first opens no more sessions, so that the
    /// foreign key has few rows left to delete in the one transaction.
    pub fn disable_and_delete_user(&mut self, name: &LoginName) -> Result<bool, Error> {
        let doing = "delete a user";
        let values = [Time::now().0.into(), name.as_str().into()];
        self.change_and_end(doing, DISABLE, &values, name)?;
        self.change_users(doing, DELETE, &[name.as_str().into()])
    }

    /// Changes rows of `users` in a transaction of its own; whether any row matched.
    pub fn change_users(
        &mut self,
        doing: &'static str,
        sql: &str,
        values: &[Value],
    ) -> Result<bool, Error> {
        self.write(doing, Commit::Repeat, |database| {
            check_version(database)?;
            Ok(database.execute(sql, values)? != 0)
        })
    }

    /// Changes a user's row and raises their epoch, then deletes the rows of their sessions. A sign-in in flight either
    /// waits for the change, and then finds that its user's row is another, or has opened its session with the old
    /// epoch, which the change ends.
    fn change_and_end(
        &mut self,
        doing: &'static str,
        sql: &str,
        values: &[Value],
        name: &LoginName,
    ) -> Result<bool, Error> {
        let began = Time::now();
        let found = self.change_users(doing, sql, values)?;
        if found {
            self.delete_ended_of_user(doing, name, began)?;
        }
        Ok(found)
    }
}

/// Lists show a row even if a value in it makes no sense.
fn user(row: &Row) -> UserRow {
    UserRow {
        login_name: row.shown(0),
        created_at: Time(row.int(1).unwrap_or(0)),
        disabled_at: row.int(2).map(Time),
        sessions: row.int(3).and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
    }
}
