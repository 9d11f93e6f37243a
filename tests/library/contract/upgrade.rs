//! From one version of the tables to the next: nobody is signed out, and no id comes back.

use cgi_session::error::Error;
use cgi_session::model::UserId;
use cgi_session::store::{Migrated, SCHEMA_VERSION};

use super::values::{HASH, LATER, NOW, add, digest, name, open};
use crate::harness::{TestStore, stored_hash};

/// As they were released.
const FIRST_SQLITE: &str = include_str!("../../../sql/sqlite/001_tables.sql");
const FIRST_MYSQL: &str = include_str!("../../../sql/mysql/001_tables.sql");

/// Every column that the first version had.
const ROWS: [&str; 4] = [
    "SELECT id, login_name, password, disabled_at, created_at, password_changed_at FROM users ORDER BY id",
    "SELECT session, user_id, created_at, seen_at, expires_at, remember, remote_addr, user_agent, data, \
     data_version FROM sessions ORDER BY session",
    "SELECT user_id, group_name FROM memberships ORDER BY user_id, group_name",
    "SELECT subject, failures, window_started, blocked_until FROM attempts ORDER BY subject",
];

/// Tables of the first version, with rows in each: anna (3) has two sessions, eve (7) one, and there is a visitor.
pub fn first_version(fresh: &TestStore) {
    // An SQLite file is made by its first administrator.
    drop(fresh.administration());
    let first = if fresh.is_sqlite() {
        FIRST_SQLITE
    } else {
        FIRST_MYSQL
    };
    fresh.sql(first);
    fresh.sql("INSERT INTO schema_version (version) VALUES (1)");
    fresh.sql(&format!(
        "INSERT INTO users (id, login_name, password, disabled_at, created_at, password_changed_at) \
         VALUES (3, 'anna', '{HASH}', NULL, 1, 2), (7, 'eve', '{HASH}', NULL, 3, 4), (5, 'dora', '{HASH}', 9, 5, 6)"
    ));
    let (now, later) = (NOW.0, LATER.0);
    for (digit, user) in [('a', "3"), ('b', "3"), ('e', "7"), ('f', "NULL")] {
        fresh.sql(&format!(
            "INSERT INTO sessions (session, user_id, created_at, seen_at, expires_at, remember, remote_addr, \
             user_agent, data, data_version) \
             VALUES ('{}', {user}, {now}, {now}, {later}, 0, '192.0.2.7', 'curl', '{{}}', 4)",
            digest(digit).as_str()
        ));
    }
    fresh.sql("INSERT INTO memberships (user_id, group_name) VALUES (3, 'board'), (7, 'board'), (7, 'staff')");
    fresh.sql(&format!(
        "INSERT INTO attempts (subject, failures, window_started, blocked_until) VALUES ('{}', 6, {now}, NULL)",
        digest('c').as_str()
    ));
}

fn rows(fresh: &TestStore) -> Vec<String> {
    ROWS.iter().map(|sql| fresh.sql(sql)).collect()
}

/// Runs a statement as the `sqlite3` shell does, which knows no foreign keys unless it is told to.
fn without_foreign_keys(fresh: &TestStore, statement: &str) {
    let off = if fresh.is_sqlite() {
        "PRAGMA foreign_keys = OFF"
    } else {
        "SET foreign_key_checks = 0"
    };
    fresh.sql(&format!("{off}; {statement}"));
}

pub fn an_upgrade_keeps_every_row(fresh: &TestStore) {
    first_version(fresh);
    let before = rows(fresh);
    let mut store = fresh.store();
    for _ in 0..2 {
        let old = store.session(&digest('a')).unwrap_err();
        assert!(
            matches!(old, Error::Schema(Some(1), SCHEMA_VERSION)),
            "{old}"
        );
    }
    let old = fresh.administration().check().unwrap_err();
    assert!(
        matches!(old, Error::Schema(Some(1), SCHEMA_VERSION)),
        "{old}"
    );

    let mut administration = fresh.administration();
    let migrated = administration.migrate().unwrap();

    assert_eq!(
        migrated,
        Migrated {
            from: 1,
            to: SCHEMA_VERSION
        }
    );
    assert_eq!(rows(fresh), before);
    administration.check().unwrap();
    let mut signed_in = |digit| {
        let session = store.session(&digest(digit)).unwrap();
        session.map(|session| session.user.id)
    };
    assert_eq!(signed_in('a'), Some(UserId(3)));
    assert_eq!(signed_in('b'), Some(UserId(3)));
    assert_eq!(signed_in('e'), Some(UserId(7)));
    assert_eq!(signed_in('f'), None, "a visitor");
    // They are sessions as any other: one user's end, and nobody else's.
    assert!(
        administration
            .set_password(&name("anna"), &stored_hash(HASH), NOW)
            .unwrap()
    );
    assert!(open(store.as_mut(), UserId(3), &digest('d')));
    let there = ['a', 'b', 'd', 'e'].map(|digit| store.session(&digest(digit)).unwrap().is_some());
    assert_eq!(there, [false, false, true, true]);
    // And the foreign keys still hold.
    assert!(administration.delete_user(&name("eve")).unwrap());
    let left = fresh.sql("SELECT COUNT(*) FROM sessions WHERE user_id = 7");
    assert_eq!(left, "0\n");
    let left = fresh.sql("SELECT COUNT(*) FROM memberships WHERE user_id = 7");
    assert_eq!(left, "0\n");
}

