//! How much memory one request takes at its peak.

use std::fs;

use crate::harness::Program;
use crate::harness::Run;
use crate::harness::Site;
use crate::harness::database::DatabaseServer as _;
use crate::harness::database::mariadb::Mariadb;

/// Kilobytes that one signed-in check may take.
const CHECK_MAX: u32 = 8 << 10;

/// Kilobytes that one sign-in may take: 19 MiB are Argon2's.
const SIGN_IN_MAX: u32 = 32 << 10;

/// The peak memory of a run in kilobytes.
fn peak(site: &Site, program: &Program, status: u16) -> u32 {
    let report = site.path("peak");
    let time = ["/usr/bin/time", "-v", "-o", report.to_str().unwrap()];
    Run::of(&program.under(&time)).is(status);
    let report = fs::read_to_string(report).unwrap();
    let line = report
        .lines()
        .find(|line| line.contains("Maximum resident"));
    let (_, kilobytes) = line.unwrap().rsplit_once(' ').unwrap();
    kilobytes.parse().unwrap()
}

fn stays_small(store: &str, site: &Site) {
    let token = site.token();
    // The first check writes, the second does not.
    let touched = peak(site, &site.protected(&token), 200);
    let check = peak(site, &site.protected(&token), 200);
    let sign_in = peak(site, &site.login(), 303);
    let sign_out = peak(site, &site.logout(&token), 303);
    eprintln!(
        "{store}: check {check} kB, with a touch {touched} kB, sign-in {sign_in} kB, sign-out {sign_out} kB"
    );
    assert!(check.max(touched).max(sign_out) < CHECK_MAX);
    assert!(sign_in < SIGN_IN_MAX);
}

#[test]
#[ignore = "needs time: tests/run installs it"]
fn sqlite_stays_small() {
    stays_small("SQLite", &Site::with_many_tries());
}

#[test]
#[ignore = "needs mariadbd and time: tests/run installs and runs them"]
fn mariadb_stays_small() {
    let database = Mariadb::shared().database();
    stays_small("MariaDB, socket", &Site::on(&database, &database.url()));
    let database = Mariadb::shared().database();
    stays_small("MariaDB, TCP", &Site::on(&database, &database.tcp_url()));
}
