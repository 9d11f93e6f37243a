//! A form that another site's page sent is refused before anything is asked for.

use crate::harness::{PASSWORD, Row, Site};

/// The store does not exist and the body is malformed: a request that is refused first reads neither.
#[test]
fn a_cross_origin_post_is_403_before_any_query_or_hashing() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let before = site.dump();
    for name in ["login", "logout"] {
        for (header, value) in [
            ("HTTP_SEC_FETCH_SITE", "cross-site"),
            ("HTTP_SEC_FETCH_SITE", "same-site"),
            ("HTTP_ORIGIN", "https://evil.example"),
            ("HTTP_ORIGIN", "null"),
        ] {
            let sign_in = site.try_to_sign_in(PASSWORD);
            let right = if name == "login" {
                sign_in
            } else {
                site.program(name).post(&[])
            };
            let forged = right.cookie(&token).set(header, value);
            let lines = &["status=403 why=\"cross-origin POST refused;"];
            assert_eq!(
                forged.logs(lines).answer().status,
                403,
                "{name} {header}: {value}"
            );
            assert_eq!(forged.json().logs(lines).answer().json()["status"], 403);
        }
    }
    assert_eq!(site.dump(), before, "and nobody is signed in or out");
    std::fs::remove_file(site.file()).unwrap();
    for name in ["login", "logout"] {
        let program = site
            .program(name)
            .cookie(&token)
            .body("%")
            .set("HTTP_ORIGIN", "null");
        assert_eq!(program.logs(&["status=403"]).answer().status, 403, "{name}");
        let unread = program.set("CONTENT_LENGTH", "60000").stalls();
        assert_eq!(unread.logs(&["status=403"]).answer().status, 403, "{name}");
    }
}

#[test]
fn our_own_form_and_a_script_pass() {
    let site = Site::new();
    for (header, value) in [
        ("HTTP_SEC_FETCH_SITE", "same-origin"),
        ("HTTP_SEC_FETCH_SITE", "none"),
        ("HTTP_ORIGIN", "https://site.example"),
        ("HTTP_USER_AGENT", "curl/8.0"),
    ] {
        let program = site.try_to_sign_in(PASSWORD).set(header, value);
        let answer = program.logs(&["event=sign_in_succeeded"]).answer();
        assert_eq!(answer.status, 303, "{header}: {value}");
    }
}
