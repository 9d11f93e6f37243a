//! The data of sessions: read, written if nobody else has written meanwhile, and the rows of visitors who never signed
//! in, which exist for their data alone. `open_session.rs` carries data over to a session that takes the place of
//! another row.

use std::slice;

use super::check_version::{check_version, versioned};
use super::database::Database;
use super::fault::Fault;
use super::retry::Commit;
use super::sql_store::SqlStore;
use super::value::{Row, Value};
use crate::error::Error;
use crate::model::{Added, Digest, Holder, Kept, NewVisitor, Time};

/// What `data` needs of a database. [`Store`](super::Store) includes it; it stands apart because `login`, `logout` and
/// `protected` never call it.
pub trait SessionData {
    /// The data of the row with `session` in its session column, over or not, be it a user's or a visitor's.
    ///
    /// `None` if there is no such row, if its user is disabled or has another epoch by now, or if a value in it makes no
    /// sense. One query.
    ///
    /// # Errors
    /// See [`Store`](super::Store).
    fn data(&mut self, session: &Digest) -> Result<Option<Kept>, Error>;

    /// Writes `data` over what was read; `false`, and nothing is written, if the row is gone or somebody else has
    /// written it since. The end of a visitor's row becomes `visitor_until`; a user's session ends when it did. The
    /// version of the tables is not checked again: the caller has just read the row.
    ///
    /// # Errors
    /// See [`Store`](super::Store). A commit whose outcome is unknown is [`Error::Unsure`].
    fn write_data(
        &mut self,
        read: &Kept,
        data: &str,
        now: Time,
        visitor_until: Time,
    ) -> Result<bool, Error>;

    /// Adds a visitor's row with its data, unless a network or all visitors together have as many as they may have.
    /// Rows past their end do not count. Of several rows at the same time, each is counted before the next one is added;
    /// on a cluster, only those that come through the same node.
    ///
    /// # Errors
    /// See [`Store`](super::Store); also if the row exists: a clash is an error, never an update. A commit whose outcome
    /// is unknown is [`Error::Unsure`].
    fn add_visitor(&mut self, visitor: &NewVisitor<'_>) -> Result<Added, Error>;
}

/// The digest follows as a literal; see `sessions.rs`. The data comes as HEX, so that no character set of the connection
/// can change it; the HEX of NULL would be an empty text on SQLite. The query has a row in any case, with the version of
/// the tables in it.
const READ: &str = "\
    SELECT v.version, v.oldest_program, s.user_id, u.id, s.seen_at, s.expires_at, \
    CASE WHEN s.data IS NOT NULL THEN HEX(s.data) END, s.data_version \
    FROM schema_version AS v LEFT JOIN \
    (sessions AS s LEFT JOIN users AS u ON u.id = s.user_id AND u.epoch = s.epoch AND u.disabled_at IS NULL) \
    ON s.session = ";

const WRITE: &str = "\
    UPDATE sessions SET data = ?, data_version = data_version + 1 \
    WHERE session = ? AND data_version = ? AND user_id IS NOT NULL";

const WRITE_VISITORS: &str = "\
    UPDATE sessions SET data = ?, data_version = data_version + 1, seen_at = ?, expires_at = ? \
    WHERE session = ? AND data_version = ? AND user_id IS NULL";

/// Locks the one row that every database has, so that visitors' rows are counted and added by one process at a time. An
/// update that changes nothing is the one portable lock. Nothing else waits for it: others only read that row.
const LOCK: &str = "UPDATE schema_version SET version = version";

/// Counts the rows of visitors that are not over, by the indexes alone, and by the rows that are over, which are few. The
/// plus sign keeps SQLite from the index on `user_id` there.
const COUNT: &str = "\
    SELECT COUNT(*) - (SELECT COUNT(*) FROM sessions WHERE +user_id IS NULL AND expires_at <= ?) \
    FROM sessions WHERE user_id IS NULL";

/// Counts those of each of three networks. No index has the network, so that this reads the rows of all visitors.
const COUNT_OF_NETWORKS: &str = "\
    SELECT COUNT(CASE WHEN SUBSTR(remote_addr, 1, ?) = ? THEN 1 END), \
    COUNT(CASE WHEN SUBSTR(remote_addr, 1, ?) = ? THEN 1 END), \
    COUNT(CASE WHEN SUBSTR(remote_addr, 1, ?) = ? THEN 1 END) \
    FROM sessions WHERE user_id IS NULL AND expires_at > ?";

const ADD: &str = "\
    INSERT INTO sessions \
    (session, user_id, created_at, seen_at, expires_at, remember, remote_addr, user_agent, data, data_version) \
    VALUES (?, NULL, ?, ?, ?, 0, ?, '', ?, 1)";

impl<D: Database> SessionData for SqlStore<D> {
    fn data(&mut self, session: &Digest) -> Result<Option<Kept>, Error> {
        let doing = "read a session's data";
        let sql = format!("{READ}'{}'", session.as_str());
        let rows = self.ask(doing, |database| database.query_latest(&sql))?;
        let row = versioned(rows).map_err(|fault| fault.during(doing))?;
        Ok(read_kept(session, &row))
    }

