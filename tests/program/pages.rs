//! What each page answers: the contract, in HTML and JSON, signed in and out, right and wrong.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use cgi_session::model::Time;
use sha2::{Digest as _, Sha256};

use crate::harness::{Answer, NAME, PASSWORD, Program, Row, Site};

const PROGRAMS: [&str; 3] = ["login", "logout", "protected"];

#[track_caller]
fn has(answer: &Answer, parts: &[&str]) {
    for part in parts {
        assert!(answer.body.contains(part), "no {part}: {}", answer.shown());
    }
}

#[track_caller]
fn is_problem(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status);
    assert_eq!(
        answer.header("Content-Type"),
        Some("application/problem+json; charset=utf-8")
    );
    let value = answer.json();
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (text("type").as_str(), value["status"].as_u64()),
        ("about:blank", Some(status.into()))
    );
    assert_eq!(text("title"), cgi_session::cgi::reason(status));
    assert!(!text("detail").is_empty());
    assert_eq!(value.get("id").is_some(), status >= 500, "{value}");
}

/// The form needs no store, also if the request brings a token.
#[test]
fn the_login_page_is_a_form_for_people_password_managers_and_scripts() {
    let site = Site::new();
    fs::remove_file(site.file()).unwrap();
    let form = site
        .program("login")
        .cookie(&"a".repeat(40))
        .query("next=%2Fx%3Fa%3Db")
        .answer();
    assert_eq!(form.status, 200);
    assert_eq!(
        form.header("Content-Type"),
        Some("text/html; charset=utf-8")
    );
    has(
        &form,
        &[
            // A failure's page finds `next` in the URL; the sign-in takes the field.
            "<form method=\"post\" action=\"/cgi-bin/login?next=/x%3Fa%3Db\">",
            "name=\"login_name\" value=\"\" autocomplete=\"username\"",
            "name=\"password\" autocomplete=\"current-password\"",
            "<label for=\"login_name\">",
            "<label for=\"password\">",
            "name=\"remember\"",
            "<input type=\"hidden\" name=\"next\" value=\"/x?a=b\">",
            "<html lang=\"en\">",
        ],
    );
    assert!(!form.body.contains("role=\"alert\"") && !form.body.contains("role=\"status\""));
    for (query, shown) in [
        ("next=//evil.example", false),
        ("next=", false),
        ("next=/x", true),
    ] {
        let form = site.program("login").query(query).answer();
        assert_eq!(form.body.contains("name=\"next\""), shown, "{query}");
    }
    has(
        &site.program("login").query("signed_out").answer(),
        &["role=\"status\">You are signed out."],
    );
    let json = site.program("login").json().answer();
    assert_eq!(
        json.header("Content-Type"),
        Some("application/json; charset=utf-8")
    );
    let expected = serde_json::json!({
        "form_action": "/cgi-bin/login",
        "fields": ["login_name", "password", "remember", "next"],
    });
    assert_eq!(json.json(), expected);
}

#[test]
fn a_right_sign_in_is_303_or_json_and_a_wrong_one_the_form_again() {
    let site = Site::new();
    let right = site
        .try_to_sign_in(PASSWORD)
        .logs(&["event=sign_in_succeeded user=demo client=192.0.2.7"]);
    let answer = right.answer();
    assert_eq!((answer.status, answer.body.as_str()), (303, ""));
    assert_eq!(answer.header("Location"), Some("/cgi-bin/protected"));
    let json = right.json().answer();
    let expires_at = Time(site.count("SELECT MAX(expires_at) FROM sessions")).to_string();
    assert_eq!(
        (json.status, json.json()),
        (
            200,
            serde_json::json!({"user": NAME, "expires_at": expires_at})
        )
    );
    assert!(
        json.cookie().is_some() && expires_at.ends_with('Z'),
        "{expires_at}"
    );
    let fields = [
        ("login_name", "DEMO"),
        ("password", "x"),
        ("next", "/x"),
        ("remember", "1"),
    ];
    let wrong = site.program("login").post(&fields);
    let wrong = wrong.logs(&["event=sign_in_failed user=demo client=192.0.2.7"]);
    let answer = wrong.answer();
    assert_eq!(answer.status, 401);
    has(
        &answer,
        &[
            "<title>Error: Sign in</title>",
            "role=\"alert\" id=\"error\">The login name or the password is wrong.",
            "value=\"DEMO\"",
            "name=\"next\" value=\"/x\"",
            "name=\"remember\" value=\"1\" checked",
            "aria-describedby=\"error\"",
        ],
    );
    is_problem(&wrong.json().answer(), 401);
    let challenge =
        "Cookie realm=\"cgi-session\", form-action=\"/cgi-bin/login\", cookie-name=__Host-session";
    assert_eq!(answer.header("WWW-Authenticate"), Some(challenge));
}

