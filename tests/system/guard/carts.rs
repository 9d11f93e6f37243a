//! The carts of `tests/examples`, which keep data of their own under `CGI_SESSION_KEY`.

use std::fs;
use std::path::Path;

use super::running::{Running, SERVERS, sign_in};
use crate::harness::Deployment;
use crate::harness::deployment::script;
use crate::harness::php::php_cgi;
use crate::harness::user;
use crate::harness::web::curl::Curl;

const CARTS: [&str; 3] = ["cart.py", "cart.pl", "cart.php"];

/// Puts a cart into `cgi-bin`, as it stands in the clone but for this machine's paths.
fn put(site: &Deployment, name: &str) {
    let folder = site.path("carts");
    if !folder.exists() {
        fs::create_dir(&folder).unwrap();
        user::give(&folder, 0o700);
    }
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples");
    let text = fs::read_to_string(examples.join(name)).unwrap();
    let guard = "/usr/local/bin/cgi-session-guard";
    assert!(text.starts_with(&format!("#!{guard} ")), "{name}");
    assert!(text.contains("/var/lib/cart"), "{name}");
    let text = text
        .replacen(guard, site.guard().to_str().unwrap(), 1)
        .replacen("/usr/bin/php-cgi", php_cgi().to_str().unwrap(), 1)
        .replace("/var/lib/cart", folder.to_str().unwrap());
    script(&site.path("cgi-bin").join(name), &text);
}

#[track_caller]
fn add(browser: &Curl, cart: &str, item: &str) {
    let reply = browser.post(&format!("/cgi-bin/{cart}"), &[("item", item)], &[]);
    assert_eq!(reply.status, 303, "{cart}: {reply:?}");
    assert_eq!(
        reply.header("set-cookie"),
        None,
        "{cart}: a cookie of its own"
    );
}

/// What stands in the list.
#[track_caller]
fn items(browser: &Curl, cart: &str) -> Vec<String> {
    let reply = browser.get(&format!("/cgi-bin/{cart}"), &[]);
    assert_eq!(reply.status, 200, "{cart}: {reply:?}");
    let items = reply.body.split("<li>").skip(1);
    items
        .map(|item| item.split("</li>").next().unwrap().to_owned())
        .collect()
}

#[test]
#[ignore = "needs lighttpd, apache2, php-cgi and CGI::Session: tests/run installs and runs them"]
fn each_visitor_has_a_cart_and_a_new_sign_in_has_a_new_one() {
    for (server, start) in SERVERS {
        let running = Running::start(start, |site| CARTS.iter().for_each(|name| put(site, name)));
        for cart in CARTS {
            let (alice, bob) = (running.signed_in("alice"), running.signed_in("bob"));
            let elsewhere = running.signed_in("alice");

            add(&alice, cart, "tea");
            add(&bob, cart, "milk & <honey>");
            add(&alice, cart, "bread");

            assert_eq!(items(&alice, cart), ["tea", "bread"], "{server}");
            let escaped = &items(&bob, cart)[0];
            assert!(
                escaped.starts_with("milk &amp; &lt;honey&gt;"),
                "{server}: {escaped}"
            );
            // A session, not a user, has the cart.
            assert!(items(&elsewhere, cart).is_empty(), "{server}, {cart}");
            let key = key_of(&running.deployment, cart);
            assert_eq!(alice.post("/cgi-bin/logout", &[], &[]).status, 303);
            let path = format!("/cgi-bin/{cart}");
            assert_eq!(alice.get(&path, &[]).status, 401, "{server}, {cart}");
            sign_in(&alice, "alice");
            assert!(items(&alice, cart).is_empty(), "{server}, {cart}");
            // H60: what names the data opens nothing, neither as the cookie nor as an id that PHP or Perl looks for.
            for cookie in ["cgi-session", "PHPSESSID", "CGISESSID"] {
                let cookie = format!("{cookie}={key}");
                let reply = running.browser().get(&path, &["--cookie", &cookie]);
                assert_eq!(reply.status, 401, "{server}, {cart}");
                if cookie.starts_with("cgi-session=") {
                    continue;
                }
                let query = format!("{path}?{cookie}");
                let reply = bob.get(&query, &["--cookie", &cookie]);
                let shows = reply.body.contains("tea");
                assert!(!shows && reply.status == 200, "{server}, {cart}: {reply:?}");
            }
        }
    }
}

/// The key under which the first cart of the folder is kept.
fn key_of(site: &Deployment, cart: &str) -> String {
    let folder = site.path("carts");
    let named = |start: &str| {
        let files = fs::read_dir(&folder).unwrap();
        let mut names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let is_alices = |name: &String| {
            let text = fs::read(folder.join(name)).unwrap();
            name.starts_with(start) && String::from_utf8_lossy(&text).contains("tea")
        };
        let name = names.find(is_alices).unwrap();
        name.strip_prefix(start).unwrap().to_owned()
    };
    let key = match cart {
        "cart.pl" => named("cgisess_"),
        "cart.php" => named("sess_"),
        _ => {
            let file = rusqlite::Connection::open(folder.join("cart.sqlite")).unwrap();
            let sql = "SELECT session FROM items WHERE item = 'tea'";
            file.query_row(sql, [], |row| row.get(0)).unwrap()
        }
    };
    assert_eq!(key.len(), 32, "{key}");
    key
}
