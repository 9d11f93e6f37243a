//! System calls that fail for good, or take their time.

use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::files::killed_writer;
use crate::harness::Run;
use crate::harness::Site;
use crate::harness::{NAME, PASSWORD, Program, encoded};

/// Without random numbers there is no weaker source, no session and no cookie. A session that is open is still served,
/// unless the standard library, whose hash tables need two numbers, has given up.
#[test]
#[ignore = "needs strace: tests/run installs it"]
fn without_randomness_nobody_signs_in() {
    let site = Site::with_many_tries();
    let token = site.token();
    let strace = [
        "strace",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "inject=getrandom:error=EIO",
    ];
    let run = |program: &Program| Run::of(&program.under(&strace));

    let sign_in = run(&site.login());
    let check = run(&site.protected(&token));
    let sign_out = run(&site.logout(&token));

    eprintln!("{sign_in:?}\n{check:?}\n{sign_out:?}");
    assert!([500, 503].contains(&sign_in.status()), "{sign_in:?}");
    assert!(sign_in.token().is_none());
    assert!([200, 500].contains(&check.status()), "{check:?}");
    assert!([303, 500].contains(&sign_out.status()), "{sign_out:?}");
    assert_eq!(site.sessions(), usize::from(sign_out.status() == 500));
}

type Visit = fn(&Site, &str) -> Program;

/// A slow disk: the deadline wins against a write and a sync that do not end. When the process ends cannot be seen
/// here, because strace holds it until the delay is over.
#[test]
#[ignore = "needs strace: tests/run installs it"]
fn a_slow_disk_is_left_to_the_deadline() {
    let visits: [Visit; 4] = [
        Site::protected,
        |site, _| site.login(),
        Site::logout,
        // A check that has to write before it can read.
        |site, token| {
            killed_writer(site);
            site.protected(token)
        },
    ];
    std::thread::scope(|scope| {
        for call in ["pwrite64", "fsync"] {
            for make in visits {
                scope.spawn(move || {
                    // One each, or they would wait for each other.
                    let site = Site::with_many_tries();
                    let token = site.token();
                    let inject = format!("inject={call}:delay_enter=8000000:when=1");
                    let strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &inject];
                    answers_in_five_seconds(&make(&site, &token).under(&strace));
                    site.is_sound();
                    site.works(&token);
                });
            }
        }
    });
}

#[track_caller]
fn answers_in_five_seconds(program: &Program) {
    let began = Instant::now();
    let mut command = program.command();
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    // The body, where there is one; a program that has none does not read it.
    let body = encoded(&[("login_name", NAME), ("password", PASSWORD)]);
    let _ = child.stdin.take().unwrap().write_all(body.as_bytes());
    let mut start = [0; 12];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let took = began.elapsed();
    assert_eq!(start, *b"Status: 503 ", "after {took:?}");
    assert!(took > Duration::from_millis(4900) && took < Duration::from_secs(6));
    child.wait().unwrap();
}
