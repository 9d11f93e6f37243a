//! The rows' rules, the same on every database.

use super::engine::{Engine, Fault, Row, Value};
use super::retry::Commit;
use super::{OLDEST_TABLES, ROOM_MAX, Rule, SCHEMA_VERSION, Store, Try, USER_AGENT_MAX, attempts};
use crate::error::Error;
use crate::model::{
    Blocked, Counted, Credentials, Digest, LoginName, NewSession, Session, Settled, SignIns, Time,
    User, UserId,
};
use crate::sandbox::Need;

/// The digest follows as a literal: one round trip. It is the only value that ever does, and its type
/// guarantees 64 hex digits. The name comes as HEX: it is whose session this is, and no character set that a
/// connection was given makes another one of it. The version comes along, so that a check is one query all the same; where no
/// row is found, [`CHECK_AGAIN`] brings it: an outer join would cost every check more than that.
const CHECK: &str = "\
    SELECT v.version, v.oldest_program, u.id, HEX(u.login_name), s.created_at, s.seen_at, s.expires_at, s.remember \
    FROM sessions AS s JOIN users AS u ON u.id = s.user_id AND u.epoch = s.epoch AND u.disabled_at IS NULL \
    JOIN schema_version AS v WHERE s.session = ";

/// The same with the version in any case, where [`CHECK`] found nothing: on a cluster another node may know
/// the session already.
const CHECK_AGAIN: &str = "\
    SELECT v.version, v.oldest_program, u.id, HEX(u.login_name), s.created_at, s.seen_at, s.expires_at, s.remember \
    FROM schema_version AS v LEFT JOIN \
    (sessions AS s JOIN users AS u ON u.id = s.user_id AND u.epoch = s.epoch AND u.disabled_at IS NULL) \
    ON s.session = ";

const CREDENTIALS: &str = "\
    SELECT v.version, v.oldest_program, u.id, u.password, u.disabled_at, HEX(u.login_name) \
    FROM schema_version AS v LEFT JOIN users AS u ON u.login_name = ?";

const VERSION: &str = "SELECT version, oldest_program FROM schema_version";

/// What tables of any version have.
const FOUND_VERSION: &str = "SELECT version FROM schema_version";

const TOUCH: &str = "UPDATE sessions SET seen_at = ? WHERE session = ? AND seen_at < ?";

/// Of one session, by the session column.
pub const END: &str = "DELETE FROM sessions WHERE session = ?";

/// Takes the user's row, so that a password change waits for this sign-in, and then ends it, or was
/// first, and then the hash is another. An update that changes nothing is the one portable lock.
const LOCK_USER: &str = "\
    UPDATE users SET password = ? WHERE id = ? AND password = ? AND disabled_at IS NULL";

/// A user's sessions but for the newest ones. Where these are many, which of them come first does not matter:
/// all are to end.
const SURPLUS: &str = "\
    SELECT session FROM sessions WHERE user_id = ? AND expires_at > ? \
    ORDER BY seen_at DESC, session DESC LIMIT ? OFFSET ?";

const OPEN: &str = "\
    INSERT INTO sessions \
    (session, user_id, created_at, seen_at, expires_at, remember, remote_addr, user_agent, epoch) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT epoch FROM users WHERE id = ?))";

/// A store over an engine.
pub struct Rows<E>(pub E);

impl<E: Engine> Store for Rows<E> {
    fn session(&mut self, session: &Digest) -> Result<Option<Session>, Error> {
        let sql = format!("{CHECK}'{}'", session.as_str());
        let doing = "read a session";
        let mut rows = self.read(doing, &sql, &[])?;
        if rows.is_empty() {
            let sql = format!("{CHECK_AGAIN}'{}'", session.as_str());
            rows = self.ask(doing, |engine| engine.query_latest(&sql))?;
        }
        let row = versioned(rows).map_err(|fault| fault.during(doing))?;
        Ok(session_of(session, &row))
    }

    fn touch(&mut self, session: &Digest, now: Time) -> Result<(), Error> {
        let values = [now.0.into(), session.as_str().into(), now.0.into()];
        let row = format!(
            "session FROM sessions WHERE session = '{}'",
            session.as_str()
        );
        self.write_soon("touch a session", &row, |engine| {
            engine.execute(TOUCH, &values).map(drop)
        })
    }

    fn count_try(&mut self, counted: &[Counted], now: Time, rule: Rule<'_>) -> Result<Try, Error> {
        self.count(counted, now, rule)
    }

    fn sign_ins_blocked(
        &mut self,
        counted: &[SignIns],
        now: Time,
    ) -> Result<Option<Blocked>, Error> {
        self.blocked_sign_ins(counted, now)
    }

    fn settle(&mut self, settled: &[Settled]) -> Result<(), Error> {
        self.write("give a try back", Commit::Once, |engine| {
            attempts::settle(engine, settled)
        })
    }

    fn credentials(&mut self, name: &LoginName) -> Result<Option<Credentials>, Error> {
        let rows = self.read("read a user", CREDENTIALS, &[name.as_str().into()])?;
        let row = versioned(rows).map_err(|fault| fault.during("read a user"))?;
        let (Some(id), Some(password)) = (row.int(2), row.text(3)) else {
            return Ok(None);
        };
        // Read in another character set, the name asked for may be the spelling of another's.
        if row.unhexed(5).as_deref() != Some(name.as_str()) {
            return Ok(None);
        }
        let disabled = row.int(4).is_some();
        Ok(Some(Credentials {
            id: UserId(id),
            password: password.to_owned(),
            disabled,
        }))
    }

