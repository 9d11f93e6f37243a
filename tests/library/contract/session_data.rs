//! The data of sessions: written over what was read or not at all, the rows of visitors, and what a sign-in takes along.

use std::sync::Barrier;
use std::thread;

use cgi_session::model::{Added, Digest, Holder, Kept, NewSession, NewVisitor, Opening, Time};
use cgi_session::store::{Store, Which};

use super::values::{HASH, LATER, NOW, add, digest, listed, name, new, open};
use crate::harness::{TestStore, stored_hash};

/// When a visitor's row ends.
const SOON: Time = Time(NOW.0 + 1800);

const CART: &str = r#"{"items":3}"#;

/// The networks of the client `a.b.c`: it may have three rows, `a.b` four, and `a` five.
fn networks(client: &str) -> [(String, i64); 3] {
    let (site, _) = client.rsplit_once('.').unwrap();
    let (widest, _) = site.rsplit_once('.').unwrap();
    [
        (format!("{client}/"), 3),
        (format!("{site}."), 4),
        (format!("{widest}."), 5),
    ]
}

/// A visitor's row of a client in these networks. There may be five in all.
fn visitor<'a>(session: &'a Digest, networks: &'a [(String, i64); 3]) -> NewVisitor<'a> {
    NewVisitor {
        session,
        data: CART,
        now: NOW,
        expires_at: SOON,
        networks,
        in_all: 5,
    }
}

/// Makes a visitor's row with [`CART`].
#[track_caller]
fn visit(store: &mut dyn Store, session: &Digest) {
    let added = store.add_visitor(&visitor(session, &networks("1.1.1")));
    assert_eq!(added.unwrap(), Added::Made);
}

#[track_caller]
fn kept(store: &mut dyn Store, session: &Digest) -> Kept {
    store.data(session).unwrap().unwrap()
}

fn data(store: &mut dyn Store, session: &Digest) -> Option<String> {
    store.data(session).unwrap().and_then(|kept| kept.data)
}

fn save(store: &mut dyn Store, session: &Digest, data: &str) -> bool {
    let read = kept(store, session);
    store.write_data(&read, data, NOW, SOON).unwrap()
}

/// The columns that a write of data may and may not change.
fn ends(fresh: &TestStore) -> String {
    fresh.sql("SELECT created_at, seen_at, expires_at, data_version FROM sessions")
}

pub fn data_is_written_over_what_was_read(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));
    assert_eq!(store.data(&digest('b')).unwrap(), None);

    let first = kept(store.as_mut(), &digest('a'));
    let expected = Kept {
        session: digest('a'),
        holder: Holder::User,
        data: None,
        version: 0,
    };
    assert_eq!(first, expected);
    assert!(store.write_data(&first, CART, NOW.plus(60), SOON).unwrap());
    assert!(
        !store.write_data(&first, "{}", NOW.plus(60), SOON).unwrap(),
        "written since"
    );

    let second = kept(store.as_mut(), &digest('a'));
    assert_eq!((second.data.as_deref(), second.version), (Some(CART), 1));
    assert!(
        store.write_data(&second, CART, NOW, SOON).unwrap(),
        "the same text is a write"
    );
    let as_it_was = format!("{}\t{}\t{}\t2\n", NOW.0, NOW.0, LATER.0);
    assert_eq!(ends(fresh), as_it_was, "a user's session ends when it did");
    let found = store.session(&digest('a')).unwrap().unwrap();
    assert_eq!((found.seen_at, found.expires_at), (NOW, LATER));

    assert!(store.end_session(&digest('a')).unwrap());
    let gone = kept_as(&second, 2);
    assert!(!store.write_data(&gone, "{}", NOW, SOON).unwrap());
    assert_eq!(fresh.count(), 0, "revived");
}

fn kept_as(read: &Kept, version: i64) -> Kept {
    Kept {
        version,
        ..read.clone()
    }
}

