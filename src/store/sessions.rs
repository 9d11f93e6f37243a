//! The queries for one session: whose it is, when it was seen, and its end. `open_session.rs` adds the row.

use super::check_version::{check_version, versioned};
use super::database::Database;
use super::retry::Commit;
use super::sql_store::SqlStore;
use super::value::Row;
use crate::error::Error;
use crate::model::{Digest, Session, Time, User, UserId};

/// The digest follows as a literal, which saves a round trip. No other value is ever part of a statement; the type
/// [`Digest`] guarantees 64 hex digits.
///
/// The name comes as HEX, so that no character set of the connection can make another name of it. The version of the
/// tables comes along. If no row is found, [`CHECK_AGAIN`] brings the version: an outer join here would cost every
/// check more than the second query costs the few that need it.
const CHECK: &str = "\
    SELECT v.version, v.oldest_program, u.id, HEX(u.login_name), s.created_at, s.seen_at, s.expires_at, s.remember \
    FROM sessions AS s JOIN users AS u ON u.id = s.user_id AND u.epoch = s.epoch AND u.disabled_at IS NULL \
    JOIN schema_version AS v WHERE s.session = ";

/// Asked if [`CHECK`] found nothing. It has a row in any case, with the version in it. On a cluster another node may
/// know the session already.
const CHECK_AGAIN: &str = "\
    SELECT v.version, v.oldest_program, u.id, HEX(u.login_name), s.created_at, s.seen_at, s.expires_at, s.remember \
    FROM schema_version AS v LEFT JOIN \
    (sessions AS s JOIN users AS u ON u.id = s.user_id AND u.epoch = s.epoch AND u.disabled_at IS NULL) \
    ON s.session = ";

const TOUCH: &str = "UPDATE sessions SET seen_at = ? WHERE session = ? AND seen_at < ?";

/// Ends one session.
pub const END: &str = "DELETE FROM sessions WHERE session = ?";

impl<D: Database> SqlStore<D> {
    /// Does [`super::Store::session`].
    pub fn find_session(&mut self, session: &Digest) -> Result<Option<Session>, Error> {
        let sql = format!("{CHECK}'{}'", session.as_str());
        let doing = "read a session";
        let mut rows = self.read(doing, &sql, &[])?;
        if rows.is_empty() {
            let sql = format!("{CHECK_AGAIN}'{}'", session.as_str());
            rows = self.ask(doing, |database| database.query_latest(&sql))?;
        }
        let row = versioned(rows).map_err(|fault| fault.during(doing))?;
        Ok(read_session(session, &row))
    }

    /// Does [`super::Store::touch`].
    pub fn write_seen_at(&mut self, session: &Digest, now: Time) -> Result<(), Error> {
        let values = [now.0.into(), session.as_str().into(), now.0.into()];
        let row = format!(
            "session FROM sessions WHERE session = '{}'",
            session.as_str()
        );
        self.write_soon("touch a session", &row, |database| {
            database.execute(TOUCH, &values).map(drop)
        })
    }

    /// Does [`super::Store::end_session`].
    pub fn delete_session(&mut self, session: &Digest) -> Result<bool, Error> {
        self.write("end a session", Commit::Repeat, |database| {
            check_version(database)?;
            let rows = database.execute(END, &[session.as_str().into()])?;
            Ok(rows > 0)
        })
    }
}

/// `None` if a value in the row makes no sense: then nobody is signed in.
pub fn read_session(digest: &Digest, row: &Row) -> Option<Session> {
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
