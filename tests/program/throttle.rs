//! How often somebody may try: what the login page answers, and what the administrator can do.

use std::sync::Barrier;
use std::thread;

use cgi_session::auth::throttle::Rows;
use cgi_session::config::Secret;
use cgi_session::model::LoginName;

use crate::harness::{self, Answer, NAME, PASSWORD, Program, Site, hash, now};

use crate::library::throttle::SECRET;

/// What a real sign-in answers; each from the same client.
fn login(site: &Site, name: &str, password: &str) -> Program {
    let fields = [("login_name", name), ("password", password)];
    site.program("login").post(&fields)
}

/// Guesses wrong until it is told to wait. A slow machine lets 2 seconds pass, and one more try.
fn guess_until_stopped(site: &Site, name: &str) {
    let guess = |_| {
        let guess = login(site, name, "wrong");
        guess.answer_whatever_is_logged().status
    };
    let statuses = (0..9).map(guess).take_while(|status| *status == 401);
    let tries = statuses.count();
    assert!((5..9).contains(&tries), "{tries} tries");
    // Nor is it over before the next request.
    site.execute("UPDATE attempts SET blocked_until = blocked_until + 60");
}

fn refused(site: &Site, name: &str, password: &str) -> Answer {
    // What is no user's name may be a password.
    let user = if name == NAME { NAME } else { "\"\"" };
    let line =
        format!("event=sign_in_throttled user={user} client=192.0.2.7 whose=account seconds=");
    let answer = login(site, name, password).logs(&[&line]).answer();
    assert_eq!(answer.status, 429);
    answer
}

#[test]
fn the_answer_is_429_whether_or_not_there_is_such_an_account() {
    let site = Site::new();
    let mut answers = Vec::new();
    for name in [NAME, "nobody"] {
        guess_until_stopped(&site, name);
        // The right password is not looked at either.
        let mut answer = refused(&site, name, PASSWORD);
        let seconds: u32 = answer.header("Retry-After").unwrap().parse().unwrap();
        assert!((40..=80).contains(&seconds), "{seconds}");
        answer.headers.remove("retry-after");
        // The minute may pass between the two.
        let (before, after) = answer.body.split_once(" Please try again in ").unwrap();
        let (_, after) = after.split_once(" UTC.").unwrap();
        answers.push((
            answer.headers,
            format!("{before}{after}").replace(name, "NAME"),
        ));
        let json = login(&site, name, PASSWORD)
            .json()
            .answer_whatever_is_logged();
        assert!(
            json.status == 429 && json.body.contains("\"status\":429"),
            "{json:?}"
        );
    }
    assert_eq!(answers[0], answers[1]);
    let tables = format!("{:?}", site.dump());
    assert!(!tables.contains("nobody"), "names are hashed: {tables}");
}

/// The answer after thirty sign-ins tells nothing to a client without the password, and stops only those who have it.
#[test]
fn after_thirty_sign_ins_a_wrong_password_is_401_and_the_right_one_is_429() {
    let site = Site::with(&format!("secret = \"{SECRET}\""));
    let mut device = String::new();
    for round in 0..30 {
        let sign_in = login(&site, NAME, PASSWORD).set("REMOTE_ADDR", format!("192.0.2.{round}"));
        let answer = sign_in.answer_whatever_is_logged();
        assert_eq!(answer.status, 303, "{round}");
        device = answer.device.unwrap();
    }
    let failures = |what: &str| {
        site.count(&format!(
            "SELECT COALESCE({what}(failures), 0) FROM attempts"
        ))
    };
    let (counted, most) = (failures("SUM"), failures("MAX"));
    assert_eq!(most, 30, "of sign-ins");
    let elsewhere =
        |name, password| login(&site, name, password).set("REMOTE_ADDR", "198.51.100.7");
    let mut answers = Vec::new();
    for (name, user) in [(NAME, NAME), ("nobody", "\"\"")] {
        let line = format!("event=sign_in_failed user={user} client=198.51.100.7");
        let mut answer = elsewhere(name, "wrong").logs(&[&line]).answer();
        assert_eq!(answer.status, 401);
        answer.body = answer.body.replace(name, "NAME");
        answers.push((answer.headers, answer.body));
    }
    assert_eq!(answers[0], answers[1]);
    // Two accounts, and the client and its network twice.
    assert_eq!(failures("SUM"), counted + 6);
    let too_many = |program: Program| {
        let line = "event=sign_ins_too_many user=demo client=198.51.100.7 whose=account seconds=";
        let answer = program.logs(&[line]).answer();
        let seconds: u32 = answer.header("Retry-After").unwrap().parse().unwrap();
        assert!(answer.status == 429 && seconds <= 600, "{answer:?}");
        assert_eq!((answer.cookie(), &answer.device), (None, &None));
    };
    // More often than the account may fail: of it none is counted, of the client and its network each is.
    for _ in 0..6 {
        too_many(elsewhere(NAME, PASSWORD));
    }
    assert_eq!(failures("SUM"), counted + 6 + 12);
    // A known device's try is its own alone, and stays counted.
    let device = device.split(';').next().unwrap();
    too_many(elsewhere(NAME, PASSWORD).set("HTTP_COOKIE", device));
    assert_eq!(failures("SUM"), counted + 6 + 12 + 1);
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 30);
}

