//! A link that breaks: a statement is repeated where that is safe, and no answer claims what is not known.

use super::proxy::{Proxy, Rule, What};
use crate::harness::Run;
use crate::harness::Site;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::database::{Database, DatabaseServer as _};
use crate::harness::{PASSWORD, Program};

type Visit = fn(&Site, &str) -> Program;

struct Cut {
    site: Site,
    database: Database,
}

impl Cut {
    fn new() -> Self {
        let database = Mariadb::shared().database();
        let site = Site::on(&database, &database.url());
        Self { site, database }
    }

    /// Runs through a proxy with this rule.
    fn run(&self, program: &Program, rule: Rule) -> (Run, Proxy) {
        let proxy = Proxy::start(&self.database, rule);
        self.site.point_to(&proxy.url);
        (Run::of(program), proxy)
    }
}

/// Also by a confined program, which can open no file but those for looking up names.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_lost_host_is_found_again_by_its_name() {
    let cut = Cut::new();
    let token = cut.site.token();
    let rule = Rule {
        on: "JOIN schema_version AS v",
        what: What::Cut,
        times: 1,
    };
    let proxy = Proxy::start(&cut.database, rule);
    let url = proxy.url.replace("127.0.0.1", "localhost");
    assert_ne!(url, proxy.url);
    cut.site.point_to(&url);

    Run::of(&cut.site.protected(&token)).is(200);
    assert_eq!(proxy.connections(), 2);
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_link_lost_before_commit_is_made_once_more() {
    let cut = Cut::new();
    let protected: Visit = |site, token| site.protected(token);
    let sign_in: Visit = |site, _| site.login();
    let sign_out: Visit = |site, token| site.logout(token);
    let cases = [
        ("JOIN schema_version AS v", protected, 200),
        ("UPDATE sessions", protected, 200),
        ("FROM schema_version AS v", sign_in, 303),
        ("START TRANSACTION", sign_in, 303),
        ("INSERT INTO sessions", sign_in, 303),
        ("DELETE FROM sessions", sign_out, 303),
    ];
    for (on, make, status) in cases {
        for what in [
            What::Cut,
            What::CutAnswer(0),
            What::CutAnswer(3),
            What::CutAnswer(6),
        ] {
            let (other, token) = (cut.site.token(), cut.site.token());
            let before = cut.site.sessions();
            let program = make(&cut.site, &token);
            let (run, proxy) = cut.run(&program, Rule { on, what, times: 1 });

            run.is(status);
            assert_eq!(proxy.connections(), 2, "{on}: {run:?}");
            let new = usize::from(run.token().is_some());
            let ended = usize::from(on.starts_with("DELETE"));
            assert_eq!(cut.site.sessions() + ended, before + new, "{on}: {run:?}");
            assert!(cut.site.has(&other));
            if let Some(token) = run.token() {
                assert!(cut.site.has(&token));
            }
        }
        // Twice is once too often.
        let program = make(&cut.site, &cut.site.token());
        let (run, proxy) = cut.run(
            &program,
            Rule {
                on,
                what: What::Cut,
                times: 2,
            },
        );
        // A sign-in that fails behind the count of its try gives that back, over a link of its own.
        let links = 2 + usize::from(on == "INSERT INTO sessions");
        assert_eq!(proxy.connections(), links, "{on}: {run:?}");
        if on == "UPDATE sessions" {
            run.is(200);
            run.logs(&["event=touch_failed"]);
        } else {
            run.is_unavailable();
        }
    }
}

/// Then the program cannot know whether the server committed. The proxy tries both.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_link_lost_after_commit_claims_nothing() {
    let cut = Cut::new();
    // An OK packet has eleven bytes.
    let ways = (0..11).map(What::CutAnswer).chain([What::Cut]);
    for what in ways {
        let rule = Rule {
            on: "COMMIT",
            what,
            times: 1,
        };
        let before = cut.site.sessions();
        let (sign_in, proxy) = cut.run(&cut.site.login(), rule);
        sign_in.is_unavailable();
        assert_eq!(proxy.seen(), 1, "a sign-in twice");
        // One that nobody has the cookie of, at most.
        assert!(cut.site.sessions() <= before + 1);

        let token = cut.site.token();
        let (protected, _) = cut.run(&cut.site.protected(&token), rule);
        protected.is(200);
        protected.logs(&[]);

        let (sign_out, proxy) = cut.run(&cut.site.logout(&token), rule);
        sign_out.is(303);
        assert_eq!(proxy.seen(), 2, "a sign-out is repeated");
        sign_out.logs(&["event=signed_out"]);
        assert!(!cut.site.has(&token));

        let token = cut.site.token();
        let (sign_out, _) = cut.run(&cut.site.logout(&token), Rule { times: 2, ..rule });
        sign_out.is_unavailable();
        sign_out.says_not_signed_out();
    }
}

