//! How often somebody may try: the rule, counted on a store.

use cgi_session::auth::device::{Device, Owner, Proofs};
use cgi_session::auth::throttle::{Allowed, Throttle, Tried};
use cgi_session::config::Secret;
use cgi_session::model::{Digest, LoginName, NewSession, Opening, Settled, Time, Token};
use cgi_session::store::Store;

use crate::harness::{NAME, Site, stored_hash};

const NOW: Time = Time(1_700_000_000);
const HOUR: i64 = 3600;
pub const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A site whose tries are made at times of the test's own, without hashing.
struct Counter {
    site: Site,
    secret: Secret,
    store: Box<dyn Store>,
    sessions: u32,
}

/// Who tries: the name, the client's address, and the device if it is known.
#[derive(Clone, Copy)]
struct Who<'a> {
    name: &'a str,
    client: &'a str,
    device: Option<&'a Device>,
}

const ANNA: Who<'_> = Who {
    name: "anna",
    client: "192.0.2.7",
    device: None,
};

impl Counter {
    fn new() -> Self {
        let site = Site::new();
        Self {
            store: site.store(),
            secret: Secret::new(SECRET.to_owned()),
            site,
            sessions: 0,
        }
    }

    /// Makes a try at a time: what its success would settle, or the seconds until the next.
    fn tries(&mut self, who: Who<'_>, at: i64) -> Result<Vec<Settled>, i64> {
        let name = LoginName::parse(who.name);
        let throttle = Throttle {
            secret: &self.secret,
            free_tries: 5,
        };
        let tried = Tried {
            name: name.as_ref(),
            client: who.client,
            device: who.device,
        };
        let store = self.store.as_mut();
        let permit = throttle.permit(store, self.site.slot(), &tried, NOW.plus(at));
        match permit.unwrap() {
            Allowed::Now(permit) => Ok(permit.settled()),
            Allowed::Later(wait) => Err(wait.seconds),
        }
    }

    /// Tries and fails as soon as each try is allowed, from `at` on, and returns the times of the tries.
    fn guesses(&mut self, who: Who<'_>, at: i64, times: usize) -> Vec<i64> {
        let mut at = at;
        let mut made = Vec::new();
        while made.len() < times {
            match self.tries(who, at) {
                Ok(_) => made.push(at),
                Err(seconds) => at += seconds,
            }
        }
        made
    }

    /// Signs in, and what a success settles is written; `false` if it had to wait.
    fn succeeds(&mut self, who: Who<'_>, at: i64) -> bool {
        let Ok(settled) = self.tries(who, at) else {
            return false;
        };
        assert!(self.opens(at, &settled));
        true
    }

    /// Opens a session, and settles so.
    fn opens(&mut self, at: i64, settled: &[Settled]) -> bool {
        self.sessions += 1;
        let known = LoginName::parse(NAME).unwrap();
        let known = self.store.credentials(&known).unwrap().unwrap();
        let session = NewSession {
            session: Digest::from_token(&token(self.sessions)),
            user: known.id,
            created_at: NOW.plus(at),
            expires_at: NOW.plus(at + HOUR),
            remember: false,
            remote_addr: String::new(),
            user_agent: String::new(),
        };
        let hash = &known.password;
        let opened = self.store.open_session(&Opening {
            settled,
            ..Opening::new(&session, hash)
        });
        opened.unwrap()
    }
}

fn token(number: u32) -> Token {
    let mut random = [0; 32];
    random[..4].copy_from_slice(&number.to_le_bytes());
    Token::from_random(&random)
}

#[test]
fn after_the_free_tries_each_failure_doubles_the_wait_to_an_hour() {
    let mut counter = Counter::new();
    let made = counter.guesses(ANNA, 0, 18);
    let waits: Vec<i64> = made.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(
        waits,
        [
            0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600
        ]
    );
    // Refused tries count for nothing: the wait is the same after a thousand of them.
    let next = made[17] + HOUR;
    for late in 0..1000 {
        assert_eq!(counter.tries(ANNA, next - 1000 + late), Err(1000 - late));
    }
    assert!(counter.tries(ANNA, next).is_ok());
}

