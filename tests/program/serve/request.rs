//! What a program gets of a request, and which requests reach none.

use super::{QUIET, SHOW, Server, site, status, untimed};

// RFC 3875, 4.1; and nothing of the server's own environment.
#[test]
fn a_program_gets_the_meta_variables_and_nothing_else() {
    let folder = site(SHOW);
    let server = Server::start(folder.path());

    let answer = server.ask("GET /cgi-bin/login/a%20b/%2e?x=%41+--config", "");

    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let client_port = body
        .lines()
        .find(|l| l.starts_with("REMOTE_PORT="))
        .unwrap();
    let at = folder.path().canonicalize().unwrap();
    let (at, port) = (at.display(), server.address.rsplit(':').next().unwrap());
    let mut expected = vec![
        format!("CGI_SESSION_CONFIG={at}/var/cgi-session.toml"),
        format!("DOCUMENT_ROOT={at}"),
        "GATEWAY_INTERFACE=CGI/1.1".into(),
        "HTTP_HOST=site.test:80".into(),
        "PATH_INFO=/a b/.".into(),
        format!("PATH_TRANSLATED={at}/a b/."),
        format!("PWD={at}"),
        "QUERY_STRING=x=%41+--config".into(),
        "REMOTE_ADDR=127.0.0.1".into(),
        client_port.into(),
        "REQUEST_METHOD=GET".into(),
        "REQUEST_SCHEME=http".into(),
        "REQUEST_URI=/cgi-bin/login/a%20b/%2e?x=%41+--config".into(),
        format!("SCRIPT_FILENAME={at}/login"),
        "SCRIPT_NAME=/cgi-bin/login".into(),
        "SERVER_ADDR=127.0.0.1".into(),
        "SERVER_NAME=site.test".into(),
        format!("SERVER_PORT={port}"),
        "SERVER_PROTOCOL=HTTP/1.1".into(),
        format!("SERVER_SOFTWARE=cgi-session/{}", env!("CARGO_PKG_VERSION")),
        format!("arguments=0 folder={at}"),
        "body=".into(),
    ];
    let mut lines: Vec<&str> = body.lines().collect();
    // The shell's own.
    lines.retain(|line| {
        !line.starts_with("_=") && !line.starts_with("OLDPWD") && !line.starts_with("SHLVL")
    });
    lines.sort_unstable();
    expected.sort_unstable();
    assert_eq!(lines, expected);
}

// httpoxy; lighttpd maps X_Forwarded_For onto the variable of X-Forwarded-For.
#[test]
fn headers_become_variables_without_proxy_and_underscores() {
    let folder = site(SHOW);
    let server = Server::start(folder.path());

    let answer = server.ask(
        "GET /cgi-bin/login",
        "Proxy: http://evil.test\r\nX_Forwarded_For: 192.0.2.1\r\nAuthorization: Basic eDp5\r\n\
         Cookie: a=1\r\nX-Two: 1\r\nCookie: b=2\r\nX-Two: 2\r\nX-Forwarded-For: 192.0.2.2\r\n\
         X_Forwarded_For: 192.0.2.3\r\nX_Only: 1\r\n",
    );

    let mut headers: Vec<&str> = answer.lines().filter(|l| l.contains("HTTP_")).collect();
    headers.sort_unstable();
    assert_eq!(
        headers,
        [
            "HTTP_COOKIE=a=1; b=2",
            "HTTP_HOST=site.test:80",
            "HTTP_X_FORWARDED_FOR=192.0.2.2",
            "HTTP_X_TWO=1, 2",
        ]
    );
}

#[test]
fn a_header_that_is_not_utf8_arrives_byte_for_byte() {
    let folder = site(SHOW);
    let server = Server::start(folder.path());

    let answer = server.raw(
        b"GET /cgi-bin/login HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUser-Agent: \xff\xfe\xe9\r\n\r\n",
    );

    let wanted = b"\nHTTP_USER_AGENT=\xff\xfe\xe9\n";
    assert!(
        answer.windows(wanted.len()).any(|w| w == wanted),
        "{}",
        answer.escape_ascii()
    );
}

#[test]
fn a_body_has_its_exact_length_chunked_or_not() {
    let folder = site(SHOW);
    let server = Server::start(folder.path());
    let kind = "Content-Type: text/x-test\r\n";
    for (headers, length) in [
        ("Content-Length: 5\r\n\r\na=\u{1}c\n", 5),
        (
            "Transfer-Encoding: chunked\r\n\r\n2\r\na=\r\n3\r\n\u{1}c\n\r\n0\r\n",
            5,
        ),
    ] {
        let answer = server.ask("POST /cgi-bin/login", &format!("{kind}{headers}"));

        for line in [
            &format!("CONTENT_LENGTH={length}"),
            "CONTENT_TYPE=text/x-test",
            "body=613d01630a",
        ] {
            assert!(answer.lines().any(|l| l == line), "no {line} in {answer}");
        }
    }
    let answer = server.ask("POST /cgi-bin/login", "Content-Length: 0\r\n");
    assert!(answer.contains("\nCONTENT_LENGTH=0\n"), "{answer}");
}

