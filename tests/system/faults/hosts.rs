//! Several hosts in `store`: tried in order, each with its share of the two seconds.

use std::fs;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;

use super::proxy::{Proxy, Rule, What};
use crate::harness::Run;
use crate::harness::Site;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::database::{Database, DatabaseServer as _};
use crate::harness::machine::free_port;

/// Lets everything through.
const NOTHING: Rule = Rule {
    on: "",
    what: What::Cut,
    times: 0,
};

/// Answers `on` with this MySQL error, always.
fn always(on: &'static str, code: u16) -> Rule {
    Rule {
        on,
        what: What::Error(code),
        times: usize::MAX,
    }
}

/// `url` with more hosts before its own.
fn with_hosts(hosts: &[SocketAddr], url: &str) -> String {
    let (account, place) = url.rsplit_once('@').unwrap();
    let hosts: Vec<_> = hosts.iter().map(ToString::to_string).collect();
    format!("{account}@{},{place}", hosts.join(","))
}

fn address(proxy: &Proxy) -> SocketAddr {
    let (_, place) = proxy.url.rsplit_once('@').unwrap();
    place.split_once('/').unwrap().0.parse().unwrap()
}

/// A server whose kernel accepts connections, and which never sends its greeting.
fn hanging() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn shared() -> (Database, Site) {
    let database = Mariadb::shared().database();
    let site = Site::on(&database, &database.url());
    (database, site)
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_host_that_refuses_is_passed_over_at_once() {
    let (database, site) = shared();
    let token = site.token();
    let refusing = SocketAddr::from(([127, 0, 0, 1], free_port()));
    site.point_to(&with_hosts(&[refusing], &database.tcp_url()));

    let runs = site.three_with(&token, &site.token());

    for (run, status) in runs.iter().zip([200, 303, 303]) {
        run.is(status);
        run.took_from_to(0, 900);
    }
    site.works(&token);
}

/// A server listens on 127.0.0.1 only. Another user may listen on the same port of `::1`, and could then say who is
/// signed in.
#[test]
#[ignore = "needs mariadbd and a mount namespace: tests/run says whether it was skipped"]
fn of_localhost_nobody_is_asked_but_who_listens_on_127_0_0_1() {
    let may = Command::new("unshare").args(["-m", "true"]).status();
    if !may.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: NO NAMESPACE FOR A FILE OF HOSTS");
        return;
    }
    let (database, site) = shared();
    let token = site.token();
    let hosts = site.path("hosts");
    fs::write(&hosts, "::1 localhost\n127.0.0.1 localhost\n").unwrap();
    let mount = format!("mount --bind {} /etc/hosts && exec \"$@\"", hosts.display());
    let there = ["unshare", "-m", "sh", "-c", &mount, "sh"];
    let server = format!("127.0.0.1:{}/", Mariadb::shared().port());
    // There, and away.
    for (port, status) in [(Mariadb::shared().port(), 200), (free_port(), 503)] {
        let Ok(neighbour) = TcpListener::bind(("::1", port)) else {
            eprintln!("SKIPPED: NO IPV6, OR THE PORT IS TAKEN");
            return;
        };
        neighbour.set_nonblocking(true).unwrap();
        let localhost = format!("localhost:{port}/");
        site.point_to(&database.tcp_url().replace(&server, &localhost));

        Run::of(&site.protected(&token).under(&there)).is(status);

        assert_eq!(
            neighbour.accept().unwrap_err().kind(),
            ErrorKind::WouldBlock
        );
    }
}

/// A host that hangs does not use up the time of the others.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_host_that_hangs_takes_its_share_of_the_two_seconds() {
    let (database, site) = shared();
    let token = site.token();
    let (_first, first) = hanging();
    let (_second, second) = hanging();
    for (hosts, from, to) in [(&[first][..], 900, 1700), (&[first, second], 1200, 2000)] {
        site.point_to(&with_hosts(hosts, &database.tcp_url()));
        for (run, status) in site
            .three_with(&token, &site.token())
            .iter()
            .zip([200, 303, 303])
        {
            run.is(status);
            run.took_from_to(from, to + 500);
        }
    }
    site.works(&token);
}

