//! A server that has too many connections: three tries, then 503.

use std::time::Duration;

use mysql::Conn;

use super::proxy::{Proxy, Rule, What};
use crate::harness::Run;
use crate::harness::Site;
use crate::harness::database::DatabaseServer as _;
use crate::harness::database::mariadb::Mariadb;

/// The lowest limit that MariaDB accepts.
const MOST: usize = 10;

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_crowded_server_is_tried_three_times() {
    let mariadb = Mariadb::start(&[&format!("--max-connections={MOST}")]);
    let database = mariadb.database();
    let url = database.url();
    let site = Site::on(&database, &url);
    let token = site.token();
    // It counts: the server itself does not count all that it refuses.
    let nothing = Rule {
        on: "",
        what: What::Cut,
        times: 0,
    };
    let proxy = Proxy::start(&database, nothing);
    site.point_to(&proxy.url);
    let mut crowd = Vec::new();
    while let Ok(connection) = Conn::new(&*url) {
        crowd.push(connection);
    }
    assert!(crowd.len() <= MOST);

    for run in site.is_unavailable(&token) {
        run.took_from_to(100, 1500);
    }
    assert_eq!(proxy.connections(), 9, "three tries each");

    // One leaves between two tries.
    let run = std::thread::scope(|scope| {
        let check = scope.spawn(|| Run::of(&site.protected(&token)));
        while proxy.connections() == 9 {}
        std::thread::sleep(Duration::from_millis(20));
        crowd.pop();
        check.join().unwrap()
    });
    run.is(200);
    run.logs(&[]);
    drop(crowd);
    site.works(&token);
}
