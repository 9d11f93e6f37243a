//! The process's surroundings: a body that stalls, a pipe that breaks, a descriptor that is missing, a log on a full
//! disk.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::Program;
use crate::harness::{Run, Site, at_once};

/// A body that is shorter than its length: it ends there, or `stalls`.
fn short(site: &Site, token: &str) -> [Program; 2] {
    [site.login(), site.logout(token)].map(|program| program.set("CONTENT_LENGTH", "500"))
}

#[test]
fn a_body_that_ends_early_is_the_clients_mistake() {
    let site = Site::with_many_tries();
    let token = site.token();
    for run in at_once(&short(&site, &token)) {
        run.is(400);
        run.logs(&["CONTENT_LENGTH says 500"]);
    }
    assert!(site.has(&token) && site.sessions() == 1);
}

#[test]
fn a_body_that_stalls_is_given_up_after_three_seconds() {
    let site = Site::with_many_tries();
    let token = site.token();
    let none_at_all = site.login().without("CONTENT_LENGTH");
    let mut stalled = short(&site, &token)
        .map(|program| program.stalls())
        .to_vec();
    stalled.push(none_at_all.stalls());
    for run in at_once(&stalled) {
        run.is(408);
        run.logs(&["body did not arrive in time"]);
        run.took_from_to(2900, 4200);
    }
    assert!(site.has(&token) && site.sessions() == 1);
}

/// Each byte comes in time, but all of them together come too late.
#[test]
fn a_body_in_drops_is_given_up_after_three_seconds() {
    let site = Site::with_many_tries();
    let mut command = site.login().command();
    let mut child = command
        .env("CONTENT_LENGTH", "500")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut body = child.stdin.take().unwrap();
    let began = Instant::now();
    let drops = thread::spawn(move || {
        while body.write_all(b"a").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let output = child.wait_with_output().unwrap();
    let took = began.elapsed();
    drops.join().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(answer.starts_with("Status: 408 "), "{answer}");
    assert!(took > Duration::from_millis(2900) && took < Duration::from_millis(4200));
}

/// The answer cannot be written. The exit status says so, and the rows are consistent.
#[test]
fn an_answer_that_nobody_takes_is_a_failure() {
    let site = Site::with_many_tries();
    for _ in 0..3 {
        let token = site.token();
        for program in [site.protected(&token), site.login(), site.logout(&token)] {
            let full = File::options().write(true).open("/dev/full").unwrap();
            assert!(!ends_well(&program, full.into()));
            // A pipe that nobody reads any more.
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            assert!(!ends_well(&program, writer.into()));
        }
        assert!(!site.has(&token), "signed out all the same");
        site.is_sound();
    }
}

fn ends_well(program: &Program, stdout: Stdio) -> bool {
    let mut command = program.command();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdin.take());
    child.wait().unwrap().success()
}

/// All three standard descriptors are closed. The next file that is opened must not become one of them, or the answer
/// would be written into the store.
#[test]
fn closed_descriptors_do_not_become_the_stores() {
    let site = Site::with_many_tries();
    let token = site.token();
    let before = fs::read(site.file()).unwrap();
    for closed in [">&-", "<&-", "2>&-", "<&- >&- 2>&-"] {
        let script = format!("exec \"$0\" {closed}");
        for program in [
            site.protected(&token),
            site.program("login"),
            site.program("logout"),
        ] {
            let output = program.under(&["/bin/sh", "-c", &script]).output();
            let answer = String::from_utf8(output.stdout).unwrap();
            let gone = closed.contains(" >&-") || closed.starts_with('>');
            assert_eq!(answer.is_empty(), gone, "{closed}: {answer}");
        }
        site.is_sound();
    }
    let after = fs::read(site.file()).unwrap();
    assert_eq!(after.len(), before.len());
    Run::of(&site.protected(&token)).is(200);
}

/// A log that cannot be written changes no verdict.
#[test]
fn a_log_that_nobody_takes_changes_nothing() {
    let site = Site::with_many_tries();
    for log in ["stderr", "syslog", "/dev/full", "/proc/nothing/here"] {
        let token = site.token();
        let config = site.path("cgi-session.toml");
        let text = fs::read_to_string(&config).unwrap();
        let text = text.split("[log]").next().unwrap();
        fs::write(&config, format!("{text}[log]\nto = {log:?}\n")).unwrap();
        let full = |program: &Program| {
            let mut command = program.command();
            command.stdin(Stdio::null()).stdout(Stdio::piped());
            command.stderr(File::options().write(true).open("/dev/full").unwrap());
            let output = command.spawn().unwrap().wait_with_output().unwrap();
            assert!(output.status.success());
            String::from_utf8(output.stdout).unwrap()
        };
        assert!(full(&site.protected(&token)).starts_with("Status: 200 "));
        let sign_out = site.logout(&token);
        assert!(full(&sign_out).starts_with("Status: 303 "), "{log}");
        assert!(!site.has(&token));
        assert!(full(&site.protected("x")).starts_with("Status: 401 "));
    }
}

#[test]
fn a_configuration_that_is_missing_broken_or_open_is_ours_to_mend() {
    let site = Site::with_many_tries();
    let token = site.token();
    let config = site.path("cgi-session.toml");
    let right = fs::read_to_string(&config).unwrap();
    let mode = |mode| fs::set_permissions(&config, fs::Permissions::from_mode(mode)).unwrap();
    let is_broken = |why: &str| {
        for run in site.three(&token) {
            run.is(500);
            run.logs(&[why]);
            let answer = run.answer.as_ref().unwrap();
            for told in ["cgi-session.toml", "sqlite", why] {
                assert!(!answer.body.contains(told), "{told}: {run:?}");
            }
        }
    };
    for open in [0o644, 0o604, 0o620, 0o602] {
        mode(open);
        is_broken("lets others");
    }
    mode(0o600);
    for (text, why) in [
        ("", "store"),
        (
            "store = \"sqlite:relative\"",
            ":1: store: need an absolute path",
        ),
        (
            "store = \"mysql://u:secret%40@h\"",
            ":1: store: need /DATABASE",
        ),
        (
            &*format!("{right}[session]\nidel = \"1h\"\n"),
            ":6: idel: unknown field",
        ),
        (&*format!("{right}[session\n"), ":5"),
    ] {
        fs::write(&config, text).unwrap();
        is_broken(why);
    }
    fs::remove_file(&config).unwrap();
    is_broken("cannot open");
    fs::write(&config, right).unwrap();
    mode(0o600);
    site.works(&token);
}
