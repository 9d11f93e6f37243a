//! The log: one line an event, which nothing that comes from outside can forge, and nobody's verdict.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use cgi_session::log::{Log, MAX_VALUE, Sink, escaped};
use proptest::prelude::{ProptestConfig, any, proptest};

use crate::program::{NAME, PASSWORD, Row, Site};

#[test]
fn a_value_is_bare_where_that_is_unambiguous_and_else_quoted() {
    let table = [
        ("demo", "demo"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("a@b.example", "a@b.example"),
        ("", "\"\""),
        ("a b", "\"a b\""),
        ("a=b", "\"a=b\""),
        ("a\"b\\c", "\"a\\\"b\\\\c\""),
        ("a\nb\r\tc\0", "\"a\\nb\\r\\tc\\0\""),
        ("\u{1b}[31m\u{7f}\u{9b}", "\"\\u{1b}[31m\\u{7f}\\u{9b}\""),
        ("a\u{202e}b\u{2066}", "\"a\\u{202e}b\\u{2066}\""),
        (
            "\u{200b}\u{feff}\u{2028}",
            "\"\\u{200b}\\u{feff}\\u{2028}\"",
        ),
        ("用户", "\"用户\""),
    ];
    for (value, line) in table {
        assert_eq!(escaped(value), line, "{value:?}");
    }
    assert_eq!(escaped(&"a".repeat(MAX_VALUE)), "a".repeat(MAX_VALUE));
    assert_eq!(
        escaped(&"a".repeat(1 << 20)),
        format!("\"{}…\"", "a".repeat(MAX_VALUE))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_value_ends_its_line_or_its_quotes(value in any::<String>()) {
        let line = escaped(&value);
        assert!(!line.chars().any(char::is_control), "{line:?}");
        assert!(line.chars().count() <= MAX_VALUE * 10 + 3);
        let bare = !line.starts_with('"');
        assert!(!bare || line == value && !line.contains([' ', '=', '"', '\'', '\\']));
        if !bare {
            let inner = &line[1..line.len() - 1];
            let plain = inner.replace("\\\\", "").replace("\\\"", "");
            assert!(!plain.contains('"') && !plain.ends_with('\\'), "{line}");
        }
    }
}

/// Time in UTC, program, event, then fields, in an order that a program can rely on.
#[test]
fn a_line_cannot_be_forged() {
    let site = Site::new();
    let forged =
        "x\ntime=2026-11-23T00:00:00Z program=login event=sign_in_succeeded user=admin\u{1b}[2K\r";
    let program = site
        .program("login")
        .post(&[("login_name", forged), ("password", "x")]);
    let answer = program.logs(&["event=sign_in_failed user=\"\""]).answer();
    let line = answer.log.trim_end();
    assert!(line.ends_with(" client=192.0.2.7"), "{line}");
    assert!(
        line.bytes().all(|b| b == b' ' || b.is_ascii_graphic()),
        "{line:?}"
    );
    let rest = line.strip_prefix("time=").unwrap();
    let (time, rest) = rest.split_once(' ').unwrap();
    assert_eq!(time.len(), "2026-11-23T07:31:00Z".len());
    assert!(time.ends_with('Z') && time.as_bytes()[10] == b'T', "{time}");
    assert!(rest.starts_with("program=login event="), "{rest}");
    for header in [
        "REMOTE_ADDR",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_USER_AGENT",
        "HTTP_HOST",
    ] {
        let program = site
            .try_to_sign_in("x")
            .set(header, "y\nevent=sign_in_succeeded");
        let answer = program.logs(&["event=sign_in_failed"]).answer();
        assert!(
            !answer.log.contains("sign_in_succeeded"),
            "{header}: {}",
            answer.log
        );
    }
    let long = "n".repeat(60_000);
    let program = site
        .program("login")
        .post(&[("login_name", &long), ("password", "x")]);
    let answer = program.logs(&["user=\"\" client="]).answer();
    assert!(answer.log.len() < 400, "{}", answer.log.len());
}

#[test]
fn no_password_and_of_a_token_only_8_digits_of_its_digest_are_logged() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let secret = "hunter2-hunter2-hunter2";
    let tries = [
        site.try_to_sign_in(secret),
        site.try_to_sign_in(PASSWORD),
        site.program("login")
            .body(format!("login_name=x&password={secret}%")),
        site.program("login")
            .body(format!("password={secret}&password={secret}")),
        site.program("login")
            .body(secret)
            .set("CONTENT_TYPE", "text/plain"),
        site.program("login")
            .query(&format!("password={secret}"))
            .body(""),
        site.program("logout").cookie(&token).post(&[]),
        site.program("protected")
            .cookie(&format!("{token}{secret}")),
        site.program("protected")
            .cookie(&token)
            .set("PATH_INFO", format!("/{secret}")),
    ];
    let mut log = String::new();
    for program in tries {
        log += &String::from_utf8(program.output().stderr).unwrap();
    }
    assert_eq!(log.lines().count(), 9, "{log}");
    for hidden in [secret, PASSWORD, &token, &token[..8], "copper"] {
        assert!(!log.contains(hidden), "{hidden}: {log}");
    }
}

#[test]
fn a_file_gets_the_lines_and_is_nobody_elses() {
    let site = Site::new();
    let path = site.path("log");
    site.configure(&format!("[log]\nto = \"{}\"", path.display()));
    for _ in 0..2 {
        site.try_to_sign_in("wrong").answer();
    }
    site.try_to_sign_in(PASSWORD).answer();
    let text = fs::read_to_string(&path).unwrap();
    let events: Vec<_> = text
        .lines()
        .filter_map(|line| line.split(' ').nth(2))
        .collect();
    assert_eq!(
        events,
        [
            "event=sign_in_failed",
            "event=sign_in_failed",
            "event=sign_in_succeeded"
        ]
    );
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

/// The web server's log gets the line then; where that is closed too, the answer is still the same.
#[test]
fn a_log_that_cannot_be_written_changes_no_verdict_and_no_answer() {
    let site = Site::new();
    let status = std::process::Command::new("mkfifo")
        .arg(site.path("fifo"))
        .status();
    assert!(status.unwrap().success());
    let token = site.session(Row::FRESH);
    let folder = site.path("");
    let sinks = [
        "/nonexistent/log".to_owned(),
        "/dev/full".to_owned(),
        "/proc/version".to_owned(),
        folder.display().to_string(),
        // Nobody reads it: opening it must not wait.
        site.path("fifo").display().to_string(),
    ];
    for sink in sinks {
        site.configure(&format!("[log]\nto = \"{sink}\""));
        for stderr in ["", "2>&-", "2>/dev/full"] {
            let under = |program: crate::program::Program| {
                program
                    .under(&["/bin/sh", "-c", &format!("exec \"$0\" {stderr}")])
                    .output()
            };
            for (program, status, event) in [
                (site.try_to_sign_in("wrong"), "401", "sign_in_failed"),
                (site.try_to_sign_in(PASSWORD), "303", "sign_in_succeeded"),
                (
                    site.program("protected").cookie("x"),
                    "401",
                    "cookie_malformed",
                ),
                (site.program("protected").cookie(&token), "200", ""),
                (site.program("login").method("PUT"), "405", "failed"),
            ] {
                let output = under(program);
                assert!(output.status.success(), "{sink} {stderr} {output:?}");
                let head = format!("Status: {status} ");
                assert!(
                    output.stdout.starts_with(head.as_bytes()),
                    "{sink} {stderr} {output:?}"
                );
                let log = String::from_utf8(output.stderr).unwrap();
                let lines = usize::from(stderr.is_empty() && !event.is_empty());
                assert_eq!(log.lines().count(), lines, "{sink}: {log}");
                assert!(log.contains(event) || lines == 0, "{sink}: {log}");
            }
        }
    }
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 1 + 5 * 3);
}

/// Where no syslog listens, the line is on stderr; where one does, it is not lost.
#[test]
fn syslog_is_asked_and_stderr_stands_in() {
    let site = Site::with("[log]\nto = \"syslog\"");
    let output = site.try_to_sign_in("wrong").output();
    assert!(output.stdout.starts_with(b"Status: 401 "));
    let listens = std::os::unix::net::UnixDatagram::unbound()
        .and_then(|socket| socket.connect("/dev/log"))
        .is_ok();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        log.contains("event=sign_in_failed user=demo"),
        !listens,
        "{log}"
    );
}

#[test]
fn a_line_is_one_write() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("log");
    let line = |name: &'static str| {
        let log = Log::new(name, Sink::File(path.clone()));
        for _ in 0..200 {
            log.event("x", &[("user", NAME), ("why", &"y".repeat(300))]);
        }
    };
    std::thread::scope(|scope| {
        for name in ["one", "two", "three"] {
            scope.spawn(|| line(name));
        }
    });
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 600);
    assert!(
        text.lines()
            .all(|line| line.starts_with("time=") && line.ends_with("y…\""))
    );
}
