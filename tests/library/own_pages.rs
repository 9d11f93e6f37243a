//! A page of one's own: what its author asks and answers, and what a visitor gets of it. No web server is needed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use cgi_session::cgi::Variables;
use cgi_session::config::Config;
use cgi_session::deadline::Deadline;
use cgi_session::log::{Log, Sink};
use cgi_session::model::Time;
use cgi_session::page::{self, Context, Presentation};
use cgi_session::sandbox;
use cgi_session::{Error, Html, Page, Response, Visit};
use tempfile::TempDir;

use crate::harness::{Row, Site, has_landlock, write_with_mode};

/// A folder with a configuration whose store is not there. A page that asks for it gets 503.
fn configuration(settings: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("cgi-session.toml");
    let store = folder.path().join("sessions.sqlite");
    let text = format!("store = \"sqlite:{}\"\n{settings}", store.display());
    write_with_mode(&file, &text, 0o600);
    (folder, file)
}

/// The answer to a GET over HTTPS, with these variables more.
fn get(page: &Page, more: &[(&str, &str)]) -> Response {
    let (_folder, file) = configuration("[log]\nto = \"/dev/null\"\n");
    let always = [
        ("REQUEST_METHOD", "GET"),
        ("SCRIPT_NAME", "/cgi-bin/own"),
        ("HTTPS", "on"),
        ("REMOTE_ADDR", "192.0.2.7"),
    ];
    let told = |name: &str| more.iter().any(|(given, _)| *given == name);
    let mut variables: Vec<(&str, &str)> = more.to_vec();
    variables.extend(always.iter().filter(|(name, _)| !told(name)));
    page.answer(&variables, "", &file).unwrap()
}

fn body(response: &Response) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let values: Vec<&str> = response.header(name).collect();
    assert_eq!(values.len(), 1, "{name}: {values:?}");
    values[0]
}

#[test]
fn html_holds_text_only_when_it_is_escaped() {
    assert_eq!(
        Html::text("<a href='x' title=\"y\">&amp;</a>").to_string(),
        "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;amp;&lt;/a&gt;"
    );
    assert_eq!(Html::text(7).to_string(), "7");
    assert_eq!(Html::text("电池 é").to_string(), "电池 é");
    // What was escaped is text again.
    let twice = Html::text(Html::text("<"));
    assert_eq!(twice.to_string(), "&amp;lt;");
    let row: Html = ["<", "b"].into_iter().map(Html::text).collect();
    assert_eq!(row.to_string(), "&lt;b");
}

#[test]
fn a_page_is_in_the_sites_layout_and_its_title_is_escaped() {
    const OWN: Page = Page::open("own", |visit| {
        visit.page("Tea & <biscuits>", Html::trusted("<p id=mine>Here</p>"))
    });
    let page = get(&OWN, &[]);
    assert_eq!(page.status(), 200);
    for part in [
        "<!DOCTYPE html>\n<html lang=\"en\">",
        "<title>Tea &#38; &#60;biscuits&#62;</title>",
        "<h1>Tea &#38; &#60;biscuits&#62;</h1>",
        "<p id=mine>Here</p>",
        "<main>",
    ] {
        assert!(body(&page).contains(part), "{part}\n{}", body(&page));
    }
    assert_eq!(header(&page, "Content-Type"), "text/html; charset=utf-8");
    let chinese = get(&OWN, &[("HTTP_ACCEPT_LANGUAGE", "zh-CN")]);
    assert!(body(&chinese).contains("<html lang=\"zh-CN\">"));
    assert_eq!(header(&chinese, "Content-Language"), "zh-CN");
}

/// As on our own pages: nothing is stored, no script runs, no other site frames it.
#[test]
fn every_kind_of_answer_carries_the_headers_of_all() {
    const PAGE: Page = Page::open("own", |visit| visit.page("A", Html::default()));
    const DOCUMENT: Page = Page::open("own", |visit| {
        visit.document(Html::trusted("<!DOCTYPE html>"))
    });
    const JSON: Page = Page::open("own", |visit| visit.json(&["a"]));
    const REDIRECT: Page = Page::open("own", |visit| visit.redirect("/a"));
    const ERROR: Page = Page::open("own", |_| Err(Error::status(404, "nothing")));
    for own in [PAGE, DOCUMENT, JSON, REDIRECT, ERROR] {
        let answer = get(&own, &[]);
        for (name, value) in [
            ("Cache-Control", "no-store"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Referrer-Policy", "same-origin"),
            ("Vary", "Accept, Accept-Language, Cookie"),
            ("X-Content-Type-Options", "nosniff"),
        ] {
            assert_eq!(header(&answer, name), value, "{own:?}");
        }
        let policy = header(&answer, "Content-Security-Policy");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("script"), "{policy}");
    }
    assert_eq!(body(&get(&JSON, &[])), "[\"a\"]");
    assert_eq!(body(&get(&DOCUMENT, &[])), "<!DOCTYPE html>");
}

