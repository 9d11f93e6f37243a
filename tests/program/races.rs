//! Two processes at once, and one that is killed. What two handles on one store do to each other, on every store,
//! stands in tests/library/contract/races.rs.

use std::thread;
use std::time::Duration;

use cgi_session::auth::password::{self, Password};
use cgi_session::model::{LoginName, Time};
use cgi_session::store::{Administration, Which};
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{NAME, PASSWORD, Row, Site};

fn name() -> LoginName {
    LoginName::parse(NAME).unwrap()
}

/// What ends every session of a user.
type End = fn(&mut dyn Administration);

const ENDS: &[(&str, End)] = &[
    ("password", |store| {
        let new = password::hash(&Password::parse("another one of length").unwrap()).unwrap();
        assert!(store.set_password(&name(), &new, Time::now()).unwrap());
    }),
    ("disable", |store| {
        assert!(store.set_disabled(&name(), Some(Time::now())).unwrap());
    }),
    ("delete", |store| {
        assert!(store.delete_user(&name()).unwrap());
    }),
];

#[test]
fn a_password_change_disabling_deleting_and_revoking_end_all_sessions() {
    let revoke: End = |store| assert_eq!(store.end_sessions(Which::Of(&name())).unwrap(), 3);
    let all: End = |store| assert_eq!(store.end_sessions(Which::All).unwrap(), 3);
    for (what, end) in ENDS
        .iter()
        .copied()
        .chain([("revoke", revoke), ("all", all)])
    {
        let site = Site::new();
        let tokens = [0; 3].map(|_| {
            site.session(Row {
                remember: true,
                ..Row::FRESH
            })
        });
        assert!(
            tokens.iter().all(|token| site.is_signed_in(token)),
            "{what}"
        );
        end(site.administration().as_mut());
        assert!(
            !tokens.iter().any(|token| site.is_signed_in(token)),
            "{what}"
        );
        assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 0, "{what}");
    }
}

#[test]
fn sign_out_wins_against_visits_at_the_same_time() {
    let site = Site::new();
    for round in 0..10 {
        let token = site.session(Row {
            seen: -600,
            ..Row::FRESH
        });
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| site.visit(&token));
            }
            let out = site.program("logout").cookie(&token).post(&[]);
            scope.spawn(move || out.logs(&["event=signed_out"]).answer());
        });
        assert_eq!(
            site.count("SELECT COUNT(*) FROM sessions"),
            0,
            "round {round}"
        );
        assert!(!site.is_signed_in(&token), "round {round}");
    }
}

/// Asserts that the file is undamaged, that each session has its user, and that the next sign-in works.
#[track_caller]
fn is_consistent(site: &Site) {
    let text = |sql| match site.value(sql) {
        rusqlite::types::Value::Text(text) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(text("PRAGMA integrity_check"), "ok");
    let orphans = "SELECT COUNT(*) FROM sessions WHERE user_id NOT IN (SELECT id FROM users)";
    assert_eq!(site.count(orphans), 0);
    assert_eq!(
        site.count("SELECT COUNT(*) FROM schema_version WHERE version = 2"),
        1
    );
    let token = site.sign_in();
    assert!(site.is_signed_in(&token));
}

#[test]
fn a_program_killed_at_any_moment_leaves_the_store_consistent() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let fields = crate::harness::encoded(&[("login_name", NAME), ("password", PASSWORD)]);
    for delay in 0..40 {
        for signal in [Signal::KILL, Signal::TERM] {
            site.execute("DELETE FROM attempts");
            let mut command = site.program("login").cookie(&token).body(&fields).command();
            let (reader, writer) = std::io::pipe().unwrap();
            std::io::Write::write_all(&mut &writer, fields.as_bytes()).unwrap();
            drop(writer);
            let null = std::process::Stdio::null;
            let mut child = command
                .stdin(reader)
                .stdout(null())
                .stderr(null())
                .spawn()
                .unwrap();
            thread::sleep(Duration::from_micros(delay * 2500));
            let _ = kill_process(Pid::from_child(&child), signal);
            child.wait().unwrap();
        }
    }
    is_consistent(&site);
}

/// The same at each system call that writes: replacing a session is one step or none.
#[test]
#[ignore = "needs strace: tests/run installs and runs it"]
fn a_program_killed_in_any_write_leaves_the_store_consistent() {
    let site = Site::new();
    for call in ["pwrite64", "fdatasync", "unlink", "fcntl"] {
        for when in 1..60 {
            site.execute("DELETE FROM sessions; DELETE FROM attempts");
            let token = site.session(Row::FRESH);
            let inject = format!("inject={call}:signal=KILL:when={when}");
            let program = site
                .try_to_sign_in(PASSWORD)
                .cookie(&token)
                .with_fault(&inject);
            let output = program.output();
            let rows = site.count("SELECT COUNT(*) FROM sessions");
            assert_eq!(rows, 1, "{call} {when}: the old session, or the new one");
            // No answer before the commit, which ends the old session.
            assert!(
                output.stdout.is_empty() || !site.is_signed_in(&token),
                "{call} {when}"
            );
            if output.status.success() {
                break;
            }
        }
    }
    is_consistent(&site);
}
