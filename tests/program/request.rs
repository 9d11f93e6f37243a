//! What a server hands to a program: method, path, length, and everything else that a client can send.

use std::time::{Duration, Instant};

use crate::harness::{PASSWORD, Program, Row, Site};

// RFC 3875, 4.1.2: CONTENT_LENGTH is "" or digits; anything else is the client's mistake, not ours.
#[test]
fn content_length_that_is_no_number_is_400_and_tells_the_client_nothing() {
    let site = Site::new();
    let lengths = [
        "-1",
        "+5",
        "5 ",
        " 5",
        "0x5",
        "5.0",
        "1e3",
        "٣",
        "99999999999999999999",
        "5,5",
        "x",
    ];
    for length in lengths {
        let program = site.program("logout").post(&[]);
        let answer = program
            .set("CONTENT_LENGTH", length)
            .logs(&["status=400 why=\"CONTENT_LENGTH is not what RFC 3875 allows\""])
            .answer();

        assert_eq!(answer.status, 400, "{length:?}");
        assert!(answer.body.contains("Bad request") && !answer.body.contains("CONTENT_LENGTH"));
    }
}

#[test]
fn a_body_is_read_exactly_and_never_over_its_cap() {
    let site = Site::with("[http]\nmax_body = \"1k\"");
    let fits = format!("a={}", "b".repeat(1022));
    let over = format!("a={}", "b".repeat(1023));
    // The body, what CONTENT_LENGTH says of it, the status. Without a length it was chunked.
    let table: &[(&str, Option<&str>, u16)] = &[
        (&fits, Some("1024"), 303),
        (&fits, None, 303),
        (&over, Some("1025"), 413),
        (&over, None, 413),
        ("", Some("18446744073709551615"), 413),
        ("a=b", Some("4"), 400),
        ("", Some("1"), 400),
        ("a=b", Some("03"), 303),
        ("", Some("0"), 303),
        ("", None, 303),
        // What follows is the next request's, or nobody's: `%` alone would be a mistake.
        ("a=b%", Some("3"), 303),
        ("a=b%", Some("4"), 400),
        // RFC 3875, 4.1.2: empty is no body, whatever is there.
        ("a=b%", Some(""), 303),
    ];
    for (body, length, status) in table {
        let mut program = site.program("logout").body(body).without("CONTENT_LENGTH");
        if let Some(length) = length {
            program = program.set("CONTENT_LENGTH", length);
        }
        let line = format!("status={status}");
        let failed = [line.as_str()];
        program = program.logs(if *status == 303 { &[] } else { &failed });
        let answer = program.answer();
        assert_eq!(answer.status, *status, "{} bytes, {length:?}", body.len());
    }
}

#[test]
fn a_body_of_a_megabyte_is_refused_unread_and_one_that_may_be_is_read() {
    let megabyte = format!("login_name=x&password={}", "y".repeat(1 << 20));
    let small = Site::new();
    let refused = small.program("login").body(&megabyte);
    assert_eq!(refused.logs(&["status=413"]).answer().status, 413);
    let site = Site::with("[http]\nmax_body = \"2m\"");
    let read = site.program("login").body(&megabyte);
    assert_eq!(read.logs(&["event=sign_in_failed"]).answer().status, 401);
}

#[test]
fn a_body_that_stalls_is_408_within_its_deadline() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let began = Instant::now();
    let program = site.program("logout").cookie(&token).body("next=%2F");
    let answer = program
        .set("CONTENT_LENGTH", "9")
        .stalls()
        .logs(&["status=408 why=\"body did not arrive in time\""])
        .answer();
    assert_eq!(answer.status, 408);
    let took = began.elapsed();
    assert!(
        (Duration::from_millis(2900)..Duration::from_secs(6)).contains(&took),
        "{took:?}"
    );
    assert!(site.is_signed_in(&token), "nothing was done");
}

// RFC 9110, 9.1: a method is case-sensitive. The override headers are other people's conventions.
#[test]
fn other_methods_are_405_with_allow_and_nothing_overrides_a_method() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    for (name, allow) in [
        ("login", "GET, HEAD, POST"),
        ("logout", "GET, HEAD, POST"),
        ("protected", "GET, HEAD"),
    ] {
        let others = [
            "post", "get", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "PROPFIND",
            "POST ",
        ];
        for method in others {
            let program = site.program(name).cookie(&token);
            let answer = program.method(method).logs(&["status=405"]).answer();
            assert_eq!((answer.status, answer.header("Allow")), (405, Some(allow)));
            let json = program.method(method).json().logs(&["status=405"]).answer();
            assert_eq!(json.json()["status"], 405, "{name} {method}");
        }
    }
    let posted = site.program("protected").cookie(&token).post(&[]);
    assert_eq!(posted.logs(&["status=405"]).answer().status, 405);
    let before = site.dump();
    let overridden = site
        .program("logout")
        .cookie(&token)
        .set("HTTP_X_HTTP_METHOD_OVERRIDE", "POST")
        .set("HTTP_X_METHOD_OVERRIDE", "POST")
        .set("HTTP_X_HTTP_METHOD", "POST")
        .query("_method=POST");
    assert_eq!(overridden.answer().status, 200, "the page with the button");
    assert_eq!(site.dump(), before);
}

