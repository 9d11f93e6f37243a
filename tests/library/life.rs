//! How long a session lives: the rule.

use cgi_session::auth::lifetime::{CLOCK_SKEW, end, expires_at, is_over, needs_touch};
use cgi_session::auth::sign_in::Outcome;
use cgi_session::config::SessionConfig;
use cgi_session::model::{Digest, Session, Time, User, UserId};
use proptest::prelude::{ProptestConfig, any, proptest};

use crate::harness::{NAME, PASSWORD, Row, Site};

pub const NOW: i64 = 1_800_000_000;
const IDLE: i64 = 30 * 60;
const LAG: i64 = 60;

pub fn session(created: i64, seen: i64, expires: i64, remember: bool) -> Session {
    let user = User {
        id: UserId(1),
        login_name: NAME.to_owned(),
    };
    Session {
        digest: Digest::parse(&"a".repeat(64)).unwrap(),
        user,
        created_at: Time(NOW + created),
        seen_at: Time(NOW + seen),
        expires_at: Time(NOW + expires),
        remember,
    }
}

#[test]
fn each_limit_holds_to_the_second() {
    let limits = SessionConfig::default();
    let table: &[(&str, i64, i64, i64, bool, bool)] = &[
        // Why, created, seen, expires, remember; over?
        ("fresh", 0, 0, 1, false, false),
        ("its last second", -9, -1, 1, false, false),
        ("at its end, not after", -9, -1, 0, false, true),
        ("past its end", -9, -1, -1, false, true),
        (
            "idle, its last second",
            -9000,
            1 - IDLE - LAG,
            9,
            false,
            false,
        ),
        ("idle, over", -9000, -IDLE - LAG, 9, false, true),
        ("remembered, never idle", -900_000, -800_000, 1, true, false),
        ("remembered, at its end", -900_000, -1, 0, true, true),
        (
            "another server's clock",
            CLOCK_SKEW,
            CLOCK_SKEW,
            900,
            false,
            false,
        ),
        ("made in the future", CLOCK_SKEW + 1, 0, 900, false, true),
        ("seen in the future", 0, CLOCK_SKEW + 1, 900, false, true),
        (
            "remembered from the future",
            CLOCK_SKEW + 1,
            0,
            900,
            true,
            true,
        ),
        (
            "seen at the end of time",
            0,
            i64::MAX - NOW,
            i64::MAX - NOW,
            false,
            true,
        ),
        (
            "from the beginning of time",
            i64::MIN + NOW.abs(),
            -1,
            9,
            false,
            true,
        ),
    ];
    for (why, created, seen, expires, remember, over) in table {
        let row = session(*created, *seen, *expires, *remember);
        assert_eq!(is_over(&row, Time(NOW), &limits), *over, "{why}");
    }
}

/// What the configuration says today holds for sessions that were opened when it said more.
#[test]
fn todays_limits_hold_for_yesterdays_sessions() {
    let (hour, day) = (3600, 86_400);
    let limits = |absolute: i64, remember: i64| SessionConfig {
        absolute,
        remember,
        ..SessionConfig::default()
    };
    let (plain, remembered) = (
        |age: i64| session(-age, -1, 12 * hour - age, false),
        |age: i64| session(-age, -1, 30 * day - age, true),
    );
    let over = |row: &Session, limits| is_over(row, Time(NOW), &limits);
    assert!(!over(&plain(hour - 1), limits(hour, 0)));
    assert!(over(&plain(hour), limits(hour, 0)), "at the end, not after");
    assert!(!over(&remembered(day - 1), limits(hour, day)));
    assert!(over(&remembered(day), limits(hour, day)));
    // "0": nobody is remembered any more; an hour and the idle limit hold for them as for everybody.
    assert!(over(&remembered(20 * day), limits(hour, 0)));
    assert!(over(&remembered(hour), limits(hour, 0)));
    assert!(!over(&remembered(hour - 1), limits(hour, 0)));
    let idle = session(-3000, -IDLE - LAG, 30 * day, true);
    assert!(!over(&idle, limits(hour, day)) && over(&idle, limits(hour, 0)));
    // Raised limits move no end.
    assert!(over(&session(-hour, -1, 0, false), limits(12 * hour, 0)));
    assert_eq!(end(&plain(0), &limits(99 * hour, 0)), Time(NOW + 12 * hour));
    assert_eq!(end(&plain(0), &limits(hour, 0)), Time(NOW + hour));
}