#[test]
fn one_failure_is_forgotten_every_three_hours() {
    let mut counter = Counter::new();
    assert_eq!(counter.guesses(ANNA, 0, 5), [0; 5]);
    // Of five two are left, so that three are free again.
    let later = 9 * HOUR;
    assert_eq!(
        counter.guesses(ANNA, later, 4),
        [later, later, later, later + 2]
    );
}

#[test]
fn after_a_hundred_failures_in_a_row_one_try_an_hour_is_left_and_a_success_ends_it() {
    let mut counter = Counter::new();
    // As fast as it may, from an address of its own each time, as a botnet has them.
    let clients: Vec<String> = (0..100).map(|last| format!("198.51.100.{last}")).collect();
    let mut at = 0;
    let mut failed = 0;
    while failed < 200 {
        let client = &clients[failed % clients.len()];
        match counter.tries(Who { client, ..ANNA }, at) {
            Ok(_) => failed += 1,
            Err(seconds) => at += seconds,
        }
    }
    assert!(counter.site.count("SELECT MAX(failures) FROM attempts") >= 100);
    // Months change nothing.
    let later = at + 90 * 24 * HOUR;
    assert!(counter.tries(ANNA, later).is_ok());
    assert_eq!(counter.tries(ANNA, later), Err(HOUR));
    assert_eq!(counter.tries(ANNA, later + HOUR - 1), Err(1));
    counter.succeeds(ANNA, later + HOUR);
    let after = later + HOUR;
    assert_eq!(counter.guesses(ANNA, after, 5), [after; 5]);
}

#[test]
fn a_success_clears_its_account_and_gives_back_its_own_try_of_the_client() {
    let mut counter = Counter::new();
    counter.guesses(ANNA, 0, 4);
    let eve = Who {
        name: "eve",
        ..ANNA
    };
    counter.guesses(eve, 0, 3);
    counter.succeeds(ANNA, 1);
    assert_eq!(
        counter.guesses(ANNA, 2, 6),
        [2, 2, 2, 2, 2, 4],
        "anna's are over"
    );
    assert_eq!(counter.guesses(eve, 2, 3), [2, 2, 4], "eve's are not");
    // 4 + 3 before, 6 + 3 since; the good one is not among them.
    let client = counter.site.count("SELECT MAX(failures) FROM attempts");
    assert_eq!(client, 16);
}

/// Good accounts do not make room for guesses at others.
#[test]
fn a_client_with_a_good_account_is_stopped_all_the_same() {
    let mut counter = Counter::new();
    let mut guesses = 0;
    // None of them signs in so often that this stops it.
    let good: Vec<String> = (0..20).map(|number| format!("good{number}")).collect();
    let as_good = |round: usize| Who {
        name: &good[round % good.len()],
        ..ANNA
    };
    for round in 0..200 {
        let name = format!("victim{round}");
        let who = Who {
            name: &name,
            ..ANNA
        };
        guesses += u32::from(counter.tries(who, 0).is_ok());
        counter.succeeds(as_good(round), 0);
    }
    assert_eq!(guesses, 50);
    assert!(
        !counter.succeeds(as_good(0), 1),
        "the client waits, whoever it is"
    );
    let elsewhere = Who {
        client: "192.0.2.8",
        ..as_good(0)
    };
    assert!(counter.succeeds(elsewhere, 1));
}