// RFC 3875, 8.2: an application that does not expect extra path information must refuse it.
#[test]
fn path_info_is_404_and_never_echoed() {
    let site = Site::new();
    for name in ["login", "logout", "protected"] {
        for path in [
            "/",
            "/xyzzy",
            "/../../etc/xyzzy",
            "/<script>xyzzy",
            "//xyzzy",
        ] {
            let program = site.program(name).set("PATH_INFO", path);
            let program = program.set("PATH_TRANSLATED", "/srv/www/xyzzy");
            let answer = program.logs(&["status=404"]).answer();
            assert_eq!(answer.status, 404, "{name}{path}");
            assert!(!answer.body.contains("xyzzy"), "{}", answer.body);
            let problem = program.json().logs(&["status=404"]).answer().json();
            assert_eq!(problem["status"], 404);
        }
        let empty = site.program(name).set("PATH_INFO", "");
        assert_ne!(
            empty.logs(&[]).answer().status,
            404,
            "RFC 3875, 4.1: empty is absent"
        );
    }
}

#[test]
fn without_a_variable_that_rfc_3875_requires_it_is_400() {
    let site = Site::new();
    for (name, variable) in [("login", "REQUEST_METHOD"), ("protected", "SCRIPT_NAME")] {
        let why = format!("why=\"no {variable} in the environment\"");
        let program = site.program(name).without(variable);
        assert_eq!(program.logs(&[&why]).answer().status, 400);
        let program = site.program(name).set(variable, "");
        assert_eq!(program.logs(&[&why]).answer().status, 400);
    }
    let bare = Program::new("login");
    let variables = [
        "REQUEST_METHOD",
        "SCRIPT_NAME",
        "HTTP_HOST",
        "REMOTE_ADDR",
        "HTTPS",
    ];
    let bare = variables.iter().fold(bare, |bare, name| bare.without(name));
    // No configuration either: nothing works, and an answer comes all the same.
    let bare = bare.set("CGI_SESSION_CONFIG", "/nonexistent");
    assert_eq!(bare.logs(&["status=500"]).answer().status, 500);
}

/// Each variable that a client's header or address can fill, and some that only look like it.
const CLIENTS: &[&str] = &[
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_AUTHORIZATION",
    "HTTP_CGI_SESSION_CONFIG",
    "HTTP_FORWARDED",
    "HTTP_HOST",
    "HTTP_ORIGIN",
    "HTTP_PROXY",
    "HTTP_REFERER",
    "HTTP_SEC_FETCH_SITE",
    "HTTP_USER_AGENT",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_ORIGINAL_URL",
    "QUERY_STRING",
    "REMOTE_ADDR",
    "REMOTE_HOST",
    "REMOTE_IDENT",
    "REMOTE_USER",
    "SERVER_NAME",
];

// `std::env::vars` and `args` panic on the first of these; Linux gives a program at most 128 KiB a string.
#[test]
fn whatever_bytes_a_header_holds_the_answer_is_the_same() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let expected = site.visit(&token);
    // The page is called by the host's name, and by nothing that could be none.
    let mut nameless = expected.clone();
    nameless.body = expected.body.replace("<span>site.example</span>", "");
    assert_ne!(nameless, expected);
    let huge = "x".repeat(131_000);
    let values: [&[u8]; 7] = [
        b"\xff\xfe\x80",
        b"\xed\xa0\x80",
        b"\x01\x1b[2J\r\nSet-Cookie: a=b\r\n\r\n",
        huge.as_bytes(),
        b"() { :; }; echo; /bin/sh -c 'exit 1'",
        b"$(reboot)`reboot`;reboot|reboot",
        b"%n%s%x${jndi:ldap://x}{{7*7}}<script>alert(1)</script>",
    ];
    for variable in CLIENTS {
        for value in values {
            let program = site.program("protected").cookie(&token);
            let answer = program.set(variable, OsStr::from_bytes(value)).answer();
            let expected = match variable {
                &"SERVER_NAME" => &nameless,
                _ => &expected,
            };
            assert_eq!(&answer, expected, "{variable} = {value:?}");
        }
    }
    // All at once, with a sign-in behind them.
    for value in values {
        let all = [
            "HTTP_USER_AGENT",
            "HTTP_REFERER",
            "HTTP_ACCEPT",
            "HTTP_COOKIE",
            "REMOTE_ADDR",
        ];
        let program = all
            .iter()
            .fold(site.try_to_sign_in(PASSWORD), |program, name| {
                program.set(name, OsStr::from_bytes(value))
            });
        let answer = program.logs(&["event=sign_in_succeeded"]).answer();
        assert_eq!(
            (answer.status, answer.header("Location")),
            (303, Some("/cgi-bin/protected"))
        );
    }
    assert_eq!(
        site.count("SELECT MAX(length(user_agent)) FROM sessions"),
        255
    );
}

