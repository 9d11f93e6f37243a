//! What a page keeps with a session, tried with the shopping cart and our own three programs, on both stores.

use std::fs;
use std::time::Instant;

use cgi_session::model::{Digest, Token};

use crate::harness::deployment::script;
use crate::harness::{Answer, NAME, PASSWORD, Program, Row, Site, at_once, executable};

/// The cart's answer to one more of the tea.
fn adds(site: &Site) -> Program {
    site.program("cart").post(&[("add", "tea")])
}

/// Adds one, as a visitor without a cookie; the token that the cart sets.
#[track_caller]
fn first_addition(site: &Site) -> String {
    let answer = adds(site).answer();
    assert_eq!(answer.status, 303, "{}", answer.shown());
    answer.cookie().expect("a cookie").0.to_owned()
}

/// How much tea there is in the cart.
#[track_caller]
fn tea(site: &Site, token: &str) -> u64 {
    let answer = site.program("cart").cookie(token).json().answer();
    assert_eq!(answer.status, 200, "{}", answer.shown());
    assert_eq!(answer.cookie(), None, "reading sets no cookie");
    answer.json()["items"]["tea"].as_u64().unwrap_or(0)
}

/// How many rows `sessions` has, those of visitors included.
fn rows(site: &Site) -> u32 {
    site.rows("SELECT COUNT(*) FROM sessions")
        .trim()
        .parse()
        .unwrap()
}

fn digest(token: &str) -> Digest {
    Digest::from_token(&Token::parse(token).unwrap())
}

/// A user's session, as a sign-in makes it, without one.
fn session(site: &Site) -> String {
    site.token()
}

fn many_additions_lose_none(site: &Site) {
    let user = session(site);
    let visitor = first_addition(site);
    for (who, token, before) in [("a user", user, 0), ("a visitor", visitor, 1)] {
        let programs = vec![adds(site).cookie(&token); 50];
        let began = Instant::now();
        let runs = at_once(&programs);
        let took = began.elapsed();
        let slowest = runs.iter().map(|run| run.took).max().unwrap();
        eprintln!("50 additions of {who}: {took:.1?}, the slowest {slowest:.1?}");
        for run in &runs {
            assert_eq!(run.status(), 303, "{who}: {run:?}");
        }
        assert_eq!(tea(site, &token), before + 50, "{who}");
    }
    assert_eq!(rows(site), 2);
}

#[test]
fn fifty_additions_at_once_lose_none() {
    many_additions_lose_none(&Site::new());
}

/// A file that `files` guards, and a script that the guard does, each of which a user gets.
fn guarded(site: &Site) -> [Program; 2] {
    let folder = site.path("guarded");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.txt"), "secret").unwrap();
    let settings = format!(
        "[http]\nlogin = \"/cgi-bin/login\"\n[files]\nfolder = \"{}\"",
        folder.display()
    );
    site.write_configuration("cgi-session", site.url(), &settings);
    let file = site
        .program("files")
        .set("DOCUMENT_ROOT", site.path("htdocs"))
        .set("SCRIPT_FILENAME", executable("files"))
        .set("PATH_INFO", "/a.txt")
        .set("REQUEST_URI", "/cgi-bin/files/a.txt");
    let guard = "cgi-session-guard";
    let path = site.path("report");
    let text = format!(
        "#!{} /bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\nsecret'\n",
        executable(guard)
    );
    script(&path, &text);
    let report = site
        .program(guard)
        .set("SCRIPT_FILENAME", &path)
        .set("SCRIPT_NAME", "/cgi-bin/report")
        .set("REQUEST_URI", "/cgi-bin/report")
        .under(&[path.to_str().unwrap()]);
    [file, report]
}