/// A program that the database stopped in the middle left some of it.
pub fn a_cut_upgrade_is_finished(fresh: &TestStore) {
    drop(fresh.administration());
    for done in 0..=3 {
        for table in [
            "schema_version",
            "attempts",
            "memberships",
            "sessions",
            "users",
        ] {
            fresh.sql(&format!("DROP TABLE IF EXISTS {table}"));
        }
        first_version(fresh);
        let before = rows(fresh);
        let kind = if fresh.is_sqlite() {
            "INTEGER"
        } else {
            "BIGINT"
        };
        let columns = [
            "users ADD COLUMN epoch",
            "sessions ADD COLUMN epoch",
            "schema_version ADD COLUMN oldest_program",
        ];
        for column in &columns[..done] {
            fresh.sql(&format!("ALTER TABLE {column} {kind} NOT NULL DEFAULT 0"));
        }
        if done == 3 {
            fresh.sql("DELETE FROM schema_version");
        }

        fresh.administration().migrate().unwrap();

        assert_eq!(rows(fresh), before, "{done}");
        let mut store = fresh.store();
        assert!(store.session(&digest('a')).unwrap().is_some(), "{done}");
    }
}

pub fn an_id_is_never_given_twice(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));
    fresh.sql(&format!(
        "INSERT INTO memberships (user_id, group_name) VALUES ({}, 'board')",
        anna.0
    ));
    without_foreign_keys(fresh, "DELETE FROM users WHERE login_name = 'anna'");
    assert_eq!(fresh.count(), 1, "her session is still there");
    assert_eq!(store.session(&digest('a')).unwrap(), None);

    let other = add(store.as_mut(), administration.as_mut(), "anna");

    assert_ne!(other, anna);
    assert_eq!(store.session(&digest('a')).unwrap(), None);
    let member = format!(
        "SELECT COUNT(*) FROM memberships WHERE user_id = {}",
        other.0
    );
    assert_eq!(fresh.sql(&member), "0\n");
}

/// The database that gives an id twice all the same (an old InnoDB, after a restart) gives nobody's session with it.
pub fn an_id_that_comes_back_has_no_session(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));
    fresh.sql(&format!(
        "INSERT INTO memberships (user_id, group_name) VALUES ({}, 'board')",
        anna.0
    ));
    without_foreign_keys(fresh, "DELETE FROM users WHERE login_name = 'anna'");
    fresh.sql(if fresh.is_sqlite() {
        "DELETE FROM sqlite_sequence"
    } else {
        "ALTER TABLE users AUTO_INCREMENT = 1"
    });

    let other = add(store.as_mut(), administration.as_mut(), "eve");

    assert_eq!(other, anna, "or this shows nothing");
    assert_eq!(store.session(&digest('a')).unwrap(), None);
    assert_eq!(fresh.sql("SELECT COUNT(*) FROM memberships"), "0\n");
}

/// Nor does an upgrade give the id of somebody who was deleted before it.
pub fn an_upgrade_gives_no_old_id(fresh: &TestStore) {
    first_version(fresh);
    without_foreign_keys(fresh, "DELETE FROM users WHERE login_name = 'eve'");
    let mut administration = fresh.administration();
    for _ in 0..2 {
        administration.migrate().unwrap();
        fresh.sql("DELETE FROM schema_version");
    }
    administration.migrate().unwrap();
    let mut store = fresh.store();
    let eve = add(store.as_mut(), administration.as_mut(), "eve");
    assert!(eve.0 > 7, "{eve:?}");
    assert_eq!(store.session(&digest('e')).unwrap(), None);
    assert!(store.session(&digest('a')).unwrap().is_some());
}

