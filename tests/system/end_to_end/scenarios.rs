//! What a visitor and a script see with any server and any store.

use serde_json::Value;

use super::running_site::{PASSWORD, RunningSite, digest, now, sign_in};
use crate::harness::web::curl::Reply;

/// A name for the row, and what happens.
pub type Scenario = (&'static str, fn(&RunningSite));

pub const SCENARIOS: &[Scenario] = &[
    ("sign in", signs_in),
    ("wrong password", refuses_a_wrong_password),
    ("too many tries", stops_who_guesses),
    ("next", carries_next),
    ("signed out", sends_to_the_login_page),
    ("expired idle", ends_when_idle),
    ("expired absolute", ends_at_its_end),
    ("revoked", ends_when_revoked),
    ("two browsers at once", keeps_two_browsers_apart),
    ("sign out twice", signs_out_twice),
    ("JSON", speaks_json),
    ("session column", keeps_a_digest_in_the_column),
    ("plain HTTP", asks_no_password_over_plain_http),
];

const LOGIN: &str = "/cgi-bin/login";
const LOGOUT: &str = "/cgi-bin/logout";
/// Where a sign-in leads by itself.
const PROTECTED: &str = "/cgi-bin/protected";
const JSON: &[&str] = &["--header", "Accept: application/json"];

fn signs_in(site: &RunningSite) {
    let (name, browser) = (site.user(), site.browser());
    let form = browser.get(LOGIN, &[]);
    assert_eq!(form.status, 200);
    for field in ["login_name", "password"] {
        assert!(
            form.body.contains(&format!("name=\"{field}\"")),
            "{field}: {form:?}"
        );
    }

    let reply = sign_in(&browser, &name, PASSWORD);

    assert_eq!(reply.status, 303, "{reply:?}");
    assert_eq!(path(site, reply.header("location")), PROTECTED);
    let cookies: Vec<&str> = reply.headers("set-cookie").collect();
    let [session, device] = cookies[..] else {
        panic!("{cookies:?}");
    };
    is_our_cookie(site, session, site.cookie_name(), 40, &[]);
    // 400 days.
    is_our_cookie(site, device, site.device_name(), 96, &["Max-Age=34560000"]);
    let page = browser.get(site.guarded.path, &[]);
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains(&name) == site.guarded.names_the_user,
        "{page:?}"
    );
    let cache_control = site.guarded.cache_control;
    assert_eq!(page.header("cache-control"), Some(cache_control));
}

/// `NAME=VALUE; Path=/; HttpOnly; SameSite=Lax`, Secure over TLS, and what else is expected.
fn is_our_cookie(site: &RunningSite, cookie: &str, expected: &str, digits: usize, more: &[&str]) {
    let (value, attributes) = cookie.split_once(';').expect("attributes");
    let (name, value) = value.split_once('=').unwrap();
    assert_eq!(name, expected);
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    assert!(
        value.len() == digits && value.bytes().all(is_digit),
        "{value}"
    );
    let mut attributes: Vec<&str> = attributes.split(';').map(str::trim).collect();
    attributes.sort_unstable();
    let mut expected = [&["HttpOnly", "Path=/", "SameSite=Lax"], more].concat();
    if site.has_tls() {
        expected.push("Secure");
    }
    expected.sort_unstable();
    assert_eq!(attributes, expected);
}

fn stops_who_guesses(site: &RunningSite) {
    let (name, browser) = (site.user(), site.browser());
    assert_eq!(sign_in(&browser, &name, PASSWORD).status, 303);
    let (nobody, stranger) = (name.replace("user", "none"), site.browser());
    for name in [&name, &nobody] {
        // A slow machine lets 2 seconds pass, and one more try.
        let tries = (0..9).map(|_| sign_in(&stranger, name, "wrong password!!"));
        let tries: Vec<Reply> = tries.take_while(|reply| reply.status == 401).collect();
        assert!((5..9).contains(&tries.len()), "{} tries", tries.len());
        // Nor is it over before the next request.
        site.sql("UPDATE attempts SET blocked_until = blocked_until + 60");
        let reply = sign_in(&stranger, name, PASSWORD);
        assert_eq!(reply.status, 429, "{reply:?}");
        let seconds = reply.header("retry-after").unwrap().parse::<u32>();
        assert!((40..=80).contains(&seconds.unwrap()));
        assert!(reply.body.contains("name=\"password\""), "{reply:?}");
    }
    assert_eq!(
        sign_in(&browser, &name, PASSWORD).status,
        303,
        "her own browser"
    );
}