pub fn a_visitors_row_lives_by_what_is_saved(fresh: &TestStore) {
    let (mut store, _) = fresh.ready();
    visit(store.as_mut(), &digest('a'));
    let first = kept(store.as_mut(), &digest('a'));
    let expected = Kept {
        session: digest('a'),
        holder: Holder::Visitor {
            seen_at: NOW,
            expires_at: SOON,
        },
        data: Some(CART.to_owned()),
        version: 1,
    };
    assert_eq!(first, expected);

    let (now, end) = (NOW.plus(600), SOON.plus(600));
    assert!(store.write_data(&first, "{}", now, end).unwrap());
    assert_eq!(ends(fresh), format!("{}\t{}\t{}\t2\n", NOW.0, now.0, end.0));
    assert!(!store.write_data(&first, CART, now, end).unwrap());
    assert_eq!(data(store.as_mut(), &digest('a')).as_deref(), Some("{}"));

    // Reading moves nothing, and a clash is an error.
    assert_eq!(ends(fresh), format!("{}\t{}\t{}\t2\n", NOW.0, now.0, end.0));
    let elsewhere = networks("9.9.9");
    assert!(
        store
            .add_visitor(&visitor(&digest('a'), &elsewhere))
            .is_err()
    );
    assert_eq!(data(store.as_mut(), &digest('a')).as_deref(), Some("{}"));
}

/// Whatever a visitor's row holds, it is no session, and no list of sessions has it.
pub fn a_visitors_row_signs_nobody_in(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let row = digest('a');
    visit(store.as_mut(), &row);
    for data in [
        format!(r#"{{"user_id":{},"login_name":"anna","epoch":0}}"#, anna.0),
        format!("{}', user_id = {}, data = '{{}}", "{}", anna.0),
    ] {
        assert!(save(store.as_mut(), &row, &data));
        assert_eq!(store.session(&row).unwrap(), None);
    }
    fresh.sql("UPDATE users SET epoch = 1");
    fresh.sql("UPDATE sessions SET epoch = 1, remember = 1");
    assert_eq!(store.session(&row).unwrap(), None);
    store.touch(&row, NOW.plus(60)).unwrap();
    assert_eq!(store.session(&row).unwrap(), None);

    assert!(listed(administration.as_mut()).is_empty());
    let beginning = administration.sessions_beginning(&row.as_str()[..8]);
    assert!(beginning.unwrap().is_empty());
    assert_eq!(administration.end_sessions(Which::All).unwrap(), 0);
    let of_anna = Which::Of(&name("anna"));
    assert_eq!(administration.end_sessions(of_anna).unwrap(), 0);
    assert_eq!(fresh.count(), 1);
    fresh.sql(&format!("UPDATE sessions SET expires_at = {}", SOON.0));
    assert_eq!(administration.prune(SOON.plus(-1)).unwrap(), 0);
    assert_eq!(administration.prune(SOON).unwrap(), 1);
}

/// The data of a session that is none is not read, and what was read before is no longer written.
pub fn data_of_no_session_is_not_read(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));
    assert!(save(store.as_mut(), &digest('a'), CART));
    for (set, unset) in [
        ("users SET epoch = 7", "users SET epoch = 0"),
        ("sessions SET epoch = 7", "sessions SET epoch = 0"),
        ("users SET disabled_at = 1", "users SET disabled_at = NULL"),
    ] {
        fresh.sql(&format!("UPDATE {set}"));
        assert_eq!(store.data(&digest('a')).unwrap(), None, "{set}");
        fresh.sql(&format!("UPDATE {unset}"));
        assert!(store.data(&digest('a')).unwrap().is_some(), "{unset}");
    }
    let read = kept(store.as_mut(), &digest('a'));
    administration
        .set_disabled(&name("anna"), Some(NOW))
        .unwrap();
    assert!(!store.write_data(&read, "{}", NOW, SOON).unwrap());
}

