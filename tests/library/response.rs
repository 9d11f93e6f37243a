//! The answer: no input can end a header's line, and the headers fit into one write.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use cgi_session::cgi::{HEADER_BLOCK_MAX, HeaderValue, Response, Variables};
use cgi_session::config::Config;
use cgi_session::deadline::Deadline;
use cgi_session::error::Error;
use cgi_session::log::{Log, Sink};
use cgi_session::model::Time;
use cgi_session::page::{self, Context, LOGIN, LOGOUT, PROTECTED, Page, Presentation, failure};
use cgi_session::sandbox::Confined;
use proptest::prelude::{ProptestConfig, any, prop, prop_oneof, proptest};
use proptest::strategy::{Just, Strategy};

use crate::harness::{Answer, Site, hash};

// RFC 9110, 5.5: a field value holds no CR, LF or NUL; ours hold visible ASCII and blanks.
#[test]
fn a_header_that_could_end_its_line_cannot_be_made() {
    for code in (0..0x300).chain([0x2028, 0xfeff, 0xff1a]) {
        let c = char::from_u32(code).unwrap();
        let fine = c == ' ' || c.is_ascii_graphic();
        for text in [
            format!("{c}"),
            format!("a{c}"),
            format!("a{c}Set-Cookie: x=y"),
        ] {
            assert_eq!(HeaderValue::new(text.as_str()).is_ok(), fine, "{code:x}");
            assert_eq!(
                Response::new(200, "").with("X", text).is_ok(),
                fine,
                "{code:x}"
            );
        }
    }
}

#[test]
fn a_header_block_over_4096_bytes_is_an_error_and_the_status_is_always_there() {
    let response = |length: usize| {
        Response::new(303, "")
            .with("X", "a".repeat(length))
            .unwrap()
    };
    let fixed = "Status: 303 See Other\r\nX: \r\n\r\n".len();
    let head = response(HEADER_BLOCK_MAX - fixed).head().unwrap();
    assert_eq!(head.len(), HEADER_BLOCK_MAX);
    assert!(head.starts_with("Status: 303 See Other\r\nX: a") && head.ends_with("a\r\n\r\n"));
    assert!(response(HEADER_BLOCK_MAX - fixed + 1).head().is_err());
}

/// What may be long or odd, from the client or the owner.
#[derive(Debug, Clone)]
struct Odd {
    next: String,
    query: String,
    host: String,
    title: String,
    sheet: String,
    json: bool,
    https: bool,
}

fn odd() -> impl Strategy<Value = Odd> {
    let text = || {
        prop_oneof![
            any::<String>(),
            Just("a".repeat(2040)),
            (1_usize..5000).prop_map(|length| "/x&".repeat(length)),
            (1_usize..400).prop_map(|length| "用".repeat(length)),
            Just("\r\nSet-Cookie: a=b\r\n\r\n<script>".to_owned()),
        ]
    };
    let sheet = prop_oneof![
        Just("/s.css".to_owned()),
        Just(format!("https://{}.example/x", "h".repeat(252)))
    ];
    let both = (
        text(),
        text(),
        text(),
        text(),
        sheet,
        any::<bool>(),
        any::<bool>(),
    );
    both.prop_map(|(next, query, host, title, sheet, json, https)| Odd {
        next: format!("/{next}"),
        query,
        host,
        title,
        sheet,
        json,
        https,
    })
}

/// The page's answer, as `run` makes it, without a process.
fn answer(
    page: &Page,
    method: &str,
    odd: &Odd,
    config: &Config,
    query: &str,
    form: &str,
) -> Answer {
    let scheme = if odd.https { "on" } else { "" };
    let accept = if odd.json {
        "application/json"
    } else {
        "text/html"
    };
    let length = form.len().to_string();
    let pairs = [
        ("REQUEST_METHOD", method),
        ("CONTENT_TYPE", "application/x-www-form-urlencoded"),
        ("CONTENT_LENGTH", &length),
        ("SCRIPT_NAME", "/cgi-bin/x.cgi"),
        ("QUERY_STRING", query),
        ("HTTP_HOST", &odd.host),
        ("HTTPS", scheme),
        ("HTTP_ACCEPT", accept),
    ];
    let variables: Variables = pairs
        .into_iter()
        .map(|(name, value)| (name, value.as_bytes()))
        .collect();
    let presentation = Presentation::from_variables(&variables, &config.page);
    let clock = || (Time::now(), 0);
    let response = ask(page, &variables, &mut form.as_bytes(), config, clock)
        .or_else(|error| failure(page, &presentation, &error, "12345678"));
    Answer::read(bytes(&response.unwrap()), String::new(), false).unwrap()
}

/// A body may take three seconds to arrive. A session, and a wait, begin after that.
#[test]
fn the_clock_is_asked_when_the_body_is_there() {
    static IS_READ: AtomicBool = AtomicBool::new(false);
    struct Body;
    impl Read for Body {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            IS_READ.store(true, Ordering::Relaxed);
            Ok(0)
        }
    }
    let pairs: [(&str, &[u8]); 4] = [
        ("REQUEST_METHOD", b"POST"),
        ("SCRIPT_NAME", b"/cgi-bin/logout"),
        ("HTTP_HOST", b"localhost"),
        ("HTTPS", b"on"),
    ];
    let variables: Variables = pairs.into_iter().collect();
    let text = "store = \"sqlite:/nonexistent\"";
    let config = Config::parse(text, std::path::Path::new("x")).unwrap();
    let clock = || {
        assert!(IS_READ.load(Ordering::Relaxed));
        (Time::now(), 0)
    };
    let answer = ask(&LOGOUT, &variables, &mut Body, &config, clock);
    assert_eq!(answer.unwrap().status(), 303);
    assert!(IS_READ.load(Ordering::Relaxed));
}