fn refuses_a_wrong_password(site: &RunningSite) {
    let (name, browser) = (site.user(), site.browser());
    // As long as the other, so that only the name differs.
    let unknown = name.replace("user", "none");

    let wrong = sign_in(&browser, &name, "wrong password!!");
    let nobody = sign_in(&browser, &unknown, PASSWORD);

    assert_eq!((wrong.status, nobody.status), (401, 401));
    assert!(wrong.body.contains("name=\"password\""), "{wrong:?}");
    let told = |reply: &Reply, name| without_time(reply.main()).replace(name, "?");
    assert_eq!(told(&wrong, &*name), told(&nobody, &*unknown));
    assert!(
        wrong
            .header("www-authenticate")
            .is_some_and(|value| value.starts_with("Cookie "))
    );
    assert_eq!(wrong.header("set-cookie"), None);
    assert_eq!(site.token(&browser), None);
    assert!(!wrong.body.contains("wrong password!!"));
}

/// A page that shows a name has a field named for the second it was made in, so that Back shows none.
fn without_time(page: &str) -> String {
    let (before, after) = page.split_once("name=\"at-").expect("the field");
    format!(
        "{before}{}",
        after.trim_start_matches(|digit: char| digit.is_ascii_digit())
    )
}

fn carries_next(site: &RunningSite) {
    let (name, browser) = (site.user(), site.browser());
    let wanted = &*format!("{}?a=%C3%A9&b=1%202", site.guarded.path);
    let message = browser.get(wanted, &[]);
    let login = refresh(site, &message);
    assert!(login.starts_with("/cgi-bin/login?next="), "{login}");

    let form = browser.get(&login, &[]);
    let next = hidden_next(&form);
    let fields = |password| {
        [
            ("login_name", name.as_str()),
            ("password", password),
            ("next", &*next),
        ]
    };
    let wrong = browser.post(LOGIN, &fields("wrong password!!"), &[]);
    assert_eq!((wrong.status, hidden_next(&wrong)), (401, next.clone()));
    let right = browser.post(LOGIN, &fields(PASSWORD), &[]);

    assert_eq!(right.status, 303);
    assert_eq!(path(site, right.header("location")), wanted);
    for elsewhere in [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
    ] {
        let fields = [
            ("login_name", &*name),
            ("password", PASSWORD),
            ("next", elsewhere),
        ];
        let reply = browser.post(LOGIN, &fields, &[]);
        assert_eq!(
            path(site, reply.header("location")),
            PROTECTED,
            "{elsewhere}"
        );
    }
}

fn sends_to_the_login_page(site: &RunningSite) {
    let browser = site.browser();

    let message = browser.get(site.guarded.path, &[]);

    assert_eq!(message.status, 401);
    assert!(
        message
            .header("www-authenticate")
            .is_some_and(|value| value.starts_with("Cookie "))
    );
    assert!(refresh(site, &message).starts_with(LOGIN));
    let chinese = browser.get(
        site.guarded.path,
        &["--header", "Accept-Language: zh-CN,zh;q=0.9"],
    );
    assert!(chinese.body.contains("<title>错误!"), "{chinese:?}");
    assert!(
        chinese.body.contains("您尚未登录,3秒后将自动转到登录窗口!"),
        "{chinese:?}"
    );
    let stays = browser.get(&format!("{}?stay", site.guarded.path), &[]);
    assert_eq!((stays.status, stays.header("refresh")), (401, None));
    let made_up = format!("{}={}", site.cookie_name(), "0".repeat(40));
    assert_eq!(
        browser
            .get(site.guarded.path, &["--cookie", &made_up])
            .status,
        401
    );
}

