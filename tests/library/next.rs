//! Where a sign-in leads: which paths are accepted.

use cgi_session::auth::next::{NEXT_MAX, Next};
use proptest::prelude::{ProptestConfig, any, prop, prop_oneof, proptest};
use proptest::strategy::Strategy;
use url::Url;

const OURS: &str = "https://site.example/cgi-bin/login";

/// What browsers have been sent elsewhere with; `{}` is that place.
pub const ATTACKS: &[&str] = &[
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
pub const HARMLESS: &[(&str, &str)] = &[
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