/// A page says itself what it answers; the others refuse a longer path, and a form.
#[test]
fn a_page_answers_what_it_says_it_does() {
    const HELLO: Page = Page::open("hello", |_| Ok(Response::new(200, "hello")));
    const GUARDED: Page = Page::signed_in("guarded", |_, _| Ok(Response::new(200, "secret")));
    let status = |page: &Page, method: &[u8], path_info: &[u8]| {
        let pairs = [
            ("REQUEST_METHOD", method),
            ("SCRIPT_NAME", b"/cgi-bin/hello".as_slice()),
            ("PATH_INFO", path_info),
            ("HTTPS", b"on"),
        ];
        let variables: Variables = pairs.into_iter().collect();
        let text = "store = \"sqlite:/nonexistent\"";
        let config = Config::parse(text, std::path::Path::new("x")).unwrap();
        let clock = || (Time::now(), 0);
        let answer = ask(page, &variables, &mut io::empty(), &config, clock);
        answer.map_or_else(|error| error.http_status(), |answer| answer.status())
    };
    assert_eq!(status(&HELLO, b"GET", b""), 200);
    assert_eq!(status(&HELLO, b"GET", b"/more"), 404);
    assert_eq!(status(&HELLO.with_path_info(), b"GET", b"/more"), 200);
    assert_eq!(status(&HELLO, b"POST", b""), 405);
    assert_eq!(status(&HELLO.with_form(), b"POST", b""), 200);
    assert_eq!(status(&HELLO.with_form(), b"PUT", b""), 405);
    assert_eq!(status(&GUARDED, b"GET", b""), 401);
}

/// Asks a page without a process.
fn ask(
    page: &Page,
    variables: &Variables,
    body: &mut dyn Read,
    config: &Config,
    clock: fn() -> (Time, u32),
) -> Result<Response, Error> {
    let context = Context {
        variables,
        body,
        config,
        presentation: &Presentation::from_variables(variables, &config.page),
        log: &Log::new("test", Sink::File("/dev/null".into())),
        clock,
        deadline: &mut Deadline::new(|_| {}),
        confine: |_| Ok(Confined::Wholly),
    };
    page::answer(page, context)
}

/// As a server reads it.
fn bytes(response: &Response) -> Vec<u8> {
    let head = response.head().unwrap().into_bytes();
    [head.as_slice(), response.body()].concat()
}

fn config(odd: &Odd, store: &str) -> Config {
    let state = store.strip_prefix("sqlite:").unwrap_or_default();
    let state = state.trim_end_matches("/sessions.sqlite");
    let text = format!("store = \"{store}\"\nstate = \"{state}\"\n[http]\nallow_http = true");
    let mut config = Config::parse(&text, std::path::Path::new("x")).unwrap();
    config.page.title.clone_from(&odd.title);
    config.page.stylesheet.clone_from(&odd.sheet);
    config.page.logo.clone_from(&odd.sheet);
    config
}

fn query(name: &str, value: &str) -> String {
    crate::harness::encoded(&[(name, value)])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..Default::default() })]

    /// `Answer::read` refuses a longer header block, and one with a line too many.
    #[test]
    fn every_page_fits_whatever_it_is_told(odd in odd(), raw in any::<bool>()) {
        let config = config(&odd, "sqlite:/nonexistent");
        let asked = if raw { odd.query.clone() } else { query("next", &odd.next) };
        for page in [&PROTECTED, &LOGIN, &LOGOUT] {
            let answer = answer(page, "GET", &odd, &config, &asked, "");
            assert!(matches!(answer.status, 200 | 400 | 401), "{answer:?}");
        }
        for error in [
            Error::PlainHttp,
            Error::PathInfo,
            Error::Method("GET, HEAD"),
            Error::Unavailable("x", odd.title.clone()),
            Error::Page(odd.query.clone()),
        ] {
            let pairs = [("SCRIPT_NAME", "/cgi-bin/x"), ("HTTP_ACCEPT", if odd.json { "application/json" } else { "" })];
            let variables: Variables = pairs.into_iter().map(|(name, value)| (name, value.as_bytes())).collect();
            let presentation = Presentation::from_variables(&variables, &config.page);
            let response = failure(&LOGOUT, &presentation, &error, "12345678").unwrap();
            Answer::read(bytes(&response), String::new(), false).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..Default::default() })]

    /// And the one with a cookie, after a sign-in that is real.
    #[test]
    fn a_sign_in_fits_whatever_next_is(odd in odd(), tail in prop::option::of("[a-z]{2000,2047}")) {
        let site = Site::new();
        assert!(site.add("odd", hash()));
        let config = config(&odd, site.url());
        let next = tail.map_or(odd.next.clone(), |tail| format!("/{tail}"));
        let fields = [("login_name", "odd"), ("password", crate::harness::PASSWORD), ("next", &next)];
        let answer = answer(&LOGIN, "POST", &odd, &config, "", &crate::harness::encoded(&fields));
        assert_eq!(answer.status, if odd.json { 200 } else { 303 });
        assert!(answer.cookie().is_some());
    }
}