/// If its commit may have been made, a sign-in does not settle its tries again: it would give back failures of others.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_link_lost_after_a_session_is_committed_gives_no_try_back() {
    let rule = Rule {
        // The first commit is the try's.
        on: "COMMIT",
        what: What::CutSecondAnswer,
        times: 0,
    };
    let (cut, sign_in) = loop {
        let cut = Cut::new();
        cut.site.point_to(&cut.database.url());
        let nobody = [("login_name", "nobody"), ("password", PASSWORD)];
        for _ in 0..3 {
            Run::of(&cut.site.program("login").post(&nobody)).is(401);
        }
        let (sign_in, _) = cut.run(&cut.site.login(), rule);
        // In three of 256, the second commit is of what it prunes.
        if sign_in.status() == 503 {
            break (cut, sign_in);
        }
    };
    sign_in.is_unavailable();
    sign_in.logs(&["whether it was done is not known"]);
    assert_eq!(cut.site.sessions(), 1);
    // Nobody's three, for the name, the client and its network each, and one sign-in of the account and the client.
    let failures = cut.database.sql("SELECT SUM(failures) FROM attempts");
    assert_eq!(failures.trim(), "11", "{sign_in:?}");
}

/// The server itself says that the connection ends: it shuts down, somebody killed the connection, or it broke on the
/// server's side.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_server_that_ends_the_link_is_asked_once_more_and_never_about_a_commit() {
    let cut = Cut::new();
    for code in [1053, 1080, 1152, 1158, 1161, 1927, 3169, 4031] {
        let rule = |on, times| Rule {
            on,
            what: What::Error(code),
            times,
        };
        let (sign_in, proxy) = cut.run(&cut.site.login(), rule("INSERT INTO", 1));
        sign_in.is(303);
        assert_eq!(proxy.connections(), 2, "{code}");
        assert!(cut.site.has(&sign_in.token().unwrap()));
        let before = cut.site.sessions();
        let (sign_in, proxy) = cut.run(&cut.site.login(), rule("INSERT INTO", 2));
        sign_in.is_unavailable();
        assert_eq!((proxy.seen(), cut.site.sessions()), (2, before), "{code}");

        let (sign_in, proxy) = cut.run(&cut.site.login(), rule("COMMIT", 1));
        sign_in.is_unavailable();
        assert_eq!(proxy.seen(), 1, "{code}: a sign-in twice");
        let token = cut.site.token();
        let (sign_out, proxy) = cut.run(&cut.site.logout(&token), rule("COMMIT", 1));
        sign_out.is(303);
        assert_eq!(proxy.seen(), 2, "{code}: a sign-out is repeated");
        assert!(!cut.site.has(&token));
    }
}

/// Wherever the first connection breaks, or both do, the answers are true.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_link_cut_after_any_number_of_bytes_keeps_every_promise() {
    let cut = Cut::new();
    let mut answers = std::collections::BTreeMap::<_, u32>::new();
    // A whole sign-in sends about 1,100 bytes and receives about 700.
    for bytes in (1..1200).step_by(53) {
        for what in [What::CutAfterSent(bytes), What::CutAfterReceived(bytes)] {
            for times in [1, 2] {
                let rule = Rule {
                    on: "",
                    what,
                    times,
                };
                let token = cut.site.token();
                let (protected, _) = cut.run(&cut.site.protected(&token), rule);
                let before = cut.site.sessions();
                let (sign_in, _) = cut.run(&cut.site.login(), rule);
                let new = cut.site.sessions() - before;
                let (sign_out, _) = cut.run(&cut.site.logout(&token), rule);

                assert!([200, 503].contains(&protected.status()), "{protected:?}");
                match sign_in.token() {
                    Some(token) => assert!(new == 1 && cut.site.has(&token), "{sign_in:?}"),
                    None => sign_in.is_unavailable(),
                }
                assert!(new <= 1, "{new} rows: {sign_in:?}");
                match sign_out.status() {
                    303 => assert!(!cut.site.has(&token), "{sign_out:?}"),
                    _ => sign_out.is_unavailable(),
                }
                for run in [protected, sign_in, sign_out] {
                    *answers.entry(run.status()).or_default() += 1;
                }
                // An account signs in 30 times in ten minutes.
                cut.database
                    .sql("DELETE FROM sessions; DELETE FROM attempts");
            }
        }
    }
    eprintln!("{answers:?}");
    assert!(answers.len() == 3 && answers.values().all(|count| *count > 5));
}
