//! A site of its own for each test: a folder with a configuration and a store, whose programs the test runs itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use cgi_session::auth::hashing_queue::{self, Arriving, Slot};
use cgi_session::auth::password::{self, Password};
use cgi_session::auth::session_cookie::Presented;
use cgi_session::auth::sign_in::{Outcome, Rules, SignIn, sign_in};
use cgi_session::auth::throttle::{Allowed, Permit, Rows, Throttle, Tried};
use cgi_session::config::{Secret, SessionConfig};
use cgi_session::deadline::Deadline;
use cgi_session::log::{Log, Sink};
use cgi_session::model::{Digest, LoginName, NewSession, Opening, Settled, Time, Token};
use cgi_session::store::{Administration, Store};
use rusqlite::{Connection, params, types::Value};
use tempfile::TempDir;

use super::administration::{ADMINISTRATION, Done, run};
#[cfg(feature = "mysql")]
use super::database::Database;
use super::deployment;
use super::store::{TestStore, stored_hash};
use super::{Answer, Program, executable, user, write_with_mode};

/// The user of every site, and their password.
pub const NAME: &str = "demo";
pub const PASSWORD: &str = "copper otter lantern 42";

/// For tests that are not about guessing: as many tries as may be configured.
const MANY_TRIES: &str = "[throttle]\nfree_tries = 100";

/// Seconds since a session was last seen that make its next check write.
const LONG_AGO: i64 = 300;

/// The time in seconds since 1970, as the programs see it.
pub fn now() -> i64 {
    Time::now().0
}

/// A row of `sessions` for [`Site::session`], with times relative to now.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub created: i64,
    pub seen: i64,
    pub expires: i64,
    pub remember: bool,
}

impl Row {
    /// Signed in a minute ago, seen just now.
    pub const FRESH: Self = Self {
        created: -60,
        seen: 0,
        expires: 3600,
        remember: false,
    };
}

pub struct Site {
    folder: TempDir,
    store: TestStore,
}

impl Site {
    /// On SQLite, with the defaults and one user.
    pub fn new() -> Self {
        Self::with("")
    }

    /// On SQLite, with these settings behind `store` and `state`, and one user.
    pub fn with(settings: &str) -> Self {
        let site = Self::empty();
        fs::create_dir(site.path("state")).unwrap();
        site.populate();
        site.configure(settings);
        site
    }

    /// On SQLite, with many free tries.
    pub fn with_many_tries() -> Self {
        Self::with(MANY_TRIES)
    }

    /// On a server's database, which the programs reach by this URL, with many free tries and one user.
    #[cfg(feature = "mysql")]
    pub fn on(database: &Database, url: &str) -> Self {
        let site = Self::on_tables_to_be_made(database, url);
        site.populate();
        site
    }

    /// The same, before anybody made the tables.
    #[cfg(feature = "mysql")]
    pub fn on_tables_to_be_made(database: &Database, url: &str) -> Self {
        let site = Self {
            folder: TempDir::new().unwrap(),
            store: TestStore::by_url(database, url),
        };
        site.point_to(url);
        site
    }

    /// As `cgi-session init` makes it: without a user.
    pub fn made_by_init() -> Self {
        let site = Self::empty();
        let done = site.run(&["init", "--store", site.url()], "");
        assert_eq!((done.code, &*done.err), (0, ""), "{}", done.out);
        site
    }

    /// A folder, and what will be its store on SQLite.
    pub fn empty() -> Self {
        let folder = TempDir::new().unwrap();
        let store = TestStore::sqlite_at(&folder.path().join("state/sessions.sqlite"));
        Self { folder, store }
    }

    fn populate(&self) {
        self.administration().migrate().unwrap();
        assert!(self.add(NAME, hash()));
    }

    /// Writes the configuration, with these settings behind `store` and `state`.
    pub fn configure(&self, settings: &str) {
        self.write_configuration("cgi-session", self.url(), settings);
    }

    /// Tells the programs of another way to the store, or of another store.
    pub fn point_to(&self, url: &str) {
        self.write_configuration("cgi-session", url, MANY_TRIES);
    }

    /// Writes `NAME.toml`.
    pub fn write_configuration(&self, name: &str, url: &str, settings: &str) {
        let state = self.folder.path().display();
        let text = format!("store = \"{url}\"\nstate = \"{state}\"\n{settings}\n");
        write_with_mode(&self.path(&format!("{name}.toml")), &text, 0o600);
    }

