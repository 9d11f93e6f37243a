//! What the rules are made of: a time, a user, a session.

use cgi_session::model::{Digest, LoginName, NewSession, Opening, SessionRow, Time, UserId};
use cgi_session::store::{Administration, Store};

use crate::harness::stored_hash;

/// When rules happen.
pub const NOW: Time = Time(1_700_000_000);

/// When their sessions end.
pub const LATER: Time = Time(1_700_043_200);

/// What `password` holds for users of the rules; nothing here hashes.
pub const HASH: &str = "$argon2id$of a password";

/// The name that `text` spells.
#[track_caller]
pub fn name(text: &str) -> LoginName {
    LoginName::parse(text).unwrap_or_else(|| panic!("{text:?} is no name"))
}

/// A session column of one digit.
pub fn digest(digit: char) -> Digest {
    Digest::parse(&digit.to_string().repeat(64)).unwrap()
}

/// Adds a user whose password is [`HASH`].
pub fn add(store: &mut dyn Store, administration: &mut dyn Administration, text: &str) -> UserId {
    assert!(
        administration
            .add_user(&name(text), &stored_hash(HASH), NOW)
            .unwrap()
    );
    store.credentials(&name(text)).unwrap().unwrap().id
}

/// A session that begins [`NOW`] and ends [`LATER`].
pub fn new(user: UserId, session: &Digest) -> NewSession {
    NewSession {
        session: session.clone(),
        user,
        created_at: NOW,
        expires_at: LATER,
        remember: false,
        remote_addr: "192.0.2.7".to_owned(),
        user_agent: "curl/8.0".to_owned(),
    }
}

/// Opens [`new`], as a sign-in does that replaces nothing.
pub fn open(store: &mut dyn Store, user: UserId, session: &Digest) -> bool {
    let opened = store.open_session(&Opening::new(&new(user, session), &stored_hash(HASH)));
    opened.unwrap()
}

/// All sessions that the administration lists, part by part.
pub fn listed(administration: &mut dyn Administration) -> Vec<SessionRow> {
    let (mut rows, mut from) = (Vec::new(), None);
    loop {
        let page = administration.sessions(None, from.as_ref()).unwrap();
        rows.extend(page.rows);
        from = page.next;
        if from.is_none() {
            return rows;
        }
    }
}

/// The one row that the administration lists.
#[track_caller]
pub fn only(mut rows: Vec<SessionRow>) -> SessionRow {
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}
