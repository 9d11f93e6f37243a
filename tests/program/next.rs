//! Where a sign-in leads: a path of this site, whatever was asked for.

use cgi_session::auth::next::{NEXT_MAX, Next};

use crate::harness::{NAME, PASSWORD, Site};

use crate::library::next::{ATTACKS, HARMLESS};

#[test]
fn a_sign_in_leads_there_and_nowhere_else() {
    let site = Site::new();
    let harmless = HARMLESS.iter().step_by(4).map(|(text, to)| (*text, *to));
    let attacks = ATTACKS
        .iter()
        .step_by(4)
        .map(|text| (*text, "/cgi-bin/protected"));
    for (next, location) in harmless.chain(attacks) {
        let fields = [("login_name", NAME), ("password", PASSWORD), ("next", next)];
        let program = site.program("login").post(&fields);
        let answer = program.logs(&["event=sign_in_succeeded"]).answer();
        assert_eq!(
            (answer.status, answer.header("Location")),
            (303, Some(location)),
            "{next:?}"
        );
    }
}

/// Carried from the message page through a failed try to the sign-in, each time encoded and decoded once.
#[test]
fn next_survives_the_way_from_the_page_that_was_wanted_to_the_sign_in() {
    let site = Site::new();
    let query = "q=a%20b&r=%2Fc%26d&s='%22%3Cx%3E+%2B%25";
    let message = site.program("protected").query(query).answer();
    let refresh = message.header("Refresh").unwrap();
    let (login, field) = refresh
        .strip_prefix("3; url=")
        .unwrap()
        .split_once("?next=")
        .unwrap();
    assert_eq!(login, "/cgi-bin/login");
    assert!(
        !field.contains(['&', '+', '#', '"', '\'', ';', ' ', '?']),
        "{field}"
    );
    let form = site
        .program("login")
        .query(&format!("next={field}"))
        .answer();
    let carried = hidden(&form.body);
    assert_eq!(carried, format!("/cgi-bin/protected?{query}"));
    let failed = site
        .program("login")
        .post(&[("login_name", NAME), ("next", &carried)]);
    let failed = failed.logs(&["event=sign_in_failed"]).answer();
    assert_eq!(hidden(&failed.body), carried);
    let fields = [
        ("login_name", NAME),
        ("password", PASSWORD),
        ("next", &carried),
    ];
    let program = site
        .program("login")
        .post(&fields)
        .logs(&["event=sign_in_succeeded"]);
    assert_eq!(program.answer().header("Location"), Some(carried.as_str()));
}

/// lighttpd with `url-normalize-required`, as Debian configures it, takes the last `?` for the start of the query.
#[test]
fn a_link_to_the_login_page_has_one_question_mark() {
    let site = Site::new();
    for (query, expected) in [
        ("x=1", "/cgi-bin/protected%3Fx%3D1"),
        ("x=1?y", "/cgi-bin/protected%3Fx%3D1%3Fy"),
        ("?", "/cgi-bin/protected%3F%3F"),
    ] {
        let message = site.program("protected").query(query).answer();
        let refresh = message.header("Refresh").unwrap();
        let login = format!("/cgi-bin/login?next={expected}");
        assert_eq!(refresh, format!("3; url={login}"));
        let link = format!("href=\"{login}\"");
        assert!(message.body.contains(&link), "{}", message.shown());
        let (_, field) = login.split_once('?').unwrap();
        let form = site.program("login").query(field).answer();
        assert_eq!(hidden(&form.body), format!("/cgi-bin/protected?{query}"));
    }
}

/// The value of the hidden field, as a browser would read it.
fn hidden(body: &str) -> String {
    let (_, rest) = body
        .split_once("name=\"next\" value=\"")
        .expect("a hidden field");
    let value = rest.split('"').next().unwrap();
    [
        ("&#38;", "&"),
        ("&#39;", "'"),
        ("&#34;", "\""),
        ("&#60;", "<"),
        ("&#62;", ">"),
    ]
    .iter()
    .rev()
    .fold(value.to_owned(), |text, (escaped, plain)| {
        text.replace(escaped, plain)
    })
}

#[test]
fn a_next_of_2048_bytes_is_carried_and_a_longer_one_is_left_out() {
    let site = Site::new();
    let longest = |fill: &str, cost: usize| format!("/{}", fill.repeat((NEXT_MAX - 1) / cost));
    // Each character's bytes where it stands encoded: as it is, as `%26`, `%3F`, `%25E4%25BD%25A0`.
    for (fill, cost) in [("a", 1), ("&", 3), ("?", 3), ("你", 15)] {
        let fits = longest(fill, cost);
        let over = format!("{fits}{fill}");
        for (next, location) in [(&fits, None), (&over, Some("/cgi-bin/protected"))] {
            let parsed = Next::parse(next);
            assert_eq!(
                parsed.is_none(),
                location.is_some(),
                "{} of {fill}",
                next.len()
            );
            let fields = [("login_name", NAME), ("password", PASSWORD), ("next", next)];
            let program = site
                .program("login")
                .post(&fields)
                .logs(&["event=sign_in_succeeded"]);
            let answer = program.answer();
            let expected = location.unwrap_or_else(|| parsed.as_ref().unwrap().as_str());
            assert_eq!(answer.header("Location"), Some(expected));
        }
    }
    for length in [2000, 2100, 60_000] {
        let message = site
            .program("protected")
            .query(&"a".repeat(length))
            .answer();
        let carried = message.header("Refresh").unwrap().contains("?next=");
        assert_eq!(carried, length == 2000, "{length}");
    }
}