#[test]
fn the_protected_page_says_who_since_when_and_until_when() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let page = site.visit(&token);
    let since = Time(site.count("SELECT created_at FROM sessions")).to_string();
    let until = Time(site.count("SELECT expires_at FROM sessions")).to_string();
    has(
        &page,
        &[
            "<bdi>demo</bdi>",
            &format!("datetime=\"{since}\""),
            &format!("datetime=\"{until}\""),
            "<form method=\"post\" action=\"/cgi-bin/logout\">",
        ],
    );
    assert!((page.header("Refresh"), page.header("Set-Cookie")) == (None, None));
    let json = site.program("protected").cookie(&token).json().answer();
    let expected = serde_json::json!({"user": NAME, "signed_in_at": since, "expires_at": until});
    assert_eq!((json.status, json.json()), (200, expected));
}

#[test]
fn whoever_is_signed_out_gets_the_message_then_the_login_page() {
    let site = Site::new();
    let message = site.program("protected").query("a=b").answer();
    assert_eq!(message.status, 401);
    let login = "/cgi-bin/login?next=/cgi-bin/protected%3Fa%3Db";
    assert_eq!(
        message.header("Refresh"),
        Some(format!("3; url={login}").as_str())
    );
    has(
        &message,
        &[
            &format!("href=\"{login}\""),
            "href=\"/cgi-bin/protected?a=b&#38;stay\"",
            "opens in 3 seconds",
        ],
    );
    let staying = site.program("protected").query("stay").answer();
    assert_eq!((staying.status, staying.header("Refresh")), (401, None));
    has(
        &staying,
        &[
            "href=\"/cgi-bin/login?next=/cgi-bin/protected\"",
            "You are not signed in.",
        ],
    );
    is_problem(&site.program("protected").json().answer(), 401);
    let at_once = Site::with("[page]\nwhen_signed_out = \"redirect\"");
    let redirected = at_once.program("protected").query("a=b").answer();
    assert_eq!(
        (redirected.status, redirected.header("Location")),
        (303, Some(login))
    );
    is_problem(&at_once.program("protected").json().answer(), 401);
    // The script's own words.
    let chinese = site
        .program("protected")
        .set("HTTP_ACCEPT_LANGUAGE", "zh-CN")
        .answer();
    has(
        &chinese,
        &[
            "<title>错误!</title>",
            "您尚未登录,3秒后将自动转到登录窗口!",
            "<html lang=\"zh-CN\">",
        ],
    );
}

#[test]
fn the_sign_out_page_asks_first() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let before = site.dump();
    let page = site.program("logout").cookie(&token).answer();
    has(
        &page,
        &[
            "<form method=\"post\" action=\"/cgi-bin/logout\">",
            "href=\"/cgi-bin/protected\"",
        ],
    );
    assert_eq!((page.status, site.dump()), (200, before));
    // It needs no session, and no store where there is none to end.
    fs::remove_file(site.file()).unwrap();
    let out = site.program("logout").post(&[]).answer();
    assert_eq!(
        (out.status, out.header("Location")),
        (303, Some("/cgi-bin/login?signed_out"))
    );
}

