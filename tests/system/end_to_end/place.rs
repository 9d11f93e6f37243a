//! What the scenarios visit, which only those who are signed in may see.

use crate::harness::Deployment;

pub struct Place {
    /// Its URL path.
    pub path: &'static str,
    /// Puts it into the deployment.
    pub put: fn(&Deployment),
    /// What it needs of the configuration's section `[http]`.
    pub http: &'static str,
}

/// The suite's own page.
pub const PAGE: Place = Place {
    path: "/cgi-bin/protected",
    put: |_| {},
    http: "",
};

/// Somebody else's script, behind the guard.
pub const SCRIPT: Place = Place {
    path: "/cgi-bin/report.py",
    put: |deployment| deployment.guarded("report.py", "/usr/bin/python3", REPORT),
    http: "login = \"/cgi-bin/login\"\n",
};

/// Says the same as the suite's own page.
const REPORT: &str = r#"import json, os

shown = {"user": os.environ["REMOTE_USER"], "expires_at": os.environ["CGI_SESSION_EXPIRES"]}
wants_json = "application/json" in os.environ.get("HTTP_ACCEPT", "")
print("Content-Type:", "application/json" if wants_json else "text/plain; charset=utf-8")
print("Cache-Control: no-store")
print()
print(json.dumps(shown))
"#;
