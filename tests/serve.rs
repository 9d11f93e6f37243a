//! The development server as a CGI/1.1 host: real processes, and bytes on a socket.
//!
//! `cgi-session` is put into a folder of its own beside small shell programs, since it runs whatever
//! is called `login`, `logout` and `protected` beside it.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The programs that a test has nothing to say about.
const QUIET: &str = "printf 'Content-Type: text/plain\\n\\nquiet\\n'";

/// Shows how it was called.
const SHOW: &str = "printf 'Content-Type: text/plain\\n\\narguments=%s folder=%s\\n' $# \"$PWD\"\n\
                    /usr/bin/env\necho \"body=$(/usr/bin/od -An -tx1 | /usr/bin/tr -d ' \\n')\"";

/// A folder with the server's file and its programs.
fn site(login: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("cgi-session");
    let built = Path::new(env!("CARGO_BIN_EXE_cgi-session"));
    // A link is quicker, where the temporary folder is on the same disk.
    if fs::hard_link(built, &own).is_err() {
        fs::copy(built, &own).unwrap();
    }
    for (name, script) in [("login", login), ("logout", QUIET), ("protected", QUIET)] {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

/// `cgi-session serve` with its data in the folder, as if nothing but it had been started.
fn command(folder: &Path) -> Command {
    let mut command = Command::new(folder.join("cgi-session"));
    command.arg("serve").arg("--data").arg(folder.join("var"));
    command
        .env_remove("CARGO")
        .env("NOT_FOR_PROGRAMS", "secret");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

struct Server {
    child: Child,
    /// `127.0.0.1:PORT`
    address: String,
    /// What is printed behind `login   `.
    login: String,
    log: Option<JoinHandle<String>>,
}

impl Server {
    /// Waits until it has printed where it is.
    #[track_caller]
    fn start(folder: &Path) -> Self {
        let mut child = command(folder)
            .args(["--listen", "127.0.0.1:0"])
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().unwrap_or_else(|| panic!("no line")).unwrap();
        assert_eq!(line(), "cgi-session serve");
        let page = line();
        let address = page
            .strip_prefix("  page    http://")
            .and_then(|rest| rest.strip_suffix("/cgi-bin/protected"))
            .unwrap_or_else(|| panic!("{page}"))
            .to_owned();
        let login = line().strip_prefix("  login   ").unwrap().to_owned();
        Self {
            child,
            address,
            login,
            log: Some(log),
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    /// The answer to these bytes, as bytes.
    fn raw(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        // The server may refuse and close before it has read everything.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    /// The answer to a request line with these header lines, as text.
    fn ask(&self, line: &str, headers: &str) -> String {
        let request =
            format!("{line} HTTP/1.1\r\nHost: site.test:80\r\nConnection: close\r\n{headers}\r\n");
        String::from_utf8(self.raw(request.as_bytes())).unwrap()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Processes that it has started and not reaped.
    fn children(&self) -> String {
        let pid = self.child.id();
        fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap()
    }

    /// Ends it as an administrator would; its log.
    #[track_caller]
    fn stop(mut self) -> String {
        assert_eq!(self.children(), "", "a program was left");
        kill_process(self.pid(), Signal::TERM).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The log with the times taken out.
fn untimed(log: &str) -> String {
    log.lines()
        .map(|line| {
            match line
                .strip_suffix(" ms")
                .and_then(|line| line.rsplit_once(' '))
            {
                Some((line, _)) => format!("{line}\n"),
                None => format!("{line}\n"),
            }
        })
        .collect()
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or(answer)
}

#[track_caller]
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "not after 5 s: {what}"
        );
        sleep(Duration::from_millis(10));
    }
}

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

// Takes the server's whole deadline, 10 s.
#[test]
fn a_program_past_the_deadline_is_killed_and_the_answer_is_504() {
    let folder =
        site("printf 'Content-Type: text/plain\\n\\nhalf'; echo $$ >pid; exec /bin/sleep 60");
    let server = Server::start(folder.path());

    let answer = server.ask("GET /cgi-bin/login", "");

    assert_eq!(status(&answer), "504", "{answer}");
    assert!(!answer.contains("half"), "{answer}");
    let pid = fs::read_to_string(folder.path().join("pid")).unwrap();
    assert!(
        !Path::new("/proc").join(pid.trim()).exists(),
        "{pid} lives, or is a zombie"
    );
    let log = untimed(&server.stop());
    assert_eq!(
        log,
        "login: killed: not done after 10 s\nGET /cgi-bin/login 504\n"
    );
}

#[test]
fn a_program_is_killed_when_its_client_leaves() {
    let folder = site("echo $$ >pid.new; /bin/mv pid.new pid; exec /bin/sleep 60");
    let server = Server::start(folder.path());
    let mut client = server.connect();
    client
        .write_all(b"GET /cgi-bin/login?secret HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    let file = folder.path().join("pid");
    until("the program runs", || file.exists());
    let pid = fs::read_to_string(file).unwrap();

    client.shutdown(Shutdown::Both).unwrap();

    until("the program is gone", || {
        !Path::new("/proc").join(pid.trim()).exists()
    });
    assert_eq!(
        untimed(&server.stop()),
        "GET /cgi-bin/login -\nlogin: killed: its client left\n"
    );
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
fn only_three_programs_are_reachable() {
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

#[test]
fn the_log_has_neither_queries_nor_control_characters() {
    let folder = site("printf 'one\\033[31m\\ntwo\\r\\n' >&2; printf 'Status: 200\\n\\n'");
    let server = Server::start(folder.path());

    server.ask("GET /cgi-bin/login/%1b?password=secret", "");

    let log = untimed(&server.stop());
    assert_eq!(
        log,
        "login: one\\u{1b}[31m\nlogin: two\nGET /cgi-bin/login/%1b 200\n"
    );
}

#[test]
fn many_clients_at_once_all_get_their_answer() {
    let folder = site("/bin/sleep 0.1; printf 'Status: 200\\n\\n%s' $QUERY_STRING");
    let server = Server::start(folder.path());

    thread::scope(|scope| {
        for n in 0..80 {
            let server = &server;
            scope.spawn(move || {
                let answer = server.ask(&format!("GET /cgi-bin/login?{n}"), "");
                assert!(answer.ends_with(&format!("\r\n\r\n{n}")), "{n}: {answer}");
            });
        }
    });

    assert_eq!(server.stop().lines().count(), 80);
}

#[test]
fn sigterm_and_sigint_end_it_with_all_programs() {
    for signal in [Signal::TERM, Signal::INT] {
        let folder = site("echo $$ >pid.new; /bin/mv pid.new pid; exec /bin/sleep 60");
        let mut server = Server::start(folder.path());
        let mut client = server.connect();
        client
            .write_all(b"GET /cgi-bin/login HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap();
        let file = folder.path().join("pid");
        until("the program runs", || file.exists());
        let pid = fs::read_to_string(file).unwrap();

        kill_process(server.pid(), signal).unwrap();

        assert_eq!(server.child.wait().unwrap().code(), Some(0));
        let state = || fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat"));
        // An orphan's new parent may take its time to reap it.
        until("the program is gone", || {
            state().map_or(true, |stat| stat.contains(") Z "))
        });
    }
}

#[test]
fn a_first_start_makes_the_folder_and_a_second_keeps_it() {
    let folder = site(QUIET);
    let first = Server::start(folder.path());
    let login = first.login.clone();
    first.stop();
    let second = Server::start(folder.path());

    assert_eq!(second.login, login);
    let password = login.strip_prefix("demo / ").unwrap();
    assert!(password.len() >= 20, "{password}");
    let var = folder.path().join("var");
    assert_eq!(
        fs::read_to_string(var.join("password")).unwrap().trim_end(),
        password
    );
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!(mode(&var), 0o700);
    assert_eq!(mode(&var.join("password")), 0o600);
    assert_eq!(mode(&var.join("cgi-session.toml")), 0o600);
}

#[test]
fn two_first_starts_in_one_folder_make_one_user() {
    let folder = site(QUIET);

    let (a, b) = thread::scope(|scope| {
        let a = scope.spawn(|| Server::start(folder.path()));
        let b = scope.spawn(|| Server::start(folder.path()));
        (a.join().unwrap(), b.join().unwrap())
    });

    assert_eq!(a.login, b.login);
    assert_ne!(a.address, b.address);
}

/// A start that must fail.
#[track_caller]
fn refused(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    assert_eq!((status.code(), stdout), (Some(1), vec![]));
    String::from_utf8(stderr).unwrap()
}

#[test]
fn missing_programs_and_a_taken_port_say_what_to_do() {
    let folder = site(QUIET);
    let server = Server::start(folder.path());
    let taken = refused(command(folder.path()).args(["--listen", &server.address]));
    fs::remove_file(folder.path().join("logout")).unwrap();
    let missing = refused(command(folder.path()).args(["--listen", "127.0.0.1:0"]));

    assert!(
        taken.ends_with("`--listen 127.0.0.1:0` takes any free port\n"),
        "{taken}"
    );
    assert!(
        missing.starts_with("cgi-session: no `logout` in /"),
        "{missing}"
    );
    assert!(missing.contains("`cargo build --bins`"), "{missing}");
}
