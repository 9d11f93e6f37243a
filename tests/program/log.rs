//! The log: one line for each event, which nothing that comes from outside can forge.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use cgi_session::log::{EVENTS, Event, FIELDS};
use cgi_session::model::{Digest, Token};

use crate::harness::{NAME, PASSWORD, Row, Site, administer};

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
    // A name that no user has may be a mistyped password, so that it is not logged.
    for typed in ["hunter2-hunter2", &"n".repeat(60_000), "no name\n"] {
        let fields = [("login_name", typed), ("password", "x")];
        let program = site.program("login").post(&fields);
        let answer = program
            .logs(&["event=sign_in_failed user=\"\" client="])
            .answer();
        assert!(answer.log.len() < 200, "{}", answer.log);
    }
    // A name that is somebody's may hold quotes.
    assert!(site.add("a\"b\\c='d", crate::harness::hash()));
    let fields = [("login_name", "a\"b\\c='d"), ("password", "x")];
    let program = site.program("login").post(&fields);
    let answer = program
        .logs(&["user=\"a\\\"b\\\\c=\\'d\" client=192.0.2.7"])
        .answer();
    assert_eq!(answer.status, 401);
}

#[test]
fn json_is_one_object_a_line_in_every_sink() {
    let forged = "x\"}\n{\"time\":\"\",\"event\":\"sign_in_succeeded\"}\u{1b}[2K\u{202e}";
    let site = Site::new();
    assert!(site.add("a\"b\\c='d", crate::harness::hash()));
    let file = site.path("log");
    for to in ["stderr", file.to_str().unwrap(), "syslog"] {
        site.configure(&format!("[log]\nto = \"{to}\"\nformat = \"json\""));
        let mut lines = String::new();
        for name in ["a\"b\\c='d", forged] {
            let fields = [("login_name", name), ("password", "x")];
            let program = site.program("login").post(&fields);
            let output = program.set("REMOTE_ADDR", forged).output();
            assert!(output.stdout.starts_with(b"Status: 401 "), "{output:?}");
            lines += &String::from_utf8(output.stderr).unwrap();
        }
        let put = site.program("logout").method("PUT").output();
        lines += &String::from_utf8(put.stderr).unwrap();
        if to == file.to_str().unwrap() {
            assert_eq!(lines, "");
            lines = fs::read_to_string(&file).unwrap();
        }
        if to == "syslog" && lines.is_empty() {
            continue; // One listens here, and has them.
        }
        let read: Vec<serde_json::Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(read.len(), 3, "{lines}");
        assert_eq!(read[0]["event"], "sign_in_failed");
        assert_eq!(read[0]["user"], "a\"b\\c='d");
        assert_eq!(read[1]["user"], "");
        assert_eq!(
            (&read[2]["event"], &read[2]["status"]),
            (&"failed".into(), &"405".into())
        );
        assert_eq!(read[2]["program"], "logout");
        assert!(!lines.contains(['\u{1b}', '\u{202e}']), "{lines:?}");
    }
}

