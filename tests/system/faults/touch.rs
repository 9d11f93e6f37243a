//! Writing the time of a visit is not worth a wait: whoever holds the lock, the visitor gets the page.

use mysql::Conn;
use mysql::prelude::Queryable as _;

use crate::harness::Run;
use crate::harness::Site;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::database::mysql::Mysql;
use crate::harness::database::{Database, DatabaseServer};

/// The page comes soon, and the log says that the time was not written. The touch gives up after 0.2 s; the rest allows
/// for a busy machine, and is less than a lock's own timeout.
#[track_caller]
fn does_not_wait(site: &Site, token: &str, what: &str) {
    let run = Run::of(&site.protected(token));

    eprintln!("{what}: {:?}", run.took);
    run.is(200);
    run.logs(&["event=touch_failed"]);
    run.took_from_to(150, 900);
}

/// The lock that a dump holds while it runs, and the lock of another transaction.
fn holds_on(server: &dyn DatabaseServer, database: &Database) {
    let site = Site::on(database, &database.url());
    let token = site.token();
    let name = database.sql("SELECT DATABASE()");
    let socket = server.socket();
    let url = format!(
        "mysql://root@localhost/{}?socket={}",
        name.trim(),
        socket.display()
    );
    for sql in [
        "LOCK TABLES sessions READ, users READ, schema_version READ",
        "FLUSH TABLES WITH READ LOCK",
        "START TRANSACTION; SELECT * FROM sessions FOR UPDATE",
    ] {
        let mut other = Conn::new(&*url).unwrap();
        other.query_drop(sql).unwrap();

        does_not_wait(&site, &token, sql);
    }
    site.works(&token);
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_visit_does_not_wait_for_a_dump_of_mariadb() {
    // Not the shared one: one of the locks is the whole server's.
    let mariadb = Mariadb::start(&[]);
    holds_on(&mariadb, &mariadb.database());
}

#[test]
#[ignore = "needs MySQL 9: tests/run --mysql builds and runs it"]
fn a_visit_does_not_wait_for_a_dump_of_mysql9() {
    let mysql = Mysql::start();
    holds_on(&mysql, &mysql.database());
}

#[test]
fn a_visit_does_not_wait_for_a_lock_of_sqlite() {
    let site = Site::with_many_tries();
    let token = site.token();
    // A reader lets a writer begin, and then not end.
    for sql in ["BEGIN IMMEDIATE", "BEGIN; SELECT * FROM sessions"] {
        let other = rusqlite::Connection::open(site.file()).unwrap();
        other.execute_batch(sql).unwrap();

        does_not_wait(&site, &token, sql);
    }
    site.works(&token);
}
