//! Ends sessions, however many there are.
//!
//! To end a user's sessions or everybody's, first the users' epochs are raised, in short transactions: that alone ends
//! the sessions. Then the rows are deleted in steps, so that nobody waits long for one. If a command is interrupted in
//! between, the sessions have ended; the rows that are left sign nobody in, and are deleted when they are pruned or
//! ended again. A single session ends with its row; no epoch is raised for it.

use super::steps::{Step, in_steps};
use crate::error::Error;
use crate::model::{LoginName, Time};
use crate::store::check_version::check_version;
use crate::store::database::Database;
use crate::store::prune::STEP_MAX;
use crate::store::retry::Commit;
use crate::store::sessions::END;
use crate::store::sql_store::SqlStore;
use crate::store::value::Value;

const DOING: &str = "end sessions";

/// Ends a user's sessions wherever their rows may be: on every node of a cluster, and in every copy.
const RAISE_EPOCH: &str = "UPDATE users SET epoch = epoch + 1 WHERE login_name = ?";

/// The next users. They come in steps because a sign-in waits at most a second for its user's row.
const USERS: &str = "SELECT id FROM users WHERE id > ? ORDER BY id LIMIT ?";

const RAISE_EPOCHS: &str = "UPDATE users SET epoch = epoch + 1 WHERE id > ? AND id <= ?";

/// The rows of a user's sessions that a raised epoch has ended. A row that was restored from a backup may happen to
/// have the epoch that its user has just reached, so rows from before the command count as ended, too. A session that
/// was opened since the command began stays.
const ENDED_OF_USER: &str = "\
    SELECT s.session FROM users AS u JOIN sessions AS s ON s.user_id = u.id \
    WHERE u.login_name = ? AND (s.epoch <> u.epoch OR s.created_at < ?) AND s.session > ? \
    ORDER BY s.session LIMIT ?";

/// Such rows of all users, and the rows whose user is gone.
const ENDED: &str = "\
    SELECT s.session FROM sessions AS s LEFT JOIN users AS u ON u.id = s.user_id \
    WHERE s.user_id IS NOT NULL AND (u.id IS NULL OR s.epoch <> u.epoch OR s.created_at < ?) AND s.session > ? \
    ORDER BY s.session LIMIT ?";

const DELETE: &str = "DELETE FROM sessions WHERE session IN";

/// Which sessions to end.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// Everybody's.
    All,
    /// Those of one user.
    Of(&'a LoginName),
    /// The session whose row has this in its session column.
    One(&'a str),
}

impl<D: Database> SqlStore<D> {
    /// Ends the sessions of one user; how many rows were deleted.
    pub fn end_of_user(&mut self, name: &LoginName) -> Result<u64, Error> {
        let began = Time::now();
        self.change_users(DOING, RAISE_EPOCH, &[name.as_str().into()])?;
        self.delete_ended_of_user(DOING, name, began)
    }

    /// Ends everybody's sessions; how many rows were deleted.
    pub fn end_all(&mut self) -> Result<u64, Error> {
        let began = Time::now();
        self.ask(DOING, check_version)?;
        let mut from = Value::Int(i64::MIN);
        in_steps(|| {
            let values = [from.clone(), i64::from(STEP_MAX).into()];
            let users = self.read(DOING, USERS, &values)?;
            if let Some(last) = users.last() {
                let part = [from.clone(), last.value(0)];
                self.change_users(DOING, RAISE_EPOCHS, &part)?;
                from = last.value(0);
            }
            Ok(Step {
                deleted: 0,
                goes_on: users.len() >= STEP_MAX as usize,
            })
        })?;
        self.delete_ended(DOING, ENDED, &[began.0.into()])
    }

    /// Ends one session; how many rows were deleted.
    pub fn end_one(&mut self, session: &str) -> Result<u64, Error> {
        self.write(DOING, Commit::Once, |database| {
            check_version(database)?;
            database.execute(END, &[session.into()])
        })
    }

    /// Deletes the rows of a user's sessions that a raised epoch has ended, or that were opened before `began`; how
    /// many.
    pub fn delete_ended_of_user(
        &mut self,
        doing: &'static str,
        name: &LoginName,
        began: Time,
    ) -> Result<u64, Error> {
        let values = [name.as_str().into(), began.0.into()];
        self.delete_ended(doing, ENDED_OF_USER, &values)
    }

    /// Deletes the rows that the query `ended` finds; how many. `values` are the first values of that query; the key
    /// behind which it goes on, and its limit, are added here.
    fn delete_ended(
        &mut self,
        doing: &'static str,
        ended: &str,
        values: &[Value],
    ) -> Result<u64, Error> {
        let mut from = Value::from("");
        in_steps(|| {
            let mut values = values.to_vec();
            values.extend([from.clone(), i64::from(STEP_MAX).into()]);
            let rows = self.read(doing, ended, &values)?;
            if let Some(last) = rows.last() {
                from = last.value(0);
            }
            Ok(Step {
                goes_on: rows.len() >= STEP_MAX as usize,
                deleted: self.delete_found(doing, DELETE, &[], rows)?,
            })
        })
    }
}
