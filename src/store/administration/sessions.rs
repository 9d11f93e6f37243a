//! The queries that list sessions and find one by its first digits. `end_sessions.rs` has those that end them.

use super::pages::{Cursor, PAGE_MAX, Page, cursor_behind, limit};
use crate::error::Error;
use crate::model::{LoginName, SessionRow, Time, UserId};
use crate::store::database::Database;
use crate::store::sql_store::SqlStore;
use crate::store::value::{Row, Value};

/// An outer join, so that a row whose user is gone is listed, too: in some databases nothing prevents such rows.
const LIST_SESSIONS: &str = "\
    SELECT s.user_id, s.session, u.login_name, s.created_at, s.seen_at, s.expires_at, s.remote_addr, s.user_agent \
    FROM sessions AS s LEFT JOIN users AS u ON u.id = s.user_id";

/// In the order of the index on `user_id`, which ends with the primary key on both databases. The rows behind a cursor
/// take two queries, the rest of its user's rows and then those of later users: for one query with both conditions
/// MySQL would read the user's rows again and again.
const OF_USER: &str = "WHERE s.user_id = ? AND s.session > ? ORDER BY s.session LIMIT ?";

const OF_LATER_USERS: &str = "WHERE s.user_id > ? ORDER BY s.user_id, s.session LIMIT ?";

/// A range of the primary key; `g` follows the last digit.
const BEGINNING: &str = "\
    SELECT session FROM sessions WHERE session >= ? AND session < ? AND user_id IS NOT NULL \
    ORDER BY session LIMIT 2";

impl<D: Database> SqlStore<D> {
    /// Does [`super::Administration::sessions`].
    pub fn list_sessions(
        &mut self,
        of: Option<&LoginName>,
        from: Option<&Cursor>,
    ) -> Result<Page<SessionRow>, Error> {
        let doing = "list the sessions";
        let before_all = [Value::Int(i64::MIN), "".into()];
        let (mut user, mut session) = match from {
            Some(Cursor(key)) => pair(key),
            None => pair(&before_all),
        };
        if let (None, Some(name)) = (from, of) {
            let Some(UserId(id)) = self.find_user(name)? else {
                return Ok(Page {
                    rows: Vec::new(),
                    next: None,
                });
            };
            (user, session) = (id.into(), "".into());
        }
        let sql = format!("{LIST_SESSIONS} {OF_USER}");
        let mut rows = self.read_page(doing, &sql, &[user.clone(), session, limit(PAGE_MAX)])?;
        if of.is_none() && rows.len() < PAGE_MAX {
            let sql = format!("{LIST_SESSIONS} {OF_LATER_USERS}");
            let later = self.read_page(doing, &sql, &[user, limit(PAGE_MAX - rows.len())])?;
            rows.extend(later);
        }
        let next = cursor_behind(&rows, &[0, 1]);
        // Within a page a user's sessions are in the order of their sign-ins: people look for the first or the last.
        rows.sort_by_key(|row| (row.int(0), row.int(3)));
        let rows = rows.iter().map(self::session).collect();
        Ok(Page { rows, next })
    }

    /// Does [`super::Administration::sessions_beginning`].
    pub fn find_sessions(&mut self, digits: &str) -> Result<Vec<String>, Error> {
        let end = format!("{digits}g");
        let values = [digits.into(), end.as_str().into()];
        let rows = self.read_page("look for a session", BEGINNING, &values)?;
        Ok(rows.iter().map(|row| row.shown(0)).collect())
    }
}

fn pair(key: &[Value]) -> (Value, Value) {
    let at = |index| key.get(index).cloned().unwrap_or(Value::Null);
    (at(0), at(1))
}

/// Lists show a row even if a value in it makes no sense.
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
