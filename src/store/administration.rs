//! What the administration needs of a database, and no CGI program has.

use std::iter;

use super::attempts::CLEAR;
use super::engine::{Engine, Fault, Row, Value};
use super::retry::Commit;
use super::rows::{END, PRUNE, Rows};
use super::{SCHEMA_VERSION, rows};
use crate::config::StoreUrl;
use crate::error::Error;
use crate::model::{Counted, LoginName, SessionRow, Time, UserRow};

const ADD: &str = "\
    INSERT INTO users (login_name, password, created_at, password_changed_at) VALUES (?, ?, ?, ?)";

const USERS: &str = "\
    SELECT u.login_name, u.created_at, u.disabled_at, \
    (SELECT COUNT(*) FROM sessions AS s WHERE s.user_id = u.id) \
    FROM users AS u ORDER BY u.login_name";

const SET_PASSWORD: &str =
    "UPDATE users SET password = ?, password_changed_at = ? WHERE login_name = ?";

const SET_DISABLED: &str = "UPDATE users SET disabled_at = ? WHERE login_name = ?";

const DELETE_USER: &str = "DELETE FROM users WHERE login_name = ?";

const SESSIONS: &str = "\
    SELECT s.session, u.login_name, s.created_at, s.seen_at, s.expires_at, s.remote_addr, s.user_agent \
    FROM sessions AS s JOIN users AS u ON u.id = s.user_id ORDER BY u.login_name, s.created_at";

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

    /// Looks whether the tables are there, all of them, and of [`SCHEMA_VERSION`].
    ///
    /// # Errors
    /// See the trait; if they are not.
    fn check(&mut self) -> Result<(), Error>;

    /// Adds a user; `false` if the name is taken.
    ///
    /// # Errors
    /// See the trait.
    fn add_user(&mut self, name: &LoginName, password: &str, now: Time) -> Result<bool, Error>;

    /// All users, by name.
    ///
    /// # Errors
    /// See the trait.
    fn users(&mut self) -> Result<Vec<UserRow>, Error>;

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

    /// All sessions of users, over or not.
    ///
    /// # Errors
    /// See the trait.
    fn sessions(&mut self) -> Result<Vec<SessionRow>, Error>;

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
    fn version(&mut self) -> Result<i64, Error> {
        let tables = rows::check_version(&mut self.0).and_then(|()| self.0.query(TABLES, &[]));
        match tables {
            Ok(_) => Ok(SCHEMA_VERSION),
            Err(Fault::Schema(found)) => Ok(found.unwrap_or(0)),
            Err(fault) => Err(fault.during("read the schema's version")),
        }
    }

    fn list(&mut self, doing: &'static str, sql: &str) -> Result<Vec<Row>, Error> {
        rows::check_version(&mut self.0).map_err(|fault| fault.during(doing))?;
        self.read(doing, sql, &[])
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

    fn check(&mut self) -> Result<(), Error> {
        match self.version()? {
            SCHEMA_VERSION => Ok(()),
            other => Err(Error::Schema(
                Some(other).filter(|found| *found > 0),
                SCHEMA_VERSION,
            )),
        }
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

    fn users(&mut self) -> Result<Vec<UserRow>, Error> {
        let rows = self.list("list the users", USERS)?;
        Ok(rows.iter().filter_map(user).collect())
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

    fn sessions(&mut self) -> Result<Vec<SessionRow>, Error> {
        let rows = self.list("list the sessions", SESSIONS)?;
        Ok(rows.iter().filter_map(session).collect())
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
        self.write("delete old sessions", Commit::Once, |engine| {
            rows::check_version(engine)?;
            engine.execute(PRUNE, &[now.0.into()])
        })
    }
}

fn user(row: &Row) -> Option<UserRow> {
    Some(UserRow {
        login_name: row.text(0)?.to_owned(),
        created_at: Time(row.int(1)?),
        disabled_at: row.int(2).map(Time),
        sessions: u64::try_from(row.int(3)?).ok()?,
    })
}

fn session(row: &Row) -> Option<SessionRow> {
    let text = |column| row.text(column).unwrap_or_default().to_owned();
    Some(SessionRow {
        session: text(0),
        login_name: text(1),
        created_at: Time(row.int(2)?),
        seen_at: Time(row.int(3)?),
        expires_at: Time(row.int(4)?),
        remote_addr: text(5),
        user_agent: text(6),
    })
}
