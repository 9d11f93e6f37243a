//! How long a session lives, and what ends it: what the programs answer and write.

use cgi_session::auth::lifetime::CLOCK_SKEW;
use cgi_session::model::{Digest, Time, Token};

use crate::harness::{NAME, PASSWORD, Row, Site};

/// If two web servers' clocks differ, users are signed out and see only a form. The log must say why.
#[test]
fn a_session_from_the_future_is_refused_aloud() {
    let site = Site::new();
    for (ahead, status, log) in [
        (CLOCK_SKEW - 30, 200, &[][..]),
        (CLOCK_SKEW + 60, 401, &["event=clocks_apart session="]),
    ] {
        let row = Row {
            created: ahead,
            seen: ahead,
            ..Row::FRESH
        };
        let token = site.session(row);

        let answer = site.program("protected").cookie(&token).logs(log).answer();

        assert_eq!(answer.status, status, "{ahead} s ahead");
    }
}

#[test]
fn the_protected_page_holds_todays_limits_and_shows_todays_end() {
    let site = Site::new();
    let day = 86_400;
    let tokens = [2 * day, 20 * day].map(|age| {
        site.session(Row {
            created: -age,
            seen: -60,
            expires: 30 * day - age,
            remember: true,
        })
    });
    assert!(tokens.iter().all(|token| site.is_signed_in(token)));
    for (settings, signed_in) in [
        ("remember = \"30d\"", [true, true]),
        ("remember = \"10d\"", [true, false]),
        ("remember = \"0\"", [false, false]),
        ("remember = \"0\"\nabsolute = \"1h\"", [false, false]),
        ("remember = \"0\"\nabsolute = \"3d\"", [true, false]),
    ] {
        site.configure(&format!("[session]\n{settings}"));
        let found = [&tokens[0], &tokens[1]].map(|token| site.is_signed_in(token));
        assert_eq!(found, signed_in, "{settings}");
    }
    let answer = site.program("protected").cookie(&tokens[0]).json().answer();
    let ends = answer.json()["expires_at"].as_str().unwrap().to_owned();
    let today =
        site.count("SELECT created_at FROM sessions ORDER BY created_at DESC LIMIT 1") + 3 * day;
    assert_eq!(ends, Time(today).to_string());
}

/// Whether the token is signed in; one that `is_ahead` of this machine's clock is refused aloud.
fn is_signed_in(site: &Site, token: &str, is_ahead: bool) -> bool {
    let logged: &[&str] = if is_ahead {
        &["event=clocks_apart"]
    } else {
        &[]
    };
    let protected = site.program("protected").cookie(token);
    protected.logs(logged).answer().status == 200
}

/// The same limits, through the executable and its own clock: 5 s on each side of each.
#[test]
fn the_protected_page_holds_the_limits() {
    let site = Site::with("[session]\nidle = \"10m\"\nabsolute = \"2h\"");
    let row = |created, seen, expires, remember| Row {
        created,
        seen,
        expires,
        remember,
    };
    let table = [
        (row(-60, 0, 5, false), true),
        (row(-60, 0, 0, false), false),
        (row(-60, 0, -5, true), false),
        (row(-6000, -655, 900, false), true),
        (row(-6000, -660, 900, false), false),
        (row(-6000, -660, 900, true), true),
        (row(290, 290, 900, false), true),
        (row(310, 0, 900, false), false),
        (row(0, 310, 900, true), false),
    ];
    for (row, signed_in) in table {
        let token = site.session(row);
        let is_ahead = row.created.max(row.seen) > CLOCK_SKEW;
        assert_eq!(is_signed_in(&site, &token, is_ahead), signed_in, "{row:?}");
    }
    let sensible = [
        "seen_at = seen_at - 86400 * 365",
        "expires_at = -9223372036854775808",
        "created_at = 9223372036854775807, seen_at = 9223372036854775807",
        "user_id = NULL",
        "user_id = 77",
    ];
    for change in sensible {
        let token = site.session(Row::FRESH);
        site.execute(&format!(
            "PRAGMA foreign_keys = OFF; UPDATE sessions SET {change}"
        ));
        let is_ahead = change.starts_with("created_at");
        assert!(!is_signed_in(&site, &token, is_ahead), "{change}");
        site.execute("DELETE FROM sessions");
    }
}

