//! The examples of pages of one's own as a server runs them: the form token, and forms of other sites.

use serde_json::json;

use crate::harness::{Program, Row, Site};

/// The field of the form token in a page.
fn form_token(page: &str) -> String {
    let field = page.split("name=\"form_token\" value=\"").nth(1);
    let value = field.expect("the field").split('"').next().unwrap();
    value.to_owned()
}

/// One more of tea, as a browser sends the cart's form.
fn add(site: &Site, fields: &[(&str, &str)]) -> Program {
    let fields = [&[("add", "tea")], fields].concat();
    let origin = "https://site.example";
    site.program("cart")
        .post(&fields)
        .set("HTTP_ORIGIN", origin)
}

fn items(site: &Site, token: &str) -> serde_json::Value {
    let answer = site.program("cart").cookie(token).json().answer();
    answer.json()["items"].clone()
}

// H14
#[test]
fn a_browsers_form_needs_the_form_token_of_its_session_before_and_after_sign_in() {
    let site = Site::new();
    let (ours, theirs) = (site.session(Row::FRESH), site.session(Row::FRESH));
    // A visitor's: nothing is there that another site's form could abuse, and the cart begins with it.
    let first = add(&site, &[("form_token", "")]).answer();
    assert_eq!(first.status, 303);
    let visitors = first.cookie().expect("a cookie").0.to_owned();
    for token in [&*ours, &*visitors] {
        let page = site.program("cart").cookie(token).answer();
        let (right, before) = (form_token(&page.body), items(&site, token));
        let other = site.program("cart").cookie(&theirs).answer();
        let of_another = form_token(&other.body);
        assert_ne!(right, of_another);
        let lines = &["status=403 why=\"form without the form token of its session\""];
        for wrong in [
            &[][..],
            &[("form_token", "")],
            &[("form_token", &*of_another)],
            &[("form_token", &right[1..])],
            &[("form_token", token)],
        ] {
            let forged = add(&site, wrong).cookie(token);
            let answer = forged.logs(lines).answer();
            assert_eq!(answer.status, 403, "{wrong:?}");
            assert!(answer.body.contains("<h1>This form is out of date</h1>"));
            let chinese = forged
                .set("HTTP_ACCEPT_LANGUAGE", "zh")
                .logs(lines)
                .answer();
            assert!(chinese.body.contains("<h1>表单已过期</h1>"));
            assert_eq!(forged.json().logs(lines).answer().json()["status"], 403);
        }
        assert_eq!(items(&site, token), before, "nothing was added");

        let sent = add(&site, &[("form_token", &right)]).cookie(token).answer();

        assert_eq!(sent.status, 303);
        assert_ne!(items(&site, token), before);
    }
}

/// Twice is as wrong as not at all: which one counts would be a guess.
#[test]
fn a_form_token_that_comes_twice_is_400() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let right = form_token(&site.program("cart").cookie(&token).answer().body);
    let twice = add(&site, &[("form_token", &right), ("form_token", &right)]);
    let lines = &["status=400 why=\"form refused: a field twice\""];
    assert_eq!(twice.cookie(&token).logs(lines).answer().status, 400);
}

#[test]
fn a_script_needs_no_form_token() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let script = site.program("cart").cookie(&token).post(&[("add", "tea")]);
    assert_eq!(script.answer().status, 303);
    assert_eq!(items(&site, &token), json!({ "tea": 1 }));
}

// H13
#[test]
fn another_sites_form_reaches_no_page_of_ones_own() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let right = form_token(&site.program("cart").cookie(&token).answer().body);
    let before = site.dump();
    for (header, value) in [
        ("HTTP_SEC_FETCH_SITE", "cross-site"),
        ("HTTP_SEC_FETCH_SITE", "same-site"),
        ("HTTP_ORIGIN", "https://evil.example"),
        ("HTTP_ORIGIN", "null"),
    ] {
        let forged = add(&site, &[("form_token", &right)]).cookie(&token);
        let forged = forged.set(header, value);
        let lines = &["status=403 why=\"cross-origin POST refused;"];
        assert_eq!(forged.logs(lines).answer().status, 403, "{header}: {value}");
        // This one takes no form at all.
        let hello = site.program("hello").cookie(&token).post(&[]);
        let lines = &["status=405 why=\"method not allowed, only GET, HEAD\""];
        let answer = hello.set(header, value).logs(lines).answer();
        assert_eq!(answer.status, 405, "{header}: {value}");
    }
    assert_eq!(site.dump(), before);
}

#[test]
fn hello_greets_who_is_signed_in_and_nobody_else() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let answer = site.program("hello").cookie(&token).answer();
    assert_eq!(answer.status, 200);
    assert!(
        answer.body.contains("<p>Hello, demo</p>"),
        "{}",
        answer.body
    );
    assert_eq!(site.program("hello").answer().status, 401);
}
