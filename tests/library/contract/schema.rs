//! The tables: made by the administration, looked at by everybody.

use cgi_session::error::Error;
use cgi_session::model::{Opening, UserId};
use cgi_session::store::{Migrated, SCHEMA_VERSION, Which};

use super::values::{HASH, NOW, add, digest, name, new, open};
use crate::harness::{TestStore, stored_hash};

pub fn migrating_twice_is_harmless(fresh: &TestStore) {
    let mut administration = fresh.administration();
    let from = |from| Migrated {
        from,
        to: SCHEMA_VERSION,
    };
    assert_eq!(administration.migrate().unwrap(), from(0));
    let mut store = fresh.store();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));

    assert_eq!(administration.migrate().unwrap(), from(SCHEMA_VERSION));

    assert!(store.session(&digest('a')).unwrap().is_some());
    let versions = fresh.sql("SELECT version FROM schema_version");
    assert_eq!(versions, format!("{SCHEMA_VERSION}\n"));
}

/// A database without transactions around CREATE TABLE keeps the first tables of a run that was killed.
pub fn cut_migration_is_finished(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    add(store.as_mut(), administration.as_mut(), "anna");
    fresh.sql("DROP TABLE attempts");
    fresh.sql("DELETE FROM schema_version");

    assert_eq!(administration.migrate().unwrap().from, 0);

    assert_eq!(fresh.sql("SELECT COUNT(*) FROM attempts"), "0\n");
    assert!(store.credentials(&name("anna")).unwrap().is_some());
}

pub fn missing_tables_are_named(fresh: &TestStore) {
    // An SQLite file is made by its first administrator, before there are tables.
    drop(fresh.administration());
    every_method_says(fresh, None);
    let (..) = fresh.ready();
    fresh.sql("DELETE FROM schema_version");
    every_method_says(fresh, None);
}

pub fn another_version_is_named(fresh: &TestStore) {
    let (..) = fresh.ready();
    for version in [SCHEMA_VERSION - 1, SCHEMA_VERSION + 1] {
        fresh.sql(&format!(
            "UPDATE schema_version SET version = {version}, oldest_program = {version}"
        ));
        every_method_says(fresh, Some(version));
    }
    let error = fresh.administration().migrate().unwrap_err();
    assert!(matches!(error, Error::Schema(Some(_), SCHEMA_VERSION)));
    let versions = fresh.sql("SELECT version FROM schema_version");
    assert_eq!(versions, format!("{}\n", SCHEMA_VERSION + 1));
    for table in ["users", "sessions"] {
        assert_eq!(fresh.sql(&format!("SELECT COUNT(*) FROM {table}")), "0\n");
    }
}

/// All but `touch`: who touches has read the session, and with it the version.
fn every_method_says(fresh: &TestStore, version: Option<i64>) {
    let (mut store, mut administration) = (fresh.store(), fresh.administration());
    let anna = &name("anna");
    let session = &new(UserId(1), &digest('a'));
    let answers: [(&str, Result<(), Error>); 12] = [
        ("session", store.session(&digest('a')).map(drop)),
        ("credentials", store.credentials(anna).map(drop)),
        (
            "open_session",
            store
                .open_session(&Opening {
                    max_per_user: 1,
                    ..Opening::new(session, &stored_hash(HASH))
                })
                .map(drop),
        ),
        ("end_session", store.end_session(&digest('a')).map(drop)),
        (
            "add_user",
            administration
                .add_user(anna, &stored_hash(HASH), NOW)
                .map(drop),
        ),
        ("users", administration.users(None).map(drop)),
        (
            "set_password",
            administration
                .set_password(anna, &stored_hash(HASH), NOW)
                .map(drop),
        ),
        (
            "set_disabled",
            administration.set_disabled(anna, Some(NOW)).map(drop),
        ),
        ("delete_user", administration.delete_user(anna).map(drop)),
        ("sessions", administration.sessions(None, None).map(drop)),
        (
            "end_sessions",
            administration.end_sessions(Which::All).map(drop),
        ),
        ("prune", administration.prune(NOW).map(drop)),
    ];
    for (method, answer) in answers {
        match answer {
            Err(Error::Schema(found, SCHEMA_VERSION)) => assert_eq!(found, version, "{method}"),
            other => panic!("{method}: {other:?}, not version {version:?}"),
        }
    }
}
