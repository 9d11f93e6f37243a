//! What people run into with real browsers: signed in already, an older page's button, no cookies, a phone's
//! keyboard, a page that was away for a moment.

use std::fs;

use crate::harness::{Answer, NAME, PASSWORD, Program, Row, Site};

#[track_caller]
fn has(answer: &Answer, part: &str) {
    assert!(answer.body.contains(part), "no {part}: {}", answer.shown());
}

#[track_caller]
fn lacks(answer: &Answer, part: &str) {
    assert!(!answer.body.contains(part), "{part}: {}", answer.shown());
}

const SIGNED_IN_AS: &str = "You are signed in as <bdi>demo</bdi>";

#[test]
fn login_tells_somebody_who_is_signed_in_and_offers_to_go_on() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let login = site.program("login").cookie(&token);

    let page = login.answer();
    assert_eq!(page.status, 200);
    has(&page, SIGNED_IN_AS);
    has(&page, "href=\"/cgi-bin/protected\">Continue</a>");
    // The form stays, for somebody else.
    has(&page, "name=\"password\"");
    let page = login.query("next=/board%3Fx%3D1").answer();
    has(&page, "href=\"/board?x=1\">Continue</a>");
    // As Back after a sign-in asks for it.
    let page = login.query("signed_out").answer();
    has(&page, SIGNED_IN_AS);
    lacks(&page, "You are signed out.");

    site.execute("UPDATE sessions SET expires_at = 0");
    let page = login.query("signed_out").answer();
    lacks(&page, "signed in as");
    has(&page, "You are signed out.");
}

/// A form that needs no store must not fail with it, and without a token the store is not asked.
#[test]
fn the_login_page_asks_the_store_only_where_there_is_a_token_and_does_without_it() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let login = site.program("login");
    let asking = [
        login.cookie(&token),
        login.cookie(&token).set("HTTP_ACCEPT_LANGUAGE", "zh"),
    ];
    let json = login.cookie(&token).json().answer();
    assert!(json.json().get("user").is_none());
    fs::remove_file(site.file()).unwrap();
    fs::create_dir(site.file()).unwrap();
    for program in asking {
        let page = program.answer();
        assert_eq!(page.status, 200);
        has(&page, "name=\"password\"");
        lacks(&page, "demo");
    }
    // What is no token, or two, is nobody's.
    for cookie in ["", "__Host-session=x", "__Host-session=a; __Host-session=b"] {
        let page = login.set("HTTP_COOKIE", cookie).answer();
        assert_eq!(page.status, 200, "{cookie}");
    }
    let json = login.cookie(&token).json().answer();
    assert_eq!(json.status, 200);
}

#[test]
fn a_throttled_sign_in_says_until_when_and_marks_no_field() {
    let site = Site::with("[throttle]\nfree_tries = 1");
    let throttled = |program: &Program| {
        let program = program.logs(&["event=sign_in_throttled"]);
        let answer = program.answer();
        assert_eq!(answer.status, 429);
        answer
    };
    let wrong = site.try_to_sign_in("wrong");
    let refused = wrong.logs(&["event=sign_in_failed"]).answer();
    assert_eq!(refused.body.matches("aria-invalid=").count(), 2);
    let page = throttled(&wrong);
    let seconds: i64 = page.header("Retry-After").unwrap().parse().unwrap();
    assert!(seconds > 0);
    has(
        &page,
        "role=\"alert\" id=\"error\">There were too many tries. Please try again in ",
    );
    has(&page, " UTC.</p>");
    lacks(&page, "aria-invalid=");
    let chinese = throttled(&wrong.set("HTTP_ACCEPT_LANGUAGE", "zh"));
    has(&chinese, "后（UTC 时间 ");
    let json = throttled(&wrong.json()).json();
    let detail = json["detail"].as_str().unwrap();
    assert!(
        detail.contains("again in ") && detail.ends_with(" UTC."),
        "{detail}"
    );
}

#[test]
fn a_blank_around_the_name_is_no_part_of_it() {
    let site = Site::new();
    for name in ["demo ", " demo", "\tDemo\u{a0}", "\u{3000}demo\u{2003}\r\n"] {
        let fields = [("login_name", name), ("password", PASSWORD)];
        let answer = site.program("login").post(&fields);
        let answer = answer.logs(&["event=sign_in_succeeded user=demo"]).answer();
        assert_eq!(answer.status, 303, "{name:?}");
    }
    // Within it, it is another name, and in a password it counts.
    for (name, password) in [("de mo", PASSWORD), (NAME, &format!("{PASSWORD} "))] {
        let fields = [("login_name", name), ("password", password)];
        let answer = site.program("login").post(&fields);
        let answer = answer.logs(&["event=sign_in_failed"]).answer();
        assert_eq!(answer.status, 401, "{name:?}");
    }
}