#[test]
fn activity_is_written_at_most_once_a_minute_and_moves_no_end() {
    let site = Site::new();
    let all =
        "SELECT group_concat(created_at || ' ' || expires_at || ' ' || remember) FROM sessions";
    for (seen, touched) in [(0, false), (-50, false), (-61, true), (-1500, true)] {
        let token = site.session(Row {
            seen,
            created: -9000,
            ..Row::FRESH
        });
        let (seen_before, rest) = (site.count("SELECT seen_at FROM sessions"), site.value(all));
        assert!(site.is_signed_in(&token));
        let seen_after = site.count("SELECT seen_at FROM sessions");
        assert_eq!(seen_after > seen_before, touched, "{seen}");
        assert!(!touched || (0..10).contains(&(crate::harness::now() - seen_after)));
        assert_eq!(site.value(all), rest, "only seen_at");
        site.execute("DELETE FROM sessions");
    }
    // Neither does what is over come back by being visited.
    let over = site.session(Row {
        seen: -1900,
        ..Row::FRESH
    });
    let before = site.dump();
    assert!(!site.is_signed_in(&over) && !site.is_signed_in(&over));
    assert_eq!(site.dump(), before);
}

#[test]
fn a_sign_in_makes_a_new_token_and_ends_the_session_it_came_with() {
    let site = Site::new();
    let first = site.sign_in();
    let other_browser = site.sign_in();
    let again = site.try_to_sign_in(PASSWORD).cookie(&first);
    let again = again.logs(&["event=sign_in_succeeded"]).answer();
    let second = again.cookie().unwrap().0;
    assert_ne!(second, first);
    assert!(!site.is_signed_in(&first), "dead at once");
    assert!(site.is_signed_in(second) && site.is_signed_in(&other_browser));
    // A failed one changes nothing.
    let failed = site.try_to_sign_in("wrong").cookie(second);
    assert_eq!(failed.logs(&["event=sign_in_failed"]).answer().status, 401);
    assert!(site.is_signed_in(second));
}

// "Strict mode" of OWASP's session management: an id that we did not make means nothing.
#[test]
fn an_id_from_the_client_is_never_adopted() {
    let site = Site::new();
    let planted = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(site.visit(planted).status, 401);
    assert_eq!(
        site.count("SELECT COUNT(*) FROM sessions"),
        0,
        "looking up makes no row"
    );
    let answer = site.try_to_sign_in(PASSWORD).cookie(planted);
    let answer = answer.logs(&["event=sign_in_succeeded"]).answer();
    assert_ne!(answer.cookie().unwrap().0, planted);
    assert!(!site.is_signed_in(planted));
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 1);
}

#[test]
fn sign_out_ends_the_session_on_the_server_and_again_is_harmless() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let other = site.session(Row::FRESH);
    let out = site.program("logout").cookie(&token).post(&[]);
    // Only what was ended is logged.
    let lines: [&[&str]; 2] = [&["event=signed_out session="], &[]];
    for (round, lines) in lines.into_iter().enumerate() {
        let answer = out.logs(lines).answer();
        assert_eq!(answer.header("Location"), Some("/cgi-bin/login?signed_out"));
        assert!(
            answer
                .header("Set-Cookie")
                .unwrap()
                .starts_with("__Host-session=; ")
        );
        assert!(
            !site.is_signed_in(&token),
            "round {round}: a copied cookie is worth nothing"
        );
    }
    let json = out.json().answer();
    assert_eq!((json.status, json.body.as_str()), (204, ""));
    assert!(site.is_signed_in(&other), "nobody else's");
    assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 1);
}

