//! Users: what ends their sessions, and which names are the same.

use cgi_session::model::{LoginName, Opening, Time, UserId};
use cgi_session::store::Store;

use super::values::{HASH, NOW, add, digest, name, new, open};
use crate::harness::{TestStore, stored_hash};

fn password(store: &mut dyn Store, text: &str) -> String {
    let known = store.credentials(&name(text)).unwrap().unwrap();
    known.password.as_str().to_owned()
}

pub fn disabling_ends_sessions(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let eve = add(store.as_mut(), administration.as_mut(), "eve");
    assert!(open(store.as_mut(), anna, &digest('a')));
    assert!(open(store.as_mut(), eve, &digest('e')));

    let done = administration.set_disabled(&name("anna"), Some(NOW));

    assert!(done.unwrap());
    assert_eq!(store.session(&digest('a')).unwrap(), None);
    assert!(store.session(&digest('e')).unwrap().is_some());
    // Her hash is still there to be compared, so that the answer takes as long.
    let known = store.credentials(&name("anna")).unwrap().unwrap();
    assert!(known.disabled && known.password == stored_hash(HASH));
    opens_and_writes_nothing(store.as_mut(), anna, HASH);

    assert!(administration.set_disabled(&name("anna"), None).unwrap());
    assert_eq!(store.session(&digest('a')).unwrap(), None, "it came back");
    assert!(open(store.as_mut(), anna, &digest('b')));
    // A row beside the administration's doing is no way in either.
    fresh.sql("UPDATE users SET disabled_at = 1 WHERE login_name = 'anna'");
    assert_eq!(store.session(&digest('b')).unwrap(), None);
    let nobody = administration.set_disabled(&name("nobody"), Some(NOW));
    assert!(!nobody.unwrap());
}

pub fn deleting_ends_sessions(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));

    assert!(administration.delete_user(&name("anna")).unwrap());

    assert_eq!(store.session(&digest('a')).unwrap(), None);
    assert_eq!(fresh.count(), 0);
    assert!(store.credentials(&name("anna")).unwrap().is_none());
    assert!(!open(store.as_mut(), anna, &digest('b')));
    let session = new(anna, &digest('b'));
    let opened = store.open_session(&Opening {
        rehashed: Some(&stored_hash("rehashed")),
        ..Opening::new(&session, &stored_hash(HASH))
    });
    assert!(!opened.unwrap(), "nor with a rehash");
    assert_eq!(fresh.count(), 0);
    assert!(!administration.delete_user(&name("anna")).unwrap());
    // Who comes under her name later does not get what was hers.
    add(store.as_mut(), administration.as_mut(), "anna");
    assert_eq!(store.session(&digest('a')).unwrap(), None);
}

pub fn new_password_ends_sessions(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let eve = add(store.as_mut(), administration.as_mut(), "eve");
    assert!(open(store.as_mut(), anna, &digest('a')));
    assert!(open(store.as_mut(), eve, &digest('e')));

    let done = administration.set_password(&name("anna"), &stored_hash("new"), NOW.plus(5));

    assert!(done.unwrap());
    assert_eq!(store.session(&digest('a')).unwrap(), None);
    assert!(store.session(&digest('e')).unwrap().is_some());
    opens_and_writes_nothing(store.as_mut(), anna, "new");
    let changed = fresh.sql("SELECT password_changed_at FROM users WHERE login_name = 'anna'");
    assert_eq!(changed.trim(), NOW.plus(5).0.to_string());
    let opened = store.open_session(&Opening::new(&new(anna, &digest('b')), &stored_hash("new")));
    assert!(opened.unwrap());
    // A hash has no other spelling, whatever the collation.
    for other in ["NEW", "ne", ""] {
        let opened =
            store.open_session(&Opening::new(&new(anna, &digest('c')), &stored_hash(other)));
        assert!(!opened.unwrap(), "{other:?}");
    }
    let nobody = administration.set_password(&name("nobody"), &stored_hash("new"), NOW);
    assert!(!nobody.unwrap());
}