/// The wrong password's page shows the error where the focus is: between the fields, above the password's label.
#[test]
fn the_error_stands_directly_above_the_passwords_label() {
    let site = Site::new();
    let wrong = site.try_to_sign_in("wrong").logs(&["event=sign_in_failed"]);
    let page = wrong.answer();
    let at = |part: &str| page.body.find(part).unwrap_or_else(|| panic!("{part}"));
    assert!(
        at("id=\"login_name\"") < at("id=\"error\""),
        "{}",
        page.shown()
    );
    let between = &page.body[at("id=\"error\"")..at("<label for=\"password\"")];
    assert!(!between.contains("<input"), "{between}");
}

/// A circle otherwise: the sign-in is right, the cookie is not kept, and the next page knows nothing of it.
#[test]
fn a_browser_that_keeps_no_cookies_is_told_and_not_led_in_a_circle() {
    let told = "your browser did not keep the cookie";
    for settings in ["", "[page]\nwhen_signed_out = \"redirect\""] {
        let site = Site::with(settings);
        let usual = if settings.is_empty() { 401 } else { 303 };
        let protected = site.program("protected");
        let from = |referer: &str| protected.set("HTTP_REFERER", referer);
        for referer in [
            "https://site.example/cgi-bin/login",
            "https://site.example/cgi-bin/login?next=/cgi-bin/protected%3Fx%3D1",
        ] {
            let page = from(referer).query("x=1").answer();
            assert_eq!((page.status, page.header("Refresh")), (401, None));
            has(&page, told);
            has(
                &page,
                "href=\"/cgi-bin/login?next=/cgi-bin/protected%3Fx%3D1\"",
            );
        }
        let ours = "https://site.example/cgi-bin/login";
        for other in [
            from("https://evil.example/cgi-bin/login"),
            from("https://site.example/cgi-bin/logout"),
            from("https://site.example/"),
            // Back after a sign-out: the device's cookie was kept.
            from(ours).set("HTTP_COOKIE", "__Host-device=x"),
        ] {
            let answer = other.answer();
            assert_eq!(answer.status, usual);
            lacks(&answer, told);
        }
        // By the public address, where a proxy changes Host.
        site.configure(&format!(
            "[http]\norigin = \"https://public.example\"\n{settings}"
        ));
        let proxied = from("https://public.example/cgi-bin/login").answer();
        has(&proxied, told);
        let json = from(ours).json().answer();
        assert_eq!(json.status, 401);
    }
}

#[test]
fn a_page_that_is_away_for_a_moment_is_asked_for_again_with_its_query() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    fs::remove_file(site.file()).unwrap();
    let again = |program: Program, url: &str| {
        let page = program.logs(&["status=503"]).answer();
        let link = format!("href=\"{url}\">Try again</a>");
        has(&page, &link);
        lacks(&page, "Back<");
    };
    let protected = site.program("protected").cookie(&token);
    again(protected.clone(), "/cgi-bin/protected");
    again(
        protected.query("a=b&c=%22d"),
        "/cgi-bin/protected?a=b&#38;c=%22d",
    );
    again(
        protected.query("\"><script>"),
        "/cgi-bin/protected?&#34;&#62;&#60;script&#62;",
    );
    again(
        site.program("logout").cookie(&token).post(&[]),
        "/cgi-bin/logout",
    );
    again(site.try_to_sign_in(PASSWORD), "/cgi-bin/login");
    // The form is sent to a URL that has `next`, too.
    let next = "next=/board%3Fx%3D1";
    let form = site.program("login").query(next).answer();
    has(
        &form,
        &format!("<form method=\"post\" action=\"/cgi-bin/login?{next}\">"),
    );
    let sent = site.try_to_sign_in(PASSWORD).query(next);
    again(sent, &format!("/cgi-bin/login?{next}"));
    // What was wrong with the request itself is not asked for again.
    let wrong = site.program("login").query("next=%").logs(&["status=400"]);
    has(&wrong.answer(), "href=\"/cgi-bin/login\">Back</a>");
}

/// Firefox asks for `/favicon.ico` on every page, and complains where the policy forbids it.
#[test]
fn every_page_may_show_the_sites_own_icon() {
    let policy = |site: &Site, name| {
        let answer = site.program(name).answer();
        answer.header("Content-Security-Policy").unwrap().to_owned()
    };
    let site = Site::new();
    for name in ["login", "logout", "protected"] {
        let policy = policy(&site, name);
        assert!(policy.contains("; img-src 'self'; "), "{policy}");
    }
    let lost = site.program("login").set("PATH_INFO", "/x");
    let lost = lost.logs(&["status=404"]).answer();
    let policy_of_lost = lost.header("Content-Security-Policy").unwrap();
    assert!(
        policy_of_lost.contains("; img-src 'self'; "),
        "{policy_of_lost}"
    );
    for (logo, sources) in [
        ("/logo.svg", "; img-src 'self'; "),
        (
            "https://cdn.example/l.svg",
            "; img-src 'self' https://cdn.example; ",
        ),
    ] {
        let site = Site::with(&format!("[page]\nlogo = \"{logo}\""));
        let policy = policy(&site, "login");
        assert!(policy.contains(sources), "{policy}");
    }
}

