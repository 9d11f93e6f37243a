//! Two processes at once: whoever is first, the rows are as if one had come after the other.

use std::sync::Barrier;
use std::thread;

use cgi_session::model::{Digest, NewSession, Opening, UserId};
use cgi_session::store::{Administration, Store};

use super::values::{HASH, NOW, add, digest, name, new, open};
use crate::harness::{TestStore, stored_hash};

/// How often each race is run.
const ROUNDS: u32 = 25;

/// Runs both at the same moment, each with a connection of its own.
fn race<A: Send, B: Send>(
    first: impl FnOnce(&Barrier) -> A + Send,
    second: impl FnOnce(&Barrier) -> B + Send,
) -> (A, B) {
    let start = &Barrier::new(2);
    thread::scope(|scope| {
        let second = scope.spawn(move || second(start));
        let first = first(start);
        (first, second.join().unwrap())
    })
}

/// Anna signs in while `change` is made to her, which must leave her with no session.
fn sign_in_against(fresh: &TestStore, change: fn(&mut dyn Administration)) {
    let (mut store, mut administration) = fresh.ready();
    let mut opened_first = 0;
    for _ in 0..ROUNDS {
        let anna = add(store.as_mut(), administration.as_mut(), "anna");
        let (opened, ()) = race(
            |start| {
                let mut store = fresh.store();
                start.wait();
                open(store.as_mut(), anna, &digest('a'))
            },
            |start| {
                let mut administration = fresh.administration();
                start.wait();
                change(administration.as_mut());
            },
        );

        opened_first += u32::from(opened);
        assert_eq!(fresh.count(), 0, "it survived; sign-in said {opened}");
        assert!(!open(store.as_mut(), anna, &digest('b')));
        administration.delete_user(&name("anna")).unwrap();
    }
    eprintln!("  sign-in was first in {opened_first} of {ROUNDS}");
}

pub fn sign_in_against_new_password(fresh: &TestStore) {
    sign_in_against(fresh, |administration| {
        let done = administration.set_password(&name("anna"), &stored_hash("new"), NOW);
        assert!(done.unwrap());
    });
}

pub fn sign_in_against_disabling(fresh: &TestStore) {
    sign_in_against(fresh, |administration| {
        let done = administration.set_disabled(&name("anna"), Some(NOW));
        assert!(done.unwrap());
    });
}

pub fn sign_in_against_deleting(fresh: &TestStore) {
    sign_in_against(fresh, |administration| {
        assert!(administration.delete_user(&name("anna")).unwrap());
    });
}

/// With one session a user, two sign-ins leave one, whoever is last.
pub fn sign_ins_against_their_limit(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let sign_in = |digit| {
        move |start: &Barrier| {
            let mut store = fresh.store();
            let session = new(anna, &digest(digit));
            start.wait();
            store.open_session(&Opening {
                max_per_user: 1,
                ..Opening::new(&session, &stored_hash(HASH))
            })
        }
    };
    for _ in 0..ROUNDS {
        let (first, second) = race(sign_in('a'), sign_in('b'));

        assert!(first.unwrap() && second.unwrap());
        assert_eq!(fresh.count(), 1);
        fresh.sql("DELETE FROM sessions");
    }
}

/// The same token twice cannot happen; if it does, one of the two has it and the other an error.
pub fn one_token_two_sign_ins(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let eve = add(store.as_mut(), administration.as_mut(), "eve");
    let sign_in = |user: UserId| {
        move |start: &Barrier| {
            let mut store = fresh.store();
            start.wait();
            store.open_session(&Opening::new(&new(user, &digest('a')), &stored_hash(HASH)))
        }
    };
    for _ in 0..ROUNDS {
        let (first, second) = race(sign_in(anna), sign_in(eve));

        let expected = match (first, second) {
            (Ok(true), Err(_)) => anna,
            (Err(_), Ok(true)) => eve,
            both => panic!("{both:?}"),
        };
        let found = store.session(&digest('a')).unwrap().unwrap();
        assert_eq!(found.user.id, expected);
        fresh.sql("DELETE FROM sessions");
    }
}

pub fn sign_out_against_touch(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    for _ in 0..ROUNDS {
        assert!(open(store.as_mut(), anna, &digest('a')));
        let ((), ()) = race(
            |start| {
                let mut store = fresh.store();
                start.wait();
                store.end_session(&digest('a')).unwrap();
            },
            |start| {
                let mut store = fresh.store();
                start.wait();
                for second in 1..4 {
                    store.touch(&digest('a'), NOW.plus(second)).unwrap();
                }
            },
        );
        assert_eq!(fresh.count(), 0, "revived");
    }
}

/// One tab signs out while another signs in and replaces the same session.
pub fn sign_out_against_sign_in(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let (old, session): (Digest, NewSession) = (digest('a'), new(anna, &digest('b')));
    for _ in 0..ROUNDS {
        assert!(open(store.as_mut(), anna, &old));
        let (opened, ()) = race(
            |start| {
                let mut store = fresh.store();
                start.wait();
                store
                    .open_session(&Opening {
                        replaced: std::slice::from_ref(&old),
                        max_per_user: 1,
                        ..Opening::new(&session, &stored_hash(HASH))
                    })
                    .unwrap()
            },
            |start| {
                let mut store: Box<dyn Store> = fresh.store();
                start.wait();
                store.end_session(&old).unwrap();
            },
        );
        assert!(opened);
        assert_eq!(store.session(&old).unwrap(), None);
        assert!(store.session(&session.session).unwrap().is_some());
        store.end_session(&session.session).unwrap();
    }
}
