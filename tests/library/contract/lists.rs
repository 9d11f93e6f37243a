//! Lists of any length: whole, in order, in parts, and without a gap where a row makes no sense.

use cgi_session::model::{Counted, Subject, Time, UserRow};
use cgi_session::store::Administration;

use super::values::{HASH, NOW, add, digest, listed, name, open};
use crate::harness::TestStore;

/// More than fit into two parts of a list.
pub const MANY: usize = 1201;

/// Users `u0000` and so on, one of whom has as many sessions, and the others one each.
pub fn fill(fresh: &TestStore) {
    let rows = |row: &dyn Fn(usize) -> String| (0..MANY).map(row).collect::<Vec<_>>().join(", ");
    let users = rows(&|n| format!("({}, 'u{n:04}', '{HASH}', {}, 0)", n + 1, NOW.0));
    let columns = "id, login_name, password, created_at, password_changed_at";
    fresh.sql(&format!("INSERT INTO users ({columns}) VALUES {users}"));
    let columns = "session, user_id, created_at, seen_at, expires_at, remember";
    for sessions in [
        rows(&|n| format!("('1{n:063x}', {}, {n}, 0, 9, 0)", n + 1)),
        rows(&|n| format!("('2{n:063x}', 700, {n}, 0, 9, 0)")),
    ] {
        fresh.sql(&format!(
            "INSERT INTO sessions ({columns}) VALUES {sessions}"
        ));
    }
}

fn all_users(administration: &mut dyn Administration) -> Vec<UserRow> {
    let (mut rows, mut from) = (Vec::new(), None);
    loop {
        let page = administration.users(from.as_ref()).unwrap();
        assert!(page.rows.len() < MANY, "a list is kept in memory");
        rows.extend(page.rows);
        from = page.next;
        if from.is_none() {
            return rows;
        }
    }
}

pub fn long_lists_come_in_parts(fresh: &TestStore) {
    let (_, mut administration) = fresh.ready();
    fill(fresh);

    let users = all_users(administration.as_mut());
    let sessions = listed(administration.as_mut());

    let names: Vec<_> = users.iter().map(|user| user.login_name.clone()).collect();
    let expected: Vec<_> = (0..MANY).map(|n| format!("u{n:04}")).collect();
    assert_eq!(names, expected);
    assert_eq!(users[699].sessions, MANY as u64 + 1);
    assert_eq!(sessions.len(), 2 * MANY);
    let mut columns: Vec<_> = sessions.iter().map(|row| row.session.clone()).collect();
    let whose: Vec<_> = sessions.iter().map(|row| row.login_name.clone()).collect();
    assert!(whose.is_sorted(), "by user");
    columns.sort_unstable();
    columns.dedup();
    assert_eq!(columns.len(), 2 * MANY, "each once");
    let first = administration.sessions(None, None).unwrap();
    assert!(first.rows.len() < MANY, "a list is kept in memory");
}

pub fn sessions_of_one_user_are_listed(fresh: &TestStore) {
    let (_, mut administration) = fresh.ready();
    fill(fresh);
    let (mut rows, mut from) = (0, None);
    loop {
        let page = administration
            .sessions(Some(&name("u0699")), from.as_ref())
            .unwrap();
        assert!(page.rows.iter().all(|row| row.login_name == "u0699"));
        assert!(page.rows.is_sorted_by_key(|row| row.created_at));
        rows += page.rows.len();
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(rows, MANY + 1);
    let nobodys = administration
        .sessions(Some(&name("nobody")), None)
        .unwrap();
    assert!(nobodys.rows.is_empty() && nobodys.next.is_none());
    assert!(administration.has_user(&name("u0699")).unwrap());
    assert!(!administration.has_user(&name("u069")).unwrap());
}

pub fn sessions_are_found_by_their_first_digits(fresh: &TestStore) {
    let (_, mut administration) = fresh.ready();
    fill(fresh);
    let found = |administration: &mut dyn Administration, digits: &str| {
        administration.sessions_beginning(digits).unwrap()
    };
    let one = format!("1{:063x}", 7);
    assert_eq!(
        found(administration.as_mut(), &one),
        std::slice::from_ref(&one)
    );
    assert_eq!(found(administration.as_mut(), &one[..61]).len(), 2);
    assert!(found(administration.as_mut(), "ffffffff").is_empty());
    assert!(found(administration.as_mut(), "1%").is_empty());
}

/// A row that no program has written so is shown as far as it can be, with U+FFFD for the rest.
pub fn a_row_that_makes_no_sense_is_listed(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    let anna = add(store.as_mut(), administration.as_mut(), "anna");
    assert!(open(store.as_mut(), anna, &digest('a')));
    if fresh.is_sqlite() {
        fresh.sql("UPDATE users SET login_name = CAST(x'61ff62' AS TEXT)");
        fresh.sql("UPDATE sessions SET user_agent = CAST(x'ff' AS TEXT)");
    } else {
        // What another client's character set made of it.
        fresh.sql("UPDATE users SET login_name = CONVERT(x'61ff62' USING latin1)");
    }

    let users = administration.users(None).unwrap().rows;
    let sessions = administration.sessions(None, None).unwrap().rows;

    let shown = if fresh.is_sqlite() {
        "a\u{fffd}b"
    } else {
        "aÿb"
    };
    assert_eq!(users.len(), 1, "left out");
    assert_eq!((&*users[0].login_name, users[0].sessions), (shown, 1));
    assert_eq!(sessions.len(), 1, "left out");
    assert_eq!(sessions[0].login_name, shown);
}

pub fn blocks_are_told(fresh: &TestStore) {
    let (_, mut administration) = fresh.ready();
    let subject = |n: u8| Subject::from_hash(&[n; 32]);
    for (n, until) in [(1, Some(60)), (2, None), (3, Some(-60)), (9, Some(30))] {
        let until = until.map_or("NULL".to_owned(), |until| NOW.plus(until).0.to_string());
        fresh.sql(&format!(
            "INSERT INTO attempts (subject, failures, window_started, blocked_until) \
            VALUES ('{}', 9, 0, {until})",
            subject(n).as_str()
        ));
    }
    let counted = |n: u8, shared: Option<u8>| Counted {
        whose: "account",
        subject: subject(n),
        shared: shared.map(subject),
    };
    let of = [
        counted(1, None),
        counted(2, None),
        counted(3, None),
        counted(4, None),
        counted(5, Some(9)),
        counted(1, Some(9)),
        counted(2, Some(9)),
        counted(3, Some(9)),
    ];

    let until = administration.blocked_until(&of, NOW).unwrap();

    let at = |seconds: i64| Some(Time(NOW.0 + seconds));
    // Who has a row that is free is free, whatever the shared one says.
    let expected = [at(60), None, None, None, at(30), at(60), None, None];
    assert_eq!(until, expected);
    assert!(administration.blocked_until(&[], NOW).unwrap().is_empty());
}

/// Many that end in the same second are many steps all the same.
pub fn a_prune_goes_in_steps(fresh: &TestStore) {
    let (mut store, mut administration) = fresh.ready();
    fill(fresh);

    store.prune_some(NOW).unwrap();

    assert_eq!(fresh.count(), 2 * MANY - 500, "one step");
    assert_eq!(administration.prune(NOW).unwrap(), 2 * MANY as u64 - 500);
    assert_eq!(fresh.count(), 0);
}
