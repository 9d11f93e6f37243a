//! A session's life: opened, found, touched, ended.

use cgi_session::model::{Digest, NewSession, Opening, Session, Time, User};
use cgi_session::store::{ROOM_MAX, STEP_MAX, Which};

use super::values::{HASH, LATER, NOW, add, digest, listed, name, new, only, open};
use crate::harness::{TestStore, stored_hash};

pub fn fresh_session_is_found(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let remembered = NewSession {
        remember: true,
        ..new(anna, &digest('a'))
    };
    let opened = store.open_session(&Opening::new(&remembered, &stored_hash(HASH)));
    assert!(opened.unwrap());

    let found = fresh.store().session(&digest('a')).unwrap();

    let expected = Session {
        digest: digest('a'),
        user: User {
            id: anna,
            login_name: "anna".to_owned(),
        },
        created_at: NOW,
        seen_at: NOW,
        expires_at: LATER,
        remember: true,
    };
    assert_eq!(found, Some(expected));
    assert_eq!(store.session(&digest('b')).unwrap(), None);
    // Whether it is over is not the store's to say: time is a parameter.
    let over = NewSession {
        expires_at: Time(0),
        ..new(anna, &digest('c'))
    };
    assert!(
        store
            .open_session(&Opening::new(&over, &stored_hash(HASH)))
            .unwrap()
    );
    assert!(store.session(&digest('c')).unwrap().is_some());
}

/// Neither a takeover nor half a transaction: what it replaces is as it was.
pub fn clash_is_an_error(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let eve = add(store.as_mut(), administration.as_mut(), "eve");
    assert!(open(store.as_mut(), anna, &digest('a')));
    assert!(open(store.as_mut(), eve, &digest('e')));

    let clash = new(eve, &digest('a'));
    let opened = store.open_session(&Opening {
        rehashed: Some(&stored_hash("rehashed")),
        replaced: &[digest('e')],
        max_per_user: 1,
        ..Opening::new(&clash, &stored_hash(HASH))
    });

    let error = opened.unwrap_err();
    assert_eq!(error.http_status(), 503, "{error}");
    let user = |session: Option<Session>| session.unwrap().user.id;
    assert_eq!(user(store.session(&digest('a')).unwrap()), anna);
    assert_eq!(user(store.session(&digest('e')).unwrap()), eve);
    let kept = store.credentials(&name("eve")).unwrap().unwrap();
    assert_eq!(kept.password, stored_hash(HASH));
    // The connection is fit for more.
    assert!(open(store.as_mut(), eve, &digest('f')));
}

pub fn touch_never_revives(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));
    store.end_session(&digest('a')).unwrap();

    store.touch(&digest('a'), NOW.plus(60)).unwrap();

    assert_eq!(store.session(&digest('a')).unwrap(), None);
    assert_eq!(fresh.count(), 0);
}

pub fn touch_never_goes_back(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));
    assert!(open(store.as_mut(), anna, &digest('b')));
    for (at, seen) in [(-9, 0), (0, 0), (60, 60), (59, 60), (60, 60), (61, 61)] {
        store.touch(&digest('a'), NOW.plus(at)).unwrap();

        let session = store.session(&digest('a')).unwrap().unwrap();
        assert_eq!(session.seen_at, NOW.plus(seen), "touched at {at}");
        assert_eq!(session.created_at, NOW);
        assert_eq!(session.expires_at, LATER, "activity moves the end");
    }
    let other = store.session(&digest('b')).unwrap().unwrap();
    assert_eq!(other.seen_at, NOW);
}

pub fn ending_twice_is_harmless(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));
    assert!(open(store.as_mut(), anna, &digest('b')));
    for there_was_one in [true, false] {
        let ended = store.end_session(&digest('a')).unwrap();

        assert_eq!(ended, there_was_one);
        assert_eq!(store.session(&digest('a')).unwrap(), None);
    }
    assert!(store.session(&digest('b')).unwrap().is_some());
}

pub fn replaced_session_ends(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));
    assert!(open(store.as_mut(), anna, &digest('b')));

    for (session, replaced) in [('c', 'a'), ('d', 'a')] {
        let (session, replaced) = (new(anna, &digest(session)), digest(replaced));
        let opened = store.open_session(&Opening {
            replaced: std::slice::from_ref(&replaced),
            ..Opening::new(&session, &stored_hash(HASH))
        });
        assert!(opened.unwrap(), "also where there is nothing to replace");
    }

    let there = ['a', 'b', 'c', 'd'].map(|digit| store.session(&digest(digit)).unwrap().is_some());
    assert_eq!(there, [false, true, true, true]);
}

