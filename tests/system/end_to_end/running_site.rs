//! Where scenarios run: a deployment behind its web server, with its administrator.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use super::place::Place;
use crate::harness::database::Database;
use crate::harness::web::WebServer;
use crate::harness::web::curl::{Curl, Reply};
use crate::harness::{Deployment, TestStore};

/// The password of every user, with characters that a form must encode.
pub const PASSWORD: &str = "correct+horse & 电池 staple%20";

pub struct RunningSite<'a> {
    deployment: &'a Deployment,
    /// What only those who are signed in may see.
    place: &'a Place,
    server: WebServer,
    store: TestStore,
}

impl<'a> RunningSite<'a> {
    /// Starts a server on a store that `init` has made. Without `database` that is SQLite.
    pub fn new(
        deployment: &'a Deployment,
        start: fn(&Deployment) -> WebServer,
        database: Option<&Database>,
        place: &'a Place,
    ) -> Self {
        let store = deployment.init(database, "");
        (place.put)(deployment);
        let running = Self {
            deployment,
            place,
            server: start(deployment),
            store,
        };
        running.configure(!running.has_tls());
        running
    }

    /// Writes the configuration, with defaults for everything else.
    pub fn configure(&self, allow_http: bool) {
        let more = format!("[http]\nallow_http = {allow_http}\n{}", self.place.http);
        self.deployment.configure(self.store.url(), &more);
    }

    /// The URL path of what only those who are signed in may see.
    pub fn place(&self) -> &str {
        self.place.path
    }

    pub fn has_tls(&self) -> bool {
        self.server.plain.is_some()
    }

    /// A browser that speaks plain HTTP; with TLS that has a port of its own.
    pub fn plain_browser(&self) -> Curl {
        self.server.plain_browser()
    }

    pub fn base(&self) -> &str {
        &self.server.base
    }

    /// A new browser without cookies.
    pub fn browser(&self) -> Curl {
        self.server.browser()
    }

    /// A new user's name.
    pub fn user(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("user{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.admin(
            &["user", "add", &name, "--password-stdin"],
            &format!("{PASSWORD}\n"),
        );
        name
    }

    /// A new user, signed in.
    pub fn signed_in(&self) -> Curl {
        let browser = self.browser();
        let reply = sign_in(&browser, &self.user(), PASSWORD);
        assert_eq!(reply.status, 303, "{reply:?}");
        browser
    }

    /// Runs `cgi-session`.
    pub fn admin(&self, arguments: &[&str], stdin: &str) -> String {
        self.deployment.admin(arguments, stdin)
    }

    /// The cookie's name here.
    pub fn cookie_name(&self) -> &'static str {
        if self.has_tls() {
            "__Host-session"
        } else {
            "cgi-session"
        }
    }

    /// The name of the cookie that makes a device known.
    pub fn device_name(&self) -> &'static str {
        if self.has_tls() {
            "__Host-device"
        } else {
            "cgi-session-device"
        }
    }

    /// The token in a browser's jar.
    pub fn token(&self, browser: &Curl) -> Option<String> {
        browser.cookie(self.cookie_name())
    }

    /// The condition that finds a browser's row.
    pub fn row(&self, browser: &Curl) -> String {
        let token = self.token(browser).expect("a session cookie");
        format!("session = '{}'", digest(&token))
    }

    /// Runs one statement on the store and returns the rows, with tabs between columns.
    pub fn sql(&self, statement: &str) -> String {
        self.store.sql(statement)
    }

    #[track_caller]
    pub fn expect(&self, browser: &Curl, status: u16) {
        let reply = browser.get(self.place(), &[]);
        assert_eq!(reply.status, status, "{reply:?}\n{}", self.server.log());
    }
}

/// Posts the form.
pub fn sign_in(browser: &Curl, name: &str, password: &str) -> Reply {
    browser.post(
        "/cgi-bin/login",
        &[("login_name", name), ("password", password)],
        &[],
    )
}

/// What the session column holds for a token.
pub fn digest(token: &str) -> String {
    use std::fmt::Write;
    Sha256::digest(token)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
}

/// Unix seconds.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}
