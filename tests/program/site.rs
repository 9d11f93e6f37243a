//! A site of its own for each test: a folder with a configuration and a store.

use std::path::PathBuf;
use std::sync::OnceLock;

use cgi_session::auth::cookie::Presented;
use cgi_session::auth::password::{self, Password};
use cgi_session::auth::queue::{self, Arriving, Slot};
use cgi_session::auth::sign_in::{Outcome, Rules, SignIn, sign_in};
use cgi_session::auth::throttle::{Allowed, Permit, Throttle, Tried};
use cgi_session::config::{Secret, SessionConfig, StoreUrl};
use cgi_session::deadline::Deadline;
use cgi_session::log::{Log, Sink};
use cgi_session::model::{Digest, LoginName, Time, Token};
use cgi_session::store::{self, Administration, Store};
use rusqlite::{Connection, params, types::Value};
use tempfile::TempDir;

use super::{Answer, Program, write_with_mode};

/// Who can sign in everywhere, and with what.
pub const NAME: &str = "demo";
pub const PASSWORD: &str = "copper otter lantern 42";

/// Seconds since 1970, as the programs will see them.
pub fn now() -> i64 {
    Time::now().0
}

/// A row of `sessions` to be put there, times relative to now.
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
}

impl Site {
    /// With the defaults, and one user.
    pub fn new() -> Self {
        Self::with("")
    }

    /// With these settings behind `store` and `state`.
    pub fn with(settings: &str) -> Self {
        let site = Self {
            folder: TempDir::new().unwrap(),
        };
        site.configure(settings);
        site.administration().migrate().unwrap();
        assert!(site.add(NAME, hash()));
        site
    }

    pub fn configure(&self, settings: &str) {
        let text = format!(
            "store = \"{}\"\nstate = \"{}\"\n{settings}\n",
            self.url(),
            self.folder.path().display()
        );
        write_with_mode(&self.path("cgi-session.toml"), &text, 0o600);
    }

    /// Adds a user with a password's hash.
    pub fn add(&self, name: &str, hash: &str) -> bool {
        let name = LoginName::parse(name).unwrap();
        let mut store = self.administration();
        store.add_user(&name, hash, Time::now()).unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn url(&self) -> StoreUrl {
        StoreUrl::Sqlite(self.path("sessions.sqlite"))
    }

    /// One more handle on the store.
    pub fn store(&self) -> Box<dyn Store> {
        store::open(&self.url()).unwrap()
    }

    /// A place among those who hash.
    pub fn slot(&self) -> Slot {
        let mut deadline = Deadline::new(|late| panic!("{late}"));
        let who = Arriving {
            client: "192.0.2.7",
            known_as: None,
        };
        let state = self.folder.path();
        queue::enter(state, &Secret::default(), &who, &mut deadline).unwrap()
    }

    /// Signs in without a process, as often as it takes: nothing is throttled.
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

    pub fn administration(&self) -> Box<dyn Administration> {
        store::open_administration(&self.url()).unwrap()
    }

    /// The store's file, behind the programs' backs.
    pub fn sql(&self) -> Connection {
        Connection::open(self.path("sessions.sqlite")).unwrap()
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

    /// Every row of every table, so that "nothing changed" can be said in one line.
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

    /// Puts a session of [`NAME`] there; its token.
    pub fn session(&self, row: Row) -> String {
        let token = random_token();
        let digest = Digest::of(&token);
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

    /// One of the executables, told of this site's configuration as a server's configuration does.
    pub fn program(&self, name: &'static str) -> Program {
        Program::new(name).set("CGI_SESSION_CONFIG", self.path("cgi-session.toml"))
    }

    /// A sign-in as [`NAME`].
    pub fn try_to_sign_in(&self, password: &str) -> Program {
        self.program("login")
            .post(&[("login_name", NAME), ("password", password)])
    }

    /// Signs in; the token.
    #[track_caller]
    pub fn sign_in(&self) -> String {
        let program = self.try_to_sign_in(PASSWORD);
        let answer = program.logs(&["event=sign_in_succeeded"]).answer();
        answer.cookie().expect("signed in").0.to_owned()
    }

    /// The protected page for whoever has this token.
    #[track_caller]
    pub fn visit(&self, token: &str) -> Answer {
        self.program("protected").cookie(token).answer()
    }

    #[track_caller]
    pub fn is_signed_in(&self, token: &str) -> bool {
        match self.visit(token).status {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }
}

/// [`PASSWORD`]'s hash, made once.
pub fn hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| password::hash(&Password::parse(PASSWORD).unwrap()).unwrap())
}

fn random_token() -> Token {
    use rand::TryRng as _;
    let mut random = [0; 32];
    rand::rngs::SysRng.try_fill_bytes(&mut random).unwrap();
    Token::from_random(&random)
}

/// What a verification asks for.
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
