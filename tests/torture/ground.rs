//! A store that programs are tortured on: what its rows are, and what must hold of them whatever happened.

use std::cell::RefCell;

use mysql::Conn;
use mysql::prelude::Queryable as _;

use cgi_session::model::{Digest, Time, Token};

use crate::faults::place::Place;
use crate::faults::run::Run;
use crate::faults::server::root;
use crate::program::{NAME, Program};
use crate::server::database::{Database, DatabaseServer as _};
use crate::server::mariadb::Mariadb;

const TABLES: [&str; 5] = [
    "attempts",
    "memberships",
    "schema_version",
    "sessions",
    "users",
];

pub struct Ground {
    pub place: Place,
    /// Of MariaDB; `None` for SQLite.
    server: Option<(RefCell<Conn>, Database<'static>)>,
    /// Somebody who is signed in and whom nothing of it concerns.
    bystander: String,
}

/// All that a request must not change, but what it is for; `seen_at` is not in it.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Rows {
    pub sessions: Vec<String>,
    users: Vec<String>,
}

impl Ground {
    pub fn sqlite() -> Self {
        Self::new(Place::sqlite(), None)
    }

    pub fn mariadb() -> Self {
        let server = Mariadb::shared();
        let database = server.database();
        let place = Place::server(&database, &database.url());
        let mut connection = root(server);
        let name = database.sql("SELECT DATABASE()");
        connection.query_drop(format!("USE {name}")).unwrap();
        Self::new(place, Some((RefCell::new(connection), database)))
    }

    fn new(place: Place, server: Option<(RefCell<Conn>, Database<'static>)>) -> Self {
        let bystander = place.token();
        Self {
            place,
            server,
            bystander,
        }
    }

    /// A statement that has no rows.
    pub fn execute(&self, sql: &str) {
        match &self.server {
            None => self.place.execute(sql),
            Some((connection, _)) => {
                // As our own programs: MySQL asks for it where requests are in flight.
                let asked_again = |why: &mysql::Error| why.to_string().contains("1213");
                let run = || connection.borrow_mut().query_drop(sql);
                while let Err(why) = run() {
                    assert!(asked_again(&why), "{sql}: {why}");
                }
            }
        }
    }

    /// The rows of a query of one column.
    pub fn column(&self, sql: &str) -> Vec<String> {
        match &self.server {
            None => {
                let connection = rusqlite::Connection::open(self.place.file()).unwrap();
                let mut statement = connection.prepare(sql).unwrap();
                let rows = statement.query_map([], |row| row.get(0)).unwrap();
                rows.map(Result::unwrap).collect()
            }
            Some((connection, _)) => connection.borrow_mut().query(sql).unwrap(),
        }
    }

    pub fn rows(&self) -> Rows {
        Rows {
            sessions: self.column("SELECT session FROM sessions ORDER BY session"),
            users: self.column(
                "SELECT CONCAT_WS(' ', id, login_name, password, COALESCE(disabled_at, '-'), \
                created_at, password_changed_at) FROM users ORDER BY id",
            ),
        }
    }

    /// A token that is signed in and was seen just now: its check only reads.
    pub fn fresh_token(&self) -> String {
        let token = self.place.token();
        let (now, row) = (Time::now().0, row_of(&token));
        self.execute(&format!(
            "UPDATE sessions SET seen_at = {now} WHERE session = '{row}'"
        ));
        token
    }

    /// Ends what was opened, and forgets tries that did not come to their end.
    pub fn clean(&self) {
        let row = row_of(&self.bystander);
        self.execute(&format!("DELETE FROM sessions WHERE session <> '{row}'"));
        self.execute("DELETE FROM attempts");
    }

    /// Whoever is signed in still is. This comes first after a fault: a journal that was left is the
    /// next program's to roll back, not the test's.
    #[track_caller]
    pub fn serves(&self) {
        Run::of(&self.place.protected(&self.bystander)).is(200);
    }

    /// Who has the right password gets in, and their row goes.
    #[track_caller]
    pub fn signs_in(&self) {
        let run = Run::of(&self.place.sign_in());
        run.is(303);
        let row = row_of(&run.token().expect("a cookie"));
        let here = format!("FROM sessions WHERE session = '{row}'");
        assert_eq!(
            self.column(&format!("SELECT session {here}")).len(),
            1,
            "{run:?}"
        );
        self.execute(&format!("DELETE {here}"));
    }

    /// What both databases say of themselves, and our rows of each other.
    #[track_caller]
    pub fn is_whole(&self) {
        match &self.server {
            None => self.place.is_sound(),
            Some((connection, _)) => {
                let check = format!("CHECK TABLE {}", TABLES.join(", "));
                let said: Vec<(String, String, String, String)> =
                    connection.borrow_mut().query(check).unwrap();
                assert!(said.iter().all(|row| row.3 == "OK"), "{said:?}");
            }
        }
        let wrong = "SELECT session FROM sessions WHERE LENGTH(session) <> 64 OR expires_at <= created_at \
            OR user_id IS NULL OR user_id NOT IN (SELECT id FROM users)";
        assert_eq!(self.column(wrong), [""; 0]);
        let names = self.column("SELECT login_name FROM users");
        assert_eq!(names, [NAME]);
    }

    /// The request without a body to the page that takes a name and a password.
    pub fn form(&self) -> Program {
        self.place.program("login")
    }
}

/// What the session column holds for a token.
pub fn row_of(token: &str) -> String {
    Digest::of(&Token::parse(token).unwrap())
        .as_str()
        .to_owned()
}