/// Whatever a visitor has in the cart: each of our pages, and a page of one's own, takes them for nobody.
fn a_visitor_is_nobody(site: &Site) {
    let token = first_addition(site);
    let data =
        format!(r#"{{"items":{{}},"user_id":1,"login_name":"{NAME}","remember":1,"epoch":0}}"#);
    site.rows(&format!(
        "UPDATE sessions SET data = '{data}', remember = 1"
    ));
    let row = || site.rows("SELECT * FROM sessions");
    let as_it_was = row();

    for name in ["protected", "hello"] {
        let page = site.program(name).cookie(&token);
        let answer = page.answer();
        assert_eq!(answer.status, 401, "{name}: {}", answer.shown());
        assert!(!answer.body.contains(NAME), "{name}: {}", answer.shown());
        assert_eq!(page.json().answer().status, 401, "{name}");
    }
    for name in ["login", "logout", "cart"] {
        let answer = site.program(name).cookie(&token).answer();
        assert_eq!(answer.status, 200, "{name}: {}", answer.shown());
        assert!(!answer.body.contains(NAME), "{name}: {}", answer.shown());
        assert!(!answer.body.contains("signed in as"), "{name}");
    }
    let user = session(site);
    for program in guarded(site) {
        let got = program.cookie(&user).output().stdout;
        assert!(got.ends_with(b"secret"), "{got:?}");
        let answer = program.cookie(&token).answer();
        assert_eq!(answer.status, 401, "{}", answer.shown());
        assert!(!answer.body.contains("secret"), "{}", answer.shown());
    }
    site.store().end_session(&digest(&user)).unwrap();

    let wrong = site
        .program("login")
        .post(&[("login_name", NAME), ("password", "wrong")])
        .cookie(&token)
        .logs(&["event=sign_in_failed"])
        .answer();
    assert_eq!(wrong.status, 401);
    assert_eq!(row(), as_it_was, "nothing that was seen moves its end");
    assert_eq!(site.good(&["session", "list"], "").lines().count(), 1);

    let out = site.program("logout").post(&[]).cookie(&token);
    let answer = out.logs(&["event=signed_out"]).answer();
    assert_eq!(answer.status, 303);
    assert_eq!(rows(site), 0, "signing out ends the visitor's row, too");
}

#[test]
fn a_visitors_token_signs_nobody_in() {
    a_visitor_is_nobody(&Site::new());
}

fn the_cart_comes_along(site: &Site) {
    let visitor = first_addition(site);
    assert_eq!(adds(site).cookie(&visitor).answer().status, 303);

    let signs_in = site.try_to_sign_in(PASSWORD).cookie(&visitor);
    let answer = signs_in.logs(&["event=sign_in_succeeded"]).answer();
    let user = answer.cookie().expect("signed in").0.to_owned();

    assert_eq!(tea(site, &user), 2);
    assert_eq!(tea(site, &visitor), 0, "the visitor's token is nobody's");
    assert_eq!(rows(site), 1);
    assert_eq!(adds(site).cookie(&user).answer().status, 303);
    assert_eq!(tea(site, &user), 3);

    // Another user who signs in on top of it gets nothing of it.
    assert!(site.add("eve", crate::harness::hash()));
    let eve = site
        .program("login")
        .post(&[("login_name", "eve"), ("password", PASSWORD)])
        .cookie(&user)
        .logs(&["event=sign_in_succeeded"])
        .answer();
    assert_eq!(tea(site, eve.cookie().unwrap().0), 0);
    assert_eq!(rows(site), 1);

    // Nor does whoever comes after a sign-out.
    let token = eve.cookie().unwrap().0;
    assert_eq!(adds(site).cookie(token).answer().status, 303);
    let out = site.program("logout").post(&[]).cookie(token);
    out.logs(&["event=signed_out"]).answer();
    assert_eq!(tea(site, token), 0);
    assert_eq!(rows(site), 0);
}

#[test]
fn a_sign_in_takes_the_cart_along() {
    the_cart_comes_along(&Site::with_many_tries());
}

#[cfg(feature = "mysql")]
mod on_mariadb {
    use crate::harness::Site;
    use crate::harness::database::{DatabaseServer as _, mariadb::Mariadb};

    fn site() -> Site {
        let database = Mariadb::shared().database();
        Site::on(&database, &database.url())
    }

    #[test]
    #[ignore = "needs mariadbd: tests/run installs and runs it"]
    fn fifty_additions_at_once_lose_none() {
        super::many_additions_lose_none(&site());
    }

    #[test]
    #[ignore = "needs mariadbd: tests/run installs and runs it"]
    fn a_visitors_token_signs_nobody_in() {
        super::a_visitor_is_nobody(&site());
    }

    #[test]
    #[ignore = "needs mariadbd: tests/run installs and runs it"]
    fn a_sign_in_takes_the_cart_along() {
        super::the_cart_comes_along(&site());
    }
}

#[test]
fn reading_makes_no_row_and_no_token_is_adopted() {
    let site = Site::new();
    let made_up = "0123456789abcdef0123456789abcdef01234567";
    let cart = site.program("cart");
    for program in [cart.clone(), cart.cookie(made_up)] {
        let answer = program.answer();
        assert_eq!((answer.status, answer.cookie()), (200, None));
    }
    assert_eq!(rows(&site), 0, "reading makes no row");

    let answer = adds(&site).cookie(made_up).answer();
    let (token, attributes) = answer.cookie().expect("a cookie");
    assert_ne!(token, made_up);
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/");
    assert!(
        answer
            .header("Set-Cookie")
            .unwrap()
            .starts_with("__Host-session=")
    );
    assert_eq!(
        site.rows("SELECT session FROM sessions").trim(),
        digest(token).as_str(),
        "one row, and none with the client's token"
    );
    assert_eq!((tea(&site, token), tea(&site, made_up)), (1, 0));
    // A form that brings the row's token sets no other.
    let again = adds(&site).cookie(token).answer();
    assert_eq!((again.status, again.cookie()), (303, None));
    // Two cookies of the name are nobody's.
    let name = "__Host-session";
    let twice = format!("{name}={token}; {name}={made_up}");
    let answer = cart.set("HTTP_COOKIE", twice).json();
    let answer = answer.logs(&["event=cookie_malformed"]).answer();
    assert!(answer.json()["items"]["tea"].is_null());
}

/// A second cookie may be a neighbour's, who wants the visitor to go on with what is in their own cart. A malformed one
/// may be anybody's. A sign-in takes along what is in neither, and a page saves nothing that the browser could not find
/// again.
#[test]
fn what_several_cookies_or_a_malformed_one_lead_to_is_nobodys() {
    let site = Site::with_many_tries();
    let name = "__Host-session";
    for also in ["rubbish", "0123456789abcdef0123456789abcdef01234567"] {
        let planted = first_addition(&site);
        let before = site.dump();
        for cookies in [
            format!("{name}={planted}; {name}={also}"),
            format!("{name}={also}; {name}={planted}"),
        ] {
            let adds = adds(&site).set("HTTP_COOKIE", &cookies).logs(&[
                "event=cookie_malformed",
                "the browser sent more than one cookie __Host-session",
            ]);
            refused(&adds.answer(), 400, "Two cookies");
            assert!(site.dump() == before, "{cookies}: a row for each form");
        }
        let signs_in = site
            .try_to_sign_in(PASSWORD)
            .set("HTTP_COOKIE", format!("{name}={also}; {name}={planted}"))
            .logs(&["event=cookie_malformed", "event=sign_in_succeeded"]);
        let answer = signs_in.answer();
        let user = answer.cookie().expect("signed in").0.to_owned();
        assert_eq!(tea(&site, &user), 0, "{also}: what was planted");
        assert_eq!(tea(&site, &planted), 0, "it ends all the same");
        assert_eq!(rows(&site), 1);
        site.execute("DELETE FROM sessions");
    }
    // One malformed cookie: the new one takes its place.
    let malformed = adds(&site).cookie("rubbish");
    let answer = malformed.logs(&["event=cookie_malformed"]).answer();
    let token = answer.cookie().expect("a cookie").0;
    assert_eq!((answer.status, tea(&site, token), rows(&site)), (303, 1, 1));
}

/// A visitor's row lives for `session.idle` from what was saved last, and reading moves nothing.
#[test]
fn a_visitors_cart_lives_by_what_is_saved() {
    let site = Site::with("[session]\nidle = \"10m\"");
    let token = first_addition(&site);
    let ends = || site.count("SELECT expires_at - seen_at FROM sessions");
    assert_eq!(ends(), 600);
    let shift = |by: i64| {
        site.execute(&format!(
            "UPDATE sessions SET seen_at = seen_at - {by}, expires_at = expires_at - {by}"
        ));
    };
    let seen = || site.count("SELECT seen_at FROM sessions");
    shift(500);
    let before = seen();
    assert_eq!(tea(&site, &token), 1);
    assert_eq!(seen(), before, "reading extends nothing");
    assert_eq!(adds(&site).cookie(&token).answer().status, 303);
    assert!(seen() >= before + 500 && ends() == 600, "saving does");

    shift(601);
    assert_eq!(tea(&site, &token), 0, "over");
    let answer = adds(&site).cookie(&token).answer();
    let other = answer.cookie().expect("a new row").0;
    assert_ne!(other, token);
    assert_eq!((tea(&site, other), tea(&site, &token)), (1, 0));
    // Today's limits hold for it, and it is not from the future.
    site.configure("[session]\nidle = \"1m\"");
    site.execute("UPDATE sessions SET seen_at = seen_at - 61");
    assert_eq!(tea(&site, other), 0, "idle by today's limit");
    site.configure("");
    assert_eq!(tea(&site, other), 1);
    shift(-1000);
    assert_eq!(tea(&site, other), 0, "from the future");
}

/// A user's data is theirs for as long as they are signed in, by the rules of the check.
#[test]
fn the_data_of_a_session_that_is_over_is_not_read() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let old = r#"{"items":{"tea":9}}"#;
    let row = site.rows("SELECT created_at, seen_at, expires_at FROM sessions");
    let [created, seen, expires] = row.trim().split('\t').collect::<Vec<_>>()[..] else {
        panic!("{row}");
    };
    site.execute(&format!("UPDATE sessions SET data = '{old}'"));
    assert_eq!(tea(&site, &token), 9);
    for (why, set) in [
        ("idle", "sessions SET seen_at = seen_at - 3600"),
        ("absolute", "sessions SET expires_at = expires_at - 3700"),
        (
            "today's absolute",
            "sessions SET created_at = created_at - 50000",
        ),
        ("the future", "sessions SET seen_at = seen_at + 3600"),
        ("epoch", "users SET epoch = 1"),
        ("disabled", "users SET disabled_at = 1"),
    ] {
        site.execute(&format!("UPDATE {set}"));
        let cart = site.program("cart").cookie(&token).json();
        let answer = cart.answer_whatever_is_logged();
        assert!(
            answer.json()["items"]["tea"].is_null(),
            "{why}: {}",
            answer.shown()
        );
        let added = adds(&site).cookie(&token).answer_whatever_is_logged();
        let visitor = added
            .cookie()
            .unwrap_or_else(|| panic!("{why}: a row of one's own"))
            .0;
        assert_eq!(tea(&site, visitor), 1, "{why}");
        let kept = format!(
            "SELECT data FROM sessions WHERE session = '{}'",
            digest(&token).as_str()
        );
        assert_eq!(site.rows(&kept).trim(), old, "{why}: as it was");
        site.execute("DELETE FROM sessions WHERE user_id IS NULL");
        site.execute("UPDATE users SET epoch = 0, disabled_at = NULL");
        site.execute(&format!(
            "UPDATE sessions SET created_at = {created}, seen_at = {seen}, expires_at = {expires}"
        ));
        assert_eq!(tea(&site, &token), 9, "{why}");
    }
}

