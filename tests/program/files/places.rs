//! The three ways in which a server calls `files`, and who pretends to be one.

use std::fs;

use super::{Folder, gets};
use crate::harness::{Sent, executable, write_with_mode};

#[test]
fn a_file_is_sent_in_each_of_the_three_ways() {
    let folder = Folder::new();

    assert_eq!(gets(&folder.ask("/private/a.txt")), b"0123456789");
    assert_eq!(gets(&folder.assigned("/private/a.txt")), b"0123456789");
    assert_eq!(gets(&folder.by_action("/private/a.txt")), b"0123456789");
}

#[test]
fn a_file_has_its_headers_and_none_of_a_page() {
    let folder = Folder::new();
    folder.write("private/b.pdf", b"%PDF");

    let sent = Sent::by(&folder.ask("/private/b.pdf"));

    let mut headers: Vec<(&str, &str)> = sent
        .headers
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    headers.sort_unstable();
    let tag = sent.header("etag").unwrap();
    assert!(tag.starts_with('"') && tag.len() > 10, "{tag}");
    assert_eq!(
        headers,
        [
            ("accept-ranges", "bytes"),
            ("cache-control", "private, no-cache"),
            ("content-length", "4"),
            ("content-type", "application/pdf"),
            ("etag", tag),
            ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
            ("vary", "Cookie"),
            ("x-content-type-options", "nosniff"),
        ]
    );
}

#[test]
fn a_stranger_learns_nothing_whether_there_is_a_file_or_not() {
    let folder = Folder::new();
    folder.write("private/b.php", b"<?php");
    let ask = |path: &str| {
        let answer = folder.stranger(path).answer();
        (
            answer.status,
            answer.body.replace(path, "PATH"),
            answer.headers.len(),
        )
    };
    let there = ask("/private/a.txt");
    assert_eq!(there.0, 401);
    for path in [
        "/private/none.txt",
        "/private/b.php",
        "/private/sub",
        "/private/.x",
        "/private/a.txt/x",
    ] {
        assert_eq!(ask(path), there, "{path}");
    }
}

#[test]
fn the_way_back_from_the_message_page_leads_to_the_file() {
    let folder = Folder::new();
    let answer = folder.stranger("/private/a.txt").answer();
    let login = "/cgi-bin/login?next=/cgi-bin/files/private/a.txt";
    assert_eq!(answer.header("Refresh"), Some(&*format!("3; url={login}")));
    let assigned = folder
        .assigned("/private/a.txt")
        .without("HTTP_COOKIE")
        .answer();
    assert!(
        assigned
            .header("Refresh")
            .unwrap()
            .ends_with("login?next=/private/a.txt")
    );
}

/// Only a file beneath the web root or the configured folder, and only the one that the rules are asked about.
#[test]
fn who_only_pretends_to_be_apaches_action_is_refused() {
    let folder = Folder::new();
    let secret = folder.site.path("secret.txt");
    write_with_mode(&secret, "secret", 0o644);
    fs::create_dir_all(folder.site.path("htdocs")).unwrap();
    write_with_mode(&folder.site.path("htdocs/h.txt"), "open", 0o644);
    let config = folder.site.config();
    let direct = folder
        .ask("/h.txt")
        .set("PATH_TRANSLATED", folder.site.path("htdocs/h.txt"));
    let called = |handler: &str, status: &str| {
        direct
            .set("REDIRECT_HANDLER", handler)
            .set("REDIRECT_STATUS", status)
    };

    // What the server says itself is believed.
    Sent::by(&called("cgi-session-files", "200")).is(200, "");
    // Nothing says it, another handler does, or it is the page of an error.
    Sent::by(&direct).is(404, "no such file");
    Sent::by(&called("x-httpd-php", "200")).is(404, "no such file");
    Sent::by(&called("cgi-session-files", "404")).is(404, "no such file");
    // A client's headers say nothing.
    let headers = direct
        .set("HTTP_REDIRECT_HANDLER", "cgi-session-files")
        .set("HTTP_REDIRECT_STATUS", "200");
    Sent::by(&headers).is(404, "no such file");
    // Nor is the configuration taken from a variable that Apache has not renamed for us.
    let renamed = folder
        .ask("/private/a.txt")
        .without("CGI_SESSION_CONFIG")
        .set("DOCUMENT_ROOT", "/nonexistent/www")
        .set("REDIRECT_CGI_SESSION_CONFIG", &config);
    assert_eq!(renamed.answer_whatever_is_logged().status, 500);
    let ours = renamed.set("REDIRECT_HANDLER", "cgi-session-files");
    assert_eq!(gets(&ours), b"0123456789");
}

#[test]
fn a_file_outside_of_both_folders_is_not_sent_whatever_the_server_says() {
    let folder = Folder::new();
    write_with_mode(&folder.site.path("secret.txt"), "secret", 0o644);
    let secret = folder.site.path("secret.txt");
    for program in [
        folder
            .assigned("/private/a.txt")
            .set("SCRIPT_FILENAME", &secret),
        folder
            .by_action("/private/a.txt")
            .set("PATH_TRANSLATED", &secret),
        folder
            .by_action("/private/a.txt")
            .without("PATH_TRANSLATED"),
        folder.assigned("/private/a.txt").without("SCRIPT_FILENAME"),
    ] {
        Sent::by(&program).is(500, "outside of DOCUMENT_ROOT");
    }
    // A folder whose name begins as that of the web root.
    let sibling = folder.site.path("www2/a.txt");
    Sent::by(&folder.assigned("/a.txt").set("SCRIPT_FILENAME", sibling))
        .is(500, "outside of DOCUMENT_ROOT");
    let climbing = folder.site.path("www/../secret.txt");
    Sent::by(
        &folder
            .assigned("/private/a.txt")
            .set("SCRIPT_FILENAME", climbing),
    )
    .is(404, "hidden segment");
}