fn ends_when_idle(site: &RunningSite) {
    let browser = site.signed_in();
    let seen = |ago: u64| {
        let row = site.row(&browser);
        site.sql(&format!(
            "UPDATE sessions SET seen_at = {} WHERE {row}",
            now() - ago
        ));
    };
    seen(29 * 60);
    site.expect(&browser, 200);
    // That request counted: the idle time begins again.
    let row = site.row(&browser);
    let seen_at = site.sql(&format!("SELECT seen_at FROM sessions WHERE {row}"));
    assert!(seen_at.trim().parse::<u64>().unwrap() + 60 > now());

    // The limit, and the minute in which a request is not written down.
    seen(31 * 60);

    site.expect(&browser, 401);
}

fn ends_at_its_end(site: &RunningSite) {
    let browser = site.signed_in();
    let row = site.row(&browser);
    let expires_at = site.sql(&format!(
        "SELECT expires_at - created_at FROM sessions WHERE {row}"
    ));
    assert_eq!(expires_at, "43200\n");
    site.expect(&browser, 200);

    site.sql(&format!(
        "UPDATE sessions SET expires_at = {} WHERE {row}",
        now()
    ));

    site.expect(&browser, 401);
}

fn ends_when_revoked(site: &RunningSite) {
    let (name, browser, other) = (site.user(), site.browser(), site.signed_in());
    sign_in(&browser, &name, PASSWORD);
    site.expect(&browser, 200);

    site.admin(&["session", "revoke", &name], "");

    site.expect(&browser, 401);
    site.expect(&other, 200);
}

fn keeps_two_browsers_apart(site: &RunningSite) {
    let (name, one, two) = (site.user(), site.browser(), site.browser());
    sign_in(&one, &name, PASSWORD);
    sign_in(&two, &name, PASSWORD);
    assert_ne!(site.token(&one), site.token(&two));
    site.expect(&one, 200);
    site.expect(&two, 200);

    assert_eq!(one.post(LOGOUT, &[], &[]).status, 303);

    site.expect(&one, 401);
    site.expect(&two, 200);
}

fn signs_out_twice(site: &RunningSite) {
    let browser = site.signed_in();
    let (token, row) = (site.token(&browser).unwrap(), site.row(&browser));
    assert_eq!(browser.get(LOGOUT, &[]).status, 200);
    site.expect(&browser, 200);

    let first = browser.post(LOGOUT, &[], &[]);

    assert_eq!(site.token(&browser), None);
    assert_eq!(
        site.sql(&format!("SELECT COUNT(*) FROM sessions WHERE {row}")),
        "0\n"
    );
    let old = format!("{}={token}", site.cookie_name());
    let again = browser.post(LOGOUT, &[], &["--cookie", &old]);
    for reply in [&first, &again] {
        assert_eq!(reply.status, 303, "{reply:?}");
        assert_eq!(
            path(site, reply.header("location")),
            "/cgi-bin/login?signed_out"
        );
        assert!(
            reply
                .header("set-cookie")
                .is_some_and(|cookie| cookie.contains("Max-Age=0"))
        );
    }
    assert_eq!(
        browser.get(site.guarded.path, &["--cookie", &old]).status,
        401
    );
    assert_eq!(browser.get("/cgi-bin/login?signed_out", &[]).status, 200);
}

