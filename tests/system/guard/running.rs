//! A running server with scripts behind the guard, and its users.

use crate::harness::Deployment;
use crate::harness::web::WebServer;
use crate::harness::web::curl::Curl;
use crate::harness::web::{apache, development, lighttpd};

pub const PASSWORD: &str = "copper otter lantern 42";

/// How a server is started on a deployment.
pub type Start = fn(&Deployment) -> WebServer;

/// The two servers that the guard is for.
pub const SERVERS: [(&str, Start); 2] = [("lighttpd", lighttpd::start), ("Apache", apache::start)];

/// The same, and the development server.
pub const ALL_SERVERS: [(&str, Start); 3] = [
    SERVERS[0],
    SERVERS[1],
    ("development server", development::start),
];

pub struct Running {
    pub deployment: Deployment,
    pub server: WebServer,
}

impl Running {
    /// On SQLite, with the users alice and bob, after `put` has put scripts into the deployment.
    pub fn start(start: Start, put: impl Fn(&Deployment)) -> Self {
        Self::configured(start, "", put)
    }

    /// The same with these sections in the configuration.
    pub fn configured(start: Start, sections: &str, put: impl Fn(&Deployment)) -> Self {
        let deployment = Deployment::new();
        configure(&deployment, sections);
        deployment.admin(&["init"], "");
        for name in ["alice", "bob"] {
            deployment.admin(&["user", "add", name, "--password-stdin"], PASSWORD);
        }
        put(&deployment);
        let server = start(&deployment);
        Self { deployment, server }
    }

    /// Changes the configuration while the server runs.
    pub fn configure(&self, sections: &str) {
        configure(&self.deployment, sections);
    }

    /// A browser of somebody who is signed out.
    pub fn browser(&self) -> Curl {
        self.server.browser()
    }

    /// A browser of this user, signed in.
    #[track_caller]
    pub fn signed_in(&self, name: &str) -> Curl {
        let browser = self.browser();
        sign_in(&browser, name);
        browser
    }
}

fn configure(deployment: &Deployment, sections: &str) {
    let more = format!("[http]\nallow_http = true\nlogin = \"/cgi-bin/login\"\n{sections}");
    deployment.configure(&deployment.sqlite_url(), &more);
}

#[track_caller]
pub fn sign_in(browser: &Curl, name: &str) {
    let fields = [("login_name", name), ("password", PASSWORD)];
    let reply = browser.post("/cgi-bin/login", &fields, &[]);
    assert_eq!(reply.status, 303, "{reply:?}");
}