pub fn oldest_sessions_end(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let eve = add(store.as_mut(), administration.as_mut(), "eve");
    assert!(open(store.as_mut(), eve, &digest('e')));
    let mut open_at = |digit: char, at: i64, most: u32| {
        let session = NewSession {
            created_at: NOW.plus(at),
            ..new(anna, &digest(digit))
        };
        let opened = store.open_session(&Opening {
            max_per_user: most,
            ..Opening::new(&session, &stored_hash(HASH))
        });
        assert!(opened.unwrap());
    };
    // Not in the order of their digests.
    for (at, digit) in ['3', '1', '2', '0'].into_iter().enumerate() {
        open_at(digit, i64::try_from(at).unwrap(), 0);
    }
    open_at('4', 10, 3);

    assert_eq!(sessions_of(fresh), "0\n2\n4\ne\n");
    open_at('5', 20, 1);
    assert_eq!(sessions_of(fresh), "5\ne\n");
    // One that is over does not count, and ends nobody's.
    fresh.sql(&format!("UPDATE sessions SET expires_at = {}", NOW.0));
    open_at('6', 30, 1);
    assert_eq!(sessions_of(fresh), "5\n6\ne\n");
}

/// Thousands of live sessions, from the time before there was a limit: each sign-in succeeds, and ends some.
pub fn a_lowered_limit_ends_a_crowd_in_steps(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let eve = add(store.as_mut(), administration.as_mut(), "eve");
    assert!(open(store.as_mut(), eve, &digest('e')));
    let columns = "session, user_id, created_at, seen_at, expires_at, remember";
    let (now, later) = (NOW.0, LATER.0);
    for thousand in 0..13 {
        let rows: Vec<String> = (0..1000)
            .map(|i| thousand * 1000 + i)
            .map(|i| format!("('{i:064x}', {}, {now}, {now} + {i}, {later}, 0)", anna.0))
            .collect();
        fresh.sql(&format!(
            "INSERT INTO sessions ({columns}) VALUES {}",
            rows.join(", ")
        ));
    }
    let count = || {
        let count = fresh.sql(&format!(
            "SELECT COUNT(*) FROM sessions WHERE user_id = {}",
            anna.0
        ));
        count.trim().parse::<i64>().unwrap()
    };
    let mut sign_in = |i: i64| {
        let session = NewSession {
            created_at: NOW.plus(20_000 + i),
            session: Digest::parse(&format!("f{i:063x}")).unwrap(),
            ..new(anna, &digest('f'))
        };
        let opened = fresh.store().open_session(&Opening {
            max_per_user: 10,
            ..Opening::new(&session, &stored_hash(HASH))
        });
        assert!(opened.unwrap());
        assert!(store.session(&session.session).unwrap().is_some());
        session.session
    };
    let first = sign_in(0);
    assert_eq!(count(), 13_001 - i64::from(ROOM_MAX));
    let second = sign_in(1);
    let mut signed_in = 2;
    while count() > 10 {
        sign_in(signed_in);
        signed_in += 1;
        assert!(signed_in < 70, "{} are left", count());
    }
    assert_eq!(signed_in, 66, "as many as it takes, each 200");
    assert_eq!(store_has(fresh, &[&first, &second]), [false, false]);
    for more in 0..3 {
        sign_in(100 + more);
        assert_eq!(count(), 10);
    }
    assert!(
        fresh.store().session(&digest('e')).unwrap().is_some(),
        "another user's"
    );
}

fn store_has(fresh: &TestStore, sessions: &[&Digest]) -> Vec<bool> {
    let mut store = fresh.store();
    let has = |session: &&Digest| store.session(session).unwrap().is_some();
    sessions.iter().map(has).collect()
}

fn sessions_of(fresh: &TestStore) -> String {
    fresh.sql("SELECT SUBSTR(session, 1, 1) FROM sessions ORDER BY session")
}

/// Upper case and blanks are another value, not another spelling, whatever the collation.
pub fn another_spelling_finds_nothing(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let lower = "ab".repeat(32);
    for spelling in [
        lower.to_uppercase(),
        format!("{lower} "),
        format!(" {lower}"),
        format!("{} ", &lower[1..]),
        format!("{lower}0"),
        lower[1..].to_owned(),
        String::new(),
    ] {
        assert!(Digest::parse(&spelling).is_none(), "{spelling:?}");
    }
    fresh.sql(&format!(
        "INSERT INTO sessions (session, user_id, created_at, seen_at, expires_at, remember) \
        VALUES ('{}', {}, 0, 0, 0, 0)",
        lower.to_uppercase(),
        anna.0
    ));
    let digest = Digest::parse(&lower).unwrap();

    assert_eq!(store.session(&digest).unwrap(), None);
    store.touch(&digest, NOW).unwrap();
    store.end_session(&digest).unwrap();
    assert_eq!(fresh.sql("SELECT seen_at FROM sessions"), "0\n");
    assert!(open(store.as_mut(), anna, &digest), "no clash");
    assert_eq!(fresh.count(), 2);
}

/// A row with no user is a visitor's who never signed in (for session data).
pub fn visitors_are_not_seen(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    fresh.sql(&format!(
        "INSERT INTO sessions (session, user_id, created_at, seen_at, expires_at, remember) \
        VALUES ('{}', NULL, {now}, {now}, {later}, 0)",
        digest('a').as_str(),
        now = NOW.0,
        later = LATER.0
    ));

    assert_eq!(store.session(&digest('a')).unwrap(), None);
    assert!(listed(administration.as_mut()).is_empty());
    assert_eq!(administration.end_sessions(Which::All).unwrap(), 0);
    assert_eq!(fresh.count(), 1);
    assert_eq!(administration.prune(LATER).unwrap(), 1);
}