#[test]
fn hosts_that_all_fail_are_each_named_in_two_seconds() {
    let site = Site::with_many_tries();
    let token = site.token();
    let (_first, first) = hanging();
    let (_second, second) = hanging();
    let third = free_port();
    site.point_to(&format!(
        "mysql://u:secret%40@{first},{second},127.0.0.1:{third}/d"
    ));

    for run in site.is_unavailable(&token) {
        run.took_from_to(1200, 2500);
        for expected in [
            format!("{first}: no answer within"),
            format!("{second}: no answer within"),
            format!("127.0.0.1:{third}: "),
        ] {
            assert!(run.log.contains(&expected), "no {expected:?}: {run:?}");
        }
    }
    site.point_to(&format!("sqlite:{}", site.file().display()));
    site.works(&token);
}

/// Error 1047: the node has lost its cluster, or is just joining it.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_node_that_is_not_ready_is_passed_over() {
    let (database, site) = shared();
    for on in [
        "JOIN schema_version AS v",
        "UPDATE",
        "START",
        "DELETE",
        "FROM",
    ] {
        let (token, other) = (site.token(), site.token());
        let first = Proxy::start(&database, always(on, 1047));
        let second = Proxy::start(&database, always(on, 1047));
        site.point_to(&with_hosts(
            &[address(&first), address(&second)],
            &database.tcp_url(),
        ));
        let runs = site.three_with(&token, &other);
        for (run, status) in runs.iter().zip([200, 303, 303]) {
            run.is(status);
        }
        runs[0].logs(&[]);
        assert!(!site.has(&other), "{on}");
        assert!(first.seen() > 0 && first.seen() == second.seen(), "{on}");
    }
    let token = site.token();
    let only = Proxy::start(&database, always("SELECT", 1047));
    site.point_to(&only.url);
    for run in site.is_unavailable(&token) {
        run.logs(&["1047"]);
    }
}

/// The first host still serves reads; only a write goes on to the next.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_read_only_host_serves_reads_and_is_passed_over_for_writes() {
    let (database, site) = shared();
    for code in [1290, 1792, 1836] {
        for on in ["UPDATE", "DELETE", "INSERT", "COMMIT"] {
            let (token, other) = (site.token(), site.token());
            let first = Proxy::start(&database, always(on, code));
            let second = Proxy::start(&database, NOTHING);
            site.point_to(&with_hosts(&[address(&first)], &second.url));

            let runs = site.three_with(&token, &other);

            for (run, status) in runs.iter().zip([200, 303, 303]) {
                run.is(status);
            }
            runs[0].logs(&[]);
            assert!(!site.has(&other), "{code} {on}");
            assert_eq!(first.connections(), 3, "{code} {on}");
            assert_eq!(second.connections(), first.seen(), "{code} {on}");
            // Seen just now: nothing is written, and the second host not asked.
            Run::of(&site.protected(&token)).is(200);
            assert_eq!(second.connections(), first.seen(), "{code} {on}");
        }
        // No other host that writes.
        let token = site.token();
        let first = Proxy::start(&database, always("START TRANSACTION", code));
        let second = Proxy::start(&database, always("START TRANSACTION", code));
        site.point_to(&with_hosts(&[address(&first)], &second.url));
        site.is_read_only(&token);
        assert_eq!([first.seen(), second.seen()], [3, 3]);
    }
}

/// The host that cut the link may be down, so that the next one is asked first.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn where_a_link_is_lost_the_next_host_is_asked() {
    let (database, site) = shared();
    for (on, statuses) in [
        ("JOIN schema_version AS v", [200, 303, 303]),
        ("START TRANSACTION", [200, 303, 303]),
        ("COMMIT", [200, 503, 303]),
    ] {
        let (token, other) = (site.token(), site.token());
        let cut = Rule {
            on,
            what: What::Cut,
            times: usize::MAX,
        };
        let first = Proxy::start(&database, cut);
        let second = Proxy::start(&database, NOTHING);
        site.point_to(&with_hosts(&[address(&first)], &second.url));

        let runs = site.three_with(&token, &other);

        for (run, status) in runs.iter().zip(statuses) {
            run.is(status);
        }
        assert!(!site.has(&other), "{on}");
        let unknown = usize::from(on == "COMMIT");
        assert_eq!(second.connections(), first.seen() - unknown, "{on}");
    }
}
