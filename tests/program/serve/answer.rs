//! What becomes of a program's output.

use super::{Server, site, status, untimed};

#[test]
fn repeated_set_cookie_stays_apart() {
    let folder = site(
        "printf 'Status: 303 See Other\\r\\nSet-Cookie: a=1\\r\\nLocation: /x\\r\\nSet-Cookie: b=2\\r\\n\\r\\n'",
    );
    let server = Server::start(folder.path());

    let answer = server.ask("GET /cgi-bin/login", "");

    assert!(answer.starts_with("HTTP/1.1 303 See Other\r\n"), "{answer}");
    for line in [
        "set-cookie: a=1",
        "set-cookie: b=2",
        "location: /x",
        "content-length: 0",
    ] {
        assert!(answer.lines().any(|l| l == line), "no {line} in {answer}");
    }
    assert_eq!(untimed(&server.stop()), "GET /cgi-bin/login 303\n");
}

// RFC 3875, 6. lighttpd sends half-written headers to the client as a body.
#[test]
fn an_answer_that_is_none_is_500_and_nothing_of_it_is_forwarded() {
    for (script, why) in [
        (
            "printf 'Set-Cookie: secret=1\\r\\nStatus: 2'",
            "no blank line after the headers",
        ),
        (
            "printf 'Set-Cookie: secret=1\\r\\n\\r\\n'",
            "no Content-Type, Status or Location",
        ),
        ("printf 'secret\\n\\n'", "a header line without a colon"),
        (
            "printf 'se cret: 1\\n\\n'",
            "a header name that is no token",
        ),
        (
            "printf ' secret: 1\\n\\n'",
            "a header name that is no token",
        ),
        (
            "printf 'A: secret\\r1\\n\\n'",
            "a header value with a control character",
        ),
        ("printf '\\nsecret'", "no header"),
        (
            "printf 'Status: 99 secret\\n\\n'",
            "Status is not what RFC 3875 allows",
        ),
        (
            "printf 'Status: 100 secret\\n\\n'",
            "Status is not what RFC 3875 allows",
        ),
        (
            "printf 'Status: 2000\\nA: secret\\n\\n'",
            "Status is not what RFC 3875 allows",
        ),
        (
            "printf 'Status: 200\\nStatus: 200\\nA: secret\\n\\n'",
            "Status stands twice",
        ),
        (
            "printf 'Location: //secret\\nLocation: /b\\n\\n'",
            "a header stands twice",
        ),
        (
            "printf 'Location: /secret\\n\\n'",
            "Location is a path and there is no Status: Apache would run that path instead",
        ),
        (
            "printf 'Content-Type: a/b\\nContent-Length: 7\\n\\nsecret'",
            "Content-Length is not the length of the body",
        ),
        (":", "no blank line after the headers"),
    ] {
        let folder = site(script);
        let server = Server::start(folder.path());

        let answer = server.ask("GET /cgi-bin/login", "");

        assert_eq!(status(&answer), "500", "{script}: {answer}");
        assert!(!answer.contains("secret"), "{script}: {answer}");
        assert_eq!(
            untimed(&server.stop()),
            format!("login: answer not forwarded: {why}\nGET /cgi-bin/login 500\n"),
            "{script}"
        );
    }
}

#[test]
fn an_answer_of_a_killed_program_is_not_used() {
    let folder = site("printf 'Content-Type: text/plain\\n\\nsecret'; kill -9 $$");
    let server = Server::start(folder.path());

    let answer = server.ask("GET /cgi-bin/login", "");

    assert_eq!(status(&answer), "500");
    assert!(!answer.contains("secret"), "{answer}");
}

#[test]
fn the_status_is_the_programs_or_what_rfc_3875_implies() {
    for (script, line) in [
        (
            "printf 'Status: 401\\nContent-Type: a/b\\n\\nx'",
            "401 Unauthorized",
        ),
        ("printf 'Status: 204 No Content\\n\\n'", "204 No Content"),
        ("printf 'content-type: a/b\\n\\n'", "200 OK"),
        ("printf 'Location: https://a.test/\\n\\n'", "302 Found"),
        ("printf 'STATUS:404 gone\\n\\n'", "404 Not Found"),
    ] {
        let folder = site(script);
        let server = Server::start(folder.path());

        let answer = server.ask("GET /cgi-bin/login", "");

        assert_eq!(
            answer.lines().next(),
            Some(format!("HTTP/1.1 {line}").as_str()),
            "{script}"
        );
        assert!(
            !answer.to_ascii_lowercase().contains("\r\nstatus:"),
            "{answer}"
        );
    }
}

#[test]
fn head_has_the_headers_and_no_body() {
    let folder = site("printf 'Content-Type: text/plain\\nX-Method: %s\\n\\nbody' $REQUEST_METHOD");
    let server = Server::start(folder.path());

    let answer = server.ask("HEAD /cgi-bin/login", "");

    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("x-method: HEAD\r\n"), "{answer}");
    assert!(
        answer.ends_with("\r\n\r\n") && !answer.contains("body"),
        "{answer}"
    );
    assert!(
        !answer.contains("content-length: 0"),
        "the length of GET's body is not 0: {answer}"
    );
}

#[test]
fn the_servers_own_answers_cannot_be_taken_for_a_page() {
    let folder = site("printf 'secret'");
    let server = Server::start(folder.path());
    for (line, headers, expected) in [
        ("GET /", "", "303"),
        ("GET /cgi-bin/login%00", "", "400"),
        ("GET /nowhere", "", "404"),
        ("POST /cgi-bin/login", "Content-Length: 9999999\r\n", "413"),
        (
            "GET /cgi-bin/login",
            &format!("X: {}\r\n", "a".repeat(40_000)),
            "431",
        ),
        ("GET /cgi-bin/login", "", "500"),
    ] {
        let answer = server.ask(line, headers);

        assert_eq!(status(&answer), expected, "{line}: {answer}");
        for wanted in [
            "cache-control: no-store",
            "content-security-policy: default-src 'none'",
            "content-type: text/plain; charset=utf-8",
            "x-content-type-options: nosniff",
        ] {
            assert!(answer.lines().any(|l| l == wanted), "{line}: {answer}");
        }
    }
}

#[test]
fn a_method_that_nobody_knows_is_refused_and_cut_in_the_log() {
    let folder = site("printf 'Content-Type: a/b\\n\\n%s' $REQUEST_METHOD");
    let server = Server::start(folder.path());
    for (length, expected) in [(32, "200"), (33, "501"), (30_000, "501"), (33_000, "431")] {
        let method = "M".repeat(length);
        let answer = server.ask(&format!("{method} /cgi-bin/login"), "");
        assert_eq!(status(&answer), expected, "{length}: {answer}");
        assert_eq!(
            status(&server.ask(&format!("{method} /"), "")),
            if expected == "200" { "303" } else { expected }
        );
    }
    let log = server.stop();
    assert!(log.lines().all(|line| line.len() < 80), "{log}");
    assert!(
        log.contains(&format!("{}… /cgi-bin/login 501", "M".repeat(32))),
        "{log}"
    );
}
