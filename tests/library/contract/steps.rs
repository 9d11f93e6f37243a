//! What takes long, and must neither fail for it nor keep others waiting.

use std::thread;
use std::time::{Duration, Instant};

use cgi_session::error::Error;
use cgi_session::model::Digest;
use cgi_session::store::{Administration, Which};

use super::lists::{MANY, fill};
use super::upgrade::first_version;
use super::values::{HASH, NOW, add, digest, name, open};
use crate::harness::{TestStore, stored_hash};

type Ends = fn(&mut dyn Administration) -> Result<u64, Error>;

/// Each of what ends sessions of the user who has many; how many rows were deleted before the 1001st of theirs.
const ENDS: [(&str, Ends, usize); 5] = [
    (
        "revoke",
        |admin| admin.end_sessions(Which::Of(&name("u0699"))),
        1000,
    ),
    ("revoke --all", |admin| admin.end_sessions(Which::All), 2000),
    (
        "password",
        |admin| {
            admin
                .set_password(&name("u0699"), &stored_hash(HASH), NOW)
                .map(u64::from)
        },
        1000,
    ),
    (
        "disable",
        |admin| admin.set_disabled(&name("u0699"), Some(NOW)).map(u64::from),
        1000,
    ),
    (
        "delete",
        |admin| admin.delete_user(&name("u0699")).map(u64::from),
        1000,
    ),
];

/// Makes the deletion of one row an error, as if the command were killed there.
fn stop_at(fresh: &TestStore, session: &str) {
    fresh.sql(&if fresh.is_sqlite() {
        format!(
            "CREATE TRIGGER stops BEFORE DELETE ON sessions WHEN old.session = '{session}' \
             BEGIN SELECT RAISE(ABORT, 'stopped'); END"
        )
    } else {
        format!(
            "CREATE TRIGGER stops BEFORE DELETE ON sessions FOR EACH ROW \
             SET @stopped = IF(OLD.session = '{session}', (SELECT 1 UNION SELECT 2), 0)"
        )
    });
}

pub fn what_is_cut_short_has_ended_the_sessions(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let last = format!("2{:063x}", MANY - 1);
    let last = Digest::parse(&last).unwrap();
    for (what, end, before) in ENDS {
        fill(fresh);
        stop_at(fresh, &format!("2{:063x}", 1000));
        assert!(store.session(&last).unwrap().is_some(), "{what}");

        end(administration.as_mut()).unwrap_err();

        assert_eq!(store.session(&last).unwrap(), None, "{what}");
        assert_eq!(fresh.count(), 2 * MANY - before, "{what}: whole steps");
        fresh.sql("DROP TRIGGER stops");
        let rest = end(administration.as_mut()).unwrap();
        match what {
            "revoke" => assert_eq!(rest, MANY as u64 + 1 - 1000),
            "revoke --all" => assert_eq!(rest, 2 * MANY as u64 - 2000),
            _ => assert_eq!(rest, 1, "{what}: there is such a user"),
        }
        let left = if what == "revoke --all" { 0 } else { MANY - 1 };
        assert_eq!(fresh.count(), left, "{what}");
        fresh.sql("DELETE FROM sessions; DELETE FROM users");
    }
}

/// A row that was opened while others were being deleted is of the new epoch.
pub fn who_signs_in_meanwhile_stays_signed_in(fresh: &TestStore) {
    // Only there may a trigger write the table that it is of.
    if !fresh.is_sqlite() {
        return;
    }
    let (mut store, mut administration) = fresh.ready();
    for (end, left) in [(ENDS[0].1, MANY), (ENDS[1].1, 1), (ENDS[2].1, MANY)] {
        fill(fresh);
        fresh.sql(&format!(
            "CREATE TRIGGER opens BEFORE DELETE ON sessions WHEN old.session = '2{:063x}' BEGIN \
             INSERT INTO sessions (session, user_id, created_at, seen_at, expires_at, remember, epoch) \
             SELECT '{}', id, 9999999999, 0, 9, 0, epoch FROM users WHERE id = 700; END",
            7,
            digest('f').as_str()
        ));
        end(administration.as_mut()).unwrap();
        assert!(store.session(&digest('f')).unwrap().is_some());
        assert_eq!(fresh.count(), left);
        fresh.sql("DROP TRIGGER opens");
        fresh.sql("DELETE FROM sessions; DELETE FROM users");
    }
}

/// Somebody looks on, and no visitor waits.
pub fn the_administration_waits_for_a_slow_server(fresh: &TestStore) {
    if fresh.is_sqlite() {
        return;
    }
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));
    fresh.sql("CREATE TRIGGER slow BEFORE UPDATE ON users FOR EACH ROW SET @slept = SLEEP(2.5)");

    let ended = administration.end_sessions(Which::All);

    assert_eq!(ended.unwrap(), 1);
    assert_eq!(store.session(&digest('a')).unwrap(), None);
}

/// While `ALTER TABLE` waits for one reader, every other waits behind it.
pub fn an_upgrade_gives_way_to_a_long_reader(fresh: &TestStore) {
    if fresh.is_sqlite() {
        return;
    }
    first_version(fresh);
    let mut administration = fresh.administration();
    thread::scope(|scope| {
        let reads = || fresh.sql("START TRANSACTION; SELECT id FROM users; DO SLEEP(5); COMMIT");
        let reader = scope.spawn(reads);
        thread::sleep(Duration::from_millis(500));
        let began = Instant::now();

        let error = administration.migrate().unwrap_err().to_string();
        // Behind an ALTER that waits on this would wait, too.
        fresh.sql("SELECT id FROM users LIMIT 1");

        assert!(began.elapsed() < Duration::from_millis(2500), "{began:?}");
        assert!(!reader.is_finished(), "nothing stood in the way");
        for words in ["1205", "(a dump?)", "run init again when it has ended"] {
            assert!(error.contains(words), "{error}");
        }
        reader.join().unwrap();
    });
    assert_eq!(administration.migrate().unwrap().from, 1);
}
