//! Behind a proxy that nobody named in `trusted_proxies`.

use crate::harness::{PASSWORD, Program, Site};

/// What proxies write of a visitor who came over HTTPS.
const SAY_HTTPS: [(&str, &str); 4] = [
    ("HTTP_X_FORWARDED_PROTO", "https"),
    ("HTTP_X_FORWARDED_PROTO", "http, HTTPS"),
    ("HTTP_FORWARDED", "for=192.0.2.7;proto=https"),
    (
        "HTTP_FORWARDED",
        "proto=http, for=\"[2001:db8::1]\"; Proto=\"https\"",
    ),
];

/// The same, or of nobody who came over HTTPS.
const DO_NOT: [(&str, &str); 5] = [
    ("HTTP_X_FORWARDED_PROTO", "http"),
    ("HTTP_X_FORWARDED_PROTO", "https, http"),
    ("HTTP_FORWARDED", "for=192.0.2.7"),
    ("HTTP_FORWARDED", "proto=https, proto=http"),
    ("HTTP_X_FORWARDED_FOR", "https"),
];

fn through_a_proxy(program: &Program, says: (&str, &str)) -> Program {
    let proxied = program.plain_http().set(says.0, says.1);
    proxied.set("REMOTE_ADDR", "198.51.100.9")
}

#[test]
fn an_unknown_proxy_that_says_https_is_named_in_the_log_and_nobody_is_sent_round() {
    let site = Site::new();
    let before = site.dump();
    let lines = [
        "status=403 why=\"plain HTTP refused: 198.51.100.9 says that the visitor came over HTTPS, and is not \
         believed; if it is your proxy, add it to http.trusted_proxies\"",
    ];
    for says in SAY_HTTPS {
        for program in [
            site.program("login"),
            site.program("logout"),
            site.program("protected"),
            site.try_to_sign_in(PASSWORD),
        ] {
            let program = through_a_proxy(&program, says).logs(&lines);

            let answer = program.answer();
            assert_eq!(answer.status, 403, "{says:?}");
            assert!(answer.body.contains("This site is not ready yet"));
            for circle in ["https://", "<a ", "<form", "<input"] {
                assert!(!answer.body.contains(circle), "{circle}: {}", answer.body);
            }
            let chinese = program.set("HTTP_ACCEPT_LANGUAGE", "zh").answer();
            assert!(chinese.body.contains("本网站尚未就绪"), "{}", chinese.body);
            let detail = program.json().answer().json()["detail"].to_string();
            assert!(
                detail.contains("HTTPS") && !detail.contains("https://"),
                "{detail}"
            );
        }
    }
    assert_eq!(site.dump(), before, "nobody is signed in");
}

#[test]
fn who_comes_over_plain_http_is_still_told_so() {
    let site = Site::new();
    for says in DO_NOT {
        let program = through_a_proxy(&site.program("login"), says);
        let refused =
            program.logs(&["why=\"plain HTTP refused: serve HTTPS, or set http.allow_http\""]);
        let answer = refused.answer();
        assert_eq!(answer.status, 403, "{says:?}");
        assert!(answer.body.contains("This connection is not secure"));
    }
}

/// Named, it is believed; over HTTPS or with `allow_http` nothing changes for whoever says so unasked.
#[test]
fn what_an_unknown_proxy_says_changes_nothing_else() {
    let named = Site::with("[http]\ntrusted_proxies = [\"198.51.100.9\"]");
    let says = ("HTTP_X_FORWARDED_PROTO", "https");
    let program = through_a_proxy(&named.program("login"), says);
    assert_eq!(program.answer().status, 200);
    let open = Site::with("[http]\nallow_http = true");
    for says in SAY_HTTPS {
        let signed_in = through_a_proxy(&open.try_to_sign_in(PASSWORD), says);
        let signed_in = signed_in.logs(&["event=sign_in_succeeded user=demo client=198.51.100.9"]);
        let answer = signed_in.answer();
        let (_, attributes) = answer.cookie().unwrap();
        assert!(!attributes.contains("Secure"), "{attributes}");
    }
}

/// It takes the place of the line that `init` writes, and then the proxy is believed, and no other.
#[test]
fn the_configuration_names_a_proxy() {
    let template = include_str!("../../src/config/template.toml");
    let (before, _) = template.split_once("\ntrusted_proxies = []\n").unwrap();
    assert!(before[before.rfind("\n[").unwrap()..].starts_with("\n[http]\n"));
    let line = "trusted_proxies = [\"192.0.2.10\"]\n";
    let site = Site::with(&format!("[http]\n{line}"));
    let login = site
        .program("login")
        .plain_http()
        .set("HTTP_X_FORWARDED_PROTO", "https");
    let answer = login.set("REMOTE_ADDR", "192.0.2.10").answer();
    assert_eq!(answer.status, 200);
    let other = login.set("REMOTE_ADDR", "192.0.2.11");
    assert_eq!(other.answer_whatever_is_logged().status, 403);
}
