//! Failed tries: counted exactly, and bounded.

use std::sync::Barrier;
use std::thread;

use cgi_session::error::Error;
use cgi_session::model::{
    Attempts, Blocked, Counted, FORGETTING, Limit, Opening, Reserved, Settled, Subject, Time, Try,
};

use super::values::{HASH, NOW, add, digest, new};
use crate::harness::{TestStore, stored_hash};

/// What a limit on somebody with this `number` is called.
pub fn called(number: u8) -> &'static str {
    Box::leak(number.to_string().into_boxed_str())
}

/// Who tries; `number` tells them apart.
pub fn counted(number: u8) -> Counted {
    Counted {
        whose: called(number),
        subject: Subject::from_hash(&[number; 32]),
        shared: Some(Subject::from_hash(&[255; 32])),
    }
}

/// Somebody else, whose row belongs to the same part of the table.
pub fn in_the_same_part(number: u8) -> Counted {
    let mut subject = [222; 32];
    subject[0] = number;
    Counted {
        subject: Subject::from_hash(&subject),
        ..counted(number)
    }
}

/// Five tries, and a block for an hour with the last of them.
fn five(row: Option<Attempts>) -> Result<Attempts, Time> {
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

/// Each of these may try five times.
pub fn limits<const N: usize>(counted: [Counted; N]) -> [Limit<'static>; N] {
    counted.map(|counted| Limit {
        counted,
        rule: &five,
    })
}

/// The rows of a try that was counted.
#[track_caller]
pub fn rows(tried: Result<Try, Error>) -> Vec<Reserved> {
    match tried.unwrap() {
        Try::Counted(rows) => rows,
        Try::Refused(blocked) => panic!("{blocked:?}"),
    }
}

fn reserved(number: u8, blocked_until: Option<Time>) -> Reserved {
    Reserved {
        subject: Subject::from_hash(&[number; 32]),
        blocked_until,
    }
}

/// The block that the fifth try begins.
fn hour(failures: u8) -> Option<Time> {
    (failures == 5).then(|| NOW.plus(3600))
}

/// A try that is refused because of somebody with this number.
fn blocked(number: u8) -> Try {
    let (whose, until) = (called(number), NOW.plus(3600));
    Try::Refused(Blocked { whose, until })
}

pub fn tries_are_counted_up_to_the_rule(fresh: &TestStore) {
    let (mut store, _) = fresh.ready();
    for failures in 1..=5 {
        let tried = store.count_try(&limits([counted(1), counted(2)]), NOW);
        let both = [1, 2].map(|number| reserved(number, hour(failures)));
        assert_eq!(tried.unwrap(), Try::Counted(both.to_vec()));
    }
    assert_eq!(
        store.count_try(&limits([counted(1)]), NOW).unwrap(),
        blocked(1)
    );
    // One of two that refuses is enough, and the other is not counted.
    let tried = store.count_try(&limits([counted(3), counted(2)]), NOW);
    assert_eq!(tried.unwrap(), blocked(2));
    let tried = store.count_try(&limits([counted(3)]), NOW);
    assert_eq!(tried.unwrap(), Try::Counted(vec![reserved(3, None)]));
}

/// 200 tries of 40 processes: of the one account five, of the client whom they share too.
pub fn tries_at_once_are_counted_one_by_one(fresh: &TestStore) {
    let (_, _) = fresh.ready();
    for round in 0..3 {
        let (account, client) = (counted(10 + round), counted(20 + round));
        let start = Barrier::new(40);
        let made: usize = thread::scope(|scope| {
            let tries: Vec<_> = (0..40)
                .map(|_| {
                    scope.spawn(|| {
                        let mut store = fresh.store();
                        let both = limits([account.clone(), client.clone()]);
                        start.wait();
                        let tries = (0..5).map(|_| store.count_try(&both, NOW).unwrap());
                        tries
                            .filter(|tried| matches!(tried, Try::Counted(_)))
                            .count()
                    })
                })
                .collect();
            tries.into_iter().map(|tries| tries.join().unwrap()).sum()
        });
        assert_eq!(made, 5);
    }
}

pub fn what_a_sign_in_settles_is_written_with_it(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    let tried = |failures| {
        let rows = fresh.sql("SELECT failures, blocked_until FROM attempts ORDER BY subject");
        assert_eq!(rows.split_whitespace().collect::<Vec<_>>(), failures);
    };
    for _ in 0..5 {
        rows(store.count_try(&limits([counted(1)]), NOW));
    }
    for _ in 0..3 {
        rows(store.count_try(&limits([counted(2)]), NOW));
    }
    let until = NOW.plus(3600).0.to_string();
    tried(vec!["5", &until, "3", "NULL"]);
    let settled = |first, second| {
        [
            Settled::Cleared(Subject::from_hash(&[first; 32])),
            Settled::GivenBack(second),
        ]
    };
    let session = new(anna, &digest('a'));
    // Refused: the hash is another. Nothing is settled either.
    let refused = store.open_session(&Opening {
        settled: &settled(2, reserved(1, hour(5))),
        ..Opening::new(&session, &stored_hash("other"))
    });
    assert!(!refused.unwrap());
    tried(vec!["5", &until, "3", "NULL"]);
    let opened = store.open_session(&Opening {
        settled: &settled(2, reserved(1, hour(5))),
        ..Opening::new(&session, &stored_hash(HASH))
    });
    assert!(opened.unwrap());
    tried(vec!["4", "NULL", "0", "NULL"]);
    // Another was counted since: its block stays.
    rows(store.count_try(&limits([counted(1)]), NOW));
    let session = new(anna, &digest('b'));
    let opened = store.open_session(&Opening {
        settled: &settled(9, reserved(1, Some(NOW))),
        ..Opening::new(&session, &stored_hash(HASH))
    });
    assert!(opened.unwrap());
    tried(vec!["4", &until, "0", "NULL"]);
    administration.unlock(&counted(1)).unwrap();
    tried(vec!["0", "NULL", "0", "NULL"]);
}

/// A row's part of the table is full with so many.
pub const PART: u32 = 390;

/// Random names fill the table; who is blocked stays so, who has failed has failed, and what is forgotten goes.
pub fn the_table_is_bounded_and_forgets_nobody_too_early(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let mut count_try = |number| store.count_try(&limits([counted(number)]), NOW).unwrap();
    for _ in 0..5 {
        rows(Ok(count_try(1)));
    }
    rows(Ok(count_try(2)));
    // All others' one failure was forgotten a moment ago.
    fill(fresh, PART, NOW.plus(-FORGETTING), "NULL");
    assert_eq!(count(fresh), 256 * PART as usize + 2);
    for number in 100..200 {
        assert_eq!(
            count_try(number),
            Try::Counted(vec![reserved(number, None)])
        );
        assert_eq!(count_in(fresh, number), 1, "they went at once");
    }
    assert!(count(fresh) <= 100_000);
    assert_eq!(count_try(1), blocked(1));
    fresh.sql("DELETE FROM attempts WHERE failures < 5");
    rows(Ok(count_try(2)));
    // All that will be in a second: nobody goes, and new names share.
    fill(fresh, PART, NOW.plus(1 - FORGETTING), "NULL");
    for number in 100..105 {
        assert_eq!(
            count_try(number),
            Try::Counted(vec![reserved(255, hour(number - 99))])
        );
    }
    assert_eq!(count_try(200), blocked(200));
    assert_eq!(count(fresh), 256 * PART as usize + 3);
    assert!(count(fresh) <= 100_000);
    administration.unlock(&counted(200)).unwrap();
    assert_eq!(
        count_try(200),
        Try::Counted(vec![reserved(255, None)]),
        "unlocked"
    );
    assert_eq!(count_try(1), blocked(1));
    assert_eq!(
        count_try(2),
        Try::Counted(vec![reserved(2, None)]),
        "who has a row keeps it"
    );
    let most = fresh.sql("SELECT MAX(failures) FROM attempts WHERE blocked_until IS NULL");
    assert_eq!(most.trim(), "2");
    // A device is never counted with others.
    let device = Counted {
        shared: None,
        ..counted(201)
    };
    let tried = store.count_try(&limits([device]), NOW).unwrap();
    assert_eq!(tried, Try::Counted(vec![reserved(201, None)]));
    let tried = store.count_try(&limits([counted(200)]), NOW.plus(1));
    assert_eq!(
        tried.unwrap(),
        Try::Counted(vec![reserved(200, None)]),
        "and there is room"
    );
}

/// One that may go makes room for one, and who is blocked makes no row.
pub fn the_table_does_not_grow_by_what_goes(fresh: &TestStore) {
    let (mut store, _) = fresh.ready();
    let mut count_try_of = |account: u8, shared: u8| {
        let client = Counted {
            whose: "client",
            subject: Subject::from_hash(&[account + 1; 32]),
            shared: Some(Subject::from_hash(&[shared; 32])),
        };
        let tried = store.count_try(&limits([counted(account), client]), NOW);
        tried.unwrap()
    };
    fill(fresh, PART, NOW, "NULL");
    for account in 1..=5 {
        rows(Ok(count_try_of(account, 254)));
    }
    let before = count(fresh);
    assert_eq!(count_try_of(6, 253), blocked(6));
    assert_eq!(count(fresh), before, "who is blocked makes no row");
    for number in (10..60).step_by(2) {
        let goes = format!("'{number:02x}{}007'", "0".repeat(59));
        fresh.sql(&format!(
            "UPDATE attempts SET window_started = 0 WHERE subject = {goes}"
        ));
        let _ = count_try_of(number, 254);
        let now = count(fresh);
        assert!(now <= before, "{before} rows became {now}");
    }
}

/// What is never forgotten goes when nobody has tried for a month, and only where there is no room.
pub fn what_is_never_forgotten_goes_after_a_month(fresh: &TestStore) {
    let (mut store, _) = fresh.ready();
    let month = 30 * 86_400;
    let until = |seconds| NOW.plus(seconds).0.to_string();
    fill(fresh, PART - 1, NOW.plus(-2 * month), &until(1 - month));
    fresh.sql("UPDATE attempts SET failures = 100");
    rows(store.count_try(&limits([counted(1)]), NOW));
    let other = in_the_same_part(1);
    let tried = store.count_try(&limits([other.clone()]), NOW);
    assert_eq!(tried.unwrap(), Try::Counted(vec![reserved(255, None)]));
    let tried = store.count_try(&limits([other.clone()]), NOW.plus(1));
    assert_eq!(
        rows(tried),
        [Reserved {
            subject: other.subject,
            blocked_until: None
        }]
    );
    assert_eq!(count_in(fresh, 1), 2);
}

/// A network's failures are forgotten, however many there were, and then its row goes like any other.
pub fn a_row_with_many_failures_and_no_block_goes_when_they_are_forgotten(fresh: &TestStore) {
    let (mut store, _) = fresh.ready();
    fill(fresh, PART, NOW.plus(-300 * FORGETTING), "NULL");
    fresh.sql("UPDATE attempts SET failures = 300");
    let tried = store.count_try(&limits([counted(1)]), NOW).unwrap();
    assert_eq!(tried, Try::Counted(vec![reserved(1, None)]));
    assert_eq!(count_in(fresh, 1), 1);
}

/// Rows of others: one failure each, so many in each part of the table.
pub fn fill(fresh: &TestStore, rows_in_part: u32, began: Time, blocked_until: &str) {
    let began = began.0;
    // Portable, and no recursion that an engine bounds.
    let digits = |digits: &str| {
        let each = digits.chars().map(|digit| format!("SELECT '{digit}' AS d"));
        format!("({})", each.collect::<Vec<_>>().join(" UNION "))
    };
    let (ten, hex) = (digits("0123456789"), digits("0123456789abcdef"));
    let zeros = "0".repeat(59);
    let subject = if fresh.is_sqlite() {
        format!("p.d || q.d || '{zeros}' || a.d || b.d || c.d")
    } else {
        format!("CONCAT(p.d, q.d, '{zeros}', a.d, b.d, c.d)")
    };
    fresh.sql(&format!(
        "INSERT INTO attempts SELECT {subject}, 1, {began}, {blocked_until} \
         FROM {hex} AS p, {hex} AS q, {ten} AS a, {ten} AS b, {ten} AS c \
         WHERE a.d * 100 + b.d * 10 + c.d < {rows_in_part}"
    ));
    assert!(count(fresh) >= 256 * rows_in_part as usize);
}

fn count(fresh: &TestStore) -> usize {
    let count = fresh.sql("SELECT COUNT(*) FROM attempts");
    count.trim().parse().unwrap()
}

/// Rows in the part of the table that a subject of this number belongs to.
pub fn count_in(fresh: &TestStore, number: u8) -> usize {
    let count = fresh.sql(&format!(
        "SELECT COUNT(*) FROM attempts WHERE subject LIKE '{number:02x}%'"
    ));
    count.trim().parse().unwrap()
}
