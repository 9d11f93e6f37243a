//! What the administration needs of a database, and no CGI program has.

use std::iter;

use super::attempts::CLEAR;
use super::engine::{Engine, Fault, Value};
use super::listing::{Cursor, Page};
use super::retry::Commit;
use super::rows::{self, END, Rows};
use super::schema::Migrated;
use crate::config::StoreUrl;
use crate::error::Error;
use crate::model::{Counted, LoginName, SessionRow, Time, UserRow};

const ADD: &str = "\
    INSERT INTO users (login_name, password, created_at, password_changed_at) VALUES (?, ?, ?, ?)";

const SET_PASSWORD: &str = "UPDATE users SET password = ?, password_changed_at = ?, epoch = epoch + 1 WHERE login_name = ?";

const DISABLE: &str = "UPDATE users SET disabled_at = ?, epoch = epoch + 1 WHERE login_name = ?";

const ENABLE: &str = "UPDATE users SET disabled_at = ? WHERE login_name = ?";

/// Ends a user's sessions, wherever a row of theirs is.
const RAISE_EPOCH: &str = "UPDATE users SET epoch = epoch + 1 WHERE login_name = ?";

const RAISE_ALL_EPOCHS: &str = "UPDATE users SET epoch = epoch + 1";

const DELETE_USER: &str = "DELETE FROM users WHERE login_name = ?";

const END_OF_USER: &str =
    "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE login_name = ?)";

const END_MEMBERSHIPS: &str =
    "DELETE FROM memberships WHERE user_id = (SELECT id FROM users WHERE login_name = ?)";

const END_ALL: &str = "DELETE FROM sessions WHERE user_id IS NOT NULL";

