//! How much memory one request takes at its peak.

use std::fs;

use super::place::Place;
use super::run::Run;
use crate::program::Program;
use crate::server::database::DatabaseServer as _;
use crate::server::mariadb::Mariadb;

/// Kilobytes that one signed-in check may take.
const CHECK_MAX: u32 = 8 << 10;

/// Kilobytes that one sign-in may take: 19 MiB are Argon2's.
const SIGN_IN_MAX: u32 = 32 << 10;

/// The most that it had in memory at once, in kilobytes.
fn peak(place: &Place, program: &Program, status: u16) -> u32 {
    let report = place.path("peak");
    let time = ["/usr/bin/time", "-v", "-o", report.to_str().unwrap()];
    Run::of(&program.under(&time)).is(status);
    let report = fs::read_to_string(report).unwrap();
    let line = report
        .lines()
        .find(|line| line.contains("Maximum resident"));
    let (_, kilobytes) = line.unwrap().rsplit_once(' ').unwrap();
    kilobytes.parse().unwrap()
}

fn stays_small(store: &str, place: &Place) {
    let token = place.token();
    // The first check writes, the second does not.
    let touched = peak(place, &place.protected(&token), 200);
    let check = peak(place, &place.protected(&token), 200);
    let sign_in = peak(place, &place.sign_in(), 303);
    let sign_out = peak(place, &place.sign_out(&token), 303);
    eprintln!(
        "{store}: check {check} kB, with a touch {touched} kB, sign-in {sign_in} kB, sign-out {sign_out} kB"
    );
    assert!(check.max(touched).max(sign_out) < CHECK_MAX);
    assert!(sign_in < SIGN_IN_MAX);
}

#[test]
#[ignore = "needs time: tests/run installs it"]
fn sqlite_stays_small() {
    stays_small("SQLite", &Place::sqlite());
}

#[test]
#[ignore = "needs mariadbd and time: tests/run installs and runs them"]
fn mariadb_stays_small() {
    let database = Mariadb::shared().database();
    stays_small(
        "MariaDB, socket",
        &Place::server(&database, &database.url()),
    );
    let database = Mariadb::shared().database();
    stays_small(
        "MariaDB, TCP",
        &Place::server(&database, &database.tcp_url()),
    );
}