/// Rows of visitors, as many as this, of clients that this SQL names by `i`.
fn fill(site: &Site, rows: i64, client: &str) {
    site.execute(&format!(
        "INSERT INTO sessions (session, created_at, seen_at, expires_at, remember, remote_addr, data) \
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
        SELECT lower(hex(randomblob(32))), 0, 0, {}, 0, {client}, '{{}}' FROM n",
        crate::harness::now() + 1000
    ));
}

#[track_caller]
fn refused(answer: &Answer, status: u16, said: &str) {
    assert_eq!(answer.status, status, "{}", answer.shown());
    assert_eq!(answer.cookie(), None, "{}", answer.shown());
    assert!(answer.body.contains(said), "{}", answer.shown());
}

/// 100 a client, 2,000 in all; those who have a row, and users, go on.
#[test]
fn visitors_rows_are_capped_for_a_client_and_in_all() {
    let site = Site::new();
    let (one, other) = ("192.0.2.7", "192.0.2.8");
    let from = |address: &str| adds(&site).set("REMOTE_ADDR", address);
    let user = session(&site);
    let visitor = first_addition(&site);
    fill(&site, 99, &format!("'{one}/32'"));
    let before = rows(&site);

    let full = from(one).logs(&["a network of the client has 100 sessions without sign-in"]);
    refused(&full.answer(), 429, "Too many visitors");
    refused(&full.json().answer(), 429, "Too many visitors come from");
    let chinese = full.set("HTTP_ACCEPT_LANGUAGE", "zh").answer();
    refused(&chinese, 429, "访客过多");
    assert_eq!(rows(&site), before);
    for token in [&user, &visitor] {
        assert_eq!(from(one).cookie(token).answer().status, 303);
    }
    assert_eq!(from(other).answer().status, 303, "another client");

    // An IPv6 client is a /64; an IPv4 address within IPv6 is that address.
    fill(&site, 100, "'2001:0db8:0001:0002::/64'");
    let full = |address, most| {
        let network = format!("a network of the client has {most} sessions");
        refused(&from(address).logs(&[&network]).answer(), 429, "visitors");
    };
    full("2001:db8:1:2:ffff::9", 100);
    full("::ffff:192.0.2.7", 100);
    assert_eq!(from("2001:db8:1:3::9").answer().status, 303);

    let rest = 2000 - site.count("SELECT COUNT(*) FROM sessions WHERE user_id IS NULL");
    fill(&site, rest - 1, "'198.51.100.' || (i % 250)");
    assert_eq!(from("203.0.113.1").answer().status, 303, "the last one");
    let full = from("203.0.113.2").logs(&["there are 2000 sessions without sign-in"]);
    let answer = full.answer();
    refused(&answer, 503, "Too many visitors");
    assert_eq!(answer.header("Retry-After"), Some("5"));
    for token in [&user, &visitor] {
        assert_eq!(from(one).cookie(token).answer().status, 303);
    }
    assert!(site.is_signed_in(&user));
    // What is over does not count, and goes.
    site.execute("UPDATE sessions SET expires_at = 1 WHERE user_id IS NULL AND created_at = 0");
    assert_eq!(from(one).answer().status, 303);
    let left = site.count("SELECT COUNT(*) FROM sessions WHERE expires_at = 1");
    assert!(left < 1500, "{left} rows that are over");
}

