//! The one normal form of a URL's path, by which rules are compared.

use cgi_session::cgi::{Called, GuardedRequest, UrlPath, Variables};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::{Just, ProptestConfig, any, prop, prop_oneof, proptest};
use proptest::strategy::Strategy;

/// What a client may write, and its normal form.
pub const SPELLINGS: &[(&str, &str)] = &[
    ("/", "/"),
    ("//", "/"),
    ("/.", "/"),
    ("/a/..", "/"),
    ("/private/a.txt", "/private/a.txt"),
    ("//private//a.txt", "/private/a.txt"),
    ("/private/./a.txt", "/private/a.txt"),
    ("/private/%2e/a.txt", "/private/a.txt"),
    ("/private/%2E%2e/private/a.txt", "/private/a.txt"),
    ("/x/../private/a.txt", "/private/a.txt"),
    ("/x/.//../private/a.txt", "/private/a.txt"),
    ("/%70rivate/a.txt", "/private/a.txt"),
    ("/private/a.txt/", "/private/a.txt"),
    ("/private/a.txt?x=/../y", "/private/a.txt"),
    ("/private/a.txt??", "/private/a.txt"),
    ("http://site.example/private/a.txt", "/private/a.txt"),
    (
        "HTTPS://site.example:8443/private//a.txt?x",
        "/private/a.txt",
    ),
    ("http://site.example", "/"),
    ("http://site.example?/private", "/"),
    ("//site.example/private", "/site.example/private"),
    (
        "/http://site.example/private",
        "/http:/site.example/private",
    ),
    // Decoded once.
    ("/private/%2561.txt", "/private/%61.txt"),
    ("/private/%252e%252e/a.txt", "/private/%2e%2e/a.txt"),
    ("/private/%252f", "/private/%2f"),
    // Names as any other.
    ("/private/...", "/private/..."),
    ("/private/a.txt.", "/private/a.txt."),
    ("/private/..a", "/private/..a"),
    ("/private;x/a.txt;y", "/private;x/a.txt;y"),
    ("/private/..;/a.txt", "/private/..;/a.txt"),
    ("/PRIVATE/a.txt", "/PRIVATE/a.txt"),
    ("/private/a%20b+c", "/private/a b+c"),
    ("/private/a%3fb%23c", "/private/a?b#c"),
    ("/%E8%91%A3%E4%BA%8B", "/董事"),
    ("/董事", "/董事"),
];

/// What has no normal form.
pub const REFUSED: &[&str] = &[
    "",
    "*",
    "private/a.txt",
    "?",
    "/..",
    "/../private",
    "/private/../../etc/passwd",
    "/private/%2e%2e/%2e%2e/x",
    "/private%2fa.txt",
    "/private%2Fa.txt",
    "/private%5ca.txt",
    "/private\\a.txt",
    "/private/..\\a.txt",
    "/private/a.txt%00",
    "/private/a.txt%0a",
    "/private/a.txt%7f",
    "/private/%c2%85",
    "/private/%ff.txt",
    "/private/%c0%ae%c0%ae/a.txt",
    "/private/%ed%a0%80",
    "/private/a.txt#x",
    "/#/../x",
    "/private/a.txt%",
    "/private/a.txt%2",
    "/private/%zz",
    "/private/%+f",
    "/private/% f",
    "/private/%u002e",
    "https:/site.example/private",
    "ftp://site.example/private",
    "http:///../x",
];

#[test]
fn every_spelling_has_one_normal_form() {
    for (spelling, normal) in SPELLINGS {
        let path = UrlPath::from_target(spelling.as_bytes());
        let path = path.unwrap_or_else(|| panic!("{spelling} has none"));
        assert_eq!(path.as_str(), *normal, "{spelling}");
        let again = UrlPath::from_decoded(normal.as_bytes());
        assert_eq!(again, Some(path), "{spelling}");
    }
}

#[test]
fn what_servers_do_not_agree_on_has_none() {
    for spelling in REFUSED {
        let path = UrlPath::from_target(spelling.as_bytes());
        assert_eq!(path, None, "{spelling}");
    }
    assert_eq!(UrlPath::from_target(b"/private/\xff.txt"), None);
    for decoded in ["", "a", "/a\0", "/a\\b", "/a\nb", "/..", "/a/../.."] {
        assert_eq!(
            UrlPath::from_decoded(decoded.as_bytes()),
            None,
            "{decoded:?}"
        );
    }
    assert_eq!(UrlPath::from_decoded(b"/\xc3\x28"), None);
}

#[test]
fn a_path_lies_below_another_by_whole_names() {
    for (path, other, below) in [
        ("/a", "/a", true),
        ("/a/b", "/a", true),
        ("/a/b/c", "/a/b/", true),
        ("/ab", "/a", false),
        ("/a", "/a/b", false),
        ("/A/b", "/a", false),
        ("/", "/", true),
        ("/a", "/", true),
    ] {
        let [path, other] =
            [path, other].map(|path| UrlPath::from_decoded(path.as_bytes()).unwrap());
        assert_eq!(path.is_at_or_below(&other), below, "{path:?} {other:?}");
    }
}