#[test]
fn head_is_get_without_the_body() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    for name in PROGRAMS {
        for program in [
            site.program(name),
            site.program(name).cookie(&token),
            site.program(name).json(),
        ] {
            let get = program.answer();
            let head = program.method("HEAD").answer();
            assert_eq!(
                (head.status, &head.headers),
                (get.status, &get.headers),
                "{name}"
            );
            assert!(head.body.is_empty() && !get.body.is_empty());
        }
        let lost = site
            .program(name)
            .method("HEAD")
            .set("PATH_INFO", "/x")
            .logs(&["status=404"]);
        assert!(lost.answer().body.is_empty());
    }
}

#[test]
fn plain_http_is_refused_with_an_explanation_and_no_password_field() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let before = site.dump();
    for name in PROGRAMS {
        for https in ["", "off", "0", "no", "On"] {
            let program = site.program(name).cookie(&token).set("HTTPS", https);
            let program = program.logs(&[
                "status=403 why=\"plain HTTP refused: serve HTTPS, or set http.allow_http\"",
            ]);
            let answer = program.answer();
            assert_eq!(answer.status, 403, "{name} {https}");
            has(&answer, &["This connection is not secure", "https://"]);
            assert!(
                !answer.body.contains("<input") && !answer.body.contains("<form"),
                "{}",
                answer.body
            );
            is_problem(&program.json().answer(), 403);
        }
    }
    for loopback in ["127.0.0.1", "::1", "localhost"] {
        let local = site
            .try_to_sign_in(PASSWORD)
            .plain_http()
            .set("REMOTE_ADDR", loopback);
        let local = local.set("HTTP_HOST", loopback).logs(&["status=403"]);
        assert_eq!(
            local.answer().status,
            403,
            "there is no exception for loopback"
        );
    }
    assert_eq!(site.dump(), before);
    let allowed = Site::with("[http]\nallow_http = true");
    let signed_in = allowed
        .try_to_sign_in(PASSWORD)
        .plain_http()
        .logs(&["event=sign_in_succeeded"]);
    let answer = signed_in.answer();
    let token = answer.cookie().unwrap().0;
    assert_eq!(
        allowed
            .program("protected")
            .plain_http()
            .cookie(token)
            .answer()
            .status,
        200
    );
    let challenge = allowed.program("protected").plain_http().answer();
    assert!(
        challenge
            .header("WWW-Authenticate")
            .unwrap()
            .ends_with("cookie-name=cgi-session")
    );
}

/// Every status that a browser can provoke, each with every header: `Answer::read` looks at each answer.
#[test]
fn every_answer_errors_too_has_every_header() {
    let site = Site::with(
        "[page]\ntitle = \"Example\"\nlogo = \"/l.svg\"\nstylesheet = \"https://cdn.example/s.css\"",
    );
    let token = site.session(Row::FRESH);
    let broken = Site::new();
    broken.configure("x = 1");
    let away = Site::new();
    fs::remove_file(away.file()).unwrap();
    let programs = [
        site.program("protected").cookie(&token),
        site.try_to_sign_in(PASSWORD),
        site.program("logout").post(&[]),
        site.program("login").query("next=%"),
        site.program("protected"),
        site.program("login").plain_http(),
        site.program("login").set("PATH_INFO", "/x"),
        site.program("login").method("PUT"),
        site.program("login")
            .body("x")
            .set("CONTENT_LENGTH", "2")
            .stalls(),
        site.program("login")
            .body("x")
            .set("CONTENT_LENGTH", "99999"),
        site.program("login")
            .body("x")
            .set("CONTENT_TYPE", "text/plain"),
        broken.program("protected"),
        away.program("protected").cookie(&token),
        // What even a failure's page does not fit into.
        site.program("login")
            .set("SCRIPT_NAME", format!("/{}/login", "x".repeat(5000)))
            .method("PUT"),
        site.program("protected")
            .set("SCRIPT_NAME", format!("/{}/protected", "x".repeat(5000))),
    ];
    let mut seen = BTreeSet::new();
    for program in programs {
        for program in [
            program.clone(),
            program.json(),
            program.set("HTTP_ACCEPT_LANGUAGE", "zh"),
        ] {
            let answer = program.answer_whatever_is_logged();
            seen.insert(answer.status);
            let policy = answer.header("Content-Security-Policy").unwrap();
            let style = answer
                .body
                .split_once("<style>")
                .and_then(|(_, rest)| rest.split_once("</style>"));
            if let Some((style, _)) = style {
                let hash = base64(&Sha256::digest(style));
                assert!(
                    policy.contains(&format!("style-src 'sha256-{hash}'")),
                    "{policy}"
                );
                assert!(policy.contains("; form-action 'self'; "), "{policy}");
                let sources = policy.contains(" https://cdn.example; img-src 'self';");
                assert_eq!(sources, answer.body.contains("cdn.example"), "{policy}");
            } else {
                assert!(
                    !policy.contains("-src '") || policy.starts_with("default-src 'none'; f"),
                    "{policy}"
                );
            }
        }
    }
    let expected = [
        200, 204, 303, 400, 401, 403, 404, 405, 408, 413, 415, 500, 503,
    ];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
}

