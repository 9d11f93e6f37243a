//! Opens a session: one transaction with everything that a sign-in writes.

use super::attempts::rows::Locked;
use super::attempts::settle;
use super::check_version::check_version;
use super::database::Database;
use super::fault::Fault;
use super::retry::Commit;
use super::sessions::END;
use super::sql_store::SqlStore;
use super::value::Value;
use crate::error::Error;
use crate::model::{NewSession, Opening};

/// At most this many sessions of a user are ended by one sign-in to make room for its own. If an administrator has
/// lowered `max_per_user`, a user may have thousands too many, and a sign-in has its deadline.
pub const ROOM_MAX: u32 = 200;

/// Longest `User-Agent` that is kept, in characters.
const USER_AGENT_MAX: usize = 255;

/// Locks the user's row: a change of the password either waits for this sign-in and then ends its session, or came
/// first, so that the hash is another and no row matches. An update that changes nothing is the one portable lock.
const LOCK_USER: &str = "\
    UPDATE users SET password = ? WHERE id = ? AND password = ? AND disabled_at IS NULL";

/// A user's other sessions, except those that were seen last. If there are more than the query's limit, it does not
/// matter which of them it returns: all of them should end, now or at a later sign-in.
const SURPLUS: &str = "\
    SELECT session FROM sessions WHERE user_id = ? AND expires_at > ? AND session <> ? \
    ORDER BY seen_at DESC, session DESC LIMIT ? OFFSET ?";

const OPEN: &str = "\
    INSERT INTO sessions \
    (session, user_id, created_at, seen_at, expires_at, remember, remote_addr, user_agent, epoch) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT epoch FROM users WHERE id = ?))";

/// Makes the new row of the one that it takes the place of, so that its data comes along, whoever writes it at the same
/// time. That must be a visitor's row, or a session of the same user, and neither may be over.
const TAKE_OVER: &str = "\
    UPDATE sessions SET session = ?, user_id = ?, created_at = ?, seen_at = ?, expires_at = ?, remember = ?, \
    remote_addr = ?, user_agent = ?, epoch = (SELECT epoch FROM users WHERE id = ?) \
    WHERE session = ? AND data IS NOT NULL AND expires_at > ? AND \
    (user_id IS NULL OR (user_id = ? AND epoch = (SELECT epoch FROM users WHERE id = ?)))";

impl<D: Database> SqlStore<D> {
    /// Does [`super::Store::open_session`].
    pub fn open_new_session(&mut self, opening: &Opening<'_>) -> Result<bool, Error> {
        let (new, now) = (opening.session, opening.session.created_at);
        let user = Value::Int(new.user.0);
        let kept = opening.rehashed.unwrap_or(opening.verified);
        let lock = [
            kept.as_str().into(),
            user.clone(),
            opening.verified.as_str().into(),
        ];
        let row = columns(new);
        loop {
            let sign_ins = self.find_sign_in_rows(opening.settled, now)?;
            let opened = self.write("open a session", Commit::Once, |database| {
                // The lock comes first: MySQL shows a transaction everything as it was at its first read, so that a
                // read before the lock would not see what the process that held it has done.
                let is_as_verified = database.execute(LOCK_USER, &lock)? != 0;
                if is_as_verified && !sign_ins.lock(database, now)? {
                    return Ok(Locked::RowsChanged);
                }
                check_version(database)?;
                if !is_as_verified || !sign_ins.count(database, now)? {
                    return Ok(Locked::Done(false));
                }
                let has_row = replace(database, opening, &row)?;
                if opening.max_per_user > 0 {
                    make_room(database, new, opening.max_per_user)?;
                }
                if !has_row {
                    database.execute(OPEN, &row)?;
                }
                settle(database, opening.settled)?;
                Ok(Locked::Done(true))
            })?;
            if let Locked::Done(opened) = opened {
                return Ok(opened);
            }
        }
    }
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

/// Ends the sessions that the new one takes the place of; whether the new row was made of one of them.
fn replace(
    database: &mut impl Database,
    opening: &Opening<'_>,
    row: &[Value; 9],
) -> Result<bool, Fault> {
    let (now, user) = (opening.session.created_at.0, opening.session.user.0);
    let mut has_row = false;
    for session in opening.replaced {
        let from = [
            session.as_str().into(),
            now.into(),
            user.into(),
            user.into(),
        ];
        let values: Vec<Value> = row.iter().chain(&from).cloned().collect();
        let takes_over =
            opening.takes_data && !has_row && database.execute(TAKE_OVER, &values)? > 0;
        if !takes_over {
            database.execute(END, &[session.as_str().into()])?;
        }
        has_row |= takes_over;
    }
    Ok(has_row)
}

/// Ends other sessions of the user, at most [`ROOM_MAX`], so that with the new one there are `most`.
fn make_room(database: &mut impl Database, new: &NewSession, most: u32) -> Result<(), Fault> {
    let kept = i64::from(most).saturating_sub(1);
    let values = [
        new.user.0.into(),
        new.created_at.0.into(),
        new.session.as_str().into(),
        i64::from(ROOM_MAX).into(),
        kept.into(),
    ];
    for row in database.query(SURPLUS, &values)? {
        database.execute(END, &[row.text(0).unwrap_or_default().into()])?;
    }
    Ok(())
}