/// In a folder that is not beneath the web root, files are sent if the configuration names it.
#[test]
fn a_folder_beside_the_web_root_is_named_by_the_configuration() {
    let folder = Folder::new();
    let elsewhere = folder
        .assigned("/private/a.txt")
        .set("DOCUMENT_ROOT", folder.site.path("htdocs"));
    assert_eq!(gets(&elsewhere), b"0123456789");

    folder
        .site
        .configure("[http]\nlogin = \"/cgi-bin/login\"\n");

    Sent::by(&elsewhere).is(500, "outside of DOCUMENT_ROOT");
    assert_eq!(gets(&folder.assigned("/private/a.txt")), b"0123456789");
    Sent::by(&folder.ask("/private/a.txt")).is(404, "set files.folder");
}

#[test]
fn a_folder_is_its_index_and_without_a_slash_it_is_a_redirect() {
    let folder = Folder::new();

    for ask in [Folder::ask, Folder::by_action] {
        let redirect = Sent::by(&ask(&folder, "/private"));
        redirect.is(301, "");
        assert_eq!(gets(&ask(&folder, "/private/")), b"<p>index</p>");
        Sent::by(&ask(&folder, "/private/sub/")).is(403, "folder without a file index.html");
        Sent::by(&ask(&folder, "/private/none/")).is(404, "no such file");
        Sent::by(&ask(&folder, "/private/a.txt/")).is(404, "no such file");
    }
    let redirect = Sent::by(
        &folder
            .ask("/private")
            .query("a=1")
            .set("REQUEST_URI", "/cgi-bin/files/private?a=1"),
    );
    assert_eq!(
        redirect.header("location"),
        Some("/cgi-bin/files/private/?a=1")
    );
    // Not to another host.
    let twice = Sent::by(&folder.ask("/private").set("REQUEST_URI", "//private"));
    assert_eq!(twice.header("location"), Some("/private/"));
}

/// `/private/` is one more spelling of `/private/index.html`.
#[test]
fn the_rule_for_an_index_file_counts_for_its_folder() {
    let folder = Folder::new();
    let root = folder.site.path("www").display().to_string();
    folder.site.configure(&format!(
        "[http]\nlogin = \"/cgi-bin/login\"\n[files]\nfolder = {root:?}\n\
         [[rule]]\npath = \"/cgi-bin/files/private/index.html\"\nallow = [\"nobody\"]\n"
    ));

    assert_eq!(Sent::by(&folder.ask("/private/index.html")).status, 403);
    assert_eq!(Sent::by(&folder.ask("/private/")).status, 403);
    assert_eq!(gets(&folder.ask("/private/a.txt")), b"0123456789");
}

#[test]
fn only_get_and_head_are_answered_and_head_has_no_body() {
    let folder = Folder::new();

    let head = Sent::by(&folder.ask("/private/a.txt").method("HEAD"));

    assert!(head.is(200, "").body.is_empty());
    assert_eq!(head.header("content-length"), Some("10"));
    for method in ["POST", "PUT", "DELETE", "PROPFIND", "get"] {
        let answer = folder
            .ask("/private/a.txt")
            .method(method)
            .logs(&["status=405"])
            .answer();
        assert_eq!(answer.header("Allow"), Some("GET, HEAD"), "{method}");
    }
}

/// The server hands over every URL below a folder, however long it is.
#[test]
fn a_long_path_is_a_path() {
    let folder = Folder::new();
    let mut path = "/private".to_owned();
    for _ in 0..5 {
        path = format!("{path}/{}", "长".repeat(60));
        fs::create_dir_all(folder.path(&path[1..])).unwrap();
    }
    let file = format!("{path}/a.txt");
    folder.write(&file[1..], b"deep");
    assert!(file.len() > 900);
    let encoded = percent_encoding::utf8_percent_encode(&file, percent_encoding::NON_ALPHANUMERIC)
        .to_string();
    let encoded = encoded.replace("%2F", "/");

    let program = folder.assigned(&file).set("REQUEST_URI", &encoded);

    assert_eq!(gets(&program), b"deep");
    assert_eq!(program.without("HTTP_COOKIE").answer().status, 401);
}

/// A program's arguments are the client's on Apache.
#[test]
fn arguments_and_headers_change_nothing() {
    let folder = Folder::new();
    let plain = gets(&folder.ask("/private/a.txt"));
    let arguments =
        folder
            .ask("/private/a.txt")
            .arguments(&["/etc/passwd", "--config", "/etc/passwd"]);
    assert_eq!(gets(&arguments), plain);
    let headers = folder
        .ask("/private/a.txt")
        .set("HTTP_SCRIPT_FILENAME", "/etc/passwd")
        .set("HTTP_PATH_TRANSLATED", "/etc/passwd")
        .set("HTTP_DOCUMENT_ROOT", "/etc");
    assert_eq!(gets(&headers), plain);
    let _ = executable("files");
}