/// What is away, damaged or of another version, and how the log names it.
type Fault = (&'static str, fn(&Site), &'static str);

const FAULTS: &[Fault] = &[
    (
        "missing",
        |site| fs::remove_file(site.file()).unwrap(),
        "cannot open the store",
    ),
    (
        "empty",
        |site| drop(fs::write(site.file(), b"")),
        "store lacks tables, need version 2: run `cgi-session init`",
    ),
    (
        "damaged",
        |site| drop(fs::write(site.file(), vec![b'x'; 9000])),
        "file is not a database",
    ),
    (
        "a folder",
        |site| {
            fs::remove_file(site.file()).unwrap();
            fs::create_dir(site.file()).unwrap();
            let mode = PermissionsExt::from_mode(0o700);
            fs::set_permissions(site.file(), mode).unwrap();
        },
        "store unavailable",
    ),
    (
        "no tables",
        |site| site.execute("DROP TABLE schema_version"),
        "store lacks tables",
    ),
    (
        "no version",
        |site| site.execute("DELETE FROM schema_version"),
        "store lacks tables",
    ),
    (
        "older",
        |site| site.execute("UPDATE schema_version SET version = 1"),
        "store\\'s schema is version 1, need 2: run `cgi-session init`",
    ),
    (
        "newer",
        |site| site.execute("UPDATE schema_version SET version = 3, oldest_program = 3"),
        "store\\'s schema is version 3, newer than 2: install newer programs",
    ),
];

fn requests(site: &Site, token: &str) -> [Program; 3] {
    [
        site.program("protected").cookie(token),
        site.try_to_sign_in(PASSWORD).cookie(token),
        site.program("logout").cookie(token).post(&[]),
    ]
}

#[test]
fn a_store_that_cannot_answer_is_503_the_cookie_stays_and_the_client_learns_nothing() {
    for (what, break_it, why) in FAULTS {
        let site = Site::new();
        let token = site.session(Row::FRESH);
        let file = site.file();
        let kept = fs::read(&file).unwrap();
        break_it(&site);
        let broken = fs::read(&file).ok();
        for (program, name) in
            requests(&site, &token)
                .into_iter()
                .zip(["protected", "login", "logout"])
        {
            let answer = program.logs(&["status=503"]).answer();
            assert_eq!(answer.status, 503, "{what} {name}");
            assert!(answer.log.contains(why), "{what}: {}", answer.log);
            assert_eq!(answer.header("Retry-After"), Some("5"));
            answer.tells_only_its_id();
            let said = [
                "Back in a moment",
                if name == "logout" {
                    "not signed out yet"
                } else {
                    "has not changed"
                },
            ];
            has(&answer, &said);
            assert!(
                !answer.body.contains("name=\"password\""),
                "{what} {name}: never \"please sign in\""
            );
            let json = program.json().logs(&["status=503"]).answer();
            is_problem(&json, 503);
            json.tells_only_its_id();
        }
        assert_eq!(
            fs::read(&file).ok(),
            broken,
            "{what}: never repaired, made or migrated by a page"
        );
        let _ = fs::remove_dir(&file);
        fs::write(&file, kept).unwrap();
        fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
        assert!(
            site.is_signed_in(&token),
            "{what}: the same cookie works again"
        );
    }
}

