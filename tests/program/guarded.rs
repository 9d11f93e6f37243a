//! Who is admitted to a guarded place, and what everybody else gets. The place is a file, sent by `files` where
//! lighttpd's `cgi.assign` calls it.

use std::fs;

use cgi_session::auth::rules::Rules;
use cgi_session::config::Config;

use super::files::Folder;
use crate::harness::{Answer, Done, NAME, PASSWORD, Program, Sent, Site, hash};

const LOGIN: &str = "[http]\nlogin = \"/cgi-bin/login\"";

/// A folder with these rules, and a visitor who is signed in as [`NAME`].
fn ruled(http: &str, rules: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    let at = folder.path("").display().to_string();
    let rules = rules
        .iter()
        .map(|(path, allow)| format!("[[rule]]\npath = \"{path}\"\nallow = {allow}\n"));
    let rules: String = rules.collect();
    folder
        .site
        .configure(&format!("{http}\n[files]\nfolder = \"{at}\"\n{rules}"));
    folder
}

/// The request of a visitor without a cookie.
fn stranger(folder: &Folder, path: &str) -> Program {
    folder.assigned(path).without("HTTP_COOKIE")
}

/// The status of an answer that may be a file.
#[track_caller]
fn status(program: &Program) -> u16 {
    Sent::by(program).status
}

#[test]
fn a_stranger_is_led_to_the_login_page_and_back_to_what_they_asked_for() {
    let folder = ruled("[http]\nlogin = \"/x/login.cgi\"", &[]);
    for (asked, query, next) in [
        ("/private/a.txt", "", "/private/a.txt"),
        ("/private/sub/", "", "/private/sub/"),
        ("//private/./a%20b;x", "", "/private/a%2520b%253Bx"),
        ("/private/a.txt", "?x=1&y", "/private/a.txt%3Fx%3D1%26y"),
        // A rewrite changed path and query; the visitor knows the address that they asked for.
        ("/old/a.txt", "?id=7", "/old/a.txt%3Fid%3D7"),
        ("http://evil.example/private/a.txt", "", "/private/a.txt"),
    ] {
        let program = stranger(&folder, "/private/a.txt")
            .set("REQUEST_URI", format!("{asked}{query}"))
            .query("rewritten=1");
        let answer = program.answer();
        assert_eq!(answer.status, 401, "{answer:?}");
        let challenge = answer.header("WWW-Authenticate").unwrap();
        assert!(
            challenge.contains("form-action=\"/x/login.cgi\""),
            "{challenge}"
        );
        let refresh = format!("3; url=/x/login.cgi?next={next}");
        assert_eq!(answer.header("Refresh"), Some(&*refresh), "{asked}");
    }
    let staying = stranger(&folder, "/private/a.txt").set("REQUEST_URI", "/private/a.txt?x=1&stay");
    let answer = staying.answer();
    assert_eq!(answer.header("Refresh"), None);
    assert!(
        answer
            .body
            .contains("/x/login.cgi?next=/private/a.txt%3Fx%3D1\""),
        "{}",
        answer.shown()
    );
    let answer = stranger(&folder, "/private/a.txt").json().answer();
    assert_eq!(
        (answer.status, answer.json()["status"].as_u64()),
        (401, Some(401))
    );
}

#[test]
fn a_part_of_a_page_gets_a_challenge_and_no_page() {
    for when in ["message", "redirect"] {
        let folder = ruled(
            &format!("{LOGIN}\n[page]\nwhen_signed_out = \"{when}\""),
            &[],
        );
        let program = stranger(&folder, "/private/a.txt");
        for destination in ["image", "script", "style", "empty", "iframe", "video"] {
            let answer = program.set("HTTP_SEC_FETCH_DEST", destination).answer();
            assert_eq!((answer.status, &*answer.body), (401, ""), "{destination}");
            assert_eq!(answer.header("Refresh"), None, "{destination}");
            // Who asks for JSON can read it.
            let json = program
                .set("HTTP_SEC_FETCH_DEST", destination)
                .json()
                .answer();
            assert_eq!(json.json()["status"], 401, "{destination}");
        }
        let page = program.set("HTTP_SEC_FETCH_DEST", "document").answer();
        assert_eq!(page.status, if when == "redirect" { 303 } else { 401 });
        if when == "redirect" {
            assert_eq!(
                page.header("Location"),
                Some("/cgi-bin/login?next=/private/a.txt")
            );
        }
    }
}

