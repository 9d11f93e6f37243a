//! Ending sessions, however many there are.
//!
//! First the users' epochs are raised, in short transactions: that alone ends the sessions. Then the rows are
//! deleted in steps, so that nobody waits long for one. A command that dies in between has ended the sessions; the
//! rows that are left sign nobody in, and go when they are pruned or ended again.

use std::thread;
use std::time::Instant;

use super::engine::{Engine, Row, Value};
use super::prune::{PAUSE, PRUNE_MAX};
use super::retry::Commit;
use super::rows::{self, END, Rows};
use crate::error::Error;
use crate::model::{LoginName, Time};

const DOING: &str = "end sessions";

const SET_PASSWORD: &str = "UPDATE users SET password = ?, password_changed_at = ?, epoch = epoch + 1 WHERE login_name = ?";

const DISABLE: &str = "UPDATE users SET disabled_at = ?, epoch = epoch + 1 WHERE login_name = ?";

/// Ends a user's sessions, wherever a row of theirs is.
const RAISE_EPOCH: &str = "UPDATE users SET epoch = epoch + 1 WHERE login_name = ?";

/// A part of the users. A sign-in waits at most a second for a user's row.
const USERS: &str = "SELECT id FROM users WHERE id > ? ORDER BY id LIMIT ?";

const RAISE_EPOCHS: &str = "UPDATE users SET epoch = epoch + 1 WHERE id > ? AND id <= ?";

const DELETE_USER: &str = "DELETE FROM users WHERE login_name = ?";

/// The rows that a raised epoch has ended. One that was restored may have an epoch that is ahead of its user's: it was
/// there before. Who signs in meanwhile stays signed in.
const ENDED_OF_USER: &str = "\
    SELECT s.session FROM users AS u JOIN sessions AS s ON s.user_id = u.id \
    WHERE u.login_name = ? AND (s.epoch <> u.epoch OR s.created_at < ?) AND s.session > ? \
    ORDER BY s.session LIMIT ?";

/// The same of everybody, and the rows whose user is gone.
const ENDED: &str = "\
    SELECT s.session FROM sessions AS s LEFT JOIN users AS u ON u.id = s.user_id \
    WHERE s.user_id IS NOT NULL AND (u.id IS NULL OR s.epoch <> u.epoch OR s.created_at < ?) AND s.session > ? \
    ORDER BY s.session LIMIT ?";

const DELETE: &str = "DELETE FROM sessions WHERE session IN";

impl<E: Engine> Rows<E> {
    /// Does [`super::Administration::set_password`].
    pub fn change_password(
        &mut self,
        name: &LoginName,
        password: &str,
        now: Time,
    ) -> Result<bool, Error> {
        let values = [password.into(), now.0.into(), name.as_str().into()];
        self.change_and_end("set a password", SET_PASSWORD, &values, name)
    }

    /// Disables a user, and ends their sessions; `false` if there is no such user.
    pub fn disable_user(&mut self, name: &LoginName, since: Time) -> Result<bool, Error> {
        let values = [since.0.into(), name.as_str().into()];
        self.change_and_end("disable a user", DISABLE, &values, name)
    }

    /// Does [`super::Administration::delete_user`]. One who was disabled meanwhile opens no session: the foreign key,
    /// which deletes in one transaction, has few rows left to delete.
    pub fn remove_user(&mut self, name: &LoginName) -> Result<bool, Error> {
        let doing = "delete a user";
        let values = [Time::now().0.into(), name.as_str().into()];
        self.change_and_end(doing, DISABLE, &values, name)?;
        self.change_user(doing, DELETE_USER, &[name.as_str().into()])
    }

    /// Does [`super::Administration::end_sessions`] for one user.
    pub fn end_of_user(&mut self, name: &LoginName) -> Result<u64, Error> {
        let began = Time::now();
        self.change_user(DOING, RAISE_EPOCH, &[name.as_str().into()])?;
        self.delete_ended(
            DOING,
            ENDED_OF_USER,
            &[name.as_str().into(), began.0.into()],
        )
    }

    /// The same for everybody.
    pub fn end_of_all(&mut self) -> Result<u64, Error> {
        let began = Time::now();
        self.ask(DOING, rows::check_version)?;
        let mut from = Value::Int(i64::MIN);
        loop {
            let step = Instant::now();
            let users = self.read(DOING, USERS, &[from.clone(), i64::from(PRUNE_MAX).into()])?;
            let Some(last) = users.last() else {
                break;
            };
            let part = [from, last.value(0)];
            self.change_user(DOING, RAISE_EPOCHS, &part)?;
            let [_, last] = part;
            from = last;
            thread::sleep(PAUSE.max(step.elapsed()));
        }
        self.delete_ended(DOING, ENDED, &[began.0.into()])
    }

    /// Does [`super::Administration::end_sessions`] for one session.
    pub fn end_one(&mut self, session: &str) -> Result<u64, Error> {
        self.write(DOING, Commit::Once, |engine| {
            rows::check_version(engine)?;
            engine.execute(END, &[session.into()])
        })
    }

    /// Changes rows of users, in a transaction of its own; whether there was one.
    pub fn change_user(
        &mut self,
        doing: &'static str,
        sql: &str,
        values: &[Value],
    ) -> Result<bool, Error> {
        self.write(doing, Commit::Repeat, |engine| {
            rows::check_version(engine)?;
            Ok(engine.execute(sql, values)? != 0)
        })
    }

    /// Changes a user's row and raises their epoch, and then deletes the rows of their sessions. A sign-in in flight
    /// either waits for the change, or is of the epoch before it.
    fn change_and_end(
        &mut self,
        doing: &'static str,
        sql: &str,
        values: &[Value],
        name: &LoginName,
    ) -> Result<bool, Error> {
        let began = Time::now();
        let found = self.change_user(doing, sql, values)?;
        if found {
            self.delete_ended(
                doing,
                ENDED_OF_USER,
                &[name.as_str().into(), began.0.into()],
            )?;
        }
        Ok(found)
    }

    /// Deletes the rows that `ended` finds, by the primary key; how many. Each pause is as long as the step before it.
    fn delete_ended(
        &mut self,
        doing: &'static str,
        ended: &str,
        first: &[Value],
    ) -> Result<u64, Error> {
        let (mut deleted, mut from) = (0, Value::from(""));
        loop {
            let began = Instant::now();
            let mut values = first.to_vec();
            values.extend([from, i64::from(PRUNE_MAX).into()]);
            let rows = self.read(doing, ended, &values)?;
            let Some(last) = rows.last() else {
                return Ok(deleted);
            };
            let is_last = rows.len() < PRUNE_MAX as usize;
            from = last.value(0);
            deleted += self.delete_these(doing, &rows)?;
            if is_last {
                return Ok(deleted);
            }
            thread::sleep(PAUSE.max(began.elapsed()));
        }
    }

    fn delete_these(&mut self, doing: &'static str, rows: &[Row]) -> Result<u64, Error> {
        let marks = vec!["?"; rows.len()].join(", ");
        let sql = format!("{DELETE} ({marks})");
        let keys: Vec<Value> = rows.iter().map(|row| row.value(0)).collect();
        self.write(doing, Commit::Repeat, |engine| engine.execute(&sql, &keys))
    }
}