#[test]
fn an_account_signs_in_thirty_times_in_ten_minutes_and_a_client_three_hundred_times() {
    let mut counter = Counter::new();
    let clients: Vec<String> = (0..10).map(|last| format!("192.0.2.{last}")).collect();
    for round in 0..30 {
        let client = &clients[round % clients.len()];
        assert!(counter.succeeds(Who { client, ..ANNA }, 0), "{round}");
    }
    // The same holds from elsewhere and on a known device: the password is verified, and opens no session.
    let device = Device::new(&token(1), &counter.secret);
    let elsewhere = Who {
        client: "2001:db8::1",
        device: Some(&device),
        ..ANNA
    };
    let settled = counter.tries(elsewhere, 10).unwrap();
    assert!(!counter.opens(10, &settled));
    assert!(counter.succeeds(elsewhere, 600));
    // Of many who came past that at the same time, the store lets in none too many.
    let mut counter = Counter::new();
    let permits: Vec<_> = (0..4).map(|_| counter.tries(ANNA, 0).unwrap()).collect();
    for _ in 0..28 {
        assert!(counter.succeeds(ANNA, 0));
    }
    let opened = permits.iter().map(|settled| counter.opens(0, settled));
    assert_eq!(opened.filter(|opened| *opened).count(), 2);
    // A client, whoever they are, by its /64.
    let mut counter = Counter::new();
    for round in 0..300 {
        let (name, client) = (
            format!("anna{}", round / 20),
            format!("2001:db8::{round:x}"),
        );
        let who = Who {
            name: &name,
            client: &client,
            device: None,
        };
        assert!(counter.succeeds(who, 0), "{round}");
    }
    let from = |client| Who { client, ..ANNA };
    assert_eq!(counter.tries(from("2001:db8::ffff"), 1), Err(599));
    assert!(counter.succeeds(from("2001:db8:0:1::1"), 1));
}

#[test]
fn a_known_device_keeps_its_own_count() {
    let mut counter = Counter::new();
    let device = Device::new(&token(1), &counter.secret);
    let at_home = Who {
        device: Some(&device),
        ..ANNA
    };
    // Others guess: her account waits, and so does the address that she shares with them.
    counter.guesses(ANNA, 0, 5);
    for eve in 0..100 {
        let name = format!("eve{eve}");
        let _ = counter.tries(
            Who {
                name: &name,
                ..ANNA
            },
            0,
        );
    }
    assert_eq!(counter.tries(ANNA, 0), Err(2));
    assert_eq!(counter.guesses(at_home, 0, 6), [0, 0, 0, 0, 0, 2]);
    counter
        .site
        .execute("UPDATE attempts SET blocked_until = NULL");
    assert!(counter.succeeds(at_home, 10));
    let elsewhere = Who {
        client: "192.0.2.8",
        ..ANNA
    };
    let made = counter.guesses(elsewhere, 20, 5);
    assert_eq!(made, [20; 5], "her sign-in ends both counts");
    // With slips of her own the device is as good as any, and no worse.
    counter.guesses(at_home, 30, 8);
    let fresh = Who {
        name: "anna2",
        client: "192.0.2.9",
        ..at_home
    };
    assert!(counter.tries(fresh, 30).is_ok());
}

/// Each sign-in without a cookie makes a new device, and each new device has failures of its own.
#[test]
fn the_devices_of_one_account_fill_no_more_than_256_rows() {
    let mut counter = Counter::new();
    for number in 0..600 {
        let device = Device::new(&token(number), &counter.secret);
        let who = Who {
            device: Some(&device),
            ..ANNA
        };
        // An hour apart: no row makes another one wait.
        let _ = counter.tries(who, i64::from(number) * HOUR);
    }
    let rows = counter.site.count("SELECT COUNT(*) FROM attempts");
    assert!((200..=256).contains(&rows), "{rows} rows");
    // Somebody else's device has a row apart, whatever its id begins with.
    let device = Device::new(&token(1), &counter.secret);
    let elsewhere = Who {
        name: "bob",
        device: Some(&device),
        ..ANNA
    };
    counter.tries(elsewhere, 1000 * HOUR).unwrap();
    let more = counter.site.count("SELECT COUNT(*) FROM attempts");
    assert_eq!(more, rows + 1);
}