/// `seen_at` may be up to the lag behind, and the lag is added to the limit: nobody is cut early.
#[test]
fn the_lag_is_a_minute_or_a_tenth_of_a_short_idle_limit() {
    for (idle, lag) in [
        (60, 6),
        (300, 30),
        (599, 59),
        (600, 60),
        (IDLE, 60),
        (2_592_000, 60),
    ] {
        let limits = SessionConfig {
            idle,
            absolute: 2_592_000,
            ..SessionConfig::default()
        };
        let touch = |age: i64| needs_touch(&session(-9000, -age, 9, false), Time(NOW), &limits);
        assert_eq!(
            (touch(0), touch(lag - 1), touch(lag)),
            (false, false, true),
            "{idle}"
        );
        let over = |age: i64| is_over(&session(-9000, -age, 9, false), Time(NOW), &limits);
        assert_eq!(
            (over(idle), over(idle + lag - 1), over(idle + lag)),
            (false, false, true)
        );
    }
}

#[test]
fn a_session_ends_so_long_after_the_sign_in_as_was_configured() {
    let limits = SessionConfig::default();
    assert_eq!(expires_at(Time(NOW), false, &limits), Time(NOW + 12 * 3600));
    assert_eq!(
        expires_at(Time(NOW), true, &limits),
        Time(NOW + 30 * 86_400)
    );
    assert_eq!(expires_at(Time(i64::MAX), true, &limits), Time(i64::MAX));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..Default::default() })]

    /// Whatever a row holds, it is over at `expires_at`, and nothing overflows.
    #[test]
    fn no_row_outlives_its_end(created in any::<i64>(), seen in any::<i64>(), expires in any::<i64>(),
        remember in any::<bool>(), now in any::<i64>()) {
        let mut row = session(0, 0, 0, remember);
        (row.created_at, row.seen_at, row.expires_at) = (Time(created), Time(seen), Time(expires));
        let over = is_over(&row, Time(now), &SessionConfig::default());
        assert!(over || now < expires);
        assert!(over || created.saturating_sub(CLOCK_SKEW) <= now);
        let _ = needs_touch(&row, Time(now), &SessionConfig::default());
    }
}

/// Rows that are over go without a job of the site's: three sign-ins of 256 delete them. That three of
/// the first five do is as likely as one in 60,000, and that fewer than three of 2,000 do less than that.
#[test]
fn a_sign_in_prunes_now_and_then() {
    let site = Site::new();
    let mut store = site.store();
    // Another server's clock may be so far behind.
    let over = Row {
        expires: -CLOCK_SKEW,
        ..Row::FRESH
    };
    site.session(Row {
        expires: -1,
        ..Row::FRESH
    });
    let (mut pruned, mut sign_ins) = (0, 0);
    while pruned < 3 {
        site.session(over);
        let outcome = site.sign_in_here(store.as_mut(), NAME, PASSWORD);
        assert!(matches!(outcome, Outcome::SignedIn(_)));
        sign_ins += 1;
        let left =
            site.count("SELECT COUNT(*) FROM sessions WHERE expires_at <= unixepoch() - 300");
        pruned += i64::from(left == 0);
        assert!(sign_ins < 2000, "{pruned} of {sign_ins}");
    }
    assert!(sign_ins > 5, "{sign_ins}");
    let live = site.count("SELECT COUNT(*) FROM sessions");
    assert_eq!(live, sign_ins + 1, "nobody else is signed out");
}