/// Exactly so many are verified, however many come at once. It is the store's count that decides; the clock
/// lets one more pass after 2 seconds, one more after 4.
#[test]
fn of_many_wrong_tries_at_once_exactly_the_free_ones_are_verified() {
    let site = Site::new();
    let start = Barrier::new(40);
    let began = now();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let tries: Vec<_> = (0..40)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    let answers =
                        (0..5).map(|_| login(&site, NAME, "wrong").answer_whatever_is_logged());
                    answers.map(|answer| answer.status).collect::<Vec<_>>()
                })
            })
            .collect();
        tries
            .into_iter()
            .flat_map(|tries| tries.join().unwrap())
            .collect()
    });
    let seconds = now() - began;
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    eprintln!(
        "{} verified, {} throttled, {} at the gate, in {seconds} s",
        count(401),
        count(429),
        count(503)
    );
    assert_eq!(count(401) + count(429) + count(503), 200, "{statuses:?}");
    let ends = [2, 6, 14, 30];
    let waits = ends.iter().filter(|end| **end <= seconds + 1).count();
    assert!(
        (5..=5 + waits).contains(&count(401)),
        "{} in {seconds} s",
        count(401)
    );
}

#[test]
fn a_sign_in_makes_its_device_known_and_its_owner_gets_in_while_others_guess() {
    let site = Site::with(&format!("secret = \"{SECRET}\""));
    let answer = login(&site, NAME, PASSWORD).answer_whatever_is_logged();
    let device = answer.device.unwrap();
    for attribute in [
        "Path=/",
        "Secure",
        "HttpOnly",
        "SameSite=Lax",
        "Max-Age=34560000",
    ] {
        assert!(
            device.split("; ").any(|found| found == attribute),
            "{device}"
        );
    }
    assert!(!device.contains("Domain") && device.len() < 200, "{device}");
    let pair = device.split(';').next().unwrap();
    guess_until_stopped(&site, NAME);
    refused(&site, NAME, PASSWORD);
    let at_home = login(&site, NAME, PASSWORD).set("HTTP_COOKIE", pair);
    let again = at_home.answer_whatever_is_logged();
    assert_eq!(again.status, 303);
    assert!(
        again.device.unwrap().starts_with(pair),
        "it stays the same device"
    );
    // Who knew the password before has no known device any more.
    administer(&site, &["user", "password", NAME, "--password-stdin"]);
    guess_until_stopped(&site, NAME);
    let former = login(&site, NAME, PASSWORD).set("HTTP_COOKIE", pair);
    assert_eq!(former.answer_whatever_is_logged().status, 429);
}

/// Several people use one browser: each keeps their device when another signs in.
#[test]
fn a_browser_keeps_the_device_proofs_of_the_last_four_who_signed_in() {
    let site = Site::with(&format!("secret = \"{SECRET}\""));
    let people = ["anna", "bob", "carol", "dave", "eve"];
    for name in people {
        assert!(site.add(name, hash()));
    }
    let mut cookie = String::new();
    let mut sign_in = |name: &str| {
        let answer = login(&site, name, PASSWORD).set("HTTP_COOKIE", &cookie);
        let answer = answer.answer_whatever_is_logged();
        if let Some(device) = &answer.device {
            cookie = device.split(';').next().unwrap().to_owned();
        }
        (answer.status, cookie.clone())
    };
    let (_, first) = sign_in("anna");
    sign_in("bob");
    // Others guess, elsewhere, until nobody else is let in.
    for name in ["anna", "bob"] {
        guess_until_stopped(&site, name);
        let stranger = login(&site, name, PASSWORD).answer_whatever_is_logged();
        assert_eq!(stranger.status, 429);
        assert_eq!(sign_in(name).0, 303, "{name}");
    }
    // It stays the same device, and has one proof of each.
    let (_, cookie) = sign_in("anna");
    let proof = first.split('=').nth(1).unwrap();
    let (_, proofs) = cookie.split_once('=').unwrap();
    assert_eq!(proofs.split('.').count(), 2);
    assert!(proofs.starts_with(proof), "{first} {cookie}");
    for name in ["carol", "dave", "eve"] {
        sign_in(name);
    }
    let (status, cookie) = sign_in("dave");
    assert_eq!((status, cookie.matches('.').count()), (303, 3));
    // Of anna, of eve, of carol and of dave, who were here last; no longer of bob.
    for name in ["anna", "carol", "eve", "dave"] {
        guess_until_stopped(&site, name);
        let at_home = login(&site, name, PASSWORD).set("HTTP_COOKIE", &cookie);
        assert_eq!(at_home.answer_whatever_is_logged().status, 303, "{name}");
    }
    guess_until_stopped(&site, "bob");
    let at_home = login(&site, "bob", PASSWORD).set("HTTP_COOKIE", &cookie);
    assert_eq!(at_home.answer_whatever_is_logged().status, 429);
    // With the longest way back, too, the headers are less than a pipe takes at once: `Answer` looks at that.
    let next = format!("/{}", "a".repeat(2_047));
    let fields = [
        ("login_name", "eve"),
        ("password", PASSWORD),
        ("next", &next),
    ];
    let program = site.program("login").post(&fields);
    let answer = program
        .set("HTTP_COOKIE", &cookie)
        .answer_whatever_is_logged();
    assert_eq!(answer.header("Location"), Some(&*next));
    assert_eq!(answer.device.unwrap().matches('.').count(), 3);
}

