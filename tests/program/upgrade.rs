//! What visitors and administrators see of an upgrade of the tables: the real programs, on SQLite. What holds on
//! every store stands in tests/library/contract/upgrade.rs.

use std::fs;
use std::process::{Output, Stdio};
use std::thread;
use std::time::Duration;

use rusqlite::types::Value;

use crate::harness::{NAME, PASSWORD, Program, Row, Site, administer, hash};

const OLD: &str = "store\\'s schema is version 1, need 2: run `cgi-session init`";

/// The tables as the first version made them, with the same user.
fn first_version() -> Site {
    let site = Site::new();
    // The file stays, and with it its mode.
    fs::write(site.file(), b"").unwrap();
    site.execute(include_str!("../../sql/sqlite/001_tables.sql"));
    site.execute(&format!(
        "INSERT INTO schema_version (version) VALUES (1); \
         INSERT INTO users (id, login_name, password, created_at, password_changed_at) \
         VALUES (1, '{NAME}', '{}', 1, 1)",
        hash()
    ));
    site
}

fn init(site: &Site) -> Output {
    administer(&site.path("cgi-session.toml"), &["init"], "")
}

#[track_caller]
fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A request to each program, as somebody who was signed in before.
fn requests(site: &Site, token: &str) -> [Program; 3] {
    [
        site.program("protected").cookie(token),
        site.try_to_sign_in(PASSWORD).cookie(token),
        site.program("logout").cookie(token).post(&[]),
    ]
}

#[track_caller]
fn all_are_503(site: &Site, token: &str, why: &str) {
    let before = site.dump();
    for request in requests(site, token) {
        let answer = request.logs(&[why]).answer();
        assert_eq!(answer.status, 503, "{answer:?}");
        answer.tells_only_its_id();
        assert_eq!(answer.header("Set-Cookie"), None);
    }
    assert_eq!(site.dump(), before, "a CGI program makes no tables");
}

#[test]
fn beside_old_tables_it_is_503_until_init_is_run_and_then_everybody_is_still_signed_in() {
    let site = first_version();
    let token = site.session(Row::FRESH);
    all_are_503(&site, &token, OLD);
    let check = administer(&site.path("cgi-session.toml"), &["config", "check"], "");
    assert_eq!(check.status.code(), Some(1), "{check:?}");
    let why = String::from_utf8_lossy(&check.stderr);
    assert!(why.contains("run `cgi-session init`"), "{why}");

    let said = succeeds(&init(&site));

    assert!(
        said.contains("upgraded        tables         version 2"),
        "{said}"
    );
    assert!(site.is_signed_in(&token));
    let other = site.sign_in();
    assert!(site.is_signed_in(&other) && site.is_signed_in(&token));
    let again = succeeds(&init(&site));
    assert!(
        again.contains("kept            tables         version 2"),
        "{again}"
    );
    assert!(site.is_signed_in(&token));
}

#[test]
fn tables_of_a_third_version_are_served_if_they_say_so_and_503_if_not() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    site.execute("ALTER TABLE users ADD COLUMN email TEXT; UPDATE schema_version SET version = 3");
    assert!(site.is_signed_in(&token));
    let other = site.sign_in();
    let said = succeeds(&init(&site));
    assert!(
        said.contains("kept            tables         version 3"),
        "{said}"
    );
    let check = administer(&site.path("cgi-session.toml"), &["config", "check"], "");
    succeeds(&check);
    let sign_out = site.program("logout").cookie(&other).post(&[]);
    assert_eq!(sign_out.logs(&["event=signed_out"]).answer().status, 303);
    assert!(site.is_signed_in(&token) && !site.is_signed_in(&other));

    site.execute("UPDATE schema_version SET oldest_program = 3");

    all_are_503(
        &site,
        &token,
        "store\\'s schema is version 3, newer than 2: install newer programs",
    );
    let refused = init(&site);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    for senseless in [
        "version = -3",
        "version = 3, oldest_program = 9223372036854775807",
    ] {
        site.execute(&format!("UPDATE schema_version SET {senseless}"));
        all_are_503(&site, &token, "store\\'s schema is version");
    }
}

/// What the `sqlite3` shell deletes leaves its sessions: foreign keys are off there.
#[test]
fn a_deleted_users_cookie_is_nobody_elses() {
    for old in [false, true] {
        let site = if old { first_version() } else { Site::new() };
        if old {
            succeeds(&init(&site));
        }
        let token = site.session(Row::FRESH);
        assert!(site.is_signed_in(&token));
        site.execute(&format!(
            "PRAGMA foreign_keys = OFF; DELETE FROM users WHERE login_name = '{NAME}'"
        ));
        assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 1);
        assert!(!site.is_signed_in(&token));

        let add = ["user", "add", NAME, "--password-stdin"];
        succeeds(&administer(&site.path("cgi-session.toml"), &add, PASSWORD));

        assert!(!site.is_signed_in(&token), "as the new user");
        // Nor where somebody adds the row by hand.
        site.execute("PRAGMA foreign_keys = OFF; DELETE FROM users");
        site.execute(&format!(
            "INSERT INTO users (login_name, password, created_at, password_changed_at) VALUES ('{NAME}', 'x', 1, 1)"
        ));
        assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 1);
        assert!(!site.is_signed_in(&token), "as the new user");
    }
}