/// Whoever holds a wide network fills it by clients that have few rows each: 200 of an IPv6 /56, 500 of a /48 or an IPv4
/// /24. A neighbour outside is served.
#[test]
fn visitors_rows_are_capped_for_the_networks_around_a_client() {
    let site = Site::new();
    let from = |address: &str| adds(&site).set("REMOTE_ADDR", address);
    let full = |address, most| {
        let network = format!("a network of the client has {most} sessions");
        refused(&from(address).logs(&[&network]).answer(), 429, "visitors");
    };
    let site_of = |digits: &str, clients| {
        format!("'2001:0db8:0000:{digits}' || printf('%02x', i % {clients}) || '::/64'")
    };
    fill(&site, 199, &site_of("00", 64));
    assert_eq!(from("2001:db8:0:ff::1").answer().status, 303, "the last");
    full("2001:db8:0:fe::1", 200);
    full("2001:db8::1", 200);
    assert_eq!(from("2001:db8:0:100::1").answer().status, 303);
    fill(&site, 298, &site_of("12", 250));
    assert_eq!(from("2001:db8:0:fff0::1").answer().status, 303, "the last");
    full("2001:db8:0:fff0::1", 500);
    assert_eq!(from("2001:db8:1::1").answer().status, 303);

    fill(&site, 499, "'192.0.2.' || (i % 250) || '/32'");
    assert_eq!(from("192.0.2.255").answer().status, 303, "the last");
    full("192.0.2.255", 500);
    assert_eq!(from("192.0.20.1").answer().status, 303);
}