// httpoxy, and whatever else steers programs: HTTP_* is the client's, the rest is of other programs.
#[test]
fn nothing_steers_us_but_the_configuration() {
    let site = Site::new();
    let other = Site::new();
    other.configure("[http]\nallow_http = true");
    let token = site.session(Row::FRESH);
    let expected = site.visit(&token);
    let theirs = other.path("cgi-session.toml").display().to_string();
    let steering: &[(&str, &str)] = &[
        ("HTTP_PROXY", "http://127.0.0.1:1"),
        ("http_proxy", "http://127.0.0.1:1"),
        ("ALL_PROXY", "http://127.0.0.1:1"),
        ("HTTP_CGI_SESSION_CONFIG", &theirs),
        ("REDIRECT_CGI_SESSION_CONFIG", &theirs),
        ("HTTP_DOCUMENT_ROOT", "/tmp/x"),
        ("HTTP_HTTPS", "off"),
        ("TZ", "../../etc/passwd"),
        ("LANG", "zh_CN.UTF-8"),
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "full"),
        ("RUST_LIB_BACKTRACE", "1"),
        ("RUST_MIN_STACK", "x"),
        ("MYSQL_HOST", "127.0.0.1"),
        ("MYSQL_PWD", "x"),
        ("MYSQL_UNIX_PORT", "/tmp/x"),
        ("SQLITE_TMPDIR", "/nonexistent"),
        ("SQLITE_FORCE_PROXY_LOCKING", "1"),
        ("TMPDIR", "/nonexistent"),
        ("HOME", "/nonexistent"),
        ("PATH", ""),
        ("CARGO", "/bin/false"),
        ("REDIRECT_STATUS", "200"),
        ("REDIRECT_URL", "/x"),
        ("REDIRECT_REQUEST_METHOD", "POST"),
    ];
    for (variable, value) in steering {
        let program = site.program("protected").cookie(&token);
        let answer = program.set(variable, value).answer();
        assert_eq!(answer, expected, "{variable}");
        let program = site.try_to_sign_in(PASSWORD).set(variable, value);
        let answer = program.logs(&["event=sign_in_succeeded"]).answer();
        assert_eq!(answer.status, 303, "{variable}");
    }
}

#[test]
fn only_the_server_or_a_listed_proxy_says_that_it_was_https() {
    let forwarded: &[(&str, &str)] = &[
        ("HTTP_X_FORWARDED_PROTO", "https"),
        ("HTTP_X_FORWARDED_FOR", "198.51.100.9"),
        ("HTTP_FORWARDED", "proto=https;for=198.51.100.9"),
        ("HTTP_HTTPS", "on"),
        ("HTTP_X_FORWARDED_SSL", "on"),
        ("HTTP_FRONT_END_HTTPS", "on"),
        ("SERVER_PORT", "443"),
        ("REQUEST_SCHEME", "https"),
        ("HTTPS", "off"),
    ];
    let forward = |site: &Site| {
        let program = site.try_to_sign_in(PASSWORD);
        forwarded
            .iter()
            .fold(program, |program, (name, value)| program.set(name, value))
    };
    let refused = forward(&Site::new()).logs(&["status=403"]).answer();
    assert_eq!(refused.status, 403);
    let site = Site::with("[http]\ntrusted_proxies = [\"192.0.2.0/24\"]");
    let trusted = forward(&site).logs(&["client=198.51.100.9"]).answer();
    assert_eq!(trusted.status, 303);
    assert!(trusted.header("Set-Cookie").unwrap().contains("; Secure"));
    // What stands before the proxy's own word is the client's.
    for (proto, status) in [
        ("https, http", 403),
        ("http, https", 303),
        ("HTTPS", 303),
        ("x", 403),
    ] {
        let line = if status == 303 {
            "event=sign_in_succeeded"
        } else {
            "status=403"
        };
        let program = forward(&site).set("HTTP_X_FORWARDED_PROTO", proto);
        assert_eq!(program.logs(&[line]).answer().status, status, "{proto}");
    }
}

// `GET /cgi-bin/login?--config+/etc/passwd` is these arguments on Apache (RFC 3875, 4.4).
#[test]
fn arguments_are_ignored() {
    let site = Site::new();
    for name in ["login", "logout", "protected"] {
        let expected = site.program(name).answer_whatever_is_logged();
        for arguments in [
            &["--config", "/etc/passwd"][..],
            &["-h"],
            &["--help"],
            &["--version"],
            &["user", "list"],
            &["/bin/sh", "-c", "id"],
            &["--", "-s"],
        ] {
            let program = site.program(name).arguments(arguments);
            assert_eq!(
                program.answer_whatever_is_logged(),
                expected,
                "{name} {arguments:?}"
            );
        }
    }
}