    /// Adds a user with a password's hash.
    pub fn add(&self, name: &str, hash: &str) -> bool {
        let name = LoginName::parse(name).unwrap();
        let mut store = self.administration();
        let hash = stored_hash(hash);
        store.add_user(&name, &hash, Time::now()).unwrap()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn config(&self) -> PathBuf {
        self.path("cgi-session.toml")
    }

    /// What `store` is set to, unless a test pointed the programs elsewhere.
    pub fn url(&self) -> &str {
        self.store.url()
    }

    /// SQLite's.
    pub fn file(&self) -> PathBuf {
        self.path("state/sessions.sqlite")
    }

    /// One more handle on the store.
    pub fn store(&self) -> Box<dyn Store> {
        self.store.store()
    }

    pub fn administration(&self) -> Box<dyn Administration> {
        self.store.administration()
    }

    /// A slot of the queue for hashing.
    pub fn slot(&self) -> Slot {
        let mut deadline = Deadline::new(|late| panic!("{late}"));
        let who = Arriving {
            client: "192.0.2.7",
            known_as: None,
        };
        let state = self.folder.path();
        hashing_queue::enter(state, &Secret::default(), &who, &mut deadline).unwrap()
    }

    /// Signs in without a process. Earlier tries are forgotten, so that it is never throttled.
    pub fn sign_in_here(&self, store: &mut dyn Store, name: &str, password: &str) -> Outcome {
        self.execute("DELETE FROM attempts");
        let tried = SignIn {
            login_name: name,
            password,
            remember: false,
            presented: &Presented::Nothing,
            cookie: "",
            https: true,
            remote_addr: "192.0.2.7",
            user_agent: "",
        };
        let rules = Rules {
            now: Time::now(),
            limits: &SessionConfig::default(),
            throttle: Throttle {
                secret: &Secret::default(),
                free_tries: 5,
            },
            log: &Log::new("test", Sink::Stderr),
        };
        sign_in(store, self.slot(), &tried, &rules).unwrap()
    }

    /// Runs a statement on whichever store it is, without a program; the rows have tabs between columns.
    #[track_caller]
    pub fn rows(&self, statement: &str) -> String {
        self.store.sql(statement)
    }

    /// A connection of the test's own to SQLite's file.
    pub fn sql(&self) -> Connection {
        Connection::open(self.file()).unwrap()
    }

    #[track_caller]
    pub fn execute(&self, sql: &str) {
        self.sql().execute_batch(sql).unwrap();
    }

    /// The first value of the first row.
    #[track_caller]
    pub fn value(&self, sql: &str) -> Value {
        self.sql().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    #[track_caller]
    pub fn count(&self, sql: &str) -> i64 {
        match self.value(sql) {
            Value::Integer(count) => count,
            other => panic!("{sql}: {other:?}"),
        }
    }

    /// Every row of every table, so that one line can assert that nothing changed.
    pub fn dump(&self) -> Vec<Vec<Value>> {
        let sql = self.sql();
        let mut rows = Vec::new();
        for table in [
            "users",
            "sessions",
            "memberships",
            "attempts",
            "schema_version",
        ] {
            let mut statement = sql.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = statement.column_count();
            let found = statement.query_map([], |row| (0..columns).map(|i| row.get(i)).collect());
            rows.extend(found.unwrap().map(Result::unwrap));
        }
        rows
    }

    /// Inserts a session of [`NAME`], and returns its token.
    pub fn session(&self, row: Row) -> String {
        let token = random_token();
        let digest = Digest::from_token(&token);
        let columns = params![
            digest.as_str(),
            now() + row.created,
            now() + row.seen,
            now() + row.expires,
            row.remember
        ];
        let sql = "INSERT INTO sessions \
            (session, user_id, created_at, seen_at, expires_at, remember) VALUES (?, 1, ?, ?, ?, ?)";
        self.sql().execute(sql, columns).unwrap();
        token.secret().to_owned()
    }

    /// A token that is signed in, and whose next check writes. Earlier tries are forgotten.
    pub fn token(&self) -> String {
        let token = random_token();
        let now = Time::now();
        let mut store = self.store();
        let name = LoginName::parse(NAME).unwrap();
        let user = store.credentials(&name).unwrap().unwrap();
        let session = NewSession {
            session: Digest::from_token(&token),
            user: user.id,
            created_at: now.plus(-LONG_AGO),
            expires_at: now.plus(3600),
            remember: false,
            remote_addr: String::new(),
            user_agent: String::new(),
        };
        let rows = Rows {
            secret: &Secret::default(),
        };
        let settled = [Settled::Cleared(rows.account(&name).subject)];
        let opened = store.open_session(&Opening {
            settled: &settled,
            ..Opening::new(&session, &user.password)
        });
        assert!(opened.unwrap());
        token.secret().to_owned()
    }

    /// Opens a session of a user without a program, and returns its digest.
    pub fn open_session(&self, name: &str, agent: &str, expires_at: Time) -> String {
        let mut store = self.store();
        let known = store.credentials(&LoginName::parse(name).unwrap());
        let known = known.unwrap().unwrap();
        let digest = Digest::from_token(&random_token());
        let new = NewSession {
            session: digest.clone(),
            user: known.id,
            created_at: Time(1_700_000_000),
            expires_at,
            remember: false,
            remote_addr: "192.0.2.7".into(),
            user_agent: agent.into(),
        };
        let opened = store.open_session(&Opening::new(&new, &known.password));
        assert!(opened.unwrap());
        digest.as_str().to_owned()
    }

    /// Whether the store has the row of a token.
    pub fn has(&self, token: &str) -> bool {
        let digest = Digest::from_token(&Token::parse(token).unwrap());
        self.store().session(&digest).unwrap().is_some()
    }

    /// How many sessions the administration lists on its first page.
    pub fn sessions(&self) -> usize {
        let page = self.administration().sessions(None, None);
        page.unwrap().rows.len()
    }

    /// One of the executables, with this site's configuration in its environment, as a web server sets it.
    pub fn program(&self, name: &'static str) -> Program {
        Program::new(name).set("CGI_SESSION_CONFIG", self.config())
    }

    /// The request for the protected page with this token.
    pub fn protected(&self, token: &str) -> Program {
        self.program("protected").cookie(token)
    }

    /// A sign-in as [`NAME`], with the right password.
    pub fn login(&self) -> Program {
        self.try_to_sign_in(PASSWORD)
    }

    /// The sign-out with this token.
    pub fn logout(&self, token: &str) -> Program {
        self.program("logout").cookie(token).post(&[])
    }

    /// A sign-in as [`NAME`].
    pub fn try_to_sign_in(&self, password: &str) -> Program {
        self.program("login")
            .post(&[("login_name", NAME), ("password", password)])
    }

    /// Signs in, and returns the token.
    #[track_caller]
    pub fn sign_in(&self) -> String {
        let program = self.login();
        let answer = program.logs(&["event=sign_in_succeeded"]).answer();
        answer.cookie().expect("signed in").0.to_owned()
    }

    /// The answer of the protected page to this token.
    #[track_caller]
    pub fn visit(&self, token: &str) -> Answer {
        self.protected(token).answer()
    }

    #[track_caller]
    pub fn is_signed_in(&self, token: &str) -> bool {
        match self.visit(token).status {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }

    /// `cgi-session --config ... ARGUMENTS`
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(ADMINISTRATION);
        command.arg("--config").arg(self.config()).args(arguments);
        command
    }

    /// Runs it with `input` on its standard input.
    pub fn run(&self, arguments: &[&str], input: &str) -> Done {
        run(self.command(arguments), input)
    }

    /// The output of a command that must succeed without a word on stderr.
    #[track_caller]
    pub fn good(&self, arguments: &[&str], input: &str) -> String {
        let done = self.run(arguments, input);
        assert_eq!((done.code, &*done.err), (0, ""), "{arguments:?}");
        done.out
    }

    /// The exit code and stderr of a command that must print nothing to stdout.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str], input: &str) -> (i32, String) {
        let done = self.run(arguments, input);
        assert_eq!(done.out, "", "{arguments:?}");
        (done.code, done.err)
    }

    /// Gives everything to the web server's user, as on a real machine.
    pub fn give(&self) {
        user::give(self.folder.path(), 0o755);
        user::give(&self.config(), 0o600);
        if self.file().exists() {
            user::give(&self.path("state"), 0o700);
            user::give(&self.file(), 0o600);
        }
    }

    /// `program`, run by the web server's user, because root may write everything. It runs a copy of the executable
    /// that this user can reach; the original's path becomes an argument, which no program reads.
    pub fn as_www_data(&self, program: &Program, name: &str) -> Program {
        if !user::is_root() {
            return program.clone();
        }
        let copy = self.path(name);
        if !copy.exists() {
            deployment::place(Path::new(executable(name)), &copy);
        }
        let user = ["--reuid=www-data", "--regid=www-data", "--clear-groups"];
        program.under(&[&["setpriv"], &user[..], &[copy.to_str().unwrap()]].concat())
    }
}

/// [`PASSWORD`]'s hash, made once.
pub fn hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let hash = password::hash(&Password::parse(PASSWORD).unwrap()).unwrap();
        hash.as_str().to_owned()
    })
}

fn random_token() -> Token {
    use rand::TryRng as _;
    let mut random = [0; 32];
    rand::rngs::SysRng.try_fill_bytes(&mut random).unwrap();
    Token::from_random(&random)
}

/// The permit that a verification asks for.
pub fn permit() -> Permit {
    let site = Site::new();
    let secret = Secret::default();
    let throttle = Throttle {
        secret: &secret,
        free_tries: 5,
    };
    let (slot, mut store) = (site.slot(), site.store());
    let tried = Tried {
        name: None,
        client: "192.0.2.7",
        device: None,
    };
    let permit = throttle.permit(store.as_mut(), slot, &tried, Time::now());
    let Allowed::Now(permit) = permit.unwrap() else {
        panic!("a first try has to wait");
    };
    permit
}