#[test]
fn a_device_is_its_owners_until_the_password_changes_and_nobody_elses() {
    let (secret, anna) = (
        Secret::new(SECRET.to_owned()),
        LoginName::parse("anna").unwrap(),
    );
    let eve = LoginName::parse("eve").unwrap();
    let (hash, other) = (stored_hash("hash"), stored_hash("other"));
    let owner = |name, password| Owner { name, password };
    let device = Device::new(&token(1), &secret);
    assert_ne!(Device::new(&token(2), &secret), device);
    let nobody = Proofs::default();
    let cookie = nobody.with(&device, &owner(&anna, &hash), true, &secret);
    let value = cookie.unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
    let header = |value: &str| format!("a=b; __Host-device={value}; c=d");
    let known = |header: &str, owner: Owner<'_>, secret: &str| {
        let secret = Secret::new(secret.to_owned());
        let proofs = Proofs::presented(header, true);
        let proof = proofs.for_name(owner.name, &secret)?;
        proof.device(owner.password, &secret)
    };
    assert_eq!(
        known(&header(&value), owner(&anna, &hash), SECRET),
        Some(device)
    );
    let forged = format!("{}{}", &"0".repeat(32), &value[32..]);
    let tied = format!("{}{}{}", &value[..32], &"0".repeat(32), &value[64..]);
    let other_site = SECRET.replace('0', "1");
    let twice = format!("{}; __Host-device={value}", header(&value));
    for (what, header, owner, secret) in [
        ("somebody else", header(&value), owner(&eve, &hash), SECRET),
        (
            "another password",
            header(&value),
            owner(&anna, &other),
            SECRET,
        ),
        ("made up", header(&forged), owner(&anna, &hash), SECRET),
        ("tied anew", header(&tied), owner(&anna, &hash), SECRET),
        ("cut", header(&value[..95]), owner(&anna, &hash), SECRET),
        (
            "longer",
            header(&format!("{value}0")),
            owner(&anna, &hash),
            SECRET,
        ),
        (
            "five",
            header(&[&*value; 5].join(".")),
            owner(&anna, &hash),
            SECRET,
        ),
        (
            "upper case",
            header(&value.to_uppercase()),
            owner(&anna, &hash),
            SECRET,
        ),
        ("empty", header(""), owner(&anna, &hash), SECRET),
        ("twice", twice, owner(&anna, &hash), SECRET),
        (
            "the other scheme's",
            format!("cgi-session-device={value}"),
            owner(&anna, &hash),
            SECRET,
        ),
        (
            "another site's",
            header(&value),
            owner(&anna, &hash),
            &other_site,
        ),
        (
            "a site without a secret",
            header(&value),
            owner(&anna, &hash),
            "",
        ),
    ] {
        assert_eq!(known(&header, owner, secret), None, "{what}");
    }
    let none = Secret::default();
    let device = Device::new(&token(1), &none);
    assert_eq!(
        nobody.with(&device, &owner(&anna, &hash), true, &none),
        None
    );
}

/// RFC 6177: a household has a /64. An IPv4-mapped address was folded when it was read.
#[test]
fn addresses_of_one_network_are_one_client() {
    let mut counter = Counter::new();
    for host in 0..50 {
        let client = format!("2001:db8:1:2:{host:x}::1");
        let name = format!("victim{host}");
        assert!(
            counter
                .tries(
                    Who {
                        name: &name,
                        client: &client,
                        device: None
                    },
                    0
                )
                .is_ok()
        );
    }
    let from = |client| Who {
        name: "one-more",
        client,
        device: None,
    };
    assert_eq!(
        counter.tries(from("2001:db8:1:2:ffff:ffff:ffff:ffff"), 0),
        Err(2)
    );
    assert!(counter.tries(from("2001:db8:1:3::1"), 0).is_ok());
    assert!(counter.tries(from("192.0.2.7"), 0).is_ok());
    assert!(counter.tries(from("192.0.2.8"), 0).is_ok());
}

