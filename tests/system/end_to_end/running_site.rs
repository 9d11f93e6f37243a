//! Where scenarios run: a deployment behind its web server, with its administrator.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use crate::harness::database::Database;
use crate::harness::web::WebServer;
use crate::harness::web::curl::{Curl, Reply};
use crate::harness::{Deployment, TestStore, files};

/// The password of every user, with characters that a form must encode.
pub const PASSWORD: &str = "correct+horse & 电池 staple%20";

/// A place that only those who are signed in reach.
#[derive(Debug, Clone, Copy)]
pub struct Guarded {
    /// The path in its URL.
    pub path: &'static str,
    /// Whether it shows who is signed in.
    pub names_the_user: bool,
    /// Whether it answers in JSON to a script that prefers that.
    pub speaks_json: bool,
    /// Puts into a site what answers there.
    pub place: fn(&Deployment),
    /// What it needs of the configuration's section `[http]`, and of those behind it.
    pub http: &'static str,
    /// What a browser and a cache may keep of it.
    pub cache_control: &'static str,
}

/// Our own page.
pub const PROTECTED: Guarded = Guarded {
    path: "/cgi-bin/protected",
    names_the_user: true,
    speaks_json: true,
    place: |_| (),
    http: "",
    cache_control: "no-store",
};

/// A page of one's own.
pub const HELLO: Guarded = Guarded {
    path: "/cgi-bin/hello",
    names_the_user: true,
    speaks_json: false,
    place: |site| site.place_example("hello"),
    http: "",
    cache_control: "no-store",
};

/// Somebody else's script, behind the guard.
pub const SCRIPT: Guarded = Guarded {
    path: "/cgi-bin/report.py",
    names_the_user: true,
    speaks_json: true,
    place: |site| site.guarded("report.py", "/usr/bin/python3", REPORT),
    http: "login = \"/cgi-bin/login\"",
    cache_control: "no-store",
};

/// A file of a folder that the server hands over to `files`.
pub const FILE: Guarded = Guarded {
    path: "/private/a.txt",
    names_the_user: false,
    speaks_json: false,
    place: |site| files::write(site, "private/a.txt", b"a file"),
    http: "login = \"/cgi-bin/login\"",
    cache_control: "private, no-cache",
};

/// A file of the configured folder, without any configuration of the server.
pub const FILE_BY_ITSELF: Guarded = Guarded {
    path: "/cgi-bin/files/a.txt",
    place: |site| files::write(site, "../own/a.txt", b"a file"),
    http: "[files]\nfolder = \"/SITE/own\"",
    ..FILE
};

/// Says the same as our own page.
const REPORT: &str = r#"import json, os

shown = {"user": os.environ["REMOTE_USER"], "expires_at": os.environ["CGI_SESSION_EXPIRES"]}
wants_json = "application/json" in os.environ.get("HTTP_ACCEPT", "")
print("Content-Type:", "application/json" if wants_json else "text/plain; charset=utf-8")
print("Cache-Control: no-store")
print()
print(json.dumps(shown))
"#;

pub struct RunningSite<'a> {
    /// What the scenarios ask for.
    pub guarded: Guarded,
    deployment: &'a Deployment,
    server: WebServer,
    store: TestStore,
}

impl<'a> RunningSite<'a> {
    /// Starts a server on a store that `init` has made. Without `database` that is SQLite.
    pub fn new(
        deployment: &'a Deployment,
        start: fn(&Deployment) -> WebServer,
        database: Option<&Database>,
        guarded: Guarded,
    ) -> Self {
        let store = deployment.init(database, "");
        (guarded.place)(deployment);
        let running = Self {
            guarded,
            deployment,
            server: start(deployment),
            store,
        };
        running.configure(!running.has_tls());
        running
    }

    /// Writes the configuration, with defaults for everything else.
    pub fn configure(&self, allow_http: bool) {
        let site = self.deployment.path("").display().to_string();
        let http = self.guarded.http.replace("/SITE/", &site);
        let more = format!("[http]\nallow_http = {allow_http}\n{http}\n");
        self.deployment.configure(self.store.url(), &more);
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
        let reply = browser.get(self.guarded.path, &[]);
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