/// An administrator's own index, trigger, view and table are still there, and do what they did.
#[test]
fn what_somebody_made_beside_the_tables_stays() {
    let site = first_version();
    let token = site.session(Row::FRESH);
    site.execute(
        "CREATE INDEX by_age ON users (created_at);
         CREATE TABLE audit (name TEXT);
         CREATE TRIGGER audited AFTER DELETE ON users BEGIN INSERT INTO audit VALUES (old.login_name); END;
         CREATE VIEW names AS SELECT login_name FROM users;
         CREATE TABLE mails (user_id INTEGER REFERENCES users (id) ON DELETE CASCADE, mail TEXT);
         INSERT INTO mails VALUES (1, 'demo@example.org');
         PRAGMA foreign_keys = OFF;
         INSERT INTO mails VALUES (99, 'an orphan of long ago')",
    );
    succeeds(&init(&site));
    let names =
        "SELECT COUNT(*) FROM sqlite_schema WHERE name IN ('by_age', 'audited', 'names', 'mails')";
    assert_eq!(site.count(names), 4);
    assert_eq!(site.count("SELECT COUNT(*) FROM names"), 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM mails"), 2);
    assert_eq!(
        site.count("SELECT COUNT(*) FROM audit"),
        0,
        "nobody was deleted"
    );
    assert!(site.is_signed_in(&token));
    let delete = administer(
        &site.path("cgi-session.toml"),
        &["user", "delete", NAME],
        "",
    );
    succeeds(&delete);
    assert_eq!(site.count("SELECT COUNT(*) FROM audit"), 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM mails"), 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 0);
}

/// The table is made anew without it, so that its values would be lost.
#[test]
fn a_column_of_somebodys_own_stops_the_upgrade_and_is_not_lost() {
    let site = first_version();
    site.execute(
        "ALTER TABLE users ADD COLUMN mail TEXT; UPDATE users SET mail = 'demo@example.org'",
    );
    let before = site.dump();
    let refused = init(&site);
    assert!(!refused.status.success());
    let why = String::from_utf8_lossy(&refused.stderr);
    assert!(why.contains("users"), "{why}");
    assert_eq!(site.dump(), before);
    assert_eq!(site.count("SELECT version FROM schema_version"), 1);
}

/// Adds enough rows that an upgrade takes a while.
fn many_rows(site: &Site) {
    site.execute(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 3001)
         INSERT INTO users (id, login_name, password, created_at, password_changed_at)
         SELECT i, 'user' || i, 'x', 1, 1 FROM n;
         INSERT INTO sessions (session, user_id, created_at, seen_at, expires_at, remember)
         SELECT printf('f%063x', id), id, 1, 1, 9999999999, 0 FROM users WHERE id > 1;
         INSERT INTO memberships (user_id, group_name) SELECT id, 'all' FROM users",
    );
}

fn rows(site: &Site) -> [Value; 3] {
    ["users", "sessions", "memberships"]
        .map(|table| site.value(&format!("SELECT COUNT(*) FROM {table}")))
}

/// All of the old version, or all of the new one; and the next run finishes it.
#[track_caller]
fn is_whole(site: &Site, before: &[Value; 3], token: &str, when: &str) {
    assert_eq!(
        site.value("PRAGMA integrity_check"),
        Value::Text("ok".to_owned()),
        "{when}"
    );
    assert_eq!(&rows(site), before, "{when}");
    succeeds(&init(site));
    assert_eq!(&rows(site), before, "{when}");
    assert_eq!(
        site.count("SELECT version FROM schema_version"),
        2,
        "{when}"
    );
    assert!(site.is_signed_in(token), "{when}");
}

#[test]
fn an_upgrade_that_is_killed_is_finished_by_the_next() {
    for delay in 0..12 {
        let site = first_version();
        many_rows(&site);
        let token = site.session(Row::FRESH);
        let before = rows(&site);
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cgi-session"));
        command
            .arg("--config")
            .arg(site.path("cgi-session.toml"))
            .arg("init");
        let silent = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = silent.spawn().unwrap();
        thread::sleep(Duration::from_millis(delay * 4));
        let _ = child.kill();
        child.wait().unwrap();
        is_whole(&site, &before, &token, &format!("after {} ms", delay * 4));
    }
}

/// The same in each system call that writes.
#[test]
#[ignore = "needs strace: tests/run installs and runs it"]
fn an_upgrade_that_is_killed_in_any_write_is_finished_by_the_next() {
    for call in ["pwrite64", "fdatasync", "unlink"] {
        for when in 1..80 {
            let site = first_version();
            let token = site.session(Row::FRESH);
            let before = rows(&site);
            let inject = format!("inject={call}:signal=KILL:when={when}");
            let output = std::process::Command::new("/usr/bin/strace")
                .args(["-f", "-qq", "-o", "/dev/null", "-e", &inject])
                .arg(env!("CARGO_BIN_EXE_cgi-session"))
                .arg("--config")
                .arg(site.path("cgi-session.toml"))
                .arg("init")
                .output()
                .unwrap();
            is_whole(&site, &before, &token, &format!("{call} {when}"));
            if output.status.success() {
                break;
            }
        }
    }
}