/// Nobody can tell which of two cookies is the browser's own, so that neither signs in, and both sessions end.
#[test]
fn sign_out_ends_every_token_that_was_sent_and_no_more_than_16() {
    let site = Site::new();
    let header = |tokens: &[String]| {
        let pairs: Vec<_> = tokens
            .iter()
            .map(|token| format!("__Host-session={token}"))
            .collect();
        pairs.join("; ")
    };
    for name in ["logout", "login"] {
        let tokens = [0; 2].map(|_| site.session(Row::FRESH));
        let sign_in = site.try_to_sign_in(PASSWORD);
        let program = if name == "login" {
            sign_in
        } else {
            site.program(name).post(&[])
        };
        let program = program.set("HTTP_COOKIE", header(&tokens));
        assert_eq!(program.answer_whatever_is_logged().status, 303);
        assert!(
            !tokens.iter().any(|token| site.is_signed_in(token)),
            "{name}"
        );
    }
    let crowd: Vec<_> = (0..2000).map(|i| format!("{i:040x}")).collect();
    let program = site
        .program("logout")
        .post(&[])
        .set("HTTP_COOKIE", header(&crowd));
    // Anybody can make them up: the log is not filled with sessions that there never were.
    let program = program.logs(&["event=cookie_malformed"]);
    assert_eq!(program.answer().status, 303);
    // One that is somebody's among them is ended, and told of.
    let token = site.session(Row::FRESH);
    let mut crowd = crowd[..15].to_vec();
    crowd.push(token.clone());
    let program = site
        .program("logout")
        .post(&[])
        .set("HTTP_COOKIE", header(&crowd));
    let digest = Digest::from_token(&Token::parse(&token).unwrap());
    let line = format!(
        "event=signed_out session={} client=192.0.2.7",
        digest.short()
    );
    let program = program.logs(&["event=cookie_malformed", &line]);
    assert_eq!(program.answer().status, 303);
    assert!(!site.is_signed_in(&token));
}

#[test]
fn asking_changes_nothing_but_seen_at() {
    let site = Site::new();
    let token = site.session(Row {
        seen: -600,
        ..Row::FRESH
    });
    let stale = site.session(Row {
        seen: -7200,
        ..Row::FRESH
    });
    let fields = crate::harness::encoded(&[("login_name", NAME), ("password", PASSWORD)]);
    let others = "SELECT group_concat(session || created_at || expires_at) FROM sessions";
    let before = (site.value(others), site.count("SELECT COUNT(*) FROM users"));
    for method in ["GET", "HEAD"] {
        for name in ["login", "logout", "protected"] {
            for cookie in [&token, &stale] {
                for query in ["", &fields, "signed_out", "logout=1&stay"] {
                    let program = site.program(name).method(method).cookie(cookie);
                    let answer = program.query(query).answer();
                    assert_eq!(answer.header("Set-Cookie"), None, "{method} {name}?{query}");
                }
            }
        }
    }
    let after = (site.value(others), site.count("SELECT COUNT(*) FROM users"));
    assert_eq!(after, before);
    assert!(site.is_signed_in(&token));
}

#[test]
fn max_per_user_ends_what_was_not_seen_for_longest() {
    let site = Site::with("[session]\nmax_per_user = 2");
    let row = |created, seen, expires| {
        site.session(Row {
            created,
            seen,
            expires,
            remember: false,
        })
    };
    let used = row(-300, -10, 900);
    let forgotten = [row(-200, -190, 900), row(-100, -100, 900)];
    let over = row(-50, -5, 0);
    let newest = site.sign_in();
    assert!(site.is_signed_in(&used) && site.is_signed_in(&newest));
    assert!(!forgotten.iter().any(|token| site.is_signed_in(token)));
    assert!(!site.is_signed_in(&over), "and it did not count");
}

#[test]
fn remember_is_offered_and_honoured_only_where_it_is_configured() {
    let fields = [
        ("login_name", NAME),
        ("password", PASSWORD),
        ("remember", "1"),
    ];
    for (setting, age, offered) in [("30d", 30 * 86_400, true), ("0", 12 * 3600, false)] {
        let site = Site::with(&format!("[session]\nremember = \"{setting}\""));
        let form = site.program("login").answer();
        assert_eq!(form.body.contains("name=\"remember\""), offered);
        let program = site.program("login").post(&fields);
        let answer = program.logs(&["event=sign_in_succeeded"]).answer();
        let kept = answer
            .header("Set-Cookie")
            .unwrap()
            .contains("Max-Age=2592000");
        assert_eq!(kept, offered);
        assert_eq!(
            site.count("SELECT expires_at - created_at FROM sessions"),
            age
        );
        assert_eq!(
            site.count("SELECT remember FROM sessions"),
            i64::from(offered)
        );
    }
}