    fn write_data(
        &mut self,
        read: &Kept,
        data: &str,
        now: Time,
        visitor_until: Time,
    ) -> Result<bool, Error> {
        let key: [Value; 2] = [read.session.as_str().into(), read.version.into()];
        let (sql, mut values) = match read.holder {
            Holder::User => (WRITE, vec![data.into()]),
            Holder::Visitor { .. } => (
                WRITE_VISITORS,
                vec![data.into(), now.0.into(), visitor_until.0.into()],
            ),
        };
        values.extend(key);
        self.write("write a session's data", Commit::Once, |database| {
            database.execute(sql, &values).map(|rows| rows > 0)
        })
    }

    fn add_visitor(&mut self, visitor: &NewVisitor<'_>) -> Result<Added, Error> {
        let doing = "add a visitor's row";
        let [(client, _), ..] = visitor.networks;
        let values: [Value; 6] = [
            visitor.session.as_str().into(),
            visitor.now.0.into(),
            visitor.now.0.into(),
            visitor.expires_at.0.into(),
            client.as_str().into(),
            visitor.data.into(),
        ];
        // Outside a transaction: a row that is refused waits for nobody and locks nothing.
        let room = self.ask(doing, |database| find_room(database, visitor))?;
        if room != Added::Made {
            return Ok(room);
        }
        self.write(doing, Commit::Once, |database| {
            // The lock comes first: see `open_session.rs`.
            database.execute(LOCK, &[])?;
            check_version(database)?;
            let room = find_room(database, visitor)?;
            if room == Added::Made {
                database.execute(ADD, &values)?;
            }
            Ok(room)
        })
    }
}

/// Whether there is room for the row. The rows of visitors are only read if a network may have too many of them.
fn find_room(database: &mut impl Database, visitor: &NewVisitor<'_>) -> Result<Added, Fault> {
    let now = Value::Int(visitor.now.0);
    let counted = |row: Option<&Row>, column| row.and_then(|row| row.int(column));
    let rows = database.query(COUNT, slice::from_ref(&now))?;
    let all = counted(rows.first(), 0).unwrap_or(i64::MAX);
    if all >= visitor.in_all {
        return Ok(Added::AllFull);
    }
    if visitor.networks.iter().all(|(_, most)| all < *most) {
        return Ok(Added::Made);
    }
    let networks = visitor.networks.iter();
    let begins = networks.flat_map(|(text, _)| {
        let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
        [length.into(), text.as_str().into()]
    });
    let values: Vec<Value> = begins.chain([now]).collect();
    let rows = database.query(COUNT_OF_NETWORKS, &values)?;
    let mut networks = visitor.networks.iter().zip(0..);
    let full = networks
        .find(|((_, most), column)| counted(rows.first(), *column).unwrap_or(i64::MAX) >= *most);
    Ok(match full {
        Some(((_, most), _)) => Added::NetworkFull(*most),
        None => Added::Made,
    })
}

/// `None` if there is no row, if it is that of a user who may not use it, or if a value in it makes no sense. Data that is
/// no text counts as empty text, which is no JSON: it is not as if there were none.
fn read_kept(session: &Digest, row: &Row) -> Option<Kept> {
    let holder = if row.int(2).is_some() {
        row.int(3)?;
        Holder::User
    } else {
        Holder::Visitor {
            seen_at: Time(row.int(4)?),
            expires_at: Time(row.int(5)?),
        }
    };
    Some(Kept {
        session: session.clone(),
        holder,
        data: row.text(6).map(|_| row.unhexed(6).unwrap_or_default()),
        version: row.int(7)?,
    })
}