/// Each ends an account's wait.
const UNLOCKING: [&[&str]; 2] = [
    &["user", "unlock", NAME],
    &["user", "password", NAME, "--password-stdin"],
];

fn administer(site: &Site, arguments: &[&str]) {
    let output = harness::administer(&site.path("cgi-session.toml"), arguments, PASSWORD);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn the_administrator_unlocks_an_account_and_a_new_password_does() {
    for command in UNLOCKING {
        let site = Site::with(&format!("secret = \"{SECRET}\""));
        guess_until_stopped(&site, NAME);
        refused(&site, NAME, PASSWORD);
        administer(&site, command);
        let answer = login(&site, NAME, PASSWORD).answer_whatever_is_logged();
        assert_eq!(answer.status, 303, "{command:?}");
    }
}

/// If the table is full, the account shares a row with others. Unlocking clears that row, too.
#[test]
fn the_administrator_unlocks_an_account_that_shares_its_row() {
    for command in UNLOCKING {
        let site = Site::with(&format!("secret = \"{SECRET}\""));
        let (now, until) = (now(), now() + 3600);
        site.execute(&format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99839) \
             INSERT INTO attempts SELECT printf('%02x%062d', i % 256, i), 1, {now}, NULL FROM n"
        ));
        login(&site, NAME, "wrong").answer_whatever_is_logged();
        let rows = Rows {
            secret: &Secret::new(SECRET.to_owned()),
        };
        let shared = rows
            .account(&LoginName::parse(NAME).unwrap())
            .shared
            .unwrap();
        let subject = shared.as_str();
        assert_eq!(
            site.count(&format!(
                "SELECT failures FROM attempts WHERE subject = '{subject}'"
            )),
            1
        );
        site.execute(&format!(
            "UPDATE attempts SET blocked_until = {until}, failures = 17 WHERE subject = '{subject}'"
        ));
        let program = login(&site, NAME, PASSWORD).logs(&["event=sign_in_throttled"]);
        assert_eq!(program.answer().status, 429);
        administer(&site, command);
        let answer = login(&site, NAME, PASSWORD).answer_whatever_is_logged();
        assert_eq!(answer.status, 303, "{command:?}");
    }
}

/// Also an office behind one address.
#[test]
fn the_administrator_unlocks_an_address() {
    let site = Site::with(&format!("secret = \"{SECRET}\""));
    login(&site, NAME, "wrong").answer_whatever_is_logged();
    let until = now() + 3600;
    site.execute(&format!(
        "UPDATE attempts SET failures = 60, blocked_until = {until}"
    ));
    administer(&site, &["user", "unlock", NAME]);
    let program = login(&site, NAME, PASSWORD).logs(&["whose=client"]);
    assert_eq!(program.answer().status, 429);
    administer(
        &site,
        &["user", "unlock", NAME, "--client", "::ffff:192.0.2.7"],
    );
    assert_eq!(
        login(&site, NAME, PASSWORD)
            .answer_whatever_is_logged()
            .status,
        303
    );
}

/// A script that tries again through an outage must not lock itself out.
#[test]
fn a_try_that_nobody_could_judge_is_not_counted() {
    let site = Site::new();
    site.execute(
        "CREATE TRIGGER full BEFORE INSERT ON sessions BEGIN SELECT RAISE(FAIL, 'full'); END",
    );
    for _ in 0..8 {
        let answer = login(&site, NAME, PASSWORD).answer_whatever_is_logged();
        assert_eq!(answer.status, 503);
    }
    assert_eq!(site.count("SELECT SUM(failures) FROM attempts"), 0);
    // What was judged is: the store's fault does not make a wrong password free.
    let answer = login(&site, NAME, "wrong").answer_whatever_is_logged();
    assert_eq!(answer.status, 401);
    assert_eq!(site.count("SELECT SUM(failures) FROM attempts"), 3);
    site.execute("DROP TRIGGER full");
    site.sign_in();
}