/// A rehash is no change: no session ends, and the password is as old as it was.
pub fn rehash_ends_none(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));

    let session = new(anna, &digest('b'));
    let opened = store.open_session(&Opening {
        rehashed: Some(&stored_hash("rehashed")),
        ..Opening::new(&session, &stored_hash(HASH))
    });

    assert!(opened.unwrap());
    assert_eq!(password(store.as_mut(), "anna"), "rehashed");
    assert!(store.session(&digest('a')).unwrap().is_some());
    let changed = fresh.sql("SELECT password_changed_at FROM users");
    assert_eq!(changed.trim(), NOW.0.to_string());
    let again = store.open_session(&Opening {
        rehashed: Some(&stored_hash("again")),
        ..Opening::new(&new(anna, &digest('c')), &stored_hash(HASH))
    });
    assert!(!again.unwrap(), "another sign-in rehashed meanwhile");
    assert_eq!(password(store.as_mut(), "anna"), "rehashed");
}

/// The name's one spelling is made in Rust; below it only bytes count, whatever a collation thinks.
pub fn names_are_equal_by_their_bytes(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let different = [
        "anna", "ana", "änna", "anná", "аnna", "anna1", "strasse", "straße", "resume", "résumé",
        "ı", "i", "ø", "o", "电池", "電池", "カ", "ガ", "か", "ss", "ß", "æ", "ae",
    ];
    for (index, text) in different.iter().enumerate() {
        let added =
            administration.add_user(&name(text), &stored_hash(&format!("hash {index}")), NOW);
        assert!(added.unwrap(), "{text}");
        let again = administration.add_user(&name(text), &stored_hash("taken over"), NOW);
        assert!(!again.unwrap(), "{text} twice");
    }
    for (index, text) in different.iter().enumerate() {
        assert_eq!(password(store.as_mut(), text), format!("hash {index}"));
    }
    let same = [
        ("ANNA", "anna"),
        ("ａｎｎａ", "anna"),
        ("A\u{308}nna", "änna"),
        ("RÉSUMÉ", "résumé"),
        ("ｶ", "カ"),
    ];
    for (spelling, text) in same {
        let found = password(store.as_mut(), spelling);
        assert_eq!(found, password(store.as_mut(), text), "{spelling}");
    }
    for spelling in ["anna ", " anna", "an na", "anna\0", "anna\t", "", "🦀"] {
        assert!(LoginName::parse(spelling).is_none(), "{spelling:?}");
    }
    for (text, count) in [("anna", 1), ("ANNA", 0), ("ANA", 0), ("anñа", 0)] {
        let sql = format!("SELECT COUNT(*) FROM users WHERE login_name = '{text}'");
        assert_eq!(fresh.sql(&sql), format!("{count}\n"), "{text}");
    }
}

pub fn nobody_is_an_answer(fresh: &TestStore) {
    let (mut store, _) = fresh.ready();
    assert!(store.credentials(&name("nobody")).unwrap().is_none());
    let injection = ["'or'1'='1", "a'--", "a\\", "%", "_"];
    for text in injection {
        if let Some(name) = LoginName::parse(text) {
            assert!(store.credentials(&name).unwrap().is_none(), "{text}");
        }
    }
}

pub fn users_are_listed(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    assert!(administration.users(None).unwrap().rows.is_empty());
    let long = "a".repeat(255);
    for text in ["eve", "anna", &long] {
        add(store.as_mut(), administration.as_mut(), text);
    }
    let anna = store.credentials(&name("anna")).unwrap().unwrap().id;
    assert!(open(store.as_mut(), anna, &digest('a')));
    assert!(open(store.as_mut(), anna, &digest('b')));
    let done = administration.set_disabled(&name("eve"), Some(Time(5)));
    assert!(done.unwrap());

    let users = administration.users(None).unwrap().rows;

    let seen: Vec<_> = users
        .iter()
        .map(|user| (user.login_name.as_str(), user.disabled_at, user.sessions))
        .collect();
    let expected = [
        (&*long, None, 0),
        ("anna", None, 2),
        ("eve", Some(Time(5)), 0),
    ];
    assert_eq!(seen, expected);
    assert!(users.iter().all(|user| user.created_at == NOW));
}

/// A sign-in that has verified [`HASH`] opens no session of anna's, and leaves `hash` and eve's session as they are.
#[track_caller]
fn opens_and_writes_nothing(store: &mut dyn Store, anna: UserId, hash: &str) {
    assert!(!open(store, anna, &digest('b')), "the old hash");
    let session = new(anna, &digest('b'));
    let opened = store.open_session(&Opening {
        rehashed: Some(&stored_hash("rehashed")),
        replaced: &[digest('e')],
        max_per_user: 1,
        ..Opening::new(&session, &stored_hash(HASH))
    });
    assert!(!opened.unwrap(), "nothing is written");
    assert_eq!(password(store, "anna"), hash);
    assert!(store.session(&digest('e')).unwrap().is_some());
}
