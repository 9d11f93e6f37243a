//! Sign-ins that succeed: counted exactly, in rows that a success does not clear.

use std::sync::Barrier;
use std::thread;

use cgi_session::model::{
    Blocked, Digest, NewSession, Opening, Settled, SignIns, Subject, Time, Token, UserId,
};
use cgi_session::store::Store;

use super::attempts::{PART, called, count_in, counted, fill, in_the_same_part, limits, rows};
use super::values::{HASH, NOW, add, digest, new};
use crate::harness::{TestStore, stored_hash};

/// Where the sign-ins of whoever has this `number` are counted.
fn sign_ins(number: u8, most: u32) -> SignIns {
    SignIns {
        whose: called(number),
        subject: Subject::from_hash(&[number; 32]),
        most,
    }
}

/// An account that may sign in twice, and a client that may three times.
fn account_and_client() -> [SignIns; 2] {
    [sign_ins(1, 2), sign_ins(2, 3)]
}

fn open(store: &mut dyn Store, user: UserId, number: char, at: i64, hash: &str) -> bool {
    let session = NewSession {
        created_at: NOW.plus(at),
        ..new(user, &digest(number))
    };
    let settled = account_and_client().map(Settled::SignedIn);
    let opened = store.open_session(&Opening {
        settled: &settled,
        ..Opening::new(&session, &stored_hash(hash))
    });
    opened.unwrap()
}

/// Who is blocked, and until when.
fn blocked(store: &mut dyn Store, at: i64) -> Option<(&'static str, Time)> {
    let blocked = store.sign_ins_blocked(&account_and_client(), NOW.plus(at));
    blocked
        .unwrap()
        .map(|Blocked { whose, until }| (whose, until))
}

pub fn are_counted_up_to_the_most_and_anew_after_ten_minutes(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let store = store.as_mut();
    assert!(!open(store, anna, 'a', 0, "other"), "that is no sign-in");
    assert!(open(store, anna, 'a', 0, HASH));
    assert_eq!(blocked(store, 0), None);
    assert!(open(store, anna, 'b', 300, HASH));
    assert_eq!(blocked(store, 300), Some(("1", NOW.plus(600))));
    assert!(!open(store, anna, 'c', 599, HASH));
    assert_eq!(fresh.sql("SELECT COUNT(*) FROM sessions").trim(), "2");
    assert_eq!(blocked(store, 600), None);
    assert!(open(store, anna, 'c', 600, HASH));
    assert!(open(store, anna, 'd', 700, HASH));
    assert_eq!(blocked(store, 700), Some(("1", NOW.plus(1200))));
    administration.unlock(&counted(1)).unwrap();
    assert_eq!(blocked(store, 700), None);
    // The client's third.
    assert!(open(store, anna, 'e', 800, HASH));
    assert_eq!(blocked(store, 800), Some(("2", NOW.plus(1200))));
    // A clock that was a day ahead blocks nobody.
    fresh.sql("UPDATE attempts SET window_started = window_started + 86400");
    assert_eq!(blocked(store, 800), None);
}

/// The rows are a part of the table, and make room when they say nothing any more.
pub fn make_room_after_ten_minutes(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let store = store.as_mut();
    fill(fresh, PART - 1, NOW, "NULL");
    for number in ['a', 'b'] {
        assert!(open(store, anna, number, 0, HASH));
    }
    assert_eq!(count_in(fresh, 1), PART as usize);
    let other = in_the_same_part(1);
    let mut tried = |at| {
        let tried = store.count_try(&limits([other.clone()]), NOW.plus(at));
        rows(tried)[0].subject.clone()
    };
    assert_eq!(Some(tried(599)), other.shared);
    assert_eq!(tried(600), other.subject);
    // Where there is none, they are made all the same: nobody can make one without a password.
    fresh.sql("DELETE FROM attempts");
    fill(fresh, PART, NOW, "NULL");
    assert!(open(store, anna, 'c', 0, HASH));
    assert_eq!(count_in(fresh, 1), PART as usize + 1);
}

/// 200 right sign-ins of 40 processes, of one account.
pub fn at_once_are_counted_one_by_one(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let start = Barrier::new(40);
    let opened: usize = thread::scope(|scope| {
        let processes: Vec<_> = (0..40u8)
            .map(|process| {
                let start = &start;
                scope.spawn(move || {
                    let mut store = fresh.store();
                    start.wait();
                    let sign_in = |round: u8| {
                        // Of the account, and of a client that four of them share.
                        let counted = [sign_ins(1, 30), sign_ins(100 + process / 4, 300)];
                        let settled = counted.map(Settled::SignedIn);
                        let token = Token::from_random(&[process * 5 + round; 32]);
                        let session = new(anna, &Digest::from_token(&token));
                        store.open_session(&Opening {
                            settled: &settled,
                            ..Opening::new(&session, &stored_hash(HASH))
                        })
                    };
                    let opened = (0..5).map(sign_in).map(Result::unwrap);
                    opened.filter(|opened| *opened).count()
                })
            })
            .collect();
        let each = processes.into_iter().map(|process| process.join().unwrap());
        each.sum()
    });
    assert_eq!(opened, 30);
    assert_eq!(fresh.sql("SELECT COUNT(*) FROM sessions").trim(), "30");
}