#[test]
fn a_body_over_the_cap_is_413_and_starts_nothing() {
    let folder = site("touch started");
    let server = Server::start(folder.path());
    let over = 1024 * 1024 + 1;
    let announced = server.ask(
        "POST /cgi-bin/login",
        &format!("Content-Length: {over}\r\n"),
    );
    let chunk = format!("{over:x}\r\n{}\r\n0\r\n", "a".repeat(over));
    let chunked = server.ask(
        "POST /cgi-bin/login",
        &format!("Transfer-Encoding: chunked\r\n\r\n{chunk}"),
    );

    assert_eq!((status(&announced), status(&chunked)), ("413", "413"));
    assert!(!folder.path().join("started").exists());
    assert_eq!(
        untimed(&server.stop()),
        "POST /cgi-bin/login 413\n".repeat(2)
    );
}

#[test]
fn a_body_of_a_megabyte_goes_through_and_may_be_ignored() {
    let folder = site("printf 'Content-Type: text/plain\\n\\n'; /usr/bin/wc -c");
    let server = Server::start(folder.path());
    let size = 1024 * 1024;
    let body = format!("Content-Length: {size}\r\n\r\n{}", "a".repeat(size));

    let read = server.ask("POST /cgi-bin/login", &body);
    let ignored = server.ask("POST /cgi-bin/logout", &body);

    assert!(read.ends_with("\r\n\r\n1048576\n"), "{read}");
    assert!(ignored.ends_with("\r\n\r\nquiet\n"), "{ignored}");
}

#[test]
fn too_many_headers_are_431() {
    let folder = site(QUIET);
    let server = Server::start(folder.path());
    for (length, expected) in [(30_000, "200"), (40_000, "431"), (400_000, "431")] {
        let long = format!("X-Long: {}\r\n", "a".repeat(length));
        let answer = server.ask("GET /cgi-bin/login", &long);
        assert_eq!(status(&answer), expected, "{length}: {answer}");
    }
}

#[test]
fn only_our_programs_are_reachable() {
    let folder = site(QUIET);
    let server = Server::start(folder.path());
    for (path, expected) in [
        ("/", "303"),
        ("/cgi-bin/login", "200"),
        ("/cgi-bin/%6cogin?x", "200"),
        ("/cgi-bin/login%00", "400"),
        ("/cgi-bin/cgi-session", "404"),
        ("/cgi-bin/", "404"),
        ("/cgi-bin/../cgi-bin/login", "404"),
        ("/cgi-bin//login", "404"),
        ("/cgi-bin/login.sh", "404"),
        ("/CGI-BIN/login", "404"),
        ("/login", "404"),
        ("/var/password", "404"),
        ("//", "404"),
    ] {
        let answer = server.ask(&format!("GET {path}"), "");
        assert_eq!(status(&answer), expected, "{path}: {answer}");
    }
    assert!(
        server
            .ask("GET /", "")
            .contains("\r\nlocation: /cgi-bin/protected\r\n")
    );
}

// RFC 9112, 3.2.
#[test]
fn a_request_without_one_valid_host_is_400() {
    let folder = site(QUIET);
    let server = Server::start(folder.path());
    for (request, expected) in [
        (
            "GET /cgi-bin/login HTTP/1.1\r\nConnection: close\r\n\r\n",
            "400",
        ),
        (
            "GET /cgi-bin/login HTTP/1.1\r\nConnection: close\r\nHost: a\r\nHost: b\r\n\r\n",
            "400",
        ),
        (
            "GET /cgi-bin/login HTTP/1.1\r\nConnection: close\r\nHost: a b\r\n\r\n",
            "400",
        ),
        (
            "GET /cgi-bin/login HTTP/1.1\r\nConnection: close\r\nHost: u@a\r\n\r\n",
            "400",
        ),
        (
            "GET /cgi-bin/login HTTP/1.1\r\nConnection: close\r\nHost: [::1]:80\r\n\r\n",
            "200",
        ),
        ("GET /cgi-bin/login HTTP/1.0\r\n\r\n", "200"),
    ] {
        let answer = String::from_utf8(server.raw(request.as_bytes())).unwrap();
        assert_eq!(status(&answer), expected, "{request}: {answer}");
    }
}

// Takes the server's whole patience, 10 s.
#[test]
fn a_body_that_does_not_come_is_408_and_starts_nothing() {
    let folder = site("touch started");
    let server = Server::start(folder.path());

    let answer = server.ask("POST /cgi-bin/login", "Content-Length: 9\r\n\r\nshort");

    assert_eq!(status(&answer), "408", "{answer}");
    assert!(!folder.path().join("started").exists());
}