/// The hidden field that says which session the button ends.
fn ends(page: &Answer) -> String {
    let (_, rest) = page
        .body
        .split_once("name=\"ends\" value=\"")
        .expect("a field");
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn the_sign_out_button_says_whose_session_it_ends_and_ends_no_other() {
    let site = Site::new();
    let (first, second) = (site.session(Row::FRESH), site.session(Row::FRESH));
    for name in ["protected", "logout"] {
        let page = site.program(name).cookie(&first).answer();
        has(&page, ">Sign out <bdi>demo</bdi></button>");
    }
    let of_first = ends(&site.visit(&first));
    assert_eq!(
        of_first,
        ends(&site.program("logout").cookie(&first).answer())
    );
    let logout = |token: &str, ends: &str| {
        let logout = site.program("logout").cookie(token);
        logout.post(&[("ends", ends)])
    };

    // An older page's button, after somebody else's sign-in in the same browser.
    let asked = logout(&second, &of_first).answer();
    assert_eq!((asked.status, asked.header("Set-Cookie")), (409, None));
    has(&asked, "Nothing has ended yet.");
    has(&asked, ">Sign out <bdi>demo</bdi></button>");
    assert!(site.is_signed_in(&first) && site.is_signed_in(&second));
    let problem = logout(&second, &of_first).json().answer();
    assert_eq!(
        (problem.status, problem.json()["status"].as_u64()),
        (409, Some(409))
    );

    let done = logout(&second, &ends(&asked))
        .logs(&["event=signed_out"])
        .answer();
    assert_eq!(done.status, 303);
    assert!(site.is_signed_in(&first) && !site.is_signed_in(&second));
    // A script says nothing, and need not.
    let script = site.program("logout").cookie(&first).post(&[]);
    assert_eq!(script.logs(&["event=signed_out"]).answer().status, 303);
    assert!(!site.is_signed_in(&first));
    // Where there is no cookie, there is nothing to keep.
    let nothing = site.program("logout").post(&[("ends", &*of_first)]);
    assert_eq!(nothing.answer().status, 303);
}

#[test]
fn the_sign_out_page_does_without_the_store() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    fs::remove_file(site.file()).unwrap();
    let page = site.program("logout").cookie(&token).answer();
    assert_eq!(page.status, 200);
    has(&page, ">Sign out</button>");
}

#[test]
fn a_site_without_a_title_is_called_by_its_hosts_name() {
    let site = Site::new();
    let named = |name: &str| site.program("login").set("SERVER_NAME", name).answer();
    for name in ["www.example.org", "192.0.2.1", "[2001:db8::1]"] {
        has(&named(name), &format!("</svg>\n<span>{name}</span>"));
    }
    // On Apache it is the client's `Host`.
    for name in ["", "<script>", "a b", "x\"y", "站点", &"x".repeat(300)] {
        lacks(&named(name), "<span>");
    }
    let site = Site::with("[http]\norigin = \"https://www.example.org:8443\"");
    has(
        &site.program("login").answer(),
        "<span>www.example.org</span>",
    );
    let site = Site::with("[page]\ntitle = \"Harbour\"");
    has(&site.program("login").answer(), "<span>Harbour</span>");
    lacks(&site.program("login").answer(), "site.example");
    let site = Site::with("[page]\nlogo = \"/l.svg\"");
    has(
        &site.program("login").answer(),
        "<img src=\"/l.svg\" alt=\"site.example\">",
    );
}

/// w3m and its kind have no style: what stands in one line is one line there, and what is drawn is not.
#[test]
fn without_a_style_each_field_and_button_has_a_line_and_the_countdown_is_no_number() {
    let site = Site::new();
    let login = site.program("login").answer();
    let (_, form) = login.body.split_once("<form").expect("a form");
    let blocks: Vec<_> = form.split("<div").skip(1).collect();
    let controls = |text: &str| text.matches("<input").count() + text.matches("<button").count();
    assert_eq!(blocks.len(), 4, "two fields, a box and a button");
    assert!(blocks.iter().all(|block| controls(block) == 1), "{form}");
    let message = site.program("protected").answer();
    lacks(&message, "<span>3</span>");
    assert_eq!(message.body.matches("<p class=\"action\"><a ").count(), 2);
}
