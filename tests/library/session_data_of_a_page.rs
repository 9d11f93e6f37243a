//! What [`Visit::data`] and [`Visit::update`] do while something else happens to the session, in a process of the test's:
//! a page whose change does that something.

use std::cell::RefCell;
use std::rc::Rc;

use cgi_session::{Error, Html, Page, Response, Session, Visit};
use serde::{Deserialize, Serialize};

use crate::harness::{Row, Site};

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Counter {
    count: u32,
    text: String,
}

type Meanwhile = Rc<dyn Fn(u32)>;

thread_local! {
    /// What happens between reading and writing, told how often the change has run.
    static MEANWHILE: RefCell<Option<Meanwhile>> = const { RefCell::new(None) };
}

/// Counts one, while something happens; the form's `fill` is the text's length.
fn count(visit: &mut Visit<'_>) -> Result<Response, Error> {
    let fill = visit.form().get("fill")?.and_then(|fill| fill.parse().ok());
    let mut runs = 0;
    let count = visit.update(|counter: &mut Counter| {
        runs += 1;
        if let Some(meanwhile) = MEANWHILE.with_borrow(Clone::clone) {
            meanwhile(runs);
        }
        counter.count += 1;
        if let Some(fill) = fill {
            counter.text = "x".repeat(fill);
        }
        counter.count
    })?;
    let token = visit.form_token();
    visit.page(
        "Count",
        Html::trusted(format!("count={count} runs={runs} token={token};")),
    )
}

fn count_signed_in(visit: &mut Visit<'_>, _: &Session) -> Result<Response, Error> {
    count(visit)
}

const COUNT: Page = Page::open("count", count).with_form();
const COUNT_SIGNED_IN: Page = Page::signed_in("count", count_signed_in).with_form();

/// A POST to the page, while `meanwhile` happens: the status, the cookie that is set, and the body.
fn post(
    page: &Page,
    site: &Site,
    token: Option<&str>,
    body: &str,
    meanwhile: impl Fn(u32) + 'static,
) -> (u16, Option<String>, String) {
    MEANWHILE.set(Some(Rc::new(meanwhile)));
    let length = body.len().to_string();
    let cookie = format!("__Host-session={}", token.unwrap_or_default());
    let mut variables = vec![
        ("REQUEST_METHOD", "POST"),
        ("SCRIPT_NAME", "/cgi-bin/count"),
        ("HTTPS", "on"),
        ("REMOTE_ADDR", "192.0.2.7"),
        ("CONTENT_TYPE", "application/x-www-form-urlencoded"),
        ("CONTENT_LENGTH", &length),
    ];
    if token.is_some() {
        variables.push(("HTTP_COOKIE", &cookie));
    }
    let response = page.answer(&variables, body, &site.config()).unwrap();
    MEANWHILE.set(None);
    let head = response.head().unwrap();
    let set = head
        .lines()
        .find_map(|line| line.strip_prefix("Set-Cookie: __Host-session="));
    let set = set.map(|rest| rest.split(';').next().unwrap().to_owned());
    let body = String::from_utf8(response.body().to_vec()).unwrap();
    (response.status(), set, body)
}

fn rows(site: &Site) -> i64 {
    site.count("SELECT COUNT(*) FROM sessions")
}

/// Somebody else saves, as often as the first two runs: nothing of either is lost.
#[test]
fn a_change_that_lost_runs_again_on_what_was_saved_since() {
    let site = Rc::new(Site::new());
    let token = site.session(Row::FRESH);
    let theirs = Rc::clone(&site);
    let (status, _, body) = post(&COUNT, &site, Some(&token), "", move |runs| {
        if runs < 3 {
            theirs.execute(&format!(
                r#"UPDATE sessions SET data = '{{"count":{}}}', data_version = data_version + 1"#,
                10 * runs
            ));
        }
    });
    assert_eq!(status, 200);
    assert!(body.contains("count=21 runs=3 "), "{body}");
    assert_eq!(
        site.rows("SELECT data, data_version FROM sessions"),
        "{\"count\":21,\"text\":\"\"}\t3\n"
    );
}

/// The session ends while the change runs: whatever ends it, nothing is claimed, and no row is made instead.
#[test]
fn a_session_that_ends_meanwhile_saves_nothing() {
    for (ends, left) in [
        ("DELETE FROM sessions", 0),
        // As a sign-in of the same browser does it.
        (
            "UPDATE sessions SET session = lower(hex(randomblob(32)))",
            1,
        ),
        ("UPDATE sessions SET data_version = 9, expires_at = 1", 1),
        (
            "UPDATE sessions SET data_version = 9; UPDATE users SET epoch = 1",
            1,
        ),
        (
            "UPDATE sessions SET data_version = 9; UPDATE users SET disabled_at = 1",
            1,
        ),
    ] {
        for page in [COUNT, COUNT_SIGNED_IN] {
            let site = Rc::new(Site::new());
            let token = site.session(Row::FRESH);
            let theirs = Rc::clone(&site);
            let (status, cookie, body) = post(&page, &site, Some(&token), "", move |_| {
                theirs.execute(ends);
            });
            assert_eq!((status, cookie), (409, None), "{ends}: {body}");
            assert!(body.contains("Your session has ended"), "{body}");
            assert_eq!(rows(&site), left, "{ends}");
            assert_eq!(
                site.count("SELECT COUNT(*) FROM sessions WHERE data IS NOT NULL"),
                0
            );
        }
    }
    // A visitor's row, which a sign-in in another tab has taken over.
    let site = Rc::new(Site::new());
    let (status, cookie, _) = post(&COUNT, &site, None, "", |_| ());
    let token = cookie.expect("a visitor's row");
    assert_eq!(status, 200);
    let theirs = Rc::clone(&site);
    let (status, cookie, _) = post(&COUNT, &site, Some(&token), "", move |_| {
        theirs.execute("UPDATE sessions SET session = lower(hex(randomblob(32))), user_id = 1");
    });
    assert_eq!((status, cookie), (409, None));
    assert_eq!(
        site.rows("SELECT data FROM sessions"),
        "{\"count\":1,\"text\":\"\"}\n"
    );
}

