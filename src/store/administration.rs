//! What the administration needs of a database, and no CGI program has.

use std::iter;

use super::attempts::CLEAR;
use super::engine::{Engine, Fault, Value};
use super::listing::{Cursor, Page};
use super::retry::Commit;
use super::rows::{self, Rows};
use super::schema::Migrated;
use crate::config::StoreUrl;
use crate::error::Error;
use crate::model::{Counted, LoginName, SessionRow, Time, UserRow};

const ADD: &str = "\
    INSERT INTO users (login_name, password, created_at, password_changed_at) VALUES (?, ?, ?, ?)";

const ENABLE: &str = "UPDATE users SET disabled_at = ? WHERE login_name = ?";

const END_OF_USER: &str =
    "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE login_name = ?)";

const END_MEMBERSHIPS: &str =
    "DELETE FROM memberships WHERE user_id = (SELECT id FROM users WHERE login_name = ?)";

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

    /// Sets a password's hash and ends the user's sessions; `false` if there is no such user. It dies or fails in
    /// between as [`Administration::end_sessions`] does.
    ///
    /// # Errors
    /// See the trait.
    fn set_password(&mut self, name: &LoginName, password: &str, now: Time) -> Result<bool, Error>;

    /// Disables a user since a time, and ends their sessions, or enables them; `false` if there is
    /// no such user. It dies or fails in between as [`Administration::end_sessions`] does.
    ///
    /// # Errors
    /// See the trait.
    fn set_disabled(&mut self, name: &LoginName, since: Option<Time>) -> Result<bool, Error>;

    /// Forgets the failed tries of an account or a client, and of those that it is counted together with.
    ///
    /// # Errors
    /// See the trait.
    fn unlock(&mut self, counted: &Counted) -> Result<(), Error>;

    /// Deletes a user with their sessions; `false` if there is none. Where it dies or fails in between, the user is
    /// disabled, and their sessions have ended.
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

    /// Ends sessions; how many rows were deleted. The users' epochs are raised first, which alone ends the sessions,
    /// and then the rows are deleted in steps: where it dies or fails in between, the sessions have ended, and the
    /// rows that are left sign nobody in.
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
        self.change_password(name, password, now)
    }

    fn set_disabled(&mut self, name: &LoginName, since: Option<Time>) -> Result<bool, Error> {
        let Some(since) = since else {
            let values = [Value::Null, name.as_str().into()];
            return self.change_user("enable a user", ENABLE, &values);
        };
        self.disable_user(name, since)
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
        self.remove_user(name)
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
            Which::All => self.end_of_all(),
            Which::Of(name) => self.end_of_user(name),
            Which::One(session) => self.end_one(session),
        }
    }

    fn prune(&mut self, now: Time) -> Result<u64, Error> {
        self.prune_all(now)
    }
}
