//! A server that is down, refuses connections, or is read-only.

use mysql::Conn;
use mysql::prelude::Queryable as _;

use crate::harness::Run;
use crate::harness::Site;
use crate::harness::database::DatabaseServer as _;
use crate::harness::database::mariadb::Mariadb;

/// A connection as `root`.
pub fn root(mariadb: &Mariadb) -> Conn {
    let socket = mariadb.socket();
    let url = format!("mysql://root@localhost/mysql?socket={}", socket.display());
    Conn::new(&*url).unwrap()
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_server_that_is_down_signs_nobody_out() {
    let mut mariadb = Mariadb::start(&[]);
    let (url, tcp_url, site, token);
    {
        let database = mariadb.database();
        (url, tcp_url) = (database.url(), database.tcp_url());
        site = Site::on(&database, &url);
        token = site.token();
    }

    mariadb.stop();
    for url in [&tcp_url, &url] {
        site.point_to(url);
        for run in site.is_unavailable(&token) {
            run.took_from_to(0, 1000);
        }
    }
    mariadb.start_again();

    site.works(&token);
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_refused_account_is_tried_twice_and_not_told() {
    let mariadb = Mariadb::start(&[]);
    let database = mariadb.database();
    let url = database.url();
    let site = Site::on(&database, &url);
    let token = site.token();
    let denied = || mariadb.sql("SHOW GLOBAL STATUS LIKE 'Access_denied_errors'");
    let denied = || -> u32 { denied().split_whitespace().last().unwrap().parse().unwrap() };

    let before = denied();
    site.point_to(&url.replace("secret%40", "secret%40wrong"));
    for run in site.is_unavailable(&token) {
        assert!(run.log.contains("Access denied"), "{run:?}");
    }
    // The driver may have cut the challenge of an ed25519 account: see `library::contract`.
    assert_eq!(denied() - before, 6, "two tries each");
    site.point_to(&url.replace("localhost/site", "localhost/other"));
    site.is_unavailable(&token);
    assert_eq!(denied() - before, 9, "one try each");

    site.point_to(&url);
    site.works(&token);
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_read_only_replica_serves_and_never_says_signed_out() {
    let mariadb = Mariadb::start(&[]);
    let database = mariadb.database();
    let site = Site::on(&database, &database.url());
    let token = site.token();

    mariadb.sql("SET GLOBAL read_only = 1");
    site.is_read_only(&token);
    mariadb.sql("SET GLOBAL read_only = 0");
    assert!(site.has(&token) && site.sessions() == 1);
    // 1792: the transactions of this account are read-only, whatever the server is.
    mariadb.sql("SET GLOBAL tx_read_only = 1");
    site.is_read_only(&token);
    mariadb.sql("SET GLOBAL tx_read_only = 0");

    assert!(site.has(&token) && site.sessions() == 1);
    site.works(&token);
}

/// An administrator or the server's shutdown kills the connection between two statements.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_killed_connection_is_made_again() {
    let mariadb = Mariadb::start(&[]);
    let database = mariadb.database();
    let site = Site::on(&database, &database.url());
    let token = site.token();
    let mut other = Conn::new(&*database.admin_url()).unwrap();
    other.query_drop("START TRANSACTION").unwrap();
    other
        .query_drop("UPDATE sessions SET seen_at = seen_at")
        .unwrap();

    let run = std::thread::scope(|scope| {
        let sign_out = scope.spawn(|| Run::of(&site.logout(&token)));
        let waiting = "SELECT id FROM information_schema.processlist WHERE info LIKE 'DELETE%'";
        let mut root = root(&mariadb);
        let id: u64 = loop {
            if let Some(id) = root.query_first(waiting).unwrap() {
                break id;
            }
        };
        mariadb.sql(&format!("KILL CONNECTION {id}"));
        drop(other);
        sign_out.join().unwrap()
    });

    run.is(303);
    assert!(!site.has(&token));
}