#[test]
fn without_the_login_programs_path_a_stranger_gets_500_and_the_log_names_the_key() {
    let folder = ruled("", &[("/private/board", "[\"group:board\"]")]);
    for program in [
        stranger(&folder, "/private/a.txt"),
        stranger(&folder, "/private/a.txt").json(),
        stranger(&folder, "/private/a.txt").set("HTTP_SEC_FETCH_DEST", "image"),
        // Who is signed in as another needs it as well.
        folder.assigned("/private/board/a.txt"),
    ] {
        Sent::by(&program).is(500, "http.login is empty");
    }
    assert_eq!(status(&folder.assigned("/private/a.txt")), 200);
    // Under its own URL, `files` lies beside `login`.
    let answer = folder.stranger("/private/a.txt").answer();
    assert_eq!(answer.status, 401);
    let refresh = answer.header("Refresh").unwrap();
    assert_eq!(
        refresh,
        "3; url=/cgi-bin/login?next=/cgi-bin/files/private/a.txt"
    );
    let answer = folder
        .by_action("/private/a.txt")
        .without("HTTP_COOKIE")
        .answer();
    assert_eq!(
        answer.header("Refresh"),
        Some("3; url=/cgi-bin/login?next=/private/a.txt")
    );
}

#[test]
fn who_may_not_is_told_who_they_are_and_how_to_sign_in_as_another() {
    let folder = ruled(LOGIN, &[("/private", "[\"user:alice\"]")]);
    let program = folder
        .assigned("/private/a.txt")
        .set("REQUEST_URI", "/private/a.txt?x=1");
    let log = "event=not_allowed user=demo client=192.0.2.7 rule=/private";
    let answer = program.logs(&[log]).answer();
    assert_eq!(answer.status, 403);
    let shown = answer.shown();
    assert!(
        shown.contains("You are signed in as <bdi>demo</bdi>"),
        "{shown}"
    );
    assert!(
        shown.contains("href=\"/cgi-bin/login?next=/private/a.txt%3Fx%3D1\""),
        "{shown}"
    );
    let chinese = program
        .set("HTTP_ACCEPT_LANGUAGE", "zh-CN")
        .logs(&[log])
        .answer();
    assert!(
        chinese.shown().contains("您已登录为 <bdi>demo</bdi>"),
        "{}",
        chinese.shown()
    );
    let json = program.json().logs(&[log]).answer();
    assert_eq!(json.json()["status"], 403);
    let detail = "You may not open this address. You are signed in as demo";
    assert_eq!(json.json()["detail"], detail);
    let part = program
        .set("HTTP_SEC_FETCH_DEST", "image")
        .logs(&[log])
        .answer();
    assert_eq!((part.status, &*part.body), (403, ""));
    // The login page there says who is signed in.
    let login = folder.site.program("login").cookie(&folder.token);
    let login = login.query("next=/private/a.txt").answer();
    assert!(
        login.shown().contains("<bdi>demo</bdi>"),
        "{}",
        login.shown()
    );
}

/// The one who is allowed signs in at that page, and comes back to the file.
#[test]
fn somebody_else_signs_in_and_gets_it() {
    let folder = ruled(LOGIN, &[("/private", "[\"user:alice\"]")]);
    assert!(folder.site.add("alice", hash()));
    let fields = [
        ("login_name", "Alice"),
        ("password", PASSWORD),
        ("next", "/private/a.txt"),
    ];
    let program = folder
        .site
        .program("login")
        .cookie(&folder.token)
        .post(&fields);
    let answer = program.logs(&["event=sign_in_succeeded"]).answer();
    assert_eq!(answer.header("Location"), Some("/private/a.txt"));
    let token = answer.cookie().unwrap().0;
    assert_eq!(
        status(&folder.assigned("/private/a.txt").cookie(token)),
        200
    );
    assert_eq!(
        status(&folder.assigned("/private/a.txt")),
        401,
        "it was ended"
    );
}

#[test]
fn nobody_gets_what_is_for_nobody_and_no_way_to_sign_in() {
    let folder = ruled("", &[("/private", "[\"nobody\"]")]);
    let answer = stranger(&folder, "/private/a.txt")
        .logs(&["user=\"\" client="])
        .answer();
    assert_eq!(answer.status, 403);
    assert!(!answer.shown().contains("href="), "{}", answer.shown());
}

/// Each path may be the one with the stricter rule.
#[test]
fn both_paths_must_be_allowed() {
    let folder = ruled(
        LOGIN,
        &[
            ("/private", "[\"user:demo\"]"),
            ("/open", "[\"everyone\"]"),
            ("/shut", "[\"nobody\"]"),
        ],
    );
    for (asked, mine, strangers) in [
        ("/private/a.txt", 200, 401),
        ("/open/a.txt", 200, 401),
        ("/shut/a.txt", 403, 403),
        ("/open/../shut/a.txt", 403, 403),
        ("/open/%2e%2e/shut/a.txt", 403, 403),
        ("/open/%2f..%2fshut", 400, 400),
        ("/open/a.txt#", 400, 400),
        ("/../private/a.txt", 400, 400),
        ("", 400, 400),
    ] {
        let program = folder.assigned("/private/a.txt").set("REQUEST_URI", asked);
        assert_eq!(status(&program), mine, "{asked}");
        assert_eq!(
            status(&program.without("HTTP_COOKIE")),
            strangers,
            "{asked}"
        );
    }
    let without = folder.assigned("/private/a.txt").without("REQUEST_URI");
    let sent = Sent::by(&without);
    sent.is(400, "no REQUEST_URI in the environment");
}

