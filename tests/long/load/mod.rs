//! Many visitors at once, who sign in, look around and sign out. Nobody is signed out by mistake, no ended session
//! lives on, and no process is left.
//!
//! `tests/run` lets them in for three seconds, `tests/long/load/run SECONDS` for longer. And many who sign in at once.

#[path = "../bench/client.rs"]
mod client;
mod crowd;
mod visitor;

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use client::Client;
use visitor::{Tally, Visitor};

use crate::harness::database::mariadb::Mariadb;
use crate::harness::database::{Database, DatabaseServer as _};
use crate::harness::web::WebServer;
use crate::harness::web::{apache, lighttpd};
use crate::harness::{Deployment, TestStore, hash};

const CONNECTIONS: usize = 32;

/// As many sign-ins at once as may hash at once on 2 cores.
const SIGN_INS: usize = 4;

/// Accounts of each visitor. In ten minutes an account may sign in 30 times, and a visitor does so about 400 times.
const ACCOUNTS_EACH: usize = 16;

const PASSWORD: &str = "copper otter lantern 42";

/// Short enough that sessions are touched within the time.
const SETTINGS: &str = "[session]\nidle = \"2m\"\n\
                        [http]\nallow_http = true\ntrusted_proxies = [\"127.0.0.1\"]\n";

/// How long a process may still be busy when its visitor has gone.
const LAST: Duration = Duration::from_secs(6);

fn seconds() -> u64 {
    let told = std::env::var("CGI_SESSION_LOAD");
    told.map_or(3, |told| told.parse().expect("CGI_SESSION_LOAD: seconds"))
}

fn load(name: &str, start: fn(&Deployment) -> WebServer, database: Option<&Database>) {
    let site = Deployment::new();
    let store = site.init(database, SETTINGS);
    add_users(&store);
    let server = start(&site);
    let address = server
        .base
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    let slots: [Mutex<()>; SIGN_INS] = Default::default();

    let began = Instant::now();
    let until = began + Duration::from_secs(seconds());
    let visitors: Vec<Visitor> = thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|number| {
                let slot = &slots[number % SIGN_INS];
                scope.spawn(move || Visitor::stay(Client::new(address), number, slot, until))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let took = began.elapsed();

    nobody_is_left(&site.path("cgi-bin"));
    let rows = store.count();
    let mut tally = Tally::default();
    let mut live = 0;
    for mut visitor in visitors {
        live += visitor.is_told_the_truth();
        tally += visitor.tally;
    }
    let log = server.log();
    println!("{name}: {tally:?} in {took:?}; {live} sessions left open, {rows} rows");
    assert_eq!(rows, live, "rows of sessions that were ended, or lost ones");
    assert!(!log.contains("event=failed"), "{log}");
    assert!(tally.checks > CONNECTIONS && tally.sign_ins > CONNECTIONS && tally.sign_outs > 0);
}

fn login_name(visitor: usize, account: usize) -> String {
    format!("visitor{visitor}.account{account}.")
}

/// By SQL: `user add` would hash for each.
fn add_users(store: &TestStore) {
    let row = |name| format!("('{name}', '{}', 0, 0)", hash());
    let names = (0..CONNECTIONS)
        .flat_map(|visitor| (0..ACCOUNTS_EACH).map(move |account| login_name(visitor, account)));
    let rows: Vec<String> = names.map(row).collect();
    store.sql(&format!(
        "INSERT INTO users (login_name, password, created_at, password_changed_at) VALUES {}",
        rows.join(", ")
    ));
}

/// Waits until no process of the programs is left.
#[track_caller]
fn nobody_is_left(programs: &Path) {
    let until = Instant::now() + LAST;
    loop {
        let left = running(programs);
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < until, "still there: {left:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The processes of executables in a folder.
fn running(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter(|process| {
            fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe.starts_with(folder))
        })
        .map(|process| process.file_name().into_string().unwrap())
        .collect()
}

#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn lighttpd_on_sqlite() {
    load("lighttpd, SQLite", lighttpd::start, None);
}

#[test]
#[ignore = "needs lighttpd and mariadbd: tests/run installs and runs them"]
fn lighttpd_on_mariadb() {
    let database = Mariadb::shared().database();
    load("lighttpd, MariaDB", lighttpd::start, Some(&database));
}

#[test]
#[ignore = "needs apache2: tests/run installs and runs it"]
fn apache_on_sqlite() {
    load("Apache, SQLite", apache::start, None);
}

#[test]
#[ignore = "needs apache2 and mariadbd: tests/run installs and runs them"]
fn apache_on_mariadb() {
    let database = Mariadb::shared().database();
    load("Apache, MariaDB", apache::start, Some(&database));
}
