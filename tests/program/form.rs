//! `application/x-www-form-urlencoded`: what is one, what is not, and which fields count.

use crate::harness::{NAME, PASSWORD, Site, encoded};

#[test]
fn only_a_form_is_read_as_one() {
    let site = Site::new();
    let right = encoded(&[("login_name", NAME), ("password", PASSWORD)]);
    let table: &[(&str, u16)] = &[
        ("application/x-www-form-urlencoded", 303),
        ("Application/X-WWW-Form-URLencoded", 303),
        ("application/x-www-form-urlencoded; charset=UTF-8", 303),
        ("application/x-www-form-urlencoded ;charset=utf-16", 303),
        ("", 415),
        ("application/json", 415),
        ("text/plain", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/x-www-form-urlencoded2", 415),
        ("application/x-www-form-urlencoded, text/plain", 415),
        ("text/plain; application/x-www-form-urlencoded", 415),
    ];
    for (kind, status) in table {
        let line = if *status == 303 {
            "event=sign_in_succeeded"
        } else {
            "status=415"
        };
        let program = site.program("login").body(&right).set("CONTENT_TYPE", kind);
        assert_eq!(program.logs(&[line]).answer().status, *status, "{kind:?}");
    }
}

// Replacing what is wrong would make two different passwords one.
#[test]
fn what_is_not_whole_is_400() {
    let site = Site::new();
    let malformed: &[&[u8]] = &[
        b"login_name=demo&password=%",
        b"login_name=demo&password=%4",
        b"login_name=demo&password=%G1",
        b"login_name=demo&password=%%30",
        b"login_name=demo&password=%u0041",
        b"login_name=demo&password=\xff",
        // Over-long "/", a surrogate, beyond U+10FFFF, half a character: none of them is UTF-8 (RFC 3629, 3).
        b"login_name=demo&password=%C0%AF",
        b"login_name=demo&password=%ED%A0%80",
        b"login_name=demo&password=%F4%90%80%80",
        b"login_name=demo&password=%E2%82",
        b"%FF=1&login_name=demo&password=x",
    ];
    for body in malformed {
        let program = site.program("login").body(body);
        let answer = program.logs(&["status=400 why=\"form refused"]).answer();
        assert_eq!(answer.status, 400, "{}", body.escape_ascii());
    }
    // Few bytes each, and much memory.
    let (most, too_many) = ("a&".repeat(9_999), "a&".repeat(10_000));
    let program = site.program("login").body(&most);
    assert_ne!(program.answer_whatever_is_logged().status, 400);
    let program = site.program("login").body(&too_many);
    let answer = program.logs(&["status=400 why=\"form refused"]).answer();
    assert_eq!(answer.status, 400);
    // In a query they are 400 too, but not on the message page, which shows the way in.
    let query = site.program("login").query("next=%");
    assert_eq!(query.logs(&["status=400"]).answer().status, 400);
    assert_eq!(
        site.program("protected").query("next=%").answer().status,
        401
    );
}

#[test]
fn a_field_twice_is_400_and_other_spellings_are_other_fields() {
    let site = Site::new();
    let right = encoded(&[("login_name", NAME), ("password", PASSWORD)]);
    for field in ["login_name", "password", "next", "remember", "login%5Fname"] {
        let body = format!("{right}&{field}=a&{field}=b");
        let program = site.program("login").body(body);
        assert_eq!(
            program
                .logs(&["why=\"form refused: a field twice\""])
                .answer()
                .status,
            400
        );
    }
    let query = site.program("login").query("next=%2Fa&next=%2Fb");
    assert_eq!(query.logs(&["a field twice"]).answer().status, 400);
    for field in [
        "login_name[]",
        "LOGIN_NAME",
        "login_name ",
        " login_name",
        "login_name%00",
        "\u{feff}login_name",
    ] {
        let program = site
            .program("login")
            .body(format!("{field}={NAME}&password=x"));
        let answer = program.logs(&["event=sign_in_failed user=\"\""]).answer();
        assert_eq!(answer.status, 401, "{field}");
        // Nor do they get in the way.
        let program = site.program("login").body(format!("{field}=x&{right}"));
        assert_eq!(
            program.logs(&["event=sign_in_succeeded"]).answer().status,
            303,
            "{field}"
        );
    }
    let crowd = (0..5000).fold(String::new(), |all, i| all + &format!("&f{i}=x"));
    let program = site.program("login").body(right + &crowd);
    assert_eq!(
        program.logs(&["event=sign_in_succeeded"]).answer().status,
        303
    );
}

#[test]
fn query_and_body_are_never_merged() {
    let site = Site::new();
    let right = encoded(&[
        ("login_name", NAME),
        ("password", PASSWORD),
        ("next", "/theirs"),
    ]);
    for body in ["", "login_name=demo", "password=copper+otter+lantern+42"] {
        let program = site.program("login").query(&right).body(body);
        assert_eq!(
            program.logs(&["event=sign_in_failed"]).answer().status,
            401,
            "{body}"
        );
    }
    let program = site
        .try_to_sign_in(PASSWORD)
        .query("next=%2Ftheirs&login_name=x&remember=1");
    let answer = program.logs(&["event=sign_in_succeeded"]).answer();
    assert_eq!(answer.header("Location"), Some("/cgi-bin/protected"));
    assert!(!answer.header("Set-Cookie").unwrap().contains("Max-Age"));
    // Nor does a body count where a GET has one.
    let program = site
        .program("login")
        .post(&[("login_name", NAME), ("password", PASSWORD)]);
    let answer = program.method("GET").query(&right).answer();
    assert!(answer.status == 200 && answer.cookie().is_none());
}