/// Sessions to end.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// Of everybody.
    All,
    /// Of one user.
    Of(&'a LoginName),
    /// The one with this in its session column.
    One(&'a str),
}

/// What the administration needs of a database. Methods fail as those of [`super::Store`] do.
pub trait Administration {
    /// Makes the tables, or brings them forward to the version that this program makes.
    ///
    /// # Errors
    /// See the trait; also if a table is somebody else's.
    fn migrate(&mut self) -> Result<Migrated, Error>;

    /// Looks with the eyes of the programs: are the tables there, all of them, and of a version that this program may
    /// use? Are they whole, does the server suit, and does it take writes? Nothing is changed.
    ///
    /// # Errors
    /// See the trait; if one of these is not so, with what is there and what to do.
    fn check(&mut self) -> Result<(), Error>;

    /// The database's clock, where it has one of its own.
    ///
    /// # Errors
    /// See the trait.
    fn clock(&mut self) -> Result<Option<Time>, Error>;

    /// Adds a user; `false` if the name is taken.
    ///
    /// # Errors
    /// See the trait.
    fn add_user(&mut self, name: &LoginName, password: &str, now: Time) -> Result<bool, Error>;

    /// Whether there is such a user.
    ///
    /// # Errors
    /// See the trait.
    fn has_user(&mut self, name: &LoginName) -> Result<bool, Error>;

    /// A part of the users, by name, from the beginning or from a cursor on.
    ///
    /// # Errors
    /// See the trait.
    fn users(&mut self, from: Option<&Cursor>) -> Result<Page<UserRow>, Error>;

    /// Until when each of these takes no tries, in their order; `None`: it takes them.
    ///
    /// # Errors
    /// See the trait.
    fn blocked_until(&mut self, of: &[Counted], now: Time) -> Result<Vec<Option<Time>>, Error>;

    /// Sets a password's hash and ends the user's sessions; `false` if there is no such user.
    ///
    /// # Errors
    /// See the trait.
    fn set_password(&mut self, name: &LoginName, password: &str, now: Time) -> Result<bool, Error>;

    /// Disables a user since a time, and ends their sessions, or enables them; `false` if there is
    /// no such user.
    ///
    /// # Errors
    /// See the trait.
    fn set_disabled(&mut self, name: &LoginName, since: Option<Time>) -> Result<bool, Error>;

    /// Forgets the failed tries of an account or a client, and of those that it is counted together with.
    ///
    /// # Errors
    /// See the trait.
    fn unlock(&mut self, counted: &Counted) -> Result<(), Error>;

    /// Deletes a user with their sessions; `false` if there is none.
    ///
    /// # Errors
    /// See the trait.
    fn delete_user(&mut self, name: &LoginName) -> Result<bool, Error>;

    /// A part of the sessions of all users, or of one, over or not, from the beginning or from a cursor on: the users
    /// in the order in which they were added.
    ///
    /// # Errors
    /// See the trait.
    fn sessions(
        &mut self,
        of: Option<&LoginName>,
        from: Option<&Cursor>,
    ) -> Result<Page<SessionRow>, Error>;

    /// The session columns that begin with these digits: all of them, or two.
    ///
    /// # Errors
    /// See the trait.
    fn sessions_beginning(&mut self, digits: &str) -> Result<Vec<String>, Error>;

    /// Ends sessions; how many.
    ///
    /// # Errors
    /// See the trait.
    fn end_sessions(&mut self, which: Which<'_>) -> Result<u64, Error>;

    /// Deletes the rows of sessions past their end; how many.
    ///
    /// # Errors
    /// See the trait.
    fn prune(&mut self, now: Time) -> Result<u64, Error>;
}

/// Opens a store for the administration. A missing SQLite file is made.
///
/// # Errors
/// As [`super::open`].
pub fn open_administration(url: &StoreUrl) -> Result<Box<dyn Administration>, Error> {
    match url {
        #[cfg(feature = "sqlite")]
        StoreUrl::Sqlite(path) => Ok(Box::new(Rows(super::sqlite::Sqlite::create(path)?))),
        #[cfg(feature = "mysql")]
        StoreUrl::Mysql(url) => Ok(Box::new(Rows(super::mysql::Mysql::open_administration(
            url,
        )?))),
        #[cfg(not(all(feature = "sqlite", feature = "mysql")))]
        _ => Err(Error::Config("this build has no such store".to_owned())),
    }
}

impl<E: Engine> Rows<E> {
    /// Changes a user's row, and ends their sessions in the same transaction: first the row, so that
    /// a sign-in in flight either waits for it or is ended by it.
    fn change_user(
        &mut self,
        doing: &'static str,
        name: &LoginName,
        sql: &str,
        values: &[Value],
        ends_sessions: bool,
    ) -> Result<bool, Error> {
        self.write(doing, Commit::Repeat, |engine| {
            rows::check_version(engine)?;
            if engine.execute(sql, values)? == 0 {
                return Ok(false);
            }
            if ends_sessions {
                engine.execute(END_OF_USER, &[name.as_str().into()])?;
            }
            Ok(true)
        })
    }
}

impl<E: Engine> Administration for Rows<E> {
    fn migrate(&mut self) -> Result<Migrated, Error> {
        self.expect_no_obstacles()?;
        self.bring_forward()
    }

    fn check(&mut self) -> Result<(), Error> {
        self.expect_no_defects()?;
        self.check_tables()?;
        self.try_writing()
    }

    fn clock(&mut self) -> Result<Option<Time>, Error> {
        let clock = self.ask("read the database's clock", Engine::clock)?;
        Ok(clock.map(Time))
    }

    fn add_user(&mut self, name: &LoginName, password: &str, now: Time) -> Result<bool, Error> {
        let values = [
            name.as_str().into(),
            password.into(),
            now.0.into(),
            now.0.into(),
        ];
        self.write("add a user", Commit::Once, |engine| {
            rows::check_version(engine)?;
            match engine.execute(ADD, &values) {
                Ok(_) => {}
                Err(Fault::Duplicate) => return Ok(false),
                Err(fault) => return Err(fault),
            }
            // An old InnoDB forgets at a restart which ids it gave.
            for sql in [END_OF_USER, END_MEMBERSHIPS] {
                engine.execute(sql, &[name.as_str().into()])?;
            }
            Ok(true)
        })
    }

    fn has_user(&mut self, name: &LoginName) -> Result<bool, Error> {
        self.find_user(name)
    }

    fn users(&mut self, from: Option<&Cursor>) -> Result<Page<UserRow>, Error> {
        self.list_users(from)
    }

    fn blocked_until(&mut self, of: &[Counted], now: Time) -> Result<Vec<Option<Time>>, Error> {
        self.list_blocks(of, now)
    }

    fn set_password(&mut self, name: &LoginName, password: &str, now: Time) -> Result<bool, Error> {
        let values = [password.into(), now.0.into(), name.as_str().into()];
        self.change_user("set a password", name, SET_PASSWORD, &values, true)
    }

    fn set_disabled(&mut self, name: &LoginName, since: Option<Time>) -> Result<bool, Error> {
        let since_value = since.map_or(Value::Null, |since| Value::Int(since.0));
        let values = [since_value, name.as_str().into()];
        let ends_sessions = since.is_some();
        let sql = if ends_sessions { DISABLE } else { ENABLE };
        self.change_user("disable a user", name, sql, &values, ends_sessions)
    }

    fn unlock(&mut self, counted: &Counted) -> Result<(), Error> {
        self.write("unlock a user", Commit::Repeat, |engine| {
            rows::check_version(engine)?;
            for subject in iter::once(&counted.subject).chain(&counted.shared) {
                engine.execute(CLEAR, &[subject.as_str().into()])?;
            }
            Ok(())
        })
    }

    fn delete_user(&mut self, name: &LoginName) -> Result<bool, Error> {
        // The sessions go with the row, by their foreign key.
        self.change_user(
            "delete a user",
            name,
            DELETE_USER,
            &[name.as_str().into()],
            false,
        )
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
        // First the users' rows, as in `change_user`.
        let (raise, end, values) = match which {
            Which::All => (Some(RAISE_ALL_EPOCHS), END_ALL, vec![]),
            Which::Of(name) => (Some(RAISE_EPOCH), END_OF_USER, vec![name.as_str().into()]),
            Which::One(session) => (None, END, vec![session.into()]),
        };
        self.write("end sessions", Commit::Once, |engine| {
            rows::check_version(engine)?;
            if let Some(raise) = raise {
                engine.execute(raise, &values)?;
            }
            engine.execute(end, &values)
        })
    }

    fn prune(&mut self, now: Time) -> Result<u64, Error> {
        self.prune_all(now)
    }
}
