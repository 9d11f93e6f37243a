//! The form token: which session it belongs to, and which requests need one.

use std::ffi::OsString;

use cgi_session::auth::form_token::{allows, for_session, is_of};
use cgi_session::cgi::{Request, Variables};
use cgi_session::model::{Digest, Token};

fn session(digit: &str) -> Token {
    Token::parse(&digit.repeat(40)).unwrap()
}

/// Made with Python: `hmac.new(b"a" * 40, b"form token", "sha256").hexdigest()`
const OF_A: &str = "33564b0a9fa6a21a6cd566c871624dd1892f28841eba350bfabcd263b97bf2bb";

#[test]
fn it_is_the_hmac_of_its_session_and_of_no_other() {
    let (ours, theirs) = (session("a"), session("b"));
    let token = for_session(&ours);
    assert_eq!(token, OF_A);
    assert!(is_of(&ours, &token) && !is_of(&theirs, &token));
    assert_ne!(for_session(&theirs), token);
    // A page shows it: it must not be what signs in, nor what the session column holds.
    for secret in [ours.secret(), Digest::from_token(&ours).as_str()] {
        assert!(!token.contains(&secret[..8]), "{secret}");
        assert!(!is_of(&ours, secret), "{secret}");
    }
}

#[test]
fn what_is_not_exactly_it_is_refused() {
    let ours = session("a");
    for wrong in [
        "",
        "0",
        &OF_A[..63],
        &OF_A[..62],
        &format!("{OF_A}0"),
        &format!("{OF_A}00"),
        &format!(" {OF_A}"),
        &format!("{OF_A}\n"),
        &OF_A.to_uppercase(),
        &OF_A.replacen(&OF_A[..1], "g", 1),
        &OF_A.replace(&OF_A[..2], "+1"),
        &"0".repeat(64),
        &"é".repeat(32),
        &"\0".repeat(64),
    ] {
        assert!(!is_of(&ours, wrong), "{wrong:?}");
    }
    for at in 0..64 {
        let other = if &OF_A[at..=at] == "0" { "1" } else { "0" };
        let wrong = format!("{}{other}{}", &OF_A[..at], &OF_A[at + 1..]);
        assert!(!is_of(&ours, &wrong), "digit {at}");
    }
}

fn request(variables: &[(&str, &str)]) -> Request {
    let always = [
        ("REMOTE_ADDR", "192.0.2.7"),
        ("SCRIPT_NAME", "/cgi-bin/account"),
    ];
    let all = always.iter().chain(variables);
    let all = all.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Request::read(&all.collect::<Variables>(), &[]).unwrap()
}

#[test]
fn a_browser_needs_it_and_a_script_none() {
    let ours = session("a");
    let wrong = "0".repeat(64);
    let post = ("REQUEST_METHOD", "POST");
    for header in [
        ("HTTP_ORIGIN", "https://site.example"),
        ("HTTP_ORIGIN", "null"),
        ("HTTP_SEC_FETCH_SITE", "same-origin"),
        ("HTTP_SEC_FETCH_SITE", "none"),
        ("HTTP_SEC_FETCH_SITE", "anything"),
    ] {
        let browsers = request(&[post, header]);
        assert!(!allows(&browsers, &ours, None), "{header:?}");
        assert!(!allows(&browsers, &ours, Some("")), "{header:?}");
        assert!(!allows(&browsers, &ours, Some(&wrong)), "{header:?}");
        assert!(!allows(&browsers, &session("b"), Some(OF_A)), "{header:?}");
        assert!(allows(&browsers, &ours, Some(OF_A)), "{header:?}");
        // What changes nothing needs none.
        let page = request(&[("REQUEST_METHOD", "GET"), header]);
        assert!(allows(&page, &ours, None), "{header:?}");
    }
    let scripts = request(&[post]);
    assert!(allows(&scripts, &ours, None));
    assert!(allows(&scripts, &ours, Some(OF_A)));
}
