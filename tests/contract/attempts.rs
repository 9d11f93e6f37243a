//! Failed tries: counted exactly, and bounded.

use std::sync::Barrier;
use std::thread;

use cgi_session::model::{Attempts, Counted, Reserved, Settled, Subject, Time};

use super::place::{HASH, NOW, Place, add, digest, new};

/// Who tries; `number` tells them apart.
fn counted(number: u8) -> Counted {
    Counted {
        subject: Subject::of(&[number; 32]),
        shared: Subject::of(&[255; 32]),
    }
}

/// Five tries, and a block for an hour with the last of them.
fn five(_: usize, row: Option<Attempts>) -> Result<Attempts, Time> {
    let before = row.map_or(0, |row| row.failures);
    match row.and_then(|row| row.blocked_until) {
        Some(until) => Err(until),
        None => Ok(Attempts {
            failures: before + 1,
            window_started: NOW,
            blocked_until: (before == 4).then(|| NOW.plus(3600)),
        }),
    }
}

fn reserved(number: u8, failures: u32) -> Reserved {
    Reserved {
        subject: Subject::of(&[number; 32]),
        failures,
    }
}

pub fn tries_are_counted_up_to_the_rule(place: &Place) {
    let (mut store, _) = place.ready();
    for failures in 1..=5 {
        let tried = store
            .count_try(&[counted(1), counted(2)], NOW, &five)
            .unwrap();
        assert_eq!(
            tried,
            Ok(vec![reserved(1, failures), reserved(2, failures)])
        );
    }
    let until = Err(NOW.plus(3600));
    assert_eq!(store.count_try(&[counted(1)], NOW, &five).unwrap(), until);
    // One of two that refuses is enough, and the other is not counted.
    assert_eq!(
        store
            .count_try(&[counted(3), counted(2)], NOW, &five)
            .unwrap(),
        until
    );
    assert_eq!(
        store.count_try(&[counted(3)], NOW, &five).unwrap(),
        Ok(vec![reserved(3, 1)])
    );
}

/// 200 tries of 40 processes: of the one account five, of the client whom they share too.
pub fn tries_at_once_are_counted_one_by_one(place: &Place) {
    let (_, _) = place.ready();
    for round in 0..3 {
        let (account, client) = (counted(10 + round), counted(20 + round));
        let start = Barrier::new(40);
        let made: usize = thread::scope(|scope| {
            let tries: Vec<_> = (0..40)
                .map(|_| {
                    scope.spawn(|| {
                        let mut store = place.store();
                        let both = [account.clone(), client.clone()];
                        start.wait();
                        let tries = (0..5).map(|_| store.count_try(&both, NOW, &five).unwrap());
                        tries.flatten().count()
                    })
                })
                .collect();
            tries.into_iter().map(|tries| tries.join().unwrap()).sum()
        });
        assert_eq!(made, 5);
    }
}

pub fn what_a_sign_in_settles_is_written_with_it(place: &Place) {
    let (mut store, mut administration) = place.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let tried = |failures| {
        let rows = place.sql("SELECT failures, blocked_until FROM attempts ORDER BY subject");
        assert_eq!(rows.split_whitespace().collect::<Vec<_>>(), failures);
    };
    for _ in 0..5 {
        store.count_try(&[counted(1)], NOW, &five).unwrap().unwrap();
    }
    for _ in 0..3 {
        store.count_try(&[counted(2)], NOW, &five).unwrap().unwrap();
    }
    let until = NOW.plus(3600).0.to_string();
    tried(vec!["5", &until, "3", "NULL"]);
    let settled = |first, second| {
        [
            Settled::Cleared(Subject::of(&[first; 32])),
            Settled::GivenBack(second),
        ]
    };
    let session = new(anna, &digest('a'));
    // Refused: the hash is another. Nothing is settled either.
    let refused = store.open_session(&session, "other", None, &[], 0, &settled(2, reserved(1, 5)));
    assert!(!refused.unwrap());
    tried(vec!["5", &until, "3", "NULL"]);
    let opened = store.open_session(&session, HASH, None, &[], 0, &settled(2, reserved(1, 5)));
    assert!(opened.unwrap());
    tried(vec!["4", "NULL", "0", "NULL"]);
    // Another was counted since: its block stays.
    store.count_try(&[counted(1)], NOW, &five).unwrap().unwrap();
    let session = new(anna, &digest('b'));
    let opened = store.open_session(&session, HASH, None, &[], 0, &settled(9, reserved(1, 4)));
    assert!(opened.unwrap());
    tried(vec!["4", &until, "0", "NULL"]);
    administration.unlock(&Subject::of(&[1; 32])).unwrap();
    tried(vec!["0", "NULL", "0", "NULL"]);
}

/// Random names fill the table; who is blocked stays so, and what is forgotten goes first.
pub fn the_table_is_bounded_and_forgets_nobody_who_is_blocked(place: &Place) {
    let (mut store, _) = place.ready();
    for _ in 0..5 {
        store.count_try(&[counted(1)], NOW, &five).unwrap().unwrap();
    }
    fill(place, 9_990, "NULL");
    for number in 100..250 {
        store
            .count_try(&[counted(number)], NOW, &five)
            .unwrap()
            .unwrap();
        let rows = count(place);
        assert!(rows <= 10_000, "{rows}");
    }
    assert_eq!(
        store.count_try(&[counted(1)], NOW, &five).unwrap(),
        Err(NOW.plus(3600))
    );
    // The newest are there: what went was older.
    let again = store.count_try(&[counted(249)], NOW, &five).unwrap();
    assert_eq!(again, Ok(vec![reserved(249, 2)]));
}

/// Where all are blocked, those who have no row share one.
pub fn a_table_of_the_blocked_makes_new_names_share_one_row(place: &Place) {
    let (mut store, _) = place.ready();
    fill(place, 10_000, &NOW.plus(1).0.to_string());
    for failures in 1..=5 {
        let tried = store
            .count_try(&[counted(100 + failures)], NOW, &five)
            .unwrap();
        assert_eq!(tried, Ok(vec![reserved(255, u32::from(failures))]));
    }
    let shared = store.count_try(&[counted(200)], NOW, &five).unwrap();
    assert_eq!(shared, Err(NOW.plus(3600)));
    assert_eq!(count(place), 10_001);
    // A second later their blocks are over, and there is room.
    let later = NOW.plus(1);
    let tried = store.count_try(&[counted(200)], later, &five).unwrap();
    assert_eq!(tried, Ok(vec![reserved(200, 1)]));
}

/// Rows of others: one failure each, an hour ago.
fn fill(place: &Place, rows: u32, blocked_until: &str) {
    let began = NOW.plus(-3600).0;
    // Portable, and no recursion that an engine bounds.
    let digits = "(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 \
        UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
    let zeros = "0".repeat(59);
    let number = "(10000 + a.d * 1000 + b.d * 100 + c.d * 10 + e.d)";
    let subject = if place.is_sqlite() {
        format!("'{zeros}' || {number}")
    } else {
        format!("CONCAT('{zeros}', {number})")
    };
    place.sql(&format!(
        "INSERT INTO attempts SELECT {subject}, 1, {began}, {blocked_until} \
         FROM {digits} AS a, {digits} AS b, {digits} AS c, {digits} AS e \
         WHERE a.d * 1000 + b.d * 100 + c.d * 10 + e.d < {rows}"
    ));
    assert!(count(place) >= rows as usize);
}

fn count(place: &Place) -> usize {
    let count = place.sql("SELECT COUNT(*) FROM attempts");
    count.trim().parse().unwrap()
}