#[test]
fn groups_count_from_the_next_request_on() {
    let folder = ruled(LOGIN, &[("/private", "[\"user:alice\", \"group:board\"]")]);
    let ask = || status(&folder.assigned("/private/a.txt"));
    assert_eq!(ask(), 403);
    folder
        .site
        .good(&["user", "groups", NAME, "+Board", "+staff"], "");
    assert_eq!(ask(), 200);
    folder.site.good(&["user", "groups", NAME, "-board"], "");
    assert_eq!(ask(), 403);
}

/// A place for everyone needs no store, and only a rule that names a group asks for groups.
#[test]
fn the_store_is_asked_for_no_more_than_the_rule_needs() {
    let folder = ruled(
        LOGIN,
        &[
            ("/private/a.txt", "[\"everyone\"]"),
            ("/private/b.txt", "[\"group:board\", \"everyone\"]"),
            ("/private/c.txt", "[\"group:board\"]"),
            ("/private/d.txt", "[\"user:demo\"]"),
        ],
    );
    for name in ["b", "c", "d"] {
        folder.write(&format!("private/{name}.txt"), b"x");
    }
    folder.site.execute("DROP TABLE memberships");
    assert_eq!(status(&folder.assigned("/private/d.txt")), 200);
    assert_eq!(status(&folder.assigned("/private/c.txt")), 503);
    fs::remove_file(folder.site.file()).unwrap();
    for name in ["a", "b"] {
        let path = format!("/private/{name}.txt");
        assert_eq!(status(&folder.assigned(&path)), 200);
        assert_eq!(status(&stranger(&folder, &path)), 200);
    }
    assert_eq!(status(&folder.assigned("/private/d.txt")), 503);
    // Without a cookie there is nothing to ask.
    assert_eq!(status(&stranger(&folder, "/private/d.txt")), 401);
}

/// The programs that guard nothing do not stop for a rule that is wrong, and those that guard let nobody in.
#[test]
fn a_rule_that_is_wrong_shuts_every_guarded_place() {
    let folder = ruled(LOGIN, &[("/elsewhere", "[\"grop:board\"]")]);
    for program in [
        folder.assigned("/private/a.txt"),
        stranger(&folder, "/private/a.txt"),
    ] {
        let answer: Answer = program.logs(&[":9: allow: "]).answer();
        assert_eq!(answer.status, 500);
        answer.tells_only_its_id();
    }
    assert!(folder.site.is_signed_in(&folder.token));
    let config = Config::load(&folder.site.config()).unwrap();
    assert!(Rules::from_config(&config).is_err());
    let Done { code, err: why, .. } = folder.site.run(&["config", "check"], "");
    assert!(
        code == 1 && why.contains(":9: allow: \"grop:board\""),
        "{why}"
    );
}

/// `config check` says what is missing before a visitor meets it.
#[test]
fn config_check_looks_at_what_guards() {
    let folder = ruled("", &[("/private", "[\"everyone\"]")]);
    let said = folder.site.good(&["config", "check"], "");
    assert!(said.contains("rules          1: good\n"), "{said}");
    assert!(said.contains("login          none: "), "{said}");
    let at = folder.path("");
    let site: &Site = &folder.site;
    site.configure(&format!("{LOGIN}\n[files]\nfolder = {at:?}\n"));
    let said = site.good(&["config", "check"], "");
    assert!(
        said.contains("files          ") && !said.contains("login  "),
        "{said}"
    );
    site.configure("[files]\nfolder = \"/nowhere/at/all\"\n");
    let Done { code, err: why, .. } = site.run(&["config", "check"], "");
    assert!(
        code == 1 && why.contains("files.folder: /nowhere/at/all: cannot read"),
        "{why}"
    );
    site.configure(&format!("[files]\nfolder = {at:?}\n"));
    let mut command = site.command(&["config", "check"]);
    let done = command
        .env_clear()
        .env("DOCUMENT_ROOT", site.folder())
        .output()
        .unwrap();
    let why = String::from_utf8(done.stderr).unwrap();
    assert!(
        !done.status.success() && why.contains("lies in DOCUMENT_ROOT"),
        "{why}"
    );
}
