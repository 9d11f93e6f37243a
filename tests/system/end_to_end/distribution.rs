//! The same scenarios on the distributions' own configurations, with the snippets of help and nothing else.

use super::{Combination, PROTECTED, Store, runs_everywhere};
use crate::harness::deployment::Deployment;
use crate::harness::web::WebServer;
use crate::harness::web::debian;

const COMBINATIONS: &[Combination] = &[
    (
        "Debian's lighttpd, MariaDB",
        debian::lighttpd,
        Store::Mariadb,
        PROTECTED,
    ),
    (
        "Debian's Apache, MariaDB",
        debian::apache,
        Store::Mariadb,
        PROTECTED,
    ),
];

#[test]
#[ignore = "needs root with a machine of its own, mariadbd and the distribution's servers: tests/run gets and runs them"]
fn every_scenario_as_debian_configures_the_servers() {
    runs_everywhere(COMBINATIONS);
}

/// Plain HTTP leads to TLS, and TLS answers, over IPv4 and over IPv6 alike.
fn answers_over_both(server: &WebServer) {
    for address in ["127.0.0.1", "[::1]"] {
        let plain = server
            .plain_browser()
            .at(address)
            .get("/cgi-bin/login", &[]);
        let login = format!("{}/cgi-bin/login", server.base);
        assert_eq!(
            (plain.status, plain.header("location")),
            (301, Some(&*login)),
            "{address}"
        );
        let reply = server.browser().at(address).get("/cgi-bin/login", &[]);
        assert_eq!(reply.status, 200, "{address}: {reply:?}");
    }
}

#[test]
#[ignore = "needs root with a machine of its own and the distribution's lighttpd: tests/run gets and runs it"]
fn lighttpd_answers_over_ipv4_and_ipv6() {
    let site = site();
    answers_over_both(&debian::lighttpd(&site));
}

#[test]
#[ignore = "needs root with a machine of its own and the distribution's Apache: tests/run gets and runs it"]
fn apache_answers_over_ipv4_and_ipv6() {
    let site = site();
    answers_over_both(&debian::apache(&site));
}

/// With an empty SQLite store.
fn site() -> Deployment {
    let site = Deployment::new();
    site.configure(&site.sqlite_url(), "");
    site.admin(&["init"], "");
    site
}
