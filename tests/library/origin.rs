//! Who sent the form, by the request's headers: our own page, a script, or another site's page.

use cgi_session::auth::origin::is_cross_origin;
use cgi_session::cgi::{Request, Variables};

/// `Sec-Fetch-Site`, `Origin`, `Host`, and whether the POST is another site's.
type Case<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>, bool);

const OURS: Option<&str> = Some("https://site.example");
const HOST: Option<&str> = Some("site.example");

const CASES: &[Case<'_>] = &[
    // What browsers write decides, whatever else is there (Fetch Metadata, 2.4).
    (Some("same-origin"), OURS, HOST, false),
    (Some("same-origin"), Some("null"), HOST, false),
    (Some("none"), None, HOST, false),
    (Some("same-site"), OURS, HOST, true),
    (Some("cross-site"), OURS, HOST, true),
    (Some("cross-site"), None, None, true),
    (Some("Same-Origin"), OURS, HOST, true),
    (Some("same-origin, cross-site"), OURS, HOST, true),
    (Some("cross-site, same-origin"), OURS, HOST, true),
    (Some(" same-origin"), OURS, HOST, true),
    (Some("x"), OURS, HOST, true),
    // Older browsers send an origin alone.
    (None, OURS, HOST, false),
    (None, Some("https://SITE.example"), HOST, false),
    (None, Some("http://site.example"), HOST, false),
    (
        None,
        Some("https://site.example:8443"),
        Some("site.example:8443"),
        false,
    ),
    (
        None,
        Some("https://[2001:db8::1]:8443"),
        Some("[2001:db8::1]:8443"),
        false,
    ),
    // Apache shows a port in Host that a browser's Origin leaves out, and the other way round.
    (None, OURS, Some("site.example:443"), false),
    (None, OURS, Some("SITE.example:443"), false),
    (None, Some("https://site.example:443"), HOST, false),
    (
        None,
        Some("http://site.example"),
        Some("site.example:80"),
        false,
    ),
    (
        None,
        Some("https://[2001:db8::1]"),
        Some("[2001:db8::1]:443"),
        false,
    ),
    (None, OURS, Some("site.example:80"), true),
    (None, OURS, Some("site.example:4430"), true),
    (None, OURS, Some("site.example:443:443"), true),
    (None, OURS, Some("[2001:db8::443]"), true),
    (
        None,
        Some("http://site.example"),
        Some("site.example:443"),
        true,
    ),
    (None, Some("null"), HOST, true),
    (None, Some("null"), Some("null"), true),
    (None, Some("https://evil.example"), HOST, true),
    (None, Some("https://site.example.evil.example"), HOST, true),
    (None, Some("https://evilsite.example"), HOST, true),
    (None, Some("https://site.example:444"), HOST, true),
    (None, Some("https://site.example@evil.example"), HOST, true),
    (
        None,
        Some("https://site.example https://evil.example"),
        HOST,
        true,
    ),
    (
        None,
        Some("https://evil.example, https://site.example"),
        HOST,
        true,
    ),
    (None, Some("https://site.example/"), HOST, true),
    (None, Some("ftp://site.example"), HOST, true),
    (None, Some("https://"), HOST, true),
    (None, Some("site.example"), HOST, true),
    (None, OURS, None, true),
    (None, Some("https://site.example "), HOST, true),
    // Neither: no browser, so nobody's cookie is abused.
    (None, None, HOST, false),
    (None, None, None, false),
];

fn request(case: &Case<'_>, method: &str) -> Request {
    let (site, origin, host, _) = *case;
    let headers = [
        ("HTTP_SEC_FETCH_SITE", site),
        ("HTTP_ORIGIN", origin),
        ("HTTP_HOST", host),
    ];
    let given = headers
        .iter()
        .filter_map(|(name, value)| Some((*name, (*value)?)));
    let fixed = [
        ("REQUEST_METHOD", method),
        ("SCRIPT_NAME", "/cgi-bin/login"),
    ];
    let pairs = given
        .chain(fixed)
        .map(|(name, value)| (name, value.as_bytes()));
    Request::read(&pairs.collect::<Variables>(), &[]).unwrap()
}

#[test]
fn another_sites_post_is_told_from_ours_and_from_a_scripts() {
    for case in CASES {
        assert_eq!(
            is_cross_origin(&request(case, "POST"), ""),
            case.3,
            "{case:?}"
        );
        for harmless in ["GET", "HEAD"] {
            assert!(!is_cross_origin(&request(case, harmless), ""), "{case:?}");
        }
    }
    // Behind a proxy that changes Host, the configured address counts instead.
    let behind = (None, OURS, Some("127.0.0.1:8080"), true);
    assert!(is_cross_origin(&request(&behind, "POST"), ""));
    assert!(!is_cross_origin(
        &request(&behind, "POST"),
        "https://site.example"
    ));
    assert!(is_cross_origin(
        &request(&behind, "POST"),
        "https://www.site.example"
    ));
    assert!(!is_cross_origin(
        &request(&behind, "POST"),
        "https://site.example:443"
    ));
    // Who is on the way can make a page of this host without TLS.
    let mut downgraded = request(&(None, Some("http://site.example"), HOST, true), "POST");
    downgraded.https = true;
    assert!(is_cross_origin(&downgraded, ""));
    downgraded.https = false;
    assert!(!is_cross_origin(&downgraded, ""));
    assert!(is_cross_origin(&downgraded, "https://site.example"));
    let evil = (
        None,
        Some("https://evil.example"),
        Some("evil.example"),
        true,
    );
    assert!(
        is_cross_origin(&request(&evil, "POST"), "https://site.example"),
        "rebound name"
    );
}
