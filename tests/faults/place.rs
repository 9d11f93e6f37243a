//! A site on any store, and the three things that a visitor does there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use cgi_session::auth::throttle::Rows;
use cgi_session::config::{Secret, StoreUrl};
use cgi_session::model::{Digest, LoginName, NewSession, Settled, Time, Token};
use cgi_session::store;
use tempfile::TempDir;

use super::run::Run;
use crate::program::{self, NAME, PASSWORD, Program, write_with_mode};
use crate::server::database::Database;
use crate::server::user;

/// Longer ago than `seen_at` may be behind: a check of such a session writes.
const LONG_AGO: i64 = 300;

pub struct Place {
    folder: TempDir,
    /// Where tests look at the rows; the programs may be told of another way there.
    store: StoreUrl,
    tokens: AtomicU32,
}

impl Place {
    /// On SQLite, in a folder that belongs to whoever serves.
    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("state/sessions.sqlite");
        fs::create_dir(file.parent().unwrap()).unwrap();
        Self::new(folder, &format!("sqlite:{}", file.display()), None)
    }

    /// On a database of a server, by this URL.
    pub fn server(database: &Database, url: &str) -> Self {
        Self::new(TempDir::new().unwrap(), url, Some(&database.admin_url()))
    }

    fn new(folder: TempDir, url: &str, admin_url: Option<&str>) -> Self {
        let place = Self {
            folder,
            store: StoreUrl::parse(url).unwrap(),
            tokens: AtomicU32::new(1),
        };
        let admin = admin_url.map_or(place.store.clone(), |url| StoreUrl::parse(url).unwrap());
        let mut administration = store::open_administration(&admin).unwrap();
        administration.migrate().unwrap();
        let name = LoginName::parse(NAME).unwrap();
        let added = administration.add_user(&name, program::hash(), Time::now());
        assert!(added.unwrap());
        place.configure(url);
        place
    }

    /// Tells the programs of this store.
    pub fn configure(&self, url: &str) {
        let state = self.folder.path().display();
        let throttle = "[throttle]\nfree_tries = 100";
        let text = format!("store = \"{url}\"\nstate = \"{state}\"\n{throttle}\n");
        write_with_mode(&self.path("cgi-session.toml"), &text, 0o600);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Of SQLite.
    pub fn file(&self) -> PathBuf {
        self.path("state/sessions.sqlite")
    }

    /// Statements in SQLite's file.
    pub fn execute(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.file()).unwrap();
        connection.execute_batch(sql).unwrap();
    }

    /// A token that is signed in, whose next check writes.
    pub fn token(&self) -> String {
        let mut random = [0; 32];
        let number = self.tokens.fetch_add(1, Ordering::Relaxed);
        random[..4].copy_from_slice(&number.to_le_bytes());
        let token = Token::from_random(&random);
        let now = Time::now();
        let mut store = store::open(&self.store).unwrap();
        let name = LoginName::parse(NAME).unwrap();
        let user = store.credentials(&name).unwrap().unwrap();
        let session = NewSession {
            session: Digest::of(&token),
            user: user.id,
            created_at: now.plus(-LONG_AGO),
            expires_at: now.plus(3600),
            remember: false,
            remote_addr: String::new(),
            user_agent: String::new(),
        };
        // What was tried before is forgotten: faults are not guesses.
        let rows = Rows {
            secret: &Secret::default(),
        };
        let settled = [Settled::Cleared(rows.account(&name).subject)];
        let opened = store.open_session(&session, &user.password, None, &[], 0, &settled);
        assert!(opened.unwrap());
        token.secret().to_owned()
    }

    /// Whether the row of a token is there; asked of the store, not of a program.
    pub fn has(&self, token: &str) -> bool {
        let digest = Digest::of(&Token::parse(token).unwrap());
        let mut store = store::open(&self.store).unwrap();
        store.session(&digest).unwrap().is_some()
    }

    /// Rows in `sessions`.
    pub fn sessions(&self) -> usize {
        let mut administration = store::open_administration(&self.store).unwrap();
        administration.sessions(None, None).unwrap().rows.len()
    }

    pub fn program(&self, name: &'static str) -> Program {
        Program::new(name).set("CGI_SESSION_CONFIG", self.path("cgi-session.toml"))
    }

    /// The three requests.
    pub fn protected(&self, token: &str) -> Program {
        self.program("protected").cookie(token)
    }

    pub fn sign_in(&self) -> Program {
        self.program("login")
            .post(&[("login_name", NAME), ("password", PASSWORD)])
    }

    pub fn sign_out(&self, token: &str) -> Program {
        self.program("logout").cookie(token).post(&[])
    }

    /// All three at once, in this order.
    pub fn three(&self, token: &str) -> [Run; 3] {
        self.three_with(token, token)
    }

    /// The same, where `other` may be signed out in the meantime.
    pub fn three_with(&self, token: &str, other: &str) -> [Run; 3] {
        let programs = [self.protected(token), self.sign_in(), self.sign_out(other)];
        at_once(&programs).try_into().unwrap()
    }

    /// None of the three gets an answer from the store; what they say then.
    #[track_caller]
    pub fn is_unavailable(&self, token: &str) -> [Run; 3] {
        let runs = self.three(token);
        for run in &runs {
            run.is_unavailable();
        }
        runs[2].says_not_signed_out();
        runs
    }

    /// Served from what can only be read.
    #[track_caller]
    pub fn is_read_only(&self, token: &str) {
        let [protected, sign_in, sign_out] = self.three(token);
        protected.is(200);
        protected.logs(&["event=touch_failed"]);
        sign_in.is_unavailable();
        sign_out.is_unavailable();
        sign_out.says_not_signed_out();
    }

    /// The fault is over: the cookie from before it works, and so does everything else.
    #[track_caller]
    pub fn works(&self, token: &str) {
        Run::of(&self.protected(token)).is(200);
        let signed_in = Run::of(&self.sign_in());
        signed_in.is(303);
        let new = signed_in.token().expect("a cookie");
        Run::of(&self.protected(&new)).is(200);
        Run::of(&self.sign_out(token)).is(303);
        Run::of(&self.protected(token)).is(401);
        Run::of(&self.protected(&new)).is(200);
    }

    /// Gives everything to the web server's user, as on a real machine.
    pub fn give(&self) {
        user::give(self.folder.path(), 0o755);
        user::give(&self.path("cgi-session.toml"), 0o600);
        if self.file().exists() {
            user::give(&self.path("state"), 0o700);
            user::give(&self.file(), 0o600);
        }
    }

    /// `program`, run by the web server's user: root may write what nobody may. The executable is
    /// then one that this user can reach; the one behind it is an argument, which no program reads.
    pub fn as_www_data(&self, program: &Program, name: &str) -> Program {
        if !user::is_root() {
            return program.clone();
        }
        let copy = self.path(name);
        if !copy.exists() {
            crate::server::site::place(Path::new(program::executable(name)), &copy);
        }
        let user = ["--reuid=www-data", "--regid=www-data", "--clear-groups"];
        program.under(&[&["setpriv"], &user[..], &[copy.to_str().unwrap()]].concat())
    }
}

/// Runs them all at once; their answers in the same order.
pub fn at_once(programs: &[Program]) -> Vec<Run> {
    thread::scope(|scope| {
        let runs: Vec<_> = programs
            .iter()
            .map(|program| scope.spawn(|| Run::of(program)))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    })
}
