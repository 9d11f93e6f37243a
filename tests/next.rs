//! Where a sign-in leads: a path of this site, whatever was asked for.

use cgi_session::auth::next::{NEXT_MAX, Next};
use proptest::prelude::{ProptestConfig, any, prop, prop_oneof, proptest};
use proptest::strategy::Strategy;
use url::Url;

use crate::program::{NAME, PASSWORD, Site};

const OURS: &str = "https://site.example/cgi-bin/login";

/// What browsers have been sent elsewhere with; `{}` is that place.
const ATTACKS: &[&str] = &[
    "",
    "?x",
    "protected",
    "https://evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "http://site.example/",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example",
    "///evil.example",
    "////evil.example/%2f..",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\u{1}//evil.example",
    "\u{1f}/evil.example",
    " //evil.example",
    " /evil.example",
    "\u{a0}//evil.example",
    "/x\r\nLocation: https://evil.example",
    "/x\r\n\r\n<script>alert(1)</script>",
    "/x\nSet-Cookie: __Host-session=x",
    "/x\0",
    "/x\u{7f}",
    "/x\u{85}y",
    "/x\\..\\..\\evil.example",
    "@evil.example",
    ":80",
    "%2F%2Fevil.example",
    "%09//evil.example",
    "\u{ff0f}\u{ff0f}evil.example",
    "\u{2028}//evil.example",
    "\u{feff}//evil.example",
    ".//evil.example",
];

/// Odd, and still on this site.
const HARMLESS: &[(&str, &str)] = &[
    ("/", "/"),
    ("/a?b=c&d=%20#e", "/a?b=c&d=%20#e"),
    ("/%2F/evil.example", "/%2F/evil.example"),
    ("/%5Cevil.example", "/%5Cevil.example"),
    ("/.//evil.example", "/.//evil.example"),
    ("/..//evil.example", "/..//evil.example"),
    ("/@evil.example", "/@evil.example"),
    ("/:80", "/:80"),
    ("/x//evil.example", "/x//evil.example"),
    ("/?next=//evil.example", "/?next=//evil.example"),
    ("/?u=https://evil.example", "/?u=https://evil.example"),
    ("/a b\"<>`", "/a%20b%22%3C%3E%60"),
    ("/数据?名=值", "/%E6%95%B0%E6%8D%AE?%E5%90%8D=%E5%80%BC"),
    ("/\u{2028}/", "/%E2%80%A8/"),
    ("/a'b;c,d", "/a'b;c,d"),
    ("/100%", "/100%"),
];

#[test]
fn what_leaves_this_site_means_the_default() {
    for attack in ATTACKS {
        assert_eq!(Next::parse(attack), None, "{attack:?}");
    }
    for (text, location) in HARMLESS {
        let next = Next::parse(text).unwrap_or_else(|| panic!("{text:?}"));
        assert_eq!(next.as_str(), *location);
        let url = Url::parse(OURS).unwrap().join(location).unwrap();
        assert_eq!(url.origin().ascii_serialization(), "https://site.example");
    }
}

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

/// Strings that come near: attacks, and pieces of them in any order.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "/",
            "//",
            "\\",
            "\t",
            "\n",
            "\r",
            "\0",
            " ",
            "..",
            ".",
            "%2f",
            "%5c",
            "%09",
            "%0d%0a",
            ":",
            "@",
            "?",
            "#",
            "https:",
            "evil.example",
            "site.example",
            "[",
            "]",
            "\u{a0}",
            "\u{2028}",
            "\u{ff0f}",
            "\u{3002}",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn an_accepted_next_stays_on_this_origin(text in nearly(), slash in any::<bool>()) {
        let text = if slash { format!("/{text}") } else { text };
        if let Some(next) = Next::parse(&text) {
            assert!(next.as_str().bytes().all(|b| b.is_ascii_graphic()), "{next:?}");
            assert!(next.as_str().len() <= NEXT_MAX && next.in_query().len() <= NEXT_MAX);
            assert!(!next.in_query().contains(['?', '&', '#', '+', '=']), "{next:?}");
            let ours = Url::parse(OURS).unwrap();
            // As a Location, and as a link: browsers strip and drop differently, the standard is one.
            let url = ours.join(next.as_str()).unwrap();
            assert_eq!(url.origin(), ours.origin(), "{text:?}");
            assert!(url.username().is_empty() && url.password().is_none());
            let again = format!("https://site.example/cgi-bin/login?next={}", next.in_query());
            let again = Url::parse(&again).unwrap();
            let carried = again.query_pairs().next().unwrap().1.into_owned();
            assert_eq!(Next::parse(&carried).as_ref(), Some(&next), "stable");
        }
    }
}
