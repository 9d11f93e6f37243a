//! The snippets of `cgi-session help protect` and of the README for a folder, put where they say that they go.

use std::fs;

use cgi_session::config::TEMPLATE;

use super::{NAME, PASSWORD, cookie, raw, status};
use crate::harness::deployment::Deployment;
use crate::harness::readme::{snippet, substitute};
use crate::harness::web::{WebServer, apache, lighttpd};
use crate::harness::{files, user};

/// The configuration that `init` writes, with these of its lines replaced, as somebody edits it.
fn edited(site: &Deployment, edits: &[(&str, &str)]) {
    let of_this_test = [
        ("{store}", site.sqlite_url()),
        ("{secret}", "5".repeat(64)),
        ("{state}", site.path("state").display().to_string()),
        ("{allow_http}", "true".to_owned()),
    ];
    let mut text = substitute(TEMPLATE, edits);
    for (name, value) in of_this_test {
        text = substitute(&text, &[(name, &value)]);
    }
    fs::write(site.config(), text).unwrap();
    user::give(&site.config(), 0o600);
    site.admin(&["init"], "");
    site.admin(&["user", "add", NAME, "--password-stdin"], PASSWORD);
}

#[track_caller]
fn is_guarded(server: &WebServer, target: &str) {
    let stranger = raw(server, target.as_bytes(), "");
    assert_eq!(status(&stranger), 401, "{stranger}\n{}", server.log());
    assert!(
        stranger.contains(&format!("/cgi-bin/login?next={target}")),
        "{stranger}"
    );
    let alice = raw(server, target.as_bytes(), &cookie(server));
    assert!(alice.contains("a report"), "{alice}\n{}", server.log());
}

#[test]
#[ignore = "needs apache2: tests/run installs and runs it"]
fn a_folder_of_the_web_root_is_guarded_as_help_says() {
    let site = Deployment::new();
    edited(&site, &[("login = \"\"", files::snippet("login").trim())]);
    files::write(&site, "private/a.txt", b"a report");
    is_guarded(&files::apache(&site), "/private/a.txt");
    is_guarded(&files::lighttpd(&site), "/private/a.txt");
    is_guarded(&files::apache_with_htaccess(&site), "/private/a.txt");
}

#[test]
#[ignore = "needs apache2 and lighttpd: tests/run installs and runs them"]
fn a_folder_outside_of_the_web_root_is_guarded_as_help_says() {
    let site = Deployment::new();
    let folder = site.path("srv-files");
    let line = files::snippet("folder").replace("/srv/files", folder.to_str().unwrap());
    edited(&site, &[("folder = \"\"", line.trim())]);
    files::make_folder(&folder);
    fs::write(folder.join("a.txt"), "a report").unwrap();
    user::give(&folder.join("a.txt"), 0o644);
    for start in [apache::start, lighttpd::start] {
        is_guarded(&start(&site), "/cgi-bin/files/a.txt");
    }
}

#[test]
#[ignore = "needs apache2: tests/run installs and runs it"]
fn a_folder_is_guarded_as_the_readme_says() {
    let site = Deployment::new();
    edited(&site, &[("login = \"\"", "login = \"/cgi-bin/login\"")]);
    files::write(&site, "private/a.txt", b"a report");
    let lines = snippet("Protect a folder", "apache");
    let server = apache::start_guarding(&site, &["cgid", "actions"], &lines);
    is_guarded(&server, "/private/a.txt");
}