fn speaks_json(site: &RunningSite) {
    let (name, browser) = (site.user(), site.browser());
    is_problem(&browser.get(site.guarded.path, JSON), 401);
    let wrong = [("login_name", &*name), ("password", "wrong password!!")];
    is_problem(&browser.post(LOGIN, &wrong, JSON), 401);

    let signed_in = browser.post(
        LOGIN,
        &[("login_name", &*name), ("password", PASSWORD)],
        JSON,
    );

    let answer = json(&signed_in, 200);
    assert_eq!(answer["user"], *name);
    let expires_at = &answer["expires_at"];
    assert!(expires_at.as_str().unwrap().ends_with('Z'), "{answer}");
    let page = browser.get(site.guarded.path, JSON);
    if site.guarded.speaks_json {
        let page = json(&page, 200);
        let shown = (&page["user"], &page["expires_at"]);
        assert_eq!(shown, (&answer["user"], expires_at));
    } else {
        assert_eq!(page.status, 200, "{page:?}");
    }
    assert_eq!(browser.post(LOGOUT, &[], JSON).status, 204);
    is_problem(&browser.get(site.guarded.path, JSON), 401);
}

#[track_caller]
fn json(reply: &Reply, status: u16) -> Value {
    assert_eq!(reply.status, status, "{reply:?}");
    assert_eq!(media_type(reply), "application/json");
    serde_json::from_str(&reply.body).unwrap()
}

/// RFC 9457.
#[track_caller]
fn is_problem(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{reply:?}");
    assert_eq!(media_type(reply), "application/problem+json");
    let problem: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(problem["status"], status);
    for member in ["type", "title", "detail"] {
        assert!(problem[member].is_string(), "{member}: {problem}");
    }
}

fn media_type(reply: &Reply) -> &str {
    reply
        .header("content-type")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
}

fn keeps_a_digest_in_the_column(site: &RunningSite) {
    let browser = site.signed_in();
    let (token, row) = (site.token(&browser).unwrap(), site.row(&browser));
    let column = site.sql(&format!("SELECT session FROM sessions WHERE {row}"));
    assert_eq!(column, format!("{}\n", digest(&token)));
    for table in ["users", "sessions", "memberships", "attempts"] {
        assert!(
            !site.sql(&format!("SELECT * FROM {table}")).contains(&token),
            "{table}"
        );
    }
    site.expect(&browser, 200);

    // One digit.
    let first = if column.starts_with('0') { '1' } else { '0' };
    site.sql(&format!(
        "UPDATE sessions SET session = '{first}{}' WHERE {row}",
        &column[1..64]
    ));

    site.expect(&browser, 401);
}

fn asks_no_password_over_plain_http(site: &RunningSite) {
    let browser = site.plain_browser();
    if site.has_tls() {
        let reply = browser.get(LOGIN, &[]);
        assert_eq!(
            (reply.status, reply.header("location")),
            (301, Some(&*format!("{}{LOGIN}", site.base())))
        );
        return;
    }
    let signed_in = site.signed_in();
    site.configure(false);
    let form = browser.get(LOGIN, &[]);
    let post = sign_in(&browser, "nobody", PASSWORD);
    let page = signed_in.get(site.guarded.path, &[]);
    site.configure(true);

    for reply in [&form, &post, &page] {
        assert_eq!(reply.status, 403, "{reply:?}");
        assert!(!reply.body.contains("type=\"password\""), "{reply:?}");
    }
    site.expect(&signed_in, 200);
}

/// The path of a URL of this site.
fn path(site: &RunningSite, url: Option<&str>) -> String {
    let url = url.expect("a URL");
    url.strip_prefix(site.base()).unwrap_or(url).to_owned()
}

/// The target of the message page's redirect after 3 seconds.
#[track_caller]
fn refresh(site: &RunningSite, reply: &Reply) -> String {
    let refresh = reply.header("refresh").expect("a Refresh header");
    let (seconds, url) = refresh.split_once(';').unwrap();
    assert_eq!(seconds, "3");
    let url = url.trim().strip_prefix("url=").unwrap();
    path(site, Some(url))
}

/// The value of the form's field `next`.
#[track_caller]
fn hidden_next(reply: &Reply) -> String {
    let field = reply
        .body
        .split('<')
        .find(|tag| tag.contains("name=\"next\""))
        .expect("a field next");
    let value = field
        .split("value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    // What HTML must escape in a path's attribute.
    let entities = [
        ("&#38;", "&"),
        ("&#39;", "'"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(value.to_owned(), |text, (entity, plain)| {
            text.replace(entity, plain)
        })
}
