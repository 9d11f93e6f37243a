//! A store alone: as a request opens it, as `cgi-session init` opens it, and its rows read by other means than both.

#[cfg(feature = "sqlite")]
use std::path::{Path, PathBuf};

use cgi_session::config::StoreUrl;
use cgi_session::model::PasswordHash;
use cgi_session::store::{self, Administration, Store};
#[cfg(feature = "sqlite")]
use tempfile::TempDir;

#[cfg(feature = "mysql")]
use super::database::Database;

pub struct TestStore {
    /// What `store` is set to.
    url: String,
    /// What `init --admin-url` is given.
    admin_url: String,
    rows: Rows,
    #[cfg(feature = "sqlite")]
    _folder: Option<TempDir>,
}

/// How a test reads the rows.
enum Rows {
    #[cfg(feature = "sqlite")]
    File(PathBuf),
    #[cfg(feature = "mysql")]
    Server(Database),
}

#[cfg(feature = "mysql")]
impl TestStore {
    pub fn over_socket(database: &Database) -> Self {
        Self::by_url(database, &database.url())
    }

    pub fn over_tcp(database: &Database) -> Self {
        Self::by_url(database, &database.tcp_url())
    }

    /// A database that requests reach by this URL.
    pub fn by_url(database: &Database, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            admin_url: database.admin_url(),
            rows: Rows::Server(database.clone()),
            #[cfg(feature = "sqlite")]
            _folder: None,
        }
    }
}

impl TestStore {
    /// SQLite in a folder of its own.
    #[cfg(feature = "sqlite")]
    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Self::sqlite_at(&folder.path().join("sessions.sqlite"));
        Self {
            _folder: Some(folder),
            ..store
        }
    }

    /// SQLite in this file, which need not exist yet.
    #[cfg(feature = "sqlite")]
    pub fn sqlite_at(file: &Path) -> Self {
        let url = format!("sqlite:{}", file.display());
        Self {
            admin_url: url.clone(),
            url,
            rows: Rows::File(file.to_owned()),
            _folder: None,
        }
    }

    /// What `store` is set to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a request has: the web account.
    pub fn store(&self) -> Box<dyn Store> {
        store::open(&StoreUrl::parse(&self.url).unwrap()).unwrap()
    }

    /// What `cgi-session init` has: an account that may make tables.
    pub fn administration(&self) -> Box<dyn Administration> {
        store::open_administration(&StoreUrl::parse(&self.admin_url).unwrap()).unwrap()
    }

    /// Makes the tables and returns both sides.
    pub fn ready(&self) -> (Box<dyn Store>, Box<dyn Administration>) {
        let mut administration = self.administration();
        administration.migrate().unwrap();
        (self.store(), administration)
    }

    /// Runs statements without the store, and returns the rows, with tabs between columns.
    #[track_caller]
    pub fn sql(&self, statements: &str) -> String {
        match &self.rows {
            #[cfg(feature = "sqlite")]
            Rows::File(file) => sqlite(file, statements),
            #[cfg(feature = "mysql")]
            Rows::Server(database) => database.sql(statements),
        }
    }

    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// How many rows `sessions` has.
    pub fn count(&self) -> usize {
        let count = self.sql("SELECT COUNT(*) FROM sessions");
        count.trim().parse().unwrap()
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(file: &Path, statements: &str) -> String {
    use rusqlite::types::ValueRef;
    let connection = rusqlite::Connection::open(file).unwrap();
    connection
        .busy_timeout(std::time::Duration::from_secs(10))
        .unwrap();
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

/// `text` as a hash that a store keeps, whatever it is.
pub fn stored_hash(text: &str) -> PasswordHash {
    PasswordHash::from_phc(text.to_owned())
}