/// An address of a network that has many, another with each number.
type Addresses = fn(u32) -> String;

/// Each has a new client with each number; in a /48, a new /56 also.
const NETWORKS: [(&str, Addresses, usize); 3] = [
    ("a /56", |n| format!("2001:db8:1:{:x}::1", n % 256), 100),
    (
        "a /48",
        |n| format!("2001:db8:1:{:x}::1", n.wrapping_mul(257) % 65_536),
        500,
    ),
    ("a /24", |n| format!("192.0.2.{}", n % 256), 500),
];

/// A client with many addresses gets the tries of ten or twenty clients, and leaves the others theirs.
#[test]
fn each_wider_network_has_a_budget() {
    for (network, address, budget) in NETWORKS {
        let mut counter = Counter::new();
        let mut made = 0;
        for number in 0..600 {
            let (name, client) = (format!("victim{number}"), address(number));
            let who = Who {
                name: &name,
                client: &client,
                device: None,
            };
            made += usize::from(counter.tries(who, 0).is_ok());
        }
        assert_eq!(made, budget, "{network}");
        for client in ["2001:db8:2::1", "192.0.3.1"] {
            assert!(
                counter.tries(Who { client, ..ANNA }, 0).is_ok(),
                "{network}"
            );
        }
        // Who is known to the site is counted by their device.
        let device = Device::new(&token(1), &counter.secret);
        let at_home = Who {
            client: &address(1),
            device: Some(&device),
            ..ANNA
        };
        assert!(counter.tries(at_home, 0).is_ok(), "{network}");
        // In an hour others in that network have had some more: none is shut out.
        let later = (1..=3600).filter(|second| {
            let (name, client) = (format!("later{second}"), address(*second));
            let who = Who {
                name: &name,
                client: &client,
                device: None,
            };
            counter.tries(who, i64::from(*second)).is_ok()
        });
        let later = later.count();
        eprintln!("{network}: {made} tries at once, then {later} in an hour");
        assert!(later >= budget / 20, "{network}: {later}");
    }
}

/// An attacker with a network uses a new address for each new name. The owner has never signed in here, and comes from
/// another network.
#[test]
fn a_network_that_tries_on_and_on_does_not_fill_the_table_nor_keep_an_owner_out() {
    for (network, address, _) in NETWORKS {
        let mut counter = Counter::new();
        for number in 0..12_000 {
            let (name, client) = (format!("name{number}"), address(number));
            let who = Who {
                name: &name,
                client: &client,
                device: None,
            };
            // As fast as a server of two processors answers.
            let _ = counter.tries(who, i64::from(number) / 130);
            if number % 3000 == 2999 {
                let (name, client) = (
                    format!("owner{number}"),
                    format!("198.51.100.{}", number % 250),
                );
                let owner = Who {
                    name: &name,
                    client: &client,
                    device: None,
                };
                let at = i64::from(number) / 130;
                assert!(counter.succeeds(owner, at), "{network}: {number} tries");
            }
        }
        let rows = counter.site.count("SELECT COUNT(*) FROM attempts");
        eprintln!("{network}: {rows} rows");
        assert!(rows < 2_000, "{network}: {rows} rows");
    }
}

/// Neither a clock that was wrong for a while nor a senseless row locks anybody out.
#[test]
fn a_row_from_far_away_blocks_nobody() {
    for change in [
        "blocked_until = 99999999999",
        "failures = -1",
        "window_started = 99999999999",
    ] {
        let mut counter = Counter::new();
        counter.guesses(ANNA, 0, 4);
        counter
            .site
            .execute(&format!("UPDATE attempts SET {change}"));
        assert!(counter.tries(ANNA, 0).is_ok(), "{change}");
    }
}
