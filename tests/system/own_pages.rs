//! The example of a shopping cart on each web server, as visitors use it: before and after sign-in, and all at once.

use std::thread;

use serde_json::Value;

use crate::harness::database::DatabaseServer as _;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::deployment::Deployment;
use crate::harness::web::curl::{Curl, Reply};
use crate::harness::web::{WebServer, apache, development, lighttpd};

const CART: &str = "/cgi-bin/cart";
const COOKIE: &str = "cgi-session";
const NAME: &str = "alice";
const PASSWORD: &str = "copper otter lantern 42";

/// How a server is started on a site.
type Start = fn(&Deployment) -> WebServer;

/// A site with a cart and a user, on MariaDB or on SQLite.
fn site(on_mariadb: bool) -> Deployment {
    let site = Deployment::new();
    let database = on_mariadb.then(|| Mariadb::shared().database());
    site.init(database.as_ref(), "[http]\nallow_http = true\n");
    site.admin(&["user", "add", NAME, "--password-stdin"], PASSWORD);
    site.place_example("cart");
    site
}

/// The form of the cart, as a browser sends it: with the token of the page that it shows.
fn send(browser: &Curl, server: &WebServer, button: &str, item: &str) -> Reply {
    let token = form_token(&browser.get(CART, &[]));
    let origin = format!("Origin: {}", server.base);
    let fields = [(button, item), ("form_token", &*token)];
    browser.post(CART, &fields, &["--header", &origin])
}

fn form_token(page: &Reply) -> String {
    let field = page.body.split("name=\"form_token\" value=\"").nth(1);
    let value = field.expect("the field").split('"').next().unwrap();
    value.to_owned()
}

/// How many there are of an item.
#[track_caller]
fn count(browser: &Curl, item: &str) -> u64 {
    let cart = browser.get(CART, &["--header", "Accept: application/json"]);
    assert_eq!(cart.status, 200, "{cart:?}");
    let cart: Value = serde_json::from_str(&cart.body).unwrap();
    cart["items"][item].as_u64().unwrap_or_default()
}

fn sign_in(browser: &Curl) -> Reply {
    let fields = [("login_name", NAME), ("password", PASSWORD), ("next", CART)];
    browser.post("/cgi-bin/login", &fields, &[])
}

