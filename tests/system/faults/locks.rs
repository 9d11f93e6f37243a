//! Locks that another client holds: the programs wait, and try again if the database asks for it.

use std::thread;
use std::time::{Duration, Instant};

use mysql::Conn;
use mysql::prelude::Queryable as _;

use super::proxy::{Proxy, Rule, What};
use super::server::root;
use crate::harness::Run;
use crate::harness::Site;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::database::{Database, DatabaseServer as _};

/// Another client, in a transaction that has run this statement.
fn other(database: &Database, sql: &str) -> Conn {
    let mut other = Conn::new(&*database.admin_url()).unwrap();
    other.query_drop("START TRANSACTION").unwrap();
    other.query_drop(sql).unwrap();
    other
}

/// Error 1205 comes after one second, and the programs wait twice.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_lock_is_waited_for_twice() {
    let database = Mariadb::shared().database();
    let site = Site::on(&database, &database.url());
    let token = site.token();
    let held = other(&database, "SELECT * FROM users, sessions FOR UPDATE");

    let [protected, sign_in, sign_out] = site.three(&token);
    drop(held);

    protected.is(200);
    protected.logs(&["event=touch_failed"]);
    sign_in.is_unavailable();
    sign_out.is_unavailable();
    sign_out.says_not_signed_out();
    // A visit's time is not worth it.
    protected.took_from_to(150, 1000);
    for run in [sign_in, sign_out] {
        run.took_from_to(2000, 3500);
    }
    assert_eq!(site.sessions(), 1);
    site.works(&token);
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_lock_that_goes_away_in_time_is_no_fault() {
    let database = Mariadb::shared().database();
    let site = Site::on(&database, &database.url());
    let (token, other_token) = (site.token(), site.token());
    let held = other(&database, "SELECT * FROM users, sessions FOR UPDATE");
    let letting_go = thread::spawn(move || {
        thread::sleep(Duration::from_millis(1300));
        drop(held);
    });

    let [protected, sign_in, sign_out] = site.three_with(&token, &other_token);
    letting_go.join().unwrap();

    protected.is(200);
    sign_in.is(303);
    sign_out.is(303);
}

/// A deadlock: the sign-in has locked the user and needs the session that it replaces, while the other client has that
/// session and needs the user. InnoDB rolls back the smaller transaction, the sign-in, which starts again.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_deadlock_is_tried_again() {
    let database = Mariadb::shared().database();
    let site = Site::on(&database, &database.url());
    let token = site.token();
    for _ in 0..20 {
        site.token();
    }
    let mut root = root(Mariadb::shared());
    let before = deadlocks(&mut root);
    let mut other = other(&database, "UPDATE sessions SET seen_at = seen_at - 1");

    let sign_in = thread::scope(|scope| {
        let sign_in = scope.spawn(|| {
            let program = site.login();
            Run::of(&program.set("HTTP_COOKIE", format!("__Host-session={token}")))
        });
        wait_for_a_lock(&mut root);
        let user = "UPDATE users SET created_at = created_at + 1";
        other.query_drop(user).expect("the other is the victim");
        other.query_drop("COMMIT").unwrap();
        sign_in.join().unwrap()
    });

    sign_in.is(303);
    assert!(!site.has(&token), "replaced");
    assert!(deadlocks(&mut root) > before, "there was none");
}

fn deadlocks(root: &mut Conn) -> u64 {
    let sql = "SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'";
    let row: (String, u64) = root.query_first(sql).unwrap().unwrap();
    row.1
}

fn wait_for_a_lock(root: &mut Conn) {
    let waiting = "SELECT COUNT(*) FROM information_schema.innodb_trx \
        WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE 'UPDATE sessions%'";
    let began = Instant::now();
    while root.query_first(waiting).unwrap() == Some(0) {
        // InnoDB refreshes this table only if it was not read for 100 ms.
        thread::sleep(Duration::from_millis(150));
        assert!(began.elapsed() < Duration::from_secs(10), "nobody waits");
    }
}

/// How often a statement is repeated, counted by a scripted peer: three times for 1213, once for 1205, never for other
/// errors.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn each_fault_is_tried_as_often_as_it_should() {
    let database = Mariadb::shared().database();
    let site = Site::on(&database, &database.url());
    for (code, tries) in [
        (1213, 4),
        (1020, 4),
        (1205, 2),
        (1290, 1),
        (1114, 1),
        (1021, 1),
        (3, 1),
    ] {
        for enough in [true, false] {
            let token = site.token();
            let times = if enough { tries - 1 } else { tries };
            let rule = |on| Rule {
                on,
                what: What::Error(code),
                times,
            };
            // A sign-in commits the count of its try, and then its session.
            for (on, program, usual) in [
                ("INSERT INTO sessions", site.login(), 1),
                ("DELETE FROM sessions", site.logout(&token), 1),
                ("COMMIT", site.login(), 2),
            ] {
                let before = site.sessions();
                let proxy = Proxy::start(&database, rule(on));
                site.point_to(&proxy.url);
                let run = Run::of(&program);

                let case = format!("{code} {times} times on {on}: {run:?}");
                assert_eq!(
                    proxy.seen(),
                    if enough { times + usual } else { times },
                    "{case}"
                );
                if enough {
                    run.is(303);
                } else {
                    run.is_unavailable();
                    assert_eq!(site.sessions(), before, "{case}");
                }
            }
            // A touch is left out, and the visitor is served all the same.
            let token = site.token();
            let proxy = Proxy::start(&database, rule("UPDATE sessions"));
            site.point_to(&proxy.url);
            let run = Run::of(&site.protected(&token));
            run.is(200);
            run.logs(if enough { &[] } else { &["event=touch_failed"] });
            // The check itself is no transaction, but as patient.
            let proxy = Proxy::start(&database, rule("JOIN schema_version AS v"));
            site.point_to(&proxy.url);
            let run = Run::of(&site.protected(&token));
            if enough {
                run.is(200);
            } else {
                run.is_unavailable();
            }
        }
    }
}