/// What [`EVENTS`] says of an event is what its line has, and each field is explained.
#[test]
fn help_events_lists_every_event_with_its_fields() {
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_cgi-session"))
        .args(["help", "events"])
        .env_clear()
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for event in EVENTS {
        let listed = format!("\n{}\n  {}", event.name, event.when.trim());
        assert!(help.contains(&listed), "{listed}: {help}");
        assert!(help.contains(&format!("  fields  {}\n", event.fields.join(", "))));
        assert!(event.when.trim().ends_with('.'), "{}", event.name);
        for field in event.fields {
            assert!(FIELDS.iter().any(|(name, _)| name == field), "{field}");
        }
    }
    let names: std::collections::BTreeSet<_> = EVENTS.iter().map(|event| event.name).collect();
    assert_eq!(names.len(), EVENTS.len(), "a name twice");
    let event = Event::SignInFailed {
        user: "u",
        client: "c",
    };
    assert_eq!(
        (event.name(), event.fields()),
        ("sign_in_failed", vec![("user", "u"), ("client", "c")])
    );
    assert!(names.contains(event.name()));
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

/// Lines that quietly go elsewhere are lines that fail2ban never sees.
#[test]
fn config_check_says_whether_lines_get_where_they_should() {
    let site = Site::new();
    let (new, folder) = (site.path("new.log"), site.path(""));
    for (to, says) in [
        ("stderr", "where the web server writes it"),
        (new.to_str().unwrap(), "good"),
        (folder.to_str().unwrap(), "lines go to stderr instead"),
        ("/nonexistent/log", "lines go to stderr instead"),
    ] {
        site.configure(&format!("[log]\nto = {to:?}"));
        let config = site.path("cgi-session.toml");
        let done = administer(&config, &["config", "check"], "");
        let text = String::from_utf8(done.stdout).unwrap();
        let line = text.lines().find(|line| line.starts_with("log  ")).unwrap();
        assert!(line.contains(to) && line.ends_with(says), "{line}");
        assert!(done.status.success());
    }
    assert!(!new.exists(), "it only looks");
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
            let under = |program: crate::harness::Program| {
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

/// Who did what to whom, in the log of the programs that visitors use; and nothing of what was refused.
#[test]
fn what_an_administrator_changes_is_logged() {
    let site = Site::new();
    let config = site.path("cgi-session.toml");
    let log = site.path("log");
    site.configure(&format!("[log]\nto = \"{}\"", log.display()));
    let tokens = [0; 3].map(|_| site.session(Row::FRESH));
    let digest = |token: &str| Digest::from_token(&Token::parse(token).unwrap());
    let one = digest(&tokens[0]).short().to_owned();
    site.session(Row {
        expires: -1,
        ..Row::FRESH
    });
    let commands: &[(&[&str], &str)] = &[
        (
            &["user", "add", "anna", "--password-stdin"],
            "user_added user=anna",
        ),
        (
            &["user", "password", "Anna", "--password-stdin"],
            "password_set user=anna",
        ),
        (&["user", "disable", "anna"], "user_disabled user=anna"),
        (&["user", "enable", "anna"], "user_enabled user=anna"),
        (
            &["user", "unlock", "anna"],
            "user_unlocked user=anna client=\"\"",
        ),
        (
            &["user", "unlock", "anna", "--client", "::ffff:192.0.2.7"],
            "user_unlocked user=anna client=192.0.2.7",
        ),
        (&["user", "delete", "anna"], "user_deleted user=anna"),
        (&["session", "prune"], "sessions_pruned count=1"),
        (
            &["session", "revoke", "--session", &one],
            &format!("session_revoked session={one}"),
        ),
        (
            &["session", "revoke", NAME],
            "sessions_revoked user=demo count=2",
        ),
        (
            &["session", "revoke", "--all"],
            "sessions_revoked user=\"\" count=0",
        ),
    ];
    let mut lines = 0;
    for (arguments, event) in commands {
        let done = administer(&config, arguments, "a tall copper otter sings");
        assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
        let text = fs::read_to_string(&log).unwrap();
        lines += 1;
        assert_eq!(text.lines().count(), lines, "{text}");
        let uid = rustix::process::getuid().as_raw();
        let line = text.lines().last().unwrap();
        assert!(
            line.ends_with(&format!("Z program=cgi-session event={event} uid={uid}")),
            "{line}"
        );
    }
    for refused in [
        &["user", "add", NAME, "--password-stdin"][..],
        &["user", "password", "nobody", "--password-stdin"],
        &["user", "disable", "nobody"],
        &["user", "unlock", "nobody"],
        &["user", "delete", "nobody"],
        &["session", "revoke", "nobody"],
        &["session", "revoke", "--session", "00000000"],
        &["user", "list"],
        &["session", "list"],
    ] {
        administer(&config, refused, "a tall copper otter sings");
    }
    let text = fs::read_to_string(&log).unwrap();
    assert_eq!(text.lines().count(), lines, "{text}");
    assert!(
        !text.contains("otter") && !text.contains(&tokens[0][..8]),
        "{text}"
    );
    // Where the answer cannot be written, what was done is still told.
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut add = std::process::Command::new(env!("CARGO_BIN_EXE_cgi-session"));
    let add = add
        .arg("--config")
        .arg(&config)
        .args(["session", "revoke", "--all"]);
    let add = add.stdout(full).stderr(std::process::Stdio::null());
    assert!(!add.status().unwrap().success());
    assert_eq!(fs::read_to_string(&log).unwrap().lines().count(), lines + 1);
}

/// Through sudo the log names the user who called it. Only root's `SUDO_USER` is believed.
#[test]
fn an_administrator_is_named_through_sudo() {
    let site = Site::new();
    let log = site.path("log");
    site.configure(&format!(
        "[log]\nto = \"{}\"\nformat = \"json\"",
        log.display()
    ));
    let own = rustix::process::getuid().as_raw();
    for (said, uid) in [("1234", 1234), ("", own), ("root", own), ("-1", own)] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cgi-session"));
        command.arg("--config").arg(site.path("cgi-session.toml"));
        command
            .args(["session", "prune"])
            .env_clear()
            .env("SUDO_UID", said);
        assert!(command.output().unwrap().status.success());
        let text = fs::read_to_string(&log).unwrap();
        let line: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        let uid = if own == 0 { uid } else { own };
        assert_eq!(line["uid"], uid.to_string(), "{said:?}");
    }
}

/// Root writes to a folder that is the web server's: neither through a link of its, nor a file that it cannot write.
#[test]
fn an_administrators_line_goes_through_no_link_and_leaves_the_log_to_its_folders_owner() {
    use std::os::unix::fs::{MetadataExt as _, chown, symlink};
    let site = Site::new();
    let config = site.path("cgi-session.toml");
    let folder = site.path("logs");
    fs::create_dir(&folder).unwrap();
    let is_root = rustix::process::getuid().is_root();
    if is_root {
        chown(&folder, Some(12345), Some(23456)).unwrap();
    }
    let (log, other) = (folder.join("log"), site.path("other"));
    site.configure(&format!("[log]\nto = \"{}\"", log.display()));
    let prune = || administer(&config, &["session", "prune"], "");

    let made = prune();

    assert!(made.status.success() && made.stderr.is_empty(), "{made:?}");
    let about = log.metadata().unwrap();
    assert_eq!(about.mode() & 0o777, 0o600);
    if is_root {
        assert_eq!((about.uid(), about.gid()), (12345, 23456));
    }
    fs::write(&other, "as it was\n").unwrap();
    for target in [&other, &site.path("not there")] {
        fs::remove_file(&log).unwrap();
        symlink(target, &log).unwrap();
        let linked = prune();
        assert!(linked.status.success(), "{linked:?}");
        let line = String::from_utf8(linked.stderr).unwrap();
        assert!(
            line.contains("event=sessions_pruned count=0"),
            "not lost: {line}"
        );
    }
    assert_eq!(fs::read_to_string(&other).unwrap(), "as it was\n");
    assert!(!site.path("not there").exists());
}