#[test]
fn a_policy_and_a_status_of_ones_own_take_the_place_of_ours() {
    const OWN: Page = Page::open("own", |visit| {
        let page = visit.page("Own", Html::default())?;
        let page = page.with_status(422).policy("script-src 'self'")?;
        page.with("X-Own", "here")
    });
    const BROKEN: Page = Page::open("own", |visit| {
        visit
            .page("Own", Html::default())?
            .policy("a\r\nSet-Cookie: b=c")
    });
    let page = get(&OWN, &[]);
    assert_eq!(page.status(), 422);
    assert_eq!(
        header(&page, "Content-Security-Policy"),
        "script-src 'self'"
    );
    assert_eq!(header(&page, "X-Own"), "here");
    assert_eq!(get(&BROKEN, &[]).status(), 500);
}

#[test]
fn a_redirect_leads_to_a_path_of_this_site_alone() {
    const OWN: Page = Page::open("own", |visit| {
        let query = visit.query()?;
        visit.redirect(query.get("to")?.unwrap_or_default())
    });
    for (to, leads_to) in [
        ("/", Some("/")),
        ("/cgi-bin/cart?a=1%26b=2", Some("/cgi-bin/cart?a=1&b=2")),
        ("/a%20b", Some("/a%20b")),
        ("", None),
        ("cart", None),
        ("//evil.example/", None),
        ("/%5Cevil.example/", None),
        ("/%09/evil.example/", None),
        ("https://evil.example/", None),
        ("javascript:alert(1)", None),
        ("/a%0D%0ASet-Cookie: b=c", None),
    ] {
        let answer = get(
            &OWN,
            &[("QUERY_STRING", &format!("to={}", to.replace(' ', "+")))],
        );
        assert_eq!(
            answer.status(),
            if leads_to.is_some() { 303 } else { 500 },
            "{to}"
        );
        assert_eq!(answer.header("Location").next(), leads_to, "{to}");
    }
}

#[test]
fn an_error_of_the_authors_tells_the_client_its_status_and_the_log_why() {
    const OWN: Page = Page::open("own", |visit| {
        let code = visit.query()?.get("code")?.unwrap_or_default().parse();
        Err(Error::status(code.unwrap(), "the secret reason"))
    });
    for (code, told, english, chinese) in [
        ("400", 400, "Bad request", "请求无效"),
        (
            "403",
            403,
            "You may not do that here.",
            "您无权进行此操作。",
        ),
        ("404", 404, "Not found", "找不到页面"),
        ("409", 409, "Changed in the meantime", "内容已更改"),
        ("410", 410, "Not found", "找不到页面"),
        ("422", 422, "Bad request", "请求无效"),
        ("429", 429, "Too many tries", "尝试次数过多"),
        ("500", 500, "Something went wrong", "出错了"),
        ("501", 501, "Something went wrong", "出错了"),
        ("503", 503, "Back in a moment", "暂时无法访问"),
        ("200", 500, "Something went wrong", "出错了"),
        ("99", 500, "Something went wrong", "出错了"),
    ] {
        let query = &*format!("code={code}");
        let page = get(&OWN, &[("QUERY_STRING", query)]);
        assert_eq!(page.status(), told);
        assert!(body(&page).contains(english), "{code}: {}", body(&page));
        assert!(!body(&page).contains("secret"), "{}", body(&page));
        let page = get(
            &OWN,
            &[("QUERY_STRING", query), ("HTTP_ACCEPT_LANGUAGE", "zh")],
        );
        assert!(body(&page).contains(chinese), "{code}: {}", body(&page));
        let json = get(
            &OWN,
            &[("QUERY_STRING", query), ("HTTP_ACCEPT", "application/json")],
        );
        let problem: serde_json::Value = serde_json::from_str(body(&json)).unwrap();
        assert_eq!(problem["status"], told);
    }
    assert_eq!(
        Error::status(404, "the secret reason").to_string(),
        "the secret reason"
    );
}

fn told(visit: &mut Visit<'_>) -> Result<Response, Error> {
    let query = visit.query()?;
    visit.json(&[
        visit.path(),
        visit.path_info()?,
        query.get("a")?.unwrap_or("none"),
        visit.form().get("a")?.unwrap_or("none"),
        visit.language(),
        &visit.sign_in_path(),
        &visit.sign_out_path(),
        &visit.form_token(),
        &format!(
            "{} {} {}",
            visit.is_post(),
            visit.is_https(),
            visit.wants_json()
        ),
    ])
}