#[test]
fn a_store_that_is_busy_is_waited_for_and_then_503() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let other = site.sql();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    std::thread::scope(|scope| {
        let busy = requests(&site, &token).map(|program| {
            scope.spawn(move || {
                program
                    .logs(&["status=503 why=\"store unavailable"])
                    .answer()
            })
        });
        for answer in busy {
            let answer = answer.join().unwrap();
            assert_eq!(answer.status, 503);
            answer.tells_only_its_id();
        }
        let waits = requests(&site, &token)[0].clone();
        let waiting = scope.spawn(move || waits.answer());
        std::thread::sleep(std::time::Duration::from_millis(500));
        other.execute_batch("COMMIT").unwrap();
        assert_eq!(waiting.join().unwrap().status, 200);
    });
}

#[test]
fn nothing_but_a_session_opens_the_protected_page() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let fine = site.program("protected").cookie(&token);
    assert_eq!(fine.answer().status, 200);
    let no_uid = Site::new();
    no_uid.configure("[session]\nidle = 1");
    let strange = [
        fine.set("HTTP_COOKIE", format!("__Host-session={token}x")),
        fine.plain_http(),
        fine.set("PATH_INFO", "/x"),
        fine.method("POST"),
        fine.method("GETT"),
        fine.set("CONTENT_LENGTH", "x"),
        fine.without("SCRIPT_NAME"),
        fine.without("REQUEST_METHOD"),
        fine.set("CGI_SESSION_CONFIG", "/nonexistent"),
        fine.set("CGI_SESSION_CONFIG", no_uid.path("cgi-session.toml")),
        fine.set("SCRIPT_NAME", "/x".repeat(4000))
            .without("HTTP_COOKIE"),
        fine.set("REMOTE_USER", "demo").without("HTTP_COOKIE"),
    ];
    for program in strange {
        let answer = program.answer_whatever_is_logged();
        assert!(answer.status >= 400, "{answer:?}");
        assert!(!answer.body.contains("<bdi>"), "{answer:?}");
    }
    for change in [
        "UPDATE sessions SET user_id = NULL",
        "UPDATE users SET disabled_at = 0",
        "UPDATE sessions SET expires_at = 0",
        "DELETE FROM users",
        "DROP TABLE sessions",
    ] {
        let site = Site::new();
        let token = site.session(Row::FRESH);
        site.execute("PRAGMA foreign_keys = OFF");
        site.execute(change);
        let answer = site
            .program("protected")
            .cookie(&token)
            .answer_whatever_is_logged();
        assert!(matches!(answer.status, 401 | 503), "{change} {answer:?}");
    }
}

/// RFC 9110, 12.5.1: the most specific range decides about a type, its quality ranks the type.
#[test]
fn json_is_for_those_who_prefer_it() {
    let site = Site::new();
    let table = [
        ("", false),
        ("*/*", false),
        ("text/html", false),
        (
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
            false,
        ),
        ("application/json", true),
        ("Application/JSON", true),
        ("application/json, */*", true),
        ("application/json, text/html", false),
        ("application/json;q=0.9, text/html;q=0.8", true),
        ("application/json;q=0.8, text/html;q=0.9", false),
        ("application/json, text/html;q=0.999", true),
        ("application/json;q=0, text/html;q=0", false),
        ("application/json;q=0", false),
        ("application/*", true),
        ("application/*, text/html;q=0.5", true),
        ("application/problem+json", false),
        ("application/json;q=x", false),
        ("application/json;q=1.5", false),
        ("application/json ; q=0.5 , text/* ; q=0.4", true),
        (",,;;q=,", false),
    ];
    for (accept, json) in table {
        let answer = site.program("login").set("HTTP_ACCEPT", accept).answer();
        let kind = if json {
            "application/json"
        } else {
            "text/html"
        };
        assert_eq!(
            answer.header("Content-Type"),
            Some(format!("{kind}; charset=utf-8").as_str()),
            "{accept}"
        );
    }
}

