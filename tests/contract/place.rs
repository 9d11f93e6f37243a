//! A database of its own for each rule, and a look at its rows beside the store.

use cgi_session::config::StoreUrl;
use cgi_session::model::{Digest, LoginName, NewSession, SessionRow, Time, UserId};
use cgi_session::store::{self, Administration, Store};

#[cfg(feature = "mysql")]
use crate::server::database::Database;

/// When rules happen.
pub const NOW: Time = Time(1_700_000_000);

/// When their sessions end.
pub const LATER: Time = Time(1_700_043_200);

/// What `password` holds for users of the rules; nothing here hashes.
pub const HASH: &str = "$argon2id$of a password";

pub struct Place<'a> {
    url: StoreUrl,
    admin_url: StoreUrl,
    rows: Rows<'a>,
}

enum Rows<'a> {
    #[cfg(feature = "sqlite")]
    Sqlite(tempfile::TempDir),
    #[cfg(feature = "mysql")]
    Server(Database<'a>),
    #[cfg(not(feature = "mysql"))]
    _Lifetime(std::marker::PhantomData<&'a ()>),
}

#[cfg(feature = "mysql")]
impl<'a> Place<'a> {
    pub fn over_socket(database: Database<'a>) -> Self {
        Self::server(&database.url(), database)
    }

    pub fn over_tcp(database: Database<'a>) -> Self {
        Self::server(&database.tcp_url(), database)
    }

    fn server(url: &str, database: Database<'a>) -> Self {
        Self {
            url: StoreUrl::parse(url).unwrap(),
            admin_url: StoreUrl::parse(&database.admin_url()).unwrap(),
            rows: Rows::Server(database),
        }
    }
}

impl Place<'_> {
    #[cfg(feature = "sqlite")]
    pub fn sqlite() -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let url = StoreUrl::Sqlite(folder.path().join("sessions.sqlite"));
        Self {
            admin_url: url.clone(),
            url,
            rows: Rows::Sqlite(folder),
        }
    }

    /// What a request has: the web account.
    pub fn store(&self) -> Box<dyn Store> {
        store::open(&self.url).unwrap()
    }

    /// What `cgi-session init` has: an account that may make tables.
    pub fn administration(&self) -> Box<dyn Administration> {
        store::open_administration(&self.admin_url).unwrap()
    }

    /// Makes the tables and returns both sides.
    pub fn ready(&self) -> (Box<dyn Store>, Box<dyn Administration>) {
        let mut administration = self.administration();
        administration.migrate().unwrap();
        (self.store(), administration)
    }

    /// Runs statements beside the store; the rows, columns apart by tabs.
    pub fn sql(&self, statements: &str) -> String {
        match &self.rows {
            #[cfg(feature = "sqlite")]
            Rows::Sqlite(folder) => sqlite(&folder.path().join("sessions.sqlite"), statements),
            #[cfg(feature = "mysql")]
            Rows::Server(database) => database.sql(statements),
            #[cfg(not(feature = "mysql"))]
            Rows::_Lifetime(_) => unreachable!(),
        }
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.url, StoreUrl::Sqlite(_))
    }

    /// How many rows `sessions` has.
    pub fn count(&self) -> usize {
        let count = self.sql("SELECT COUNT(*) FROM sessions");
        count.trim().parse().unwrap()
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(path: &std::path::Path, statements: &str) -> String {
    use rusqlite::types::ValueRef;
    let connection = rusqlite::Connection::open(path).unwrap();
    let Ok(mut query) = connection.prepare(statements) else {
        // More than one statement: none of them has rows.
        connection.execute_batch(statements).unwrap();
        return String::new();
    };
    let columns = query.column_count();
    let mut text = String::new();
    let mut rows = query.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let columns: Vec<String> = (0..columns)
            .map(|column| match row.get_ref(column).unwrap() {
                ValueRef::Null => "NULL".to_owned(),
                ValueRef::Integer(value) => value.to_string(),
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                other => panic!("{other:?}"),
            })
            .collect();
        text += &columns.join("\t");
        text.push('\n');
    }
    text
}

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
    assert!(administration.add_user(&name(text), HASH, NOW).unwrap());
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
    let opened = store.open_session(&new(user, session), HASH, None, &[], 0, &[]);
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
