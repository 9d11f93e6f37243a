//! Lists for the administration, of any length: each part is a query of its own, which goes on by a key behind the last
//! row. So neither side keeps a list in memory, and no writer waits for more than a part of it.

use super::engine::{Engine, Row, Value};
use super::rows::{self, Rows};
use crate::error::Error;
use crate::model::{Counted, LoginName, SessionRow, Subject, Time, UserId, UserRow};

/// Rows of a part, at most.
const PART: usize = 500;

const FIND_USER: &str = "SELECT id, login_name FROM users WHERE login_name = ?";

const USERS: &str = "\
    SELECT u.login_name, u.created_at, u.disabled_at, \
    (SELECT COUNT(*) FROM sessions AS s WHERE s.user_id = u.id) FROM users AS u";

const BY_NAME: &str = "ORDER BY u.login_name LIMIT ?";

/// From the side: a row whose user is gone, where nothing keeps such rows out, is listed, too.
const SESSIONS: &str = "\
    SELECT s.user_id, s.session, u.login_name, s.created_at, s.seen_at, s.expires_at, s.remote_addr, s.user_agent \
    FROM sessions AS s LEFT JOIN users AS u ON u.id = s.user_id";

/// The order of the index on `user_id`, which ends with the primary key on both engines. The two parts of "behind
/// (user, session)" are asked one by one: for both at once MySQL would read the user's rows again and again.
const OF_USER: &str = "WHERE s.user_id = ? AND s.session > ? ORDER BY s.session LIMIT ?";

const OF_LATER_USERS: &str = "WHERE s.user_id > ? ORDER BY s.user_id, s.session LIMIT ?";

/// By the primary key: `g` follows the last digit.
const BEGINNING: &str = "\
    SELECT session FROM sessions WHERE session >= ? AND session < ? AND user_id IS NOT NULL \
    ORDER BY session LIMIT 2";

/// Whoever has a row, blocked or not, is not counted in the one that is shared.
const BLOCKS: &str = "SELECT subject, blocked_until FROM attempts WHERE subject IN";

/// A part of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows of this part.
    pub rows: Vec<T>,
    /// Where the next part begins; `None`: this was the last.
    pub next: Option<Cursor>,
}

/// Behind which row a list goes on: its key, as the database has it.
#[derive(Debug, Clone)]
pub struct Cursor(Vec<Value>);

impl<E: Engine> Rows<E> {
    /// Does [`super::Administration::has_user`]. The name is compared here, too: what a database takes for equal may be
    /// another one.
    pub fn find_user(&mut self, name: &LoginName) -> Result<bool, Error> {
        Ok(self.id_of(name)?.is_some())
    }

    fn id_of(&mut self, name: &LoginName) -> Result<Option<UserId>, Error> {
        let rows = self.part("look for a user", FIND_USER, &[name.as_str().into()])?;
        let same = |row: &&Row| row.text(1) == Some(name.as_str());
        Ok(rows
            .iter()
            .find(same)
            .and_then(|row| row.int(0))
            .map(UserId))
    }

    /// Does [`super::Administration::users`].
    pub fn list_users(&mut self, from: Option<&Cursor>) -> Result<Page<UserRow>, Error> {
        let most = limit(PART);
        let doing = "list the users";
        let rows = match from {
            None => self.part(doing, &format!("{USERS} {BY_NAME}"), &[most])?,
            Some(Cursor(key)) => {
                let sql = format!("{USERS} WHERE u.login_name > ? {BY_NAME}");
                let values: Vec<Value> = key.iter().cloned().chain([most]).collect();
                self.part(doing, &sql, &values)?
            }
        };
        Ok(Page {
            next: behind(&rows, &[0]),
            rows: rows.iter().map(user).collect(),
        })
    }