pub fn any_user_agent_is_kept(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    for agent in [
        String::new(),
        "电池 浏览器 / ブラウザ".to_owned(),
        "🦀👩‍👩‍👧‍👦".repeat(20),
        "x".repeat(5000),
        "電".repeat(5000),
        "🦀".repeat(5000),
        "'; DROP TABLE sessions; -- \\ \" % _ \u{200b}".to_owned(),
    ] {
        let session = NewSession {
            user_agent: agent.clone(),
            ..new(anna, &digest('a'))
        };
        let opened = store.open_session(&Opening {
            replaced: &[digest('a')],
            ..Opening::new(&session, &stored_hash(HASH))
        });

        assert!(opened.unwrap(), "{agent}");
        let kept: String = agent.chars().take(255).collect();
        let row = only(listed(administration.as_mut()));
        assert_eq!(row.user_agent, kept);
    }
}

pub fn ipv6_address_is_kept(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    for address in [
        "2001:db8::7",
        "fe80:1111:2222:3333:4444:5555:255.255.255.255",
    ] {
        let session = NewSession {
            remote_addr: address.to_owned(),
            ..new(anna, &digest('a'))
        };
        let opened = store.open_session(&Opening {
            replaced: &[digest('a')],
            ..Opening::new(&session, &stored_hash(HASH))
        });

        assert!(opened.unwrap());
        let row = only(listed(administration.as_mut()));
        assert_eq!(row.remote_addr, address);
        assert_eq!(row.login_name, "anna");
        assert_eq!(row.session, digest('a').as_str());
        assert_eq!(
            (row.created_at, row.seen_at, row.expires_at),
            (NOW, NOW, LATER)
        );
    }
}

pub fn old_sessions_are_deleted(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    for (digit, end) in [('a', -1), ('b', 0), ('c', 1)] {
        let session = NewSession {
            expires_at: NOW.plus(end),
            ..new(anna, &digest(digit))
        };
        assert!(
            store
                .open_session(&Opening::new(&session, &stored_hash(HASH)))
                .unwrap()
        );
    }

    assert_eq!(
        administration.prune(NOW).unwrap(),
        2,
        "at its end, not after"
    );
    assert_eq!(administration.prune(NOW).unwrap(), 0);
    assert_eq!(sessions_of(fresh), "c\n");
}

/// As a sign-in does it now and then: the oldest first, and not all at once.
pub fn some_old_sessions_are_deleted(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('f')));
    store.prune_some(NOW).unwrap();
    assert_eq!(fresh.count(), 1, "there is nothing to prune");
    let most = i64::from(STEP_MAX);
    let over: Vec<String> = (0..most + 10)
        .map(|i| format!("('{i:064x}', {}, 0, 0, {}, 0)", anna.0, NOW.0 - i))
        .collect();
    let columns = "session, user_id, created_at, seen_at, expires_at, remember";
    fresh.sql(&format!(
        "INSERT INTO sessions ({columns}) VALUES {}",
        over.join(", ")
    ));

    store.prune_some(NOW).unwrap();

    let left = format!(
        "SELECT MIN(expires_at), COUNT(*) FROM sessions WHERE expires_at <= {}",
        NOW.0
    );
    assert_eq!(fresh.sql(&left), format!("{}\t10\n", NOW.0 - 9));
    store.prune_some(NOW).unwrap();
    assert_eq!(sessions_of(fresh), "f\n");
}

/// One session by its column: all of it, not in upper case, and no wildcard.
pub fn a_session_ends_by_its_column(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    for digit in ['a', 'b'] {
        assert!(open(store.as_mut(), anna, &digest(digit)));
    }
    let whole = digest('a');
    let mut end = |column: &str| administration.end_sessions(Which::One(column)).unwrap();
    for other in [
        "%",
        "a",
        &whole.as_str()[..63],
        &whole.as_str().to_uppercase(),
    ] {
        assert_eq!(end(other), 0, "{other}");
    }
    assert_eq!(end(whole.as_str()), 1);
    assert_eq!(end(whole.as_str()), 0);
    assert_eq!(sessions_of(fresh), "b\n");
}

pub fn sessions_end_by_user(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let eve = add(store.as_mut(), administration.as_mut(), "eve");
    for (user, digit) in [(anna, '1'), (anna, '2'), (eve, '3'), (eve, '4')] {
        assert!(open(store.as_mut(), user, &digest(digit)));
    }
    let mut end = |which: Which<'_>| administration.end_sessions(which).unwrap();

    assert_eq!(end(Which::Of(&name("nobody"))), 0);
    assert_eq!(end(Which::Of(&name("anna"))), 2);
    assert_eq!(sessions_of(fresh), "3\n4\n");
    assert_eq!(end(Which::All), 2);
    assert_eq!(end(Which::All), 0);
}
