//! A visitor's walk in three browsers: sign in by a deep link with a query, a wrong password, sign out, Back;
//! against Debian's own servers, over TLS.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::chromium;
use crate::harness::deployment::Deployment;
use crate::harness::web::WebServer;
use crate::harness::web::debian;

const NAME: &str = "alice";
const PASSWORD: &str = "copper otter lantern 42";

/// How a server is started on a site.
type Start = fn(&Deployment) -> WebServer;

/// Runs `command` against the server. Its last arguments are the page, the name, the password, what `more` says of the
/// server, and a folder for what the browser showed.
fn walks(name: &str, start: Start, command: &Command, more: fn(&WebServer) -> Option<PathBuf>) {
    let site = Deployment::new();
    site.configure(&site.sqlite_url(), "");
    site.admin(&["init"], "");
    site.admin(&["user", "add", NAME, "--password-stdin"], PASSWORD);
    let server = start(&site);
    let folder = chromium::pictures(&format!("walk/{name}"));
    let home = TempDir::new().unwrap();
    let page = format!("{}/cgi-bin/protected?a=1&b=two%20words", server.base);

    let status = Command::new(&server.inside[0])
        .args(&server.inside[1..])
        .arg(command.get_program())
        .args(command.get_args())
        .args([&*page, NAME, PASSWORD])
        .args(more(&server))
        .arg(&folder)
        .env("TMPDIR", home.path())
        .status()
        .unwrap();

    println!("pictures: {}", folder.display());
    assert!(status.success(), "{}", server.log());
}

/// The script of the two browsers that node drives.
fn script(browser: &str) -> Command {
    let mut command = Command::new("node");
    command
        .arg("--experimental-websocket")
        .args(chromium::script("walk.mjs").get_args())
        .arg(browser);
    command
}

fn w3m() -> Command {
    let mut command = Command::new("sh");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/browser/w3m.sh"));
    command
}

#[test]
#[ignore = "needs root with a machine of its own, the distribution's servers, chromium and node: tests/run gets and runs them"]
fn distribution_walk_in_chromium_before_lighttpd() {
    walks(
        "chromium-lighttpd",
        debian::lighttpd,
        &script("chromium"),
        |_| None,
    );
}

#[test]
#[ignore = "needs root with a machine of its own, the distribution's servers, chromium and node: tests/run gets and runs them"]
fn distribution_walk_in_chromium_before_apache() {
    walks(
        "chromium-apache",
        debian::apache,
        &script("chromium"),
        |_| None,
    );
}

#[test]
#[ignore = "needs root with a machine of its own, the distribution's servers, firefox and node: tests/run gets and runs them"]
fn distribution_walk_in_firefox_before_lighttpd() {
    walks(
        "firefox-lighttpd",
        debian::lighttpd,
        &script("firefox"),
        |_| None,
    );
}

#[test]
#[ignore = "needs root with a machine of its own, the distribution's servers, firefox and node: tests/run gets and runs them"]
fn distribution_walk_in_firefox_before_apache() {
    walks("firefox-apache", debian::apache, &script("firefox"), |_| {
        None
    });
}

#[test]
#[ignore = "needs root with a machine of its own, the distribution's servers, w3m and tmux: tests/run gets and runs them"]
fn distribution_walk_in_w3m_before_lighttpd() {
    walks("w3m-lighttpd", debian::lighttpd, &w3m(), |server| {
        server.authority.clone()
    });
}

#[test]
#[ignore = "needs root with a machine of its own, the distribution's servers, w3m and tmux: tests/run gets and runs them"]
fn distribution_walk_in_w3m_before_apache() {
    walks("w3m-apache", debian::apache, &w3m(), |server| {
        server.authority.clone()
    });
}