/// A name in a path: short, and often made of what has a meaning there.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(".".to_owned()),
        Just("..".to_owned()),
        Just(String::new()),
        "[a-c.;%?# \u{e9}]{1,3}",
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_normal_form_is_one_and_normal(target in any::<Vec<u8>>(), decoded in any::<bool>()) {
        let path = if decoded {
            UrlPath::from_decoded(&target)
        } else {
            UrlPath::from_target(&target)
        };
        if let Some(path) = path {
            is_normal(&path);
        }
    }

    /// However it is encoded, and whatever is put between its names that changes nothing.
    #[test]
    fn a_longer_spelling_is_the_same_path(
        names in prop::collection::vec(name(), 0..6),
        encoded in prop::collection::vec(any::<bool>(), 6),
        padding in prop::collection::vec(0..4_usize, 6),
    ) {
        let plain = format!("/{}", names.join("/"));
        let Some(path) = UrlPath::from_decoded(plain.as_bytes()) else {
            return Ok(());
        };
        is_normal(&path);
        let mut target = String::new();
        let choices = encoded.into_iter().zip(padding).cycle();
        for (name, (encoded, padding)) in path.as_str()[1..].split('/').zip(choices) {
            target += ["/", "//", "/./", "/x/%2E./"][padding];
            let fits = name.chars().all(|c| c.is_alphanumeric() || c == '.');
            if encoded || !fits {
                target.extend(utf8_percent_encode(name, NON_ALPHANUMERIC));
            } else {
                target += name;
            }
        }
        assert_eq!(UrlPath::from_target(target.as_bytes()), Some(path), "{target}");
    }
}

#[track_caller]
fn is_normal(path: &UrlPath) {
    let text = path.as_str();
    let names: Vec<_> = text.split('/').skip(1).collect();
    assert!(text.starts_with('/'), "{text:?}");
    assert!(!text.contains(['\0', '\\', '\n', '\r']), "{text:?}");
    assert!(
        text == "/" || names.iter().all(|name| !matches!(*name, "" | "." | "..")),
        "{text:?}"
    );
    assert_eq!(UrlPath::from_decoded(text.as_bytes()).as_ref(), Some(path));
}

fn read(variables: &[(&str, &str)], called: Called) -> Option<[String; 2]> {
    let pairs = variables
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()));
    let request = GuardedRequest::read(&pairs.collect::<Variables>(), called).ok()?;
    Some([request.asked, request.resolved].map(|path| path.as_str().to_owned()))
}

/// How the program is called, what the server sets beside `REQUEST_URI`, and the path that it means.
type Case = (
    Called,
    &'static [(&'static str, &'static str)],
    &'static str,
);

/// As both servers set the variables.
#[test]
fn both_paths_are_read() {
    let asked = ("REQUEST_URI", "/public/a%20b?x=1");
    let cases: &[Case] = &[
        // A rewrite, then lighttpd's `cgi.assign`, then a script with a path behind it.
        (
            Called::InItsPlace,
            &[("SCRIPT_NAME", "/private/a b")],
            "/private/a b",
        ),
        (
            Called::InItsPlace,
            &[("SCRIPT_NAME", "/private/run.py"), ("PATH_INFO", "/x//y/")],
            "/private/run.py/x/y",
        ),
        (
            Called::AsItself,
            &[("SCRIPT_NAME", "/cgi-bin/files"), ("PATH_INFO", "/a b")],
            "/cgi-bin/files/a b",
        ),
        (
            Called::ByAction,
            &[
                ("SCRIPT_NAME", "/cgi-bin/files"),
                ("PATH_INFO", "/private/a b"),
            ],
            "/private/a b",
        ),
    ];
    for (called, variables, resolved) in cases {
        let variables = [&[asked], *variables].concat();
        let paths = read(&variables, *called);
        assert_eq!(
            paths,
            Some(["/public/a b", resolved].map(str::to_owned)),
            "{variables:?}"
        );
    }
}

/// Not every server sets `REQUEST_URI`; and what is there twice may be anybody's.
#[test]
fn a_path_that_is_missing_is_refused() {
    let script = ("SCRIPT_NAME", "/private/a");
    let asked = ("REQUEST_URI", "/private/a");
    for variables in [
        vec![script],
        vec![asked],
        vec![asked, ("SCRIPT_NAME", "")],
        vec![script, ("REQUEST_URI", "")],
        vec![script, ("REQUEST_URI", "/private%2fa")],
        vec![asked, ("SCRIPT_NAME", "private/a")],
        // A script must not run under the rule for another path.
        vec![
            ("REQUEST_URI", "/private/a/../../x"),
            script,
            ("PATH_INFO", "/../../x"),
        ],
        vec![asked, script, ("PATH_INFO", "/..")],
        vec![asked, script, asked],
        vec![asked, script, script],
        vec![asked, script, ("PATH_INFO", "/x"), ("PATH_INFO", "/y")],
    ] {
        assert_eq!(read(&variables, Called::InItsPlace), None, "{variables:?}");
    }
    let variables = [asked, ("SCRIPT_NAME", "/cgi-bin/files")];
    assert_eq!(read(&variables, Called::ByAction), None);
}

#[test]
fn a_part_of_a_page_is_told_apart() {
    for (destination, is_part) in [
        (None, false),
        (Some("document"), false),
        (Some("image"), true),
        (Some("empty"), true),
        (Some("iframe"), true),
    ] {
        let mut variables = vec![("REQUEST_URI", "/a"), ("SCRIPT_NAME", "/a")];
        variables.extend(destination.map(|destination| ("HTTP_SEC_FETCH_DEST", destination)));
        let pairs = variables
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()));
        let request = GuardedRequest::read(&pairs.collect(), Called::InItsPlace).unwrap();
        assert_eq!(request.is_part, is_part, "{destination:?}");
    }
}