/// Data that another program has saved: a clear error, and not a byte of it changes.
#[test]
fn data_of_another_shape_stays_as_it_is() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let deep = format!("{}{}", r#"{"items":"#.repeat(500), "}".repeat(500));
    let secret = "hunter2";
    for other in [
        "",
        "null",
        "[]",
        "7",
        r#""{}""#,
        "{",
        r#"{"items":{}}x"#,
        r#"{"items":[1]}"#,
        r#"{"items":{"tea":-1}}"#,
        r#"{"items":{"tea":4294967296}}"#,
        r#"{"items":{"tea":"hunter2"}}"#,
        r#"{"items":{},"items":{}}"#,
        &deep,
    ] {
        site.sql()
            .execute("UPDATE sessions SET data = ?", [other])
            .unwrap();
        let row = site.rows("SELECT * FROM sessions");
        for program in [site.program("cart"), adds(&site)] {
            let program = program
                .cookie(&token)
                .logs(&["session data refused: it is no cart::Cart"]);
            let answer = program.answer();
            answer.tells_only_its_id();
            refused(&answer, 500, "Something went wrong");
            assert!(!answer.log.contains(secret), "{}", answer.log);
        }
        assert_eq!(site.rows("SELECT * FROM sessions"), row, "{other:?}");
    }
    // Keys that the cart does not have are another program's, and stay.
    let shared = r#"{"items":{"tea":1},"theme":{"dark":true}}"#;
    site.execute(&format!("UPDATE sessions SET data = '{shared}'"));
    assert_eq!(adds(&site).cookie(&token).answer().status, 303);
    assert_eq!(
        site.rows("SELECT data FROM sessions").trim(),
        r#"{"items":{"tea":2},"theme":{"dark":true}}"#
    );
}

/// The store away, or not taking writes: nothing is said to be saved, and the cookie stays.
#[test]
fn nothing_is_said_to_be_saved_that_is_not() {
    let site = Site::new();
    let token = session(&site);
    let visitor = first_addition(&site);
    let before = site.dump();
    let lock = site.sql();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    for program in [
        adds(&site),
        adds(&site).cookie(&token),
        adds(&site).cookie(&visitor),
    ] {
        let answer = program.answer_whatever_is_logged();
        refused(&answer, 503, "Back in a moment");
    }
    lock.execute_batch("ROLLBACK").unwrap();
    assert_eq!(site.dump(), before);
    fs::write(site.file(), "no database").unwrap();
    let answer = adds(&site).cookie(&token).answer_whatever_is_logged();
    refused(&answer, 503, "Back in a moment");
}