/// With the row copied back, as a restored dump or a broken index has it.
pub fn a_session_of_another_epoch_is_none(fresh: &TestStore) {
    type Ends = fn(&mut dyn cgi_session::store::Administration);
    let ends: [(&str, Ends, bool); 6] = [
        (
            "password",
            |admin| {
                let done = admin.set_password(&name("anna"), &stored_hash(HASH), NOW);
                assert!(done.unwrap());
            },
            true,
        ),
        (
            "disable",
            |admin| {
                assert!(admin.set_disabled(&name("anna"), Some(NOW)).unwrap());
                assert!(admin.set_disabled(&name("anna"), None).unwrap());
            },
            true,
        ),
        (
            "revoke",
            |admin| {
                admin
                    .end_sessions(cgi_session::store::Which::Of(&name("anna")))
                    .unwrap();
            },
            true,
        ),
        (
            "revoke --all",
            |admin| {
                admin.end_sessions(cgi_session::store::Which::All).unwrap();
            },
            true,
        ),
        (
            "enable",
            |admin| assert!(admin.set_disabled(&name("anna"), None).unwrap()),
            false,
        ),
        (
            "another's password",
            |admin| {
                let done = admin.set_password(&name("eve"), &stored_hash(HASH), NOW);
                assert!(done.unwrap());
            },
            false,
        ),
    ];
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    add(store.as_mut(), administration.as_mut(), "eve");
    for (what, end, does) in ends {
        assert!(open(store.as_mut(), anna, &digest('a')));
        fresh.sql("CREATE TABLE copy AS SELECT * FROM sessions");

        end(administration.as_mut());

        fresh.sql("DELETE FROM sessions; INSERT INTO sessions SELECT * FROM copy");
        assert_eq!(fresh.count(), 1, "{what}: the row came back");
        assert_eq!(
            store.session(&digest('a')).unwrap().is_none(),
            does,
            "{what}"
        );
        // Who signs in after it is signed in.
        assert!(open(store.as_mut(), anna, &digest('b')), "{what}");
        assert!(store.session(&digest('b')).unwrap().is_some(), "{what}");
        fresh.sql("DELETE FROM sessions; DROP TABLE copy");
    }
    // One that is newer than its user is none either.
    assert!(open(store.as_mut(), anna, &digest('a')));
    fresh.sql("UPDATE sessions SET epoch = epoch + 1");
    assert_eq!(store.session(&digest('a')).unwrap(), None);
}

/// Tables of a version that is not written yet say which programs may use them.
pub fn newer_tables_may_be_served(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));
    fresh.sql(&format!(
        "UPDATE schema_version SET version = {}, oldest_program = {SCHEMA_VERSION}",
        SCHEMA_VERSION + 1
    ));

    assert!(store.session(&digest('a')).unwrap().is_some());
    assert!(open(store.as_mut(), anna, &digest('b')));
    store.end_session(&digest('b')).unwrap();
    administration.check().unwrap();
    let newer = SCHEMA_VERSION + 1;
    let kept = Migrated {
        from: newer,
        to: newer,
    };
    assert_eq!(administration.migrate().unwrap(), kept);
    let versions = fresh.sql("SELECT version, oldest_program FROM schema_version");
    assert_eq!(versions, format!("{newer}\t{SCHEMA_VERSION}\n"));
}

/// "Version 2, newer than 2" would help nobody.
pub fn tables_that_cannot_be_served_say_why(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    for (change, why) in [
        (
            "UPDATE schema_version SET oldest_program = 7",
            "for programs of version 7 or newer",
        ),
        (
            "INSERT INTO schema_version (version, oldest_program) VALUES (1, 1)",
            "schema_version must hold one row, and holds 2",
        ),
    ] {
        fresh.sql(change);
        let read = store.session(&digest('a')).unwrap_err().to_string();
        let listed = administration.users(None).unwrap_err().to_string();
        let migrated = administration.migrate().unwrap_err().to_string();
        for error in [read, listed, migrated] {
            assert!(error.contains(why), "{error}");
        }
    }
}

/// Not a column is added to it.
pub fn somebody_elses_table_stays_as_it_is(fresh: &TestStore) {
    drop(fresh.administration());
    fresh.sql("CREATE TABLE users (id INTEGER, nick VARCHAR(9), epochs INTEGER)");
    fresh.sql("INSERT INTO users VALUES (1, 'anna', 2)");

    let error = fresh.administration().migrate().unwrap_err();

    assert!(
        error
            .to_string()
            .contains("a table `users` that is not ours"),
        "{error}"
    );
    assert_eq!(fresh.sql("SELECT * FROM users"), "1\tanna\t2\n");
    let tables = if fresh.is_sqlite() {
        "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table'"
    } else {
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
    };
    assert_eq!(fresh.sql(tables), "1\n");
}