#[test]
fn a_page_is_told_what_it_asks_of_the_request() {
    const OWN: Page = Page::open("own", told).with_path_info().with_form();
    let variables = [
        ("REQUEST_METHOD", "POST"),
        ("SCRIPT_NAME", "/x/own page.cgi"),
        ("PATH_INFO", "/é/b c"),
        ("QUERY_STRING", "a=1"),
        ("CONTENT_TYPE", "application/x-www-form-urlencoded"),
        ("CONTENT_LENGTH", "3"),
        ("HTTP_ACCEPT", "application/json"),
        ("HTTP_ACCEPT_LANGUAGE", "zh"),
    ];
    let (_folder, file) = configuration("[http]\nallow_http = true\n[log]\nto = \"/dev/null\"\n");
    let answer = OWN.answer(&variables, "a=2", &file).unwrap();
    assert_eq!(
        body(&answer),
        "[\"/x/own%20page.cgi\",\"/é/b c\",\"1\",\"2\",\"zh-CN\",\
         \"/x/login.cgi?next=/x/own%2520page.cgi\",\"/x/logout.cgi\",\"\",\"true false true\"]"
    );
    let answer = get(&OWN, &[]);
    assert_eq!(
        body(&answer),
        "[\"/cgi-bin/own\",\"\",\"none\",\"none\",\"en\",\"/cgi-bin/login?next=/cgi-bin/own\",\
         \"/cgi-bin/logout\",\"\",\"false true false\"]"
    );
}

/// A page takes neither unless its author says so.
#[test]
fn a_page_takes_no_form_and_no_rest_of_a_path_by_itself() {
    const OWN: Page = Page::open("own", told);
    assert_eq!(get(&OWN, &[("REQUEST_METHOD", "POST")]).status(), 405);
    assert_eq!(get(&OWN, &[("PATH_INFO", "/a")]).status(), 404);
}

/// The page does not run, and its answer leads to the login page and back.
#[test]
fn a_page_that_requires_sign_in_shows_nothing_without() {
    const OWN: Page = Page::signed_in("own", |visit, _| visit.page("Secret", Html::default()));
    let answer = get(&OWN, &[]);
    assert_eq!(answer.status(), 401);
    assert!(!body(&answer).contains("Secret"));
    assert_eq!(
        header(&answer, "Refresh"),
        "3; url=/cgi-bin/login?next=/cgi-bin/own"
    );
    // A store that does not answer is no sign-in.
    let cookie = format!("__Host-session={}", "a".repeat(40));
    let answer = get(&OWN, &[("HTTP_COOKIE", &cookie)]);
    assert_eq!(answer.status(), 503);
    assert!(!body(&answer).contains("Secret"));
}

/// Reads the file that the query names, after the session was asked for.
fn reads(visit: &mut Visit<'_>, file: &str) -> Result<Response, Error> {
    let text = fs::read_to_string(file);
    let text = text.map_err(|why| Error::status(500, format!("cannot read it: {why}")))?;
    visit.json(&text)
}

/// The status of a page that reads this file, confined as a program is; only the thread is.
fn status_confined(page: Page, site: &Site, file: &Path) -> u16 {
    let cookie = format!("__Host-session={}", site.session(Row::FRESH));
    let query = format!("file={}", file.display());
    let config = Config::load(&site.config()).unwrap();
    let asked = move || {
        let pairs = [
            ("REQUEST_METHOD", "GET"),
            ("SCRIPT_NAME", "/cgi-bin/own"),
            ("HTTPS", "on"),
            ("HTTP_COOKIE", &*cookie),
            ("QUERY_STRING", &*query),
        ];
        let pairs = pairs.map(|(name, value)| (name, value.as_bytes()));
        let variables: Variables = pairs.into_iter().collect();
        rustix::thread::set_no_new_privs(true).unwrap();
        let context = Context {
            variables: &variables,
            body: &mut io::empty(),
            config: &config,
            presentation: &Presentation::from_variables(&variables, &config.page),
            log: &Log::new("own", Sink::Stderr),
            clock: Time::now_and_millisecond,
            deadline: &mut Deadline::new(|late| panic!("{late}")),
            confine: sandbox::confine,
        };
        page::answer(&page, context)
            .map_or_else(|error| error.http_status(), |answer| answer.status())
    };
    thread::spawn(asked).join().unwrap()
}

#[test]
fn a_page_reaches_the_folders_that_its_author_names_and_no_others() {
    if !has_landlock() {
        eprintln!("SKIPPED: THIS KERNEL HAS NO LANDLOCK");
        return;
    }
    let own = Page::signed_in("own", |visit, _| {
        let query = visit.query()?;
        reads(visit, query.get("file")?.unwrap_or_default())
    });
    let (site, folder) = (Site::new(), TempDir::new().unwrap());
    let (ours, another) = (folder.path().join("ours"), folder.path().join("another"));
    for place in [&ours, &another] {
        fs::create_dir(place).unwrap();
        fs::write(place.join("file"), "text").unwrap();
    }
    let named: &'static str = ours.display().to_string().leak();
    let named: &'static [&'static str] = vec![named].leak();
    let reaching = own.reaching(named);

    let status = |page, place: &Path| status_confined(page, &site, &place.join("file"));

    assert_eq!(status(reaching, &ours), 200);
    assert_eq!(status(reaching, &another), 500);
    assert_eq!(status(own, &ours), 500, "nothing, by itself");
    assert_eq!(status(own.unconfined(), &another), 200);
}