#[test]
#[ignore = "needs lighttpd, apache2 and mariadbd: tests/run installs and runs them"]
fn a_cart_is_kept_before_and_after_sign_in_on_every_server() {
    let servers: [(Start, bool); 3] = [
        (development::start, false),
        (lighttpd::start, true),
        (apache::start, false),
    ];
    for (start, on_mariadb) in servers {
        let site = site(on_mariadb);
        let server = start(&site);
        let (browser, other) = (server.browser(), server.browser());

        let page = browser.get(CART, &[]);
        assert_eq!(page.status, 200, "{page:?}\n{}", server.log());
        let link = format!("href=\"/cgi-bin/login?next={CART}\"");
        assert!(page.main().contains(&link), "{page:?}");
        assert_eq!(browser.cookie(COOKIE), None, "looking makes no session");

        for (button, item) in [
            ("add", "tea"),
            ("add", "tea"),
            ("add", "bread"),
            ("remove", "tea"),
        ] {
            let sent = send(&browser, &server, button, item);
            assert_eq!(sent.status, 303, "{sent:?}\n{}", server.log());
            assert!(sent.header("location").unwrap().ends_with(CART));
        }
        assert_eq!((count(&browser, "tea"), count(&browser, "bread")), (1, 1));
        assert_eq!(send(&browser, &server, "remove", "tea").status, 303);
        assert_eq!(count(&browser, "tea"), 0);
        assert_eq!(send(&other, &server, "add", "pen").status, 303);
        assert_eq!(send(&browser, &server, "add", "gold").status, 400);

        let before = browser.cookie(COOKIE).unwrap();
        let old_page = form_token(&browser.get(CART, &[]));
        // A visitor's session signs nobody in.
        assert_eq!(browser.get("/cgi-bin/protected", &[]).status, 401);
        let signed_in = sign_in(&browser);
        assert_eq!(signed_in.status, 303, "{signed_in:?}");
        assert!(signed_in.header("location").unwrap().ends_with(CART));
        assert_ne!(browser.cookie(COOKIE).unwrap(), before);

        let page = browser.get(CART, &[]);
        assert!(
            page.main().contains("signed in as <b>alice</b>"),
            "{page:?}"
        );
        assert!(page.main().contains("href=\"/cgi-bin/logout\""), "{page:?}");
        assert_eq!((count(&browser, "bread"), count(&browser, "pen")), (1, 0));
        assert_eq!((count(&other, "bread"), count(&other, "pen")), (0, 1));
        // The form of a page from before the sign-in, and that of another site.
        let origin = format!("Origin: {}", server.base);
        for (fields, origin, words) in [
            (
                [("add", "tea"), ("form_token", &*old_page)],
                &*origin,
                "out of date",
            ),
            (
                [("add", "tea"), ("form_token", "")],
                &*origin,
                "out of date",
            ),
            (
                [("add", "tea"), ("form_token", "")],
                "Origin: https://evil.example",
                "another site",
            ),
        ] {
            let refused = browser.post(CART, &fields, &["--header", origin]);
            assert_eq!(refused.status, 403, "{refused:?}");
            assert!(refused.main().contains(words), "{words}: {refused:?}");
        }
        assert_eq!(count(&browser, "tea"), 0);
        assert_eq!(send(&browser, &server, "add", "tea").status, 303);
        assert_eq!(count(&browser, "tea"), 1);

        assert_eq!(browser.post("/cgi-bin/logout", &[], &[]).status, 303);
        assert_eq!(
            count(&browser, "bread"),
            0,
            "the session is gone, and its data"
        );
    }
}

/// Adds as many as this, all at once.
const AT_ONCE: u64 = 50;

#[test]
#[ignore = "needs lighttpd and mariadbd: tests/run installs and runs them"]
fn fifty_additions_at_once_are_fifty_items_before_and_after_sign_in_on_both_stores() {
    for on_mariadb in [false, true] {
        let site = site(on_mariadb);
        let server = lighttpd::start(&site);
        let browser = server.browser();
        // Begins the visitor's session.
        assert_eq!(send(&browser, &server, "add", "pen").status, 303);
        assert_eq!(browser.get("/cgi-bin/protected", &[]).status, 401);

        add_at_once(&browser, &server);

        assert_eq!(count(&browser, "tea"), AT_ONCE, "on MariaDB: {on_mariadb}");
        assert_eq!(sign_in(&browser).status, 303);
        assert_eq!(count(&browser, "tea"), AT_ONCE, "on MariaDB: {on_mariadb}");

        add_at_once(&browser, &server);

        assert_eq!(
            count(&browser, "tea"),
            2 * AT_ONCE,
            "on MariaDB: {on_mariadb}"
        );
        assert_eq!(count(&browser, "pen"), 1);
    }
}

/// As one browser in many windows.
fn add_at_once(browser: &Curl, server: &WebServer) {
    let cookie = format!("{COOKIE}={}", browser.cookie(COOKIE).unwrap());
    let token = form_token(&browser.get(CART, &[]));
    let origin = format!("Origin: {}", server.base);
    thread::scope(|scope| {
        let sent: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                scope.spawn(|| {
                    let fields = [("add", "tea"), ("form_token", &*token)];
                    let options = ["--cookie", &*cookie, "--header", &*origin];
                    server.browser().post(CART, &fields, &options)
                })
            })
            .collect();
        for sent in sent {
            let reply = sent.join().unwrap();
            assert_eq!(reply.status, 303, "{reply:?}\n{}", server.log());
        }
    });
}
