//! Mozilla's HTTP Observatory over every page and error, over TLS, as `cgi-session help` sets it up.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use super::chromium::script;
use crate::harness::deployment::Deployment;
use crate::harness::web::WebServer;
use crate::harness::web::{apache, lighttpd};

const PASSWORD: &str = "lantern otter copper 42";

/// One answer to be judged: the status that it must have, and what asks for it.
fn request(status: u16, method: &str, path: &str, headers: &Value, body: &str) -> Value {
    json!({ "status": status, "method": method, "path": path, "headers": headers, "body": body })
}

/// Every page, and every error that a client can bring about.
fn everything() -> Vec<Value> {
    let get = |status, path| request(status, "GET", path, &json!({}), "");
    let post = |status, path, headers, body: &str| request(status, "POST", path, &headers, body);
    let form = || json!({ "content-type": "application/x-www-form-urlencoded" });
    let right = format!("login_name=demo&password={}", PASSWORD.replace(' ', "+"));
    vec![
        get(200, "login"),
        get(200, "login?signed_out"),
        get(200, "logout"),
        get(401, "protected"),
        get(401, "protected?stay"),
        get(404, "login/nothing"),
        post(401, "login", form(), "login_name=demo&password=wrong"),
        // Goes on to the protected page, signed in; the cookie is judged too.
        post(200, "login", form(), &right),
        // Goes on to the login page.
        post(200, "logout", form(), ""),
        post(400, "login", form(), "login_name=%FF&password=x"),
        post(
            403,
            "login",
            json!({ "content-type": "application/x-www-form-urlencoded", "origin": "https://evil.example" }),
            &right,
        ),
        request(405, "DELETE", "protected", &json!({}), ""),
        post(413, "login", form(), &"x".repeat(100_000)),
        post(415, "login", json!({ "content-type": "text/plain" }), "x"),
    ]
}

/// A+ for each, or the test fails; the output has a line for each.
fn judge(server: &WebServer, requests: &[Value]) {
    let mut node = script("observatory.mjs")
        .arg(format!("{}/cgi-bin/", server.base))
        .arg(server.plain.as_deref().unwrap())
        .env("NODE_EXTRA_CA_CERTS", server.authority.as_deref().unwrap())
        .env("NO_PROXY", "*")
        .stdin(Stdio::piped())
        .spawn()
        .expect("node");
    let requests = serde_json::to_vec(requests).unwrap();
    node.stdin.take().unwrap().write_all(&requests).unwrap();
    assert!(node.wait().unwrap().success(), "{}", server.log());
}

fn every_answer_is_an_a_plus(site: &Deployment, server: &WebServer) {
    println!("{}", server.base);
    judge(server, &everything());

    let get = |status| {
        [request(
            status,
            "GET",
            "protected",
            &json!({ "cookie": cookie() }),
            "",
        )]
    };
    site.configure("sqlite:/nowhere/sessions.sqlite", "");
    judge(server, &get(503));
    site.configure("sqlite:/nowhere/sessions.sqlite", "no_such_key = 1\n");
    judge(server, &get(500));
}

/// A token without a session, which makes `protected` ask the store.
fn cookie() -> String {
    format!("__Host-session={}", "a".repeat(40))
}

fn site() -> Deployment {
    let site = Deployment::new();
    site.configure(&site.sqlite_url(), "");
    site.admin(&["init"], "");
    site.admin(&["user", "add", "demo", "--password-stdin"], PASSWORD);
    site
}

#[test]
#[ignore = "needs lighttpd and node: tests/run installs and runs it"]
fn a_plus_behind_lighttpd() {
    let site = site();
    every_answer_is_an_a_plus(&site, &lighttpd::start_as_in_help(&site));
}

#[test]
#[ignore = "needs apache2 and node: tests/run installs and runs it"]
fn a_plus_behind_apache() {
    let site = site();
    every_answer_is_an_a_plus(&site, &apache::start_as_in_help(&site));
}