    fn open_session(
        &mut self,
        new: &NewSession,
        verified: &str,
        rehashed: Option<&str>,
        replaced: &[Digest],
        max_per_user: u32,
        settled: &[Settled],
    ) -> Result<bool, Error> {
        let user = Value::Int(new.user.0);
        let lock = [
            rehashed.unwrap_or(verified).into(),
            user.clone(),
            verified.into(),
        ];
        loop {
            let sign_ins = self.look_for_sign_ins(settled, new.created_at)?;
            let opened = self.write("open a session", Commit::Once, |engine| {
                // First of all: MySQL reads everything as it was at a transaction's first read, so that a
                // read before the lock would not see what the one that held it has done.
                let is_as_verified = engine.execute(LOCK_USER, &lock)? != 0;
                if is_as_verified && !sign_ins.lock(engine, new.created_at)? {
                    return Ok(None);
                }
                check_version(engine)?;
                if !is_as_verified || !sign_ins.count(engine, new.created_at)? {
                    return Ok(Some(false));
                }
                for session in replaced {
                    engine.execute(END, &[session.as_str().into()])?;
                }
                if max_per_user > 0 {
                    make_room(engine, &user, new.created_at, max_per_user)?;
                }
                engine.execute(OPEN, &columns(new))?;
                attempts::settle(engine, settled)?;
                Ok(Some(true))
            })?;
            // Another sign-in has made or removed a row since it was looked for: once more.
            if let Some(opened) = opened {
                return Ok(opened);
            }
        }
    }

    fn end_session(&mut self, session: &Digest) -> Result<bool, Error> {
        self.write("end a session", Commit::Repeat, |engine| {
            check_version(engine)?;
            let rows = engine.execute(END, &[session.as_str().into()])?;
            Ok(rows > 0)
        })
    }

    fn prune_some(&mut self, now: Time) -> Result<(), Error> {
        self.prune_step("prune sessions", now).map(drop)
    }

    fn needs(&self) -> Vec<Need> {
        self.0.needs()
    }
}

/// The version of the tables; fails where this program may not use them.
pub fn check_version(engine: &mut impl Engine) -> Result<i64, Fault> {
    let row = versioned(engine.query(VERSION, &[])?)?;
    row.int(0).ok_or(Fault::Schema(None))
}

/// The version of the tables, whichever it is.
pub fn found_version(engine: &mut impl Engine) -> Result<Option<i64>, Fault> {
    let rows = engine.query(FOUND_VERSION, &[])?;
    Ok(rows.iter().filter_map(|row| row.int(0)).max())
}

/// The one row of a query that begins with the tables' version and the oldest program that may use them.
fn versioned(rows: Vec<Row>) -> Result<Row, Fault> {
    let version = rows.iter().filter_map(|row| row.int(0)).max();
    match <[Row; 1]>::try_from(rows) {
        Ok([row]) if is_served(version, row.int(1)) => Ok(row),
        Ok([row]) if version == Some(SCHEMA_VERSION) => Err(for_newer(row.int(1))),
        Err(rows) if rows.len() > 1 => Err(Fault::Other(format!(
            "schema_version must hold one row, and holds {}: delete those of other versions than the tables",
            rows.len()
        ))),
        _ => Err(Fault::Schema(version)),
    }
}

/// The tables are of this program's version, but are not for it.
fn for_newer(oldest_program: Option<i64>) -> Fault {
    Fault::Other(match oldest_program {
        Some(oldest) => format!(
            "the tables are for programs of version {oldest} or newer, and this is one of version {SCHEMA_VERSION}: install newer programs"
        ),
        None => "schema_version.oldest_program is no number".to_owned(),
    })
}

/// Whether this program may use tables of this version, which name the oldest program that may.
fn is_served(version: Option<i64>, oldest_program: Option<i64>) -> bool {
    version.is_some_and(|version| version >= OLDEST_TABLES)
        && oldest_program.is_some_and(|oldest| oldest <= SCHEMA_VERSION)
}

/// `None` where the row makes no sense: then nobody is signed in.
fn session_of(digest: &Digest, row: &Row) -> Option<Session> {
    Some(Session {
        digest: digest.clone(),
        user: User {
            id: UserId(row.int(2)?),
            login_name: row.unhexed(3)?,
        },
        created_at: Time(row.int(4)?),
        seen_at: Time(row.int(5)?),
        expires_at: Time(row.int(6)?),
        remember: row.int(7)? != 0,
    })
}

fn columns(new: &NewSession) -> [Value; 9] {
    let agent: String = new.user_agent.chars().take(USER_AGENT_MAX).collect();
    [
        new.session.as_str().into(),
        new.user.0.into(),
        new.created_at.0.into(),
        new.created_at.0.into(),
        new.expires_at.0.into(),
        i64::from(new.remember).into(),
        new.remote_addr.as_str().into(),
        agent.as_str().into(),
        new.user.0.into(),
    ]
}

/// Makes room for one more session of `user`, as far as [`ROOM_MAX`] goes.
fn make_room(engine: &mut impl Engine, user: &Value, now: Time, most: u32) -> Result<(), Fault> {
    let kept = i64::from(most).saturating_sub(1);
    let values = [
        user.clone(),
        now.0.into(),
        i64::from(ROOM_MAX).into(),
        kept.into(),
    ];
    for row in engine.query(SURPLUS, &values)? {
        engine.execute(END, &[row.text(0).unwrap_or_default().into()])?;
    }
    Ok(())
}
