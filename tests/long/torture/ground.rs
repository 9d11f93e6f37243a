//! A store that programs are tortured on: what its rows are, and what must hold of them whatever happened.

use std::cell::RefCell;
use std::fs;

use mysql::Conn;
use mysql::prelude::Queryable as _;

use cgi_session::model::{Digest, Time, Token};

use crate::harness::Run;
use crate::harness::Site;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::database::{Database, DatabaseServer as _};
use crate::harness::deployment::script;
use crate::harness::{NAME, Program, executable, write_with_mode};
use crate::system::faults::server::root;

/// What stands in a small file; a large one has it [`LARGE`] times.
pub const FILE: &str = "vwxyz-XYZ\n";
pub const LARGE: usize = 20_000;

const TABLES: [&str; 5] = [
    "attempts",
    "memberships",
    "schema_version",
    "sessions",
    "users",
];

/// Many free tries, and where the guard finds `login`.
const SETTINGS: &str = "[throttle]\nfree_tries = 100\n[http]\nlogin = \"/cgi-bin/login\"";

/// A script's answer: it has the headers of a page, which every answer here is checked for.
const ANSWER: &str = "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n\
    Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'\r\n\
    Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n\
    Referrer-Policy: same-origin\r\nVary: Accept, Accept-Language, Cookie\r\n\
    X-Content-Type-Options: nosniff\r\n\r\nran\n";

pub struct Ground {
    pub site: Site,
    /// Of MariaDB; `None` for SQLite.
    server: Option<(RefCell<Conn>, Database)>,
    /// The token of a user whom no fault concerns.
    bystander: String,
}

/// The rows that a request must not change beyond its purpose. `seen_at` is left out.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Rows {
    pub sessions: Vec<String>,
    users: Vec<String>,
}

impl Ground {
    pub fn sqlite() -> Self {
        Self::new(Site::with_many_tries(), None)
    }

    pub fn mariadb() -> Self {
        let server = Mariadb::shared();
        let database = server.database();
        let site = Site::on(&database, &database.url());
        let mut connection = root(server);
        let name = database.sql("SELECT DATABASE()");
        connection.query_drop(format!("USE {name}")).unwrap();
        Self::new(site, Some((RefCell::new(connection), database)))
    }

    fn new(site: Site, server: Option<(RefCell<Conn>, Database)>) -> Self {
        let url = server
            .as_ref()
            .map_or(site.url().to_owned(), |(_, database)| database.url());
        site.write_configuration("cgi-session", &url, SETTINGS);
        let bystander = site.token();
        fs::create_dir(site.path("www")).unwrap();
        write_with_mode(&site.path("www/small.txt"), FILE, 0o644);
        write_with_mode(&site.path("www/large.txt"), &FILE.repeat(LARGE), 0o644);
        Self {
            site,
            server,
            bystander,
        }
    }

    /// A statement that has no rows.
    pub fn execute(&self, sql: &str) {
        match &self.server {
            None => self.site.execute(sql),
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
                let connection = rusqlite::Connection::open(self.site.file()).unwrap();
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
        let token = self.site.token();
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

    /// Asserts that the bystander is still signed in. Call it first after a fault: the next program must roll back a
    /// journal that was left, not the test.
    #[track_caller]
    pub fn serves(&self) {
        Run::of(&self.site.protected(&self.bystander)).is(200);
    }

    /// Asserts that the right password signs in, and removes that session.
    #[track_caller]
    pub fn signs_in(&self) {
        let run = Run::of(&self.site.login());
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

    /// Asserts that the database finds itself undamaged, and that the rows fit each other.
    #[track_caller]
    pub fn is_whole(&self) {
        match &self.server {
            None => self.site.is_sound(),
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

    /// The request for a file of a guarded folder, which the server hands over.
    pub fn file(&self, name: &str, token: &str) -> Program {
        let program = self.site.program("files").cookie(token);
        program
            .set("DOCUMENT_ROOT", self.site.path("www"))
            .set("SCRIPT_FILENAME", self.site.path("www").join(name))
            .set("SCRIPT_NAME", format!("/{name}"))
            .set("REQUEST_URI", format!("/{name}"))
    }

    /// Ends a session behind the programs' backs.
    pub fn end(&self, token: &str) {
        let row = row_of(token);
        self.execute(&format!("DELETE FROM sessions WHERE session = '{row}'"));
    }

    /// The request for a script behind the guard, which is started as the kernel starts it. The interpreter prints the
    /// script but for its first line.
    pub fn script(&self) -> Program {
        let (interpreter, guard) = ("/usr/bin/tail -n+2", "cgi-session-guard");
        let path = self.site.path("script");
        if !path.exists() {
            let first_line = format!("#!{} {interpreter}\n", executable(guard));
            script(&path, &(first_line + ANSWER));
        }
        let program = self.site.program(guard);
        program
            .set("SCRIPT_FILENAME", &path)
            .set("REQUEST_URI", "/cgi-bin/cgi-session-guard")
            .arguments(&[interpreter, path.to_str().unwrap()])
    }

    /// The request without a body to the page that takes a name and a password.
    pub fn form(&self) -> Program {
        self.site.program("login")
    }
}

/// What the session column holds for a token.
pub fn row_of(token: &str) -> String {
    Digest::from_token(&Token::parse(token).unwrap())
        .as_str()
        .to_owned()
}
