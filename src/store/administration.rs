//! What the administration needs of a database, and no CGI program has.

use std::iter;

use super::attempts::CLEAR;
use super::engine::{Engine, Fault, Value};
use super::listing::{Cursor, Page};
use super::retry::Commit;
use super::rows::{END, Rows};
use super::{SCHEMA_VERSION, rows};
use crate::config::StoreUrl;
use crate::error::Error;
use crate::model::{Counted, LoginName, SessionRow, Time, UserRow};

const ADD: &str = "\
    INSERT INTO users (login_name, password, created_at, password_changed_at) VALUES (?, ?, ?, ?)";

const SET_PASSWORD: &str =
    "UPDATE users SET password = ?, password_changed_at = ? WHERE login_name = ?";

const SET_DISABLED: &str = "UPDATE users SET disabled_at = ? WHERE login_name = ?";

const DELETE_USER: &str = "DELETE FROM users WHERE login_name = ?";

const END_OF_USER: &str =
    "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE login_name = ?)";

const END_ALL: &str = "DELETE FROM sessions WHERE user_id IS NOT NULL";

/// Fails where one of the tables is missing, and reads none.
const TABLES: &str = "SELECT COUNT(*) FROM users, sessions, memberships, attempts WHERE 1 = 0";

const FORGET_VERSION: &str = "DELETE FROM schema_version";

const SET_VERSION: &str = "INSERT INTO schema_version (version) VALUES (?)";

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

/// What [`Administration::migrate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The version before; 0: there were no tables.
    pub from: i64,
    /// The version now.
    pub to: i64,
}

/// What the administration needs of a database. Methods fail as those of [`super::Store`] do.
pub trait Administration {
    /// Makes the tables, or brings them forward to [`SCHEMA_VERSION`].
    ///
    /// # Errors
    /// See the trait; also if they are newer.
    fn migrate(&mut self) -> Result<Migrated, Error>;

    /// Looks with the eyes of the programs: are the tables there, all of them, and of [`SCHEMA_VERSION`]? Are they
    /// whole, does the server suit, and does it take writes? Nothing is changed.
    ///
    /// # Errors
    /// See the trait; if one of these is not so, with what is there and what to do.
    fn check(&mut self, now: Time) -> Result<(), Error>;

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
        StoreUrl::Mysql(url) => Ok(Box::new(Rows(super::mysql::Mysql::administer(url)?))),
        #[cfg(not(all(feature = "sqlite", feature = "mysql")))]
        _ => Err(Error::Config("this build has no such store".to_owned())),
    }
}

impl<E: Engine> Rows<E> {
    fn version(&mut self) -> Result<i64, Error> {
        let tables = rows::check_version(&mut self.0).and_then(|()| self.0.query(TABLES, &[]));
        match tables {
            Ok(_) => Ok(SCHEMA_VERSION),
            Err(Fault::Schema(found)) => Ok(found.unwrap_or(0)),
            Err(fault) => Err(fault.during("read the schema's version")),
        }
    }

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
        let from = self.version()?;
        if from > SCHEMA_VERSION {
            return Err(Error::Schema(Some(from), SCHEMA_VERSION));
        }
        // Both engines' files may be run again: one that was cut short is finished the next time.
        let known = self.0.migrations();
        for (sql, version) in known.iter().zip(1..).filter(|(_, version)| *version > from) {
            self.0
                .script(sql)
                .map_err(|fault| fault.during("make the tables"))?;
            self.write("write the schema's version", Commit::Repeat, |engine| {
                engine.execute(FORGET_VERSION, &[])?;
                engine
                    .execute(SET_VERSION, &[Value::Int(version)])
                    .map(drop)
            })?;
        }
        Ok(Migrated {
            from,
            to: SCHEMA_VERSION,
        })
    }

    fn check(&mut self, now: Time) -> Result<(), Error> {
        self.expect_no_defects()?;
        match self.version()? {
            SCHEMA_VERSION => self.try_writing(now),
            0 => Err(Error::Schema(None, SCHEMA_VERSION)),
            found => Err(Error::Schema(Some(found), SCHEMA_VERSION)),
        }
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
                Ok(_) => Ok(true),
                Err(Fault::Duplicate) => Ok(false),
                Err(fault) => Err(fault),
            }
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
        self.change_user(
            "disable a user",
            name,
            SET_DISABLED,
            &values,
            since.is_some(),
        )
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
        let (sql, values) = match which {
            Which::All => (END_ALL, vec![]),
            Which::Of(name) => (END_OF_USER, vec![name.as_str().into()]),
            Which::One(session) => (END, vec![session.into()]),
        };
        self.write("end sessions", Commit::Once, |engine| {
            rows::check_version(engine)?;
            engine.execute(sql, &values)
        })
    }

    fn prune(&mut self, now: Time) -> Result<u64, Error> {
        self.prune_all(now)
    }
}