/// What is no text is not as if there were none: a page would write over it.
pub fn any_data_is_kept(fresh: &TestStore) {
    let (mut store, _) = fresh.ready();
    visit(store.as_mut(), &digest('a'));
    for text in [
        String::new(),
        "{}".to_owned(),
        r#"{"a":"'; DROP TABLE sessions; -- \\ \" % _"}"#.to_owned(),
        format!(r#"{{"a":"{}"}}"#, "🦀电é\u{200b}\u{ffff}".repeat(1000)),
        "x".repeat(64 << 10),
        "電".repeat((64 << 10) / 3),
    ] {
        assert!(save(store.as_mut(), &digest('a'), &text));
        let read = data(fresh.store().as_mut(), &digest('a'));
        assert_eq!(read.as_ref(), Some(&text), "{} bytes", text.len());
    }
    if fresh.is_sqlite() {
        fresh.sql("UPDATE sessions SET data = CAST(x'7bff7d' AS TEXT)");
        assert_eq!(data(store.as_mut(), &digest('a')).as_deref(), Some(""));
    }
}

pub fn visitors_are_few(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    for digit in ['1', '2', '3', '4', '5', '6'] {
        assert!(
            open(store.as_mut(), anna, &digest(digit)),
            "users count not"
        );
    }
    let mut add = |digit, client, in_all, now: Time| {
        let (session, networks) = (digest(digit), networks(client));
        let visitor = NewVisitor {
            now,
            expires_at: now.plus(1800),
            in_all,
            ..visitor(&session, &networks)
        };
        store.add_visitor(&visitor).unwrap()
    };
    for digit in ['a', 'b', 'c'] {
        assert_eq!(add(digit, "1.1.1", 5, NOW), Added::Made);
    }
    assert_eq!(add('d', "1.1.1", 5, NOW), Added::NetworkFull(3));
    assert_eq!(add('d', "1.1.10", 5, NOW), Added::Made, "another client");
    assert_eq!(add('e', "1.1.2", 9, NOW), Added::NetworkFull(4));
    assert_eq!(add('e', "1.10.1", 9, NOW), Added::Made, "another site");
    assert_eq!(add('f', "1.2.1", 9, NOW), Added::NetworkFull(5));
    assert_eq!(add('f', "10.1.1", 5, NOW), Added::AllFull);
    assert_eq!(fresh.count(), 11, "nothing was written");
    let at_the_end = NOW.plus(1800);
    assert_eq!(add('f', "1.1.1", 5, at_the_end.plus(-1)), Added::AllFull);
    assert_eq!(
        add('f', "1.1.1", 5, at_the_end),
        Added::Made,
        "all are over"
    );
}

/// Of many at once, exactly as many get in as may: of a client, of a wider network, and in all.
pub fn visitors_at_once_are_counted_one_by_one(fresh: &TestStore) {
    drop(fresh.ready());
    for (client, in_all, most) in [
        (|_: char| "1.1.1".to_owned(), 9, 3),
        (|digit: char| format!("1.1.{digit}"), 9, 4),
        (|digit: char| format!("1.{digit}.1"), 9, 5),
        (|digit: char| format!("{digit}.1.1"), 5, 5),
    ] as [(fn(char) -> String, i64, usize); 4]
    {
        let start = &Barrier::new(16);
        let added: Vec<Added> = thread::scope(|scope| {
            let threads: Vec<_> = ('0'..='9')
                .chain('a'..='f')
                .map(|digit| {
                    scope.spawn(move || {
                        let mut store = fresh.store();
                        let (session, networks) = (digest(digit), networks(&client(digit)));
                        let visitor = NewVisitor {
                            in_all,
                            ..visitor(&session, &networks)
                        };
                        start.wait();
                        store.add_visitor(&visitor).unwrap()
                    })
                })
                .collect();
            threads.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let made = added.iter().filter(|one| **one == Added::Made).count();
        assert_eq!(made, most, "{}: {added:?}", client('x'));
        assert_eq!(fresh.count(), most);
        fresh.sql("DELETE FROM sessions");
    }
}

/// A sign-in of anna in a browser that has these tokens.
fn sign_in(store: &mut dyn Store, session: &NewSession, replaced: &[Digest]) -> bool {
    let verified = stored_hash(HASH);
    let opening = Opening {
        replaced,
        takes_data: true,
        max_per_user: 1,
        ..Opening::new(session, &verified)
    };
    store.open_session(&opening).unwrap()
}

pub fn a_sign_in_takes_data_along(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let session = NewSession {
        created_at: NOW.plus(60),
        remember: true,
        user_agent: "Lynx".to_owned(),
        ..new(anna, &digest('b'))
    };
    visit(store.as_mut(), &digest('a'));
    fresh.sql("UPDATE users SET epoch = 3");

    assert!(sign_in(store.as_mut(), &session, &[digest('a')]));

    assert_eq!(fresh.count(), 1);
    assert_eq!(store.data(&digest('a')).unwrap(), None, "the old token");
    assert_eq!(data(store.as_mut(), &digest('b')).as_deref(), Some(CART));
    let row = "SELECT user_id, created_at, seen_at, expires_at, remember, remote_addr, user_agent, epoch FROM sessions";
    let (id, created) = (anna.0, NOW.0 + 60);
    assert_eq!(
        fresh.sql(row),
        format!(
            "{id}\t{created}\t{created}\t{}\t1\t192.0.2.7\tLynx\t3\n",
            LATER.0
        ),
        "a row as any other sign-in makes it"
    );
    assert!(store.session(&digest('b')).unwrap().is_some());

    // Signing in again, in the same browser: the limit of one session a user ends no data.
    let again = new(anna, &digest('c'));
    assert!(sign_in(store.as_mut(), &again, &[digest('b')]));
    assert_eq!(fresh.count(), 1);
    assert_eq!(data(store.as_mut(), &digest('c')).as_deref(), Some(CART));
    assert!(save(store.as_mut(), &digest('c'), "{}"), "and it goes on");

    // Of several tokens one has the data; all of them end.
    assert!(administration.end_sessions(Which::All).unwrap() == 1);
    visit(store.as_mut(), &digest('d'));
    visit(store.as_mut(), &digest('e'));
    let tokens = [digest('0'), digest('d'), digest('e')];
    assert!(sign_in(store.as_mut(), &new(anna, &digest('f')), &tokens));
    assert_eq!(fresh.count(), 1);
    assert_eq!(data(store.as_mut(), &digest('f')).as_deref(), Some(CART));
}

pub fn a_sign_in_takes_nobody_elses_data(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let eve = add(store.as_mut(), administration.as_mut(), "eve");
    // Each ends the row at once, and takes nothing of it.
    for (who, spoil) in [
        ("another user's", format!("user_id = {}", eve.0)),
        (
            "hers of an older epoch",
            format!("user_id = {}, epoch = 9", anna.0),
        ),
        (
            "hers, over",
            format!("user_id = {}, expires_at = {}", anna.0, NOW.0),
        ),
        ("a visitor's, over", format!("expires_at = {}", NOW.0)),
        ("a visitor's without data", "data = NULL".to_owned()),
    ] {
        visit(store.as_mut(), &digest('a'));
        fresh.sql(&format!("UPDATE sessions SET {spoil}"));

        assert!(sign_in(
            store.as_mut(),
            &new(anna, &digest('b')),
            &[digest('a')]
        ));

        let read = kept(store.as_mut(), &digest('b'));
        assert_eq!((read.data, read.version), (None, 0), "{who}");
        assert_eq!(fresh.count(), 1, "{who}");
        fresh.sql("DELETE FROM sessions");
    }
    // A sign-in that is refused takes nothing, and ends nothing.
    visit(store.as_mut(), &digest('a'));
    let session = new(anna, &digest('b'));
    let other = stored_hash("another");
    let refused = Opening {
        replaced: &[digest('a')],
        ..Opening::new(&session, &other)
    };
    assert!(!store.open_session(&refused).unwrap());
    assert_eq!(data(store.as_mut(), &digest('a')).as_deref(), Some(CART));
}

/// Whoever is told that their data was saved finds it after the sign-in.
pub fn sign_in_against_a_write(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let mut saved_first = 0;
    for _ in 0..25 {
        visit(store.as_mut(), &digest('a'));
        let read = kept(store.as_mut(), &digest('a'));
        let start = &Barrier::new(2);
        let saved = thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut store = fresh.store();
                start.wait();
                store.write_data(&read, "{}", NOW, SOON).unwrap()
            });
            let mut store = fresh.store();
            start.wait();
            assert!(sign_in(
                store.as_mut(),
                &new(anna, &digest('b')),
                &[digest('a')]
            ));
            writer.join().unwrap()
        });
        let expected = if saved { "{}" } else { CART };
        assert_eq!(
            data(store.as_mut(), &digest('b')).as_deref(),
            Some(expected)
        );
        assert_eq!(fresh.count(), 1);
        fresh.sql("DELETE FROM sessions");
        saved_first += u32::from(saved);
    }
    eprintln!("  the write was first in {saved_first} of 25");
}
