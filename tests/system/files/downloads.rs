//! What curl gets: whole files, parts, resumed downloads, and nothing that it has already.

use std::fmt::Write as _;
use std::fs;
use std::thread;

use tempfile::TempDir;

use super::{SERVERS, Start, signed_in, site, write};
use crate::harness::web::WebServer;
use crate::harness::{Deployment, files};

/// Not a byte of it is like another part.
fn numbers() -> String {
    let mut text = String::new();
    for number in 0..200_000 {
        writeln!(text, "{number:07}").unwrap();
    }
    text
}

fn on_every_server(test: fn(&str, Start, &str)) {
    thread::scope(|scope| {
        for (name, start) in SERVERS {
            scope.spawn(move || test(name, start, "/private"));
        }
        scope.spawn(move || test("lighttpd", files::lighttpd, "/cgi-bin/files"));
        scope.spawn(move || test("Apache", files::apache, "/cgi-bin/files"));
    });
}

/// A server whose folder holds the file `n.txt`, and the text of that file.
fn with_numbers(start: Start) -> (Deployment, WebServer, String) {
    let (site, text) = (site(), numbers());
    write(&site, "n.txt", text.as_bytes());
    let server = start(&site);
    (site, server, text)
}

#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn a_file_is_sent_whole_in_parts_and_not_again() {
    on_every_server(|name, start, folder| {
        let site = site();
        let text = numbers();
        write(&site, "n.txt", text.as_bytes());
        write(&site, "sub/index.html", b"<p>index</p>");
        let server = start(&site);
        let browser = signed_in(&server);
        let path = &*format!("{folder}/n.txt");
        let get = |options: &[&str]| browser.get(path, options);

        let whole = get(&[]);

        assert_eq!(whole.status, 200, "{name} {folder}: {}", server.log());
        assert!(whole.body == text, "{name}");
        assert_eq!(
            whole.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        // Apache drops it, and a file .htaccess cannot change that for another folder.
        let length = Some("1600000").filter(|_| name != "Apache, .htaccess");
        assert_eq!(whole.header("content-length"), length, "{name}");
        assert_eq!(whole.header("accept-ranges"), Some("bytes"), "{name}");
        assert_eq!(whole.header("cache-control"), Some("private, no-cache"));
        assert_eq!(whole.header("content-security-policy"), None);
        let tag = whole.header("etag").unwrap().trim_start_matches("W/");
        let date = whole.header("last-modified").unwrap();
        for (header, expected) in [
            (format!("If-None-Match: {tag}"), 304),
            (format!("If-Modified-Since: {date}"), 304),
            ("If-Match: \"x\"".to_owned(), 412),
            (
                "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT".to_owned(),
                412,
            ),
            ("If-None-Match: \"x\"".to_owned(), 200),
            ("Range: bytes=1600000-".to_owned(), 416),
        ] {
            let reply = get(&["--header", &header]);
            assert_eq!(reply.status, expected, "{name} {header}");
            assert_eq!(
                reply.body.len(),
                if expected == 200 { 1_600_000 } else { 0 },
                "{name} {header}"
            );
        }
        let part = get(&["--range", "8-15"]);
        assert_eq!((part.status, &*part.body), (206, "0000001\n"), "{name}");
        assert_eq!(part.header("content-range"), Some("bytes 8-15/1600000"));
        assert_eq!(get(&["--range", "-8"]).body, "0199999\n", "{name}");
        assert!(get(&["--range", "1599992-"]).body == "0199999\n", "{name}");
        let head = get(&["--head"]);
        assert_eq!(
            (head.status, head.header("content-length"), &*head.body),
            (200, length, ""),
            "{name}"
        );
        let refused = browser.post(path, &[("a", "b")], &[]);
        assert_eq!(
            (refused.status, refused.header("allow")),
            (405, Some("GET, HEAD")),
            "{name}"
        );

        let redirect = browser.get(&format!("{folder}/sub"), &[]);
        assert!(
            [301, 302].contains(&redirect.status),
            "{name}: {redirect:?}"
        );
        assert!(
            redirect
                .header("location")
                .unwrap()
                .ends_with(&format!("{folder}/sub/")),
            "{name}"
        );
        assert_eq!(
            browser.get(&format!("{folder}/sub/"), &[]).body,
            "<p>index</p>",
            "{name}"
        );
        assert_eq!(
            browser.get(&format!("{folder}/"), &[]).status,
            403,
            "{name}"
        );
        assert_eq!(
            browser.get(&format!("{folder}/none"), &[]).status,
            404,
            "{name}"
        );
        assert_eq!(
            browser.get(&format!("{folder}/n.txt/x"), &[]).status,
            404,
            "{name}"
        );
    });
}

/// `curl -C -`: what is there already is not sent again.
#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn curl_resumes_a_download() {
    on_every_server(|name, start, folder| {
        let (_site, server, text) = with_numbers(start);
        let browser = signed_in(&server);
        let here = TempDir::new().unwrap();
        let to = here.path().join("n.txt");
        fs::write(&to, &text[..700_001]).unwrap();
        let path = format!("{folder}/n.txt");
        let resume = || {
            browser.download(
                &path,
                &to,
                &[
                    "--continue-at",
                    "-",
                    "--write-out",
                    "%{http_code} %{size_download}",
                ],
            )
        };

        assert_eq!(resume(), (true, "206 899999".to_owned()), "{name}");
        assert!(fs::read_to_string(&to).unwrap() == text, "{name}");
        // All of it is there.
        let (_, said) = resume();
        assert!(said.starts_with("416"), "{name}: {said}");
        assert!(fs::read_to_string(&to).unwrap() == text, "{name}");
    });
}

/// The first part of a file with 100 ranges in any order is that file.
#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn parts_make_the_whole() {
    on_every_server(|name, start, folder| {
        let (_site, server, text) = with_numbers(start);
        let browser = signed_in(&server);
        let mut whole = String::new();
        while whole.len() < text.len() {
            let from = whole.len();
            let range = format!("{from}-{}", from + 99_999);
            let part = browser.get(&format!("{folder}/n.txt"), &["--range", &range]);
            assert_eq!(part.status, 206, "{name}");
            whole += &part.body;
        }
        assert!(whole == text, "{name}");
    });
}