#[test]
fn the_language_is_the_browsers_or_the_owners() {
    let table = [
        ("", "en"),
        ("de", "en"),
        ("zh", "zh-CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("ZH-hans", "zh-CN"),
        ("zh-TW;q=0.5, fr", "zh-CN"),
        ("en;q=0.5, zh;q=0.6", "zh-CN"),
        ("en, zh", "en"),
        ("zh;q=0", "en"),
        ("zh;q=9", "en"),
        ("*", "en"),
        ("zhx", "en"),
    ];
    for (settings, fixed) in [
        ("", None),
        ("[page]\nlanguage = \"en\"", Some("en")),
        ("[page]\nlanguage = \"zh-CN\"", Some("zh-CN")),
    ] {
        let site = Site::with(settings);
        for (accepted, language) in table {
            let answer = site
                .program("login")
                .set("HTTP_ACCEPT_LANGUAGE", accepted)
                .answer();
            let expected = fixed.unwrap_or(language);
            assert_eq!(
                answer.header("Content-Language"),
                Some(expected),
                "{accepted}"
            );
            has(&answer, &[&format!("<html lang=\"{expected}\">")]);
        }
    }
}

#[test]
fn links_lead_to_the_same_folder_and_suffix_whatever_the_client_wrote() {
    let site = Site::new();
    let table = [
        ("/cgi-bin/protected", "/cgi-bin/login"),
        ("/protected", "/login"),
        ("/x/y/protected.cgi", "/x/y/login.cgi"),
        ("/protected.cgi", "/login.cgi"),
        ("//cgi-bin/protected", "/cgi-bin/login"),
        ("///evil.example/protected", "/evil.example/login"),
        ("/\\evil.example/protected", "/evil.example/login"),
        ("cgi-bin/protected", "/cgi-bin/login"),
        ("/a b\"<'>%/protected", "/a%20b%22%3C'%3E%25/login"),
        ("/站点/protected", "/%E7%AB%99%E7%82%B9/login"),
        ("/x;y?z#/protected", "/x%3By%3Fz%23/login"),
    ];
    for (script, login) in table {
        let answer = site
            .program("protected")
            .set("SCRIPT_NAME", script)
            .query("")
            .answer();
        let refresh = answer.header("Refresh").unwrap();
        let url = refresh
            .strip_prefix("3; url=")
            .unwrap()
            .split('?')
            .next()
            .unwrap();
        assert_eq!(url, login, "{script}");
        let escaped = login.replace('\'', "&#39;");
        has(&answer, &[&format!("href=\"{escaped}?next=")]);
    }
}

#[test]
fn whatever_is_echoed_is_escaped() {
    let site = Site::with("[page]\ntitle = \"<b>&\\\"'\"");
    let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&amp;";
    let escaped = "&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;";
    let fields = [
        ("login_name", hostile),
        ("password", hostile),
        ("next", &format!("/{hostile}")),
    ];
    let failed = site
        .program("login")
        .post(&fields)
        .logs(&["event=sign_in_failed"])
        .answer();
    has(
        &failed,
        &[&format!("value=\"{escaped}"), "&#60;b&#62;&#38;&#34;&#39;"],
    );
    for page in [
        failed,
        site.program("login")
            .query(&crate::harness::encoded(&fields[2..]))
            .answer(),
        site.program("protected")
            .query("a=\"><script>alert(1)</script>")
            .answer(),
        site.program("protected")
            .set("SCRIPT_NAME", format!("/{hostile}/protected"))
            .answer(),
        site.program("logout")
            .set("SCRIPT_NAME", format!("/{hostile}/logout"))
            .answer(),
        site.program("login")
            .set("PATH_INFO", hostile)
            .logs(&["status=404"])
            .answer(),
    ] {
        for raw in ["<script", "<img", "onerror=alert(1)>", "<b>"] {
            assert!(!page.body.contains(raw), "{raw}: {}", page.shown());
        }
        assert!(
            !page.body.contains(" on") || !page.shown().contains(" onpaste"),
            "pasting is allowed"
        );
    }
    // A name that is stored is shown as text, too.
    assert!(site.add("<b>'\"&x", crate::harness::hash()));
    site.execute("UPDATE users SET id = 9 WHERE id = 1; UPDATE users SET id = 1 WHERE id = 2");
    let token = site.session(Row::FRESH);
    has(
        &site.visit(&token),
        &["<bdi>&#60;b&#62;&#39;&#34;&#38;x</bdi>"],
    );
}

/// Names may hold quotes and semicolons (RFC 8264, 4.2: all of ASCII), and are values, never SQL.
#[test]
fn a_name_is_a_value_and_never_sql() {
    let site = Site::new();
    let names = [
        "x'or'1'='1",
        "x';drop/**/table/**/users;--",
        "\\'or(1=1)#",
        "%",
        "_",
        "x\"or\"\"=\"",
    ];
    for name in names {
        let program = site
            .program("login")
            .post(&[("login_name", name), ("password", PASSWORD)]);
        assert_eq!(
            program.logs(&["event=sign_in_failed"]).answer().status,
            401,
            "{name}"
        );
        assert!(site.add(name, crate::harness::hash()));
        assert_eq!(
            program.logs(&["event=sign_in_succeeded"]).answer().status,
            303,
            "{name}"
        );
    }
    let users = i64::try_from(names.len()).unwrap() + 1;
    assert_eq!(site.count("SELECT COUNT(*) FROM users"), users);
    let agent = "x'); DELETE FROM users; --";
    let program = site.try_to_sign_in(PASSWORD).set("HTTP_USER_AGENT", agent);
    assert_eq!(
        program.logs(&["event=sign_in_succeeded"]).answer().status,
        303
    );
    assert_eq!(
        site.count(
            "SELECT COUNT(*) FROM sessions WHERE user_agent = 'x''); DELETE FROM users; --'"
        ),
        1
    );
    // Statements are constants, or put together of constants and question marks. Those that hold more end in a digest
    // that only hex digits make; one holds a random number of ours, which the server is to say again.
    let mut formatted = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path())
        {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            let calls = text
                .split("format!(")
                .skip(1)
                .map(|rest| rest.split(')').next().unwrap().split_whitespace())
                .map(|words| words.collect::<Vec<_>>().join(" "));
            let words = [
                "SELECT",
                "INSERT",
                "UPDATE",
                "DELETE",
                "WHERE",
                "CHECK",
                "SESSIONS",
                "BLOCKS",
                "USERS",
                "placeholders",
            ];
            formatted.extend(calls.filter(|call| words.iter().any(|word| call.contains(word))));
            assert!(
                !text.contains("push_str(") && !text.contains("concat("),
                "SQL is not put together"
            );
        }
    }
    formatted.sort();
    let expected = [
        r#""SELECT '{said}'""#,
        r#""session FROM sessions WHERE session = '{}'", session.as_str("#,
        r#""{BLOCKS} {}", placeholders(some.len("#,
        r#""{CHECK_AGAIN}'{}'", session.as_str("#,
        r#""{CHECK}'{}'", session.as_str("#,
        r#""{LIST_SESSIONS} {OF_LATER_USERS}""#,
        r#""{LIST_SESSIONS} {OF_USER}""#,
        r#""{LIST_USERS} WHERE u.login_name > ? {BY_NAME}""#,
        r#""{LIST_USERS} {BY_NAME}""#,
        r#""{begin}; {SOON} {row} FOR UPDATE""#,
        r#""{delete} {}", placeholders(found.len("#,
    ];
    assert_eq!(formatted, expected);
}

/// RFC 4648, 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let three = [0, 1, 2].map(|i| u32::from(chunk.get(i).copied().unwrap_or(0)));
        let word = (three[0] << 16) | (three[1] << 8) | three[2];
        for digit in 0..4 {
            let shown = char::from(DIGITS[((word >> (18 - 6 * digit)) & 63) as usize]);
            text.push(if digit <= chunk.len() { shown } else { '=' });
        }
    }
    text
}