/// A page that requires sign-in, whose session ends after the check and before the data is read.
#[test]
fn a_page_that_requires_sign_in_makes_no_visitors_row() {
    fn late(visit: &mut Visit<'_>, _: &Session) -> Result<Response, Error> {
        let meanwhile = MEANWHILE.with_borrow(Clone::clone).unwrap();
        meanwhile(0);
        visit.update(|counter: &mut Counter| counter.count += 1)?;
        visit.page("Late", Html::text("saved"))
    }
    const LATE: Page = Page::signed_in("late", late).with_form();
    let site = Rc::new(Site::new());
    let token = site.session(Row::FRESH);
    let theirs = Rc::clone(&site);
    let (status, cookie, _) = post(&LATE, &site, Some(&token), "", move |_| {
        theirs.execute("DELETE FROM sessions");
    });
    assert_eq!((status, cookie), (409, None));
    assert_eq!(rows(&site), 0);
}

/// The visitor's row that a visit makes is the one that its later calls and its form token see.
#[test]
fn a_row_that_is_made_in_a_visit_is_its_own_from_then_on() {
    fn twice(visit: &mut Visit<'_>) -> Result<Response, Error> {
        assert_eq!(visit.form_token(), "");
        visit.update(|counter: &mut Counter| counter.count += 1)?;
        let token = visit.form_token();
        visit.update(|counter: &mut Counter| counter.count += 10)?;
        let counter: Counter = visit.data()?;
        assert!(visit.session()?.is_none());
        assert_eq!(visit.form_token(), token);
        visit.page(
            "Twice",
            Html::trusted(format!("count={} token={token};", counter.count)),
        )
    }
    const TWICE: Page = Page::open("twice", twice).with_form();
    let site = Site::new();
    let (status, cookie, body) = post(&TWICE, &site, None, "", |_| ());
    let cookie = cookie.expect("a cookie");
    assert_eq!((status, rows(&site)), (200, 1));
    let token = body
        .split("token=")
        .nth(1)
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    assert!(body.contains("count=11 "), "{body}");
    // The form that the page showed is the browser's with that cookie.
    let session = cgi_session::model::Token::parse(&cookie).unwrap();
    assert!(cgi_session::auth::form_token::is_of(&session, token));
    assert!(!site.is_signed_in(&cookie));
}

/// A visitor's row is there, whatever becomes of the page: the answer to a failure brings its cookie, too.
#[test]
fn the_answer_to_a_failure_brings_the_cookie_of_the_row_that_was_made() {
    fn fails(visit: &mut Visit<'_>) -> Result<Response, Error> {
        visit.update(|counter: &mut Counter| counter.count += 1)?;
        Err(Error::status(404, "no such page"))
    }
    const FAILS: Page = Page::open("fails", fails).with_form();
    let site = Site::new();
    let (status, cookie, _) = post(&FAILS, &site, None, "", |_| ());
    assert_eq!((status, rows(&site)), (404, 1));
    let cookie = cookie.expect("a cookie");
    let (status, other, _) = post(&FAILS, &site, Some(&cookie), "", |_| ());
    assert_eq!((status, other, rows(&site)), (404, None, 1));
    let (_, _, body) = post(&COUNT, &site, Some(&cookie), "", |_| ());
    assert!(body.contains("count=3 "), "{body}");
}

/// 64 KiB fit, and not a byte more; what was there stays, before sign-in and after it.
#[test]
fn data_over_64_kib_is_refused_and_stays_as_it_was() {
    let site = Site::new();
    let user = site.session(Row::FRESH);
    let (_, visitor, _) = post(&COUNT, &site, None, "", |_| ());
    for token in [user, visitor.unwrap()] {
        let empty = r#"{"count":2,"text":""}"#.len();
        let (status, ..) = post(&COUNT, &site, Some(&token), "fill=1", |_| ());
        assert_eq!(status, 200);
        let most = 65_536 - empty;
        let full = format!("fill={most}");
        let (status, ..) = post(&COUNT, &site, Some(&token), &full, |_| ());
        assert_eq!(status, 200, "64 KiB");
        let before = site.dump();
        let over = format!("fill={}", most + 1);
        let (status, cookie, body) = post(&COUNT, &site, Some(&token), &over, |_| ());
        assert_eq!((status, cookie), (413, None));
        assert!(body.contains("There is no room for more"), "{body}");
        assert!(before == site.dump(), "it is not as it was");
    }
    // Too large at once: a visitor gets no row for it.
    let (status, cookie, _) = post(&COUNT, &site, None, "fill=65536", |_| ());
    assert_eq!((status, cookie, rows(&site)), (413, None, 2));
}