    /// Does [`super::Administration::sessions`].
    pub fn list_sessions(
        &mut self,
        of: Option<&LoginName>,
        from: Option<&Cursor>,
    ) -> Result<Page<SessionRow>, Error> {
        let doing = "list the sessions";
        let nobody = [Value::Int(i64::MIN), "".into()];
        let (mut user, mut session) = match from {
            Some(Cursor(key)) => pair(key),
            None => pair(&nobody),
        };
        if let (None, Some(name)) = (from, of) {
            let Some(UserId(id)) = self.id_of(name)? else {
                return Ok(Page {
                    rows: Vec::new(),
                    next: None,
                });
            };
            (user, session) = (id.into(), "".into());
        }
        let sql = format!("{SESSIONS} {OF_USER}");
        let mut rows = self.part(doing, &sql, &[user.clone(), session, limit(PART)])?;
        if of.is_none() && rows.len() < PART {
            let sql = format!("{SESSIONS} {OF_LATER_USERS}");
            let later = self.part(doing, &sql, &[user, limit(PART - rows.len())])?;
            rows.extend(later);
        }
        let next = behind(&rows, &[0, 1]);
        // People look for the first or the last of a user's.
        rows.sort_by_key(|row| (row.int(0), row.int(3)));
        let rows = rows.iter().map(self::session).collect();
        Ok(Page { rows, next })
    }

    /// Does [`super::Administration::sessions_beginning`].
    pub fn find_sessions(&mut self, digits: &str) -> Result<Vec<String>, Error> {
        let end = format!("{digits}g");
        let values = [digits.into(), end.as_str().into()];
        let rows = self.part("look for a session", BEGINNING, &values)?;
        Ok(rows.iter().map(|row| row.shown(0)).collect())
    }

    /// Does [`super::Administration::blocked_until`]. Who has a row is counted there; who has none, in one that is
    /// shared.
    pub fn list_blocks(&mut self, of: &[Counted], now: Time) -> Result<Vec<Option<Time>>, Error> {
        let subjects = of.iter().map(|one| one.subject.as_str());
        let shared = of
            .iter()
            .filter_map(|one| one.shared.as_ref())
            .map(Subject::as_str);
        let mut subjects: Vec<&str> = subjects.chain(shared).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let mut rows = Vec::new();
        for some in subjects.chunks(PART) {
            let marks = vec!["?"; some.len()].join(", ");
            let sql = format!("{BLOCKS} ({marks})");
            let values: Vec<Value> = some.iter().map(|&subject| subject.into()).collect();
            rows.extend(self.part("read tries", &sql, &values)?);
        }
        let row_of = |subject: &Subject| {
            rows.iter()
                .find(|row| row.text(0) == Some(subject.as_str()))
        };
        let blocked = |one: &Counted| {
            let row = row_of(&one.subject).or_else(|| row_of(one.shared.as_ref()?))?;
            row.int(1).map(Time).filter(|until| *until > now)
        };
        Ok(of.iter().map(blocked).collect())
    }

    fn part(
        &mut self,
        doing: &'static str,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<Row>, Error> {
        self.ask(doing, rows::check_version)?;
        self.read(doing, sql, values)
    }
}

fn limit(rows: usize) -> Value {
    i64::try_from(rows).unwrap_or(i64::MAX).into()
}

/// The key of the last row, where there may be another behind it.
fn behind(rows: &[Row], key: &[usize]) -> Option<Cursor> {
    let last = rows.last().filter(|_| rows.len() >= PART)?;
    Some(Cursor(
        key.iter().map(|column| last.value(*column)).collect(),
    ))
}

fn pair(key: &[Value]) -> (Value, Value) {
    let at = |index| key.get(index).cloned().unwrap_or(Value::Null);
    (at(0), at(1))
}

/// No row is left out because a value in it makes no sense.
fn user(row: &Row) -> UserRow {
    UserRow {
        login_name: row.shown(0),
        created_at: Time(row.int(1).unwrap_or(0)),
        disabled_at: row.int(2).map(Time),
        sessions: row.int(3).and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
    }
}

fn session(row: &Row) -> SessionRow {
    let time = |column| Time(row.int(column).unwrap_or(0));
    SessionRow {
        session: row.shown(1),
        login_name: row.shown(2),
        created_at: time(3),
        seen_at: time(4),
        expires_at: time(5),
        remote_addr: row.shown(6),
        user_agent: row.shown(7),
    }
}
