//! Two at once: through two handles on one store, and through real processes.

use std::thread;
use std::time::Duration;

use cgi_session::auth::password::{self, Password};
use cgi_session::model::{Digest, LoginName, NewSession, Time, Token, UserId};
use cgi_session::store::{Administration, Which};
use rustix::process::{Pid, Signal, kill_process};

use crate::program::{NAME, PASSWORD, Row, Site, now};

fn digest(token: &str) -> Digest {
    Digest::of(&Token::parse(token).unwrap())
}

fn name() -> LoginName {
    LoginName::parse(NAME).unwrap()
}

fn new(token: u8) -> NewSession {
    NewSession {
        session: Digest::of(&Token::from_random(&[token; 32])),
        user: UserId(1),
        created_at: Time::now(),
        expires_at: Time::now().plus(3600),
        remember: false,
        remote_addr: String::new(),
        user_agent: String::new(),
    }
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
fn touching_cannot_revive_a_deleted_session() {
    let site = Site::new();
    let digest = digest(&site.session(Row {
        seen: -600,
        ..Row::FRESH
    }));
    let (mut visit, mut sign_out) = (site.store(), site.store());
    assert!(visit.session(&digest).unwrap().is_some());
    sign_out.end_session(&digest).unwrap();
    visit.touch(&digest, Time::now()).unwrap();
    assert!(visit.session(&digest).unwrap().is_none());
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 0);
    sign_out.end_session(&digest).unwrap();
    // Nor does a late touch put the clock back.
    let token = site.session(Row::FRESH);
    visit
        .touch(&self::digest(&token), Time(now() - 100))
        .unwrap();
    assert!(site.count("SELECT seen_at FROM sessions") > now() - 50);
}

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

/// The sign-in has read the hash, and hashes; meanwhile the user changes.
#[test]
fn a_sign_in_in_flight_survives_no_password_change_disabling_or_deleting() {
    for (what, end) in ENDS {
        let site = Site::new();
        let mut in_flight = site.store();
        let read = in_flight.credentials(&name()).unwrap().unwrap();
        end(site.administration().as_mut());
        for rehashed in [None, Some("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA")] {
            let opened = in_flight.open_session(&new(1), &read.password, rehashed, &[], 0, &[]);
            assert!(!opened.unwrap(), "{what}");
        }
        assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 0, "{what}");
        let rehashed = "SELECT COUNT(*) FROM users WHERE password LIKE '%AAAA'";
        assert_eq!(site.count(rehashed), 0, "{what}: the new password stands");
    }
}

/// And for real: sign-ins on two threads, the change somewhere among them.
#[test]
fn no_session_of_a_disabled_user_is_left_whoever_is_first() {
    let site = Site::new();
    let mut opened = 0;
    for round in 0..12 {
        site.administration().set_disabled(&name(), None).unwrap();
        let sign_ins = |tokens: std::ops::Range<u8>| {
            let mut store = site.store();
            let mut opened = 0;
            for token in tokens {
                let user = store.credentials(&name()).unwrap().unwrap();
                let done = store.open_session(&new(token), &user.password, None, &[], 0, &[]);
                opened += usize::from(done.unwrap());
            }
            opened
        };
        thread::scope(|scope| {
            let threads = [0..15, 15..30].map(|tokens| scope.spawn(|| sign_ins(tokens)));
            thread::sleep(Duration::from_millis(round));
            let now = Some(Time::now());
            site.administration().set_disabled(&name(), now).unwrap();
            opened += threads
                .map(|thread| thread.join().unwrap())
                .iter()
                .sum::<usize>();
        });
        assert_eq!(
            site.count("SELECT COUNT(*) FROM sessions"),
            0,
            "round {round}"
        );
    }
    assert!(opened > 0, "some were first");
}

#[test]
fn a_rehash_does_not_undo_a_password_change() {
    let site = Site::new();
    let mut in_flight = site.store();
    let read = in_flight.credentials(&name()).unwrap().unwrap();
    site.administration()
        .set_password(&name(), "the new one", Time::now())
        .unwrap();
    assert!(
        !in_flight
            .open_session(&new(1), &read.password, Some("a rehash"), &[], 0, &[])
            .unwrap()
    );
    let stored = "SELECT password = 'the new one' FROM users";
    assert_eq!(site.count(stored), 1);
    // Without a change it is written, once; the second sign-in in flight gives way.
    let both = in_flight.credentials(&name()).unwrap().unwrap();
    assert!(
        in_flight
            .open_session(&new(2), &both.password, Some("a rehash"), &[], 0, &[])
            .unwrap()
    );
    assert!(
        !in_flight
            .open_session(&new(3), &both.password, Some("a rehash"), &[], 0, &[])
            .unwrap()
    );
}

/// A clash of digests is an error, never a takeover: `INSERT`, not an upsert.
#[test]
fn a_clash_is_an_error_and_the_row_stays_its_owners() {
    let site = Site::new();
    assert!(site.add("other", crate::program::hash()));
    let mut store = site.store();
    let hash = store.credentials(&name()).unwrap().unwrap().password;
    assert!(
        store
            .open_session(&new(1), &hash, None, &[], 0, &[])
            .unwrap()
    );
    let before = site.dump();
    let mut theirs = new(1);
    theirs.user = UserId(2);
    assert!(
        store
            .open_session(&theirs, &hash, Some("rehashed"), &[], 0, &[])
            .is_err()
    );
    assert_eq!(site.dump(), before);
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

/// Each hash is right, each row is whole, each session is somebody's, and the next sign-in works.
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
    let fields = crate::program::encoded(&[("login_name", NAME), ("password", PASSWORD)]);
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
            let strace = [
                "/usr/bin/strace",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                &inject,
            ];
            let program = site.try_to_sign_in(PASSWORD).cookie(&token).under(&strace);
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
