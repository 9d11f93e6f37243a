//! Every spelling of a path, and the lists of those who attack with them: nothing outside the folder, and no 5xx.

use std::collections::BTreeMap;
use std::fs;
use std::thread;

use super::{SERVERS, Start, cookie, raw, site, site_with, status, write};
use crate::harness::files;
use crate::harness::machine::unpacked;
use crate::harness::web::WebServer;

/// Stands in files that nobody gets.
const SECRET: &str = "tangerine-secret";

/// What stands in `/etc/passwd` of every machine.
const PASSWD: &str = "root:x:0:";

/// Lists of wfuzz, a tool that attacks web sites.
fn list() -> Vec<Vec<u8>> {
    let folder = unpacked("wfuzz").join("usr/share/wfuzz/wordlist");
    let mut lines = Vec::new();
    for name in [
        "vulns/dirTraversal-nix.txt",
        "vulns/dirTraversal.txt",
        "Injections/Traversal.txt",
        "Injections/All_attack.txt",
        "Injections/bad_chars.txt",
    ] {
        let text =
            fs::read(folder.join(name)).unwrap_or_else(|why| panic!("wfuzz's {name}: {why}"));
        lines.extend(text.split(|b| *b == b'\n').map(<[u8]>::to_vec));
    }
    lines.sort();
    lines.dedup();
    assert!(lines.len() > 1000, "{}", lines.len());
    lines
}

#[test]
#[ignore = "needs lighttpd, apache2 and the lists of wfuzz: tests/run gets them"]
fn lists_of_path_traversal_get_nothing_and_break_nothing() {
    let list = &list();
    thread::scope(|scope| {
        for (name, start, folder) in [
            ("lighttpd", files::lighttpd as Start, "/private/"),
            ("lighttpd", files::lighttpd, "/cgi-bin/files/"),
            ("Apache", files::apache, "/private/"),
            ("Apache", files::apache, "/cgi-bin/files/"),
        ] {
            scope.spawn(move || attack(name, start, folder, list));
        }
    });
}

fn attack(name: &str, start: Start, folder: &str, list: &[Vec<u8>]) {
    let site = site();
    write(&site, "a.txt", b"a");
    fs::write(site.path("secret.txt"), SECRET).unwrap();
    let server = start(&site);
    let cookie = cookie(&server);
    let mut seen: BTreeMap<u16, usize> = BTreeMap::new();
    for line in list {
        // A blank ends the target.
        let mut target = folder.as_bytes().to_vec();
        target.extend(line.iter().flat_map(|b| {
            if *b == b' ' {
                b"%20"
            } else {
                std::slice::from_ref(b)
            }
        }));
        let answer = raw(&server, &target, &cookie);
        let shown = String::from_utf8_lossy(&target);
        assert!(
            !answer.contains(PASSWD) && !answer.contains(SECRET),
            "{name}: {shown}: {answer}"
        );
        assert!(
            status(&answer) < 500,
            "{name}: {shown}: {answer}\n{}",
            server.log()
        );
        *seen.entry(status(&answer)).or_default() += 1;
    }
    println!("{name} {folder}: {seen:?}");
    assert_eq!(
        status(&raw(&server, format!("{folder}a.txt").as_bytes(), &cookie)),
        200
    );
}

/// Spellings of `/private/board/b.txt` and of the folder that each server may let through.
const SPELLINGS: [&str; 28] = [
    "/private/board/b.txt",
    "//private/board/b.txt",
    "/private//board//b.txt",
    "/./private/board/b.txt",
    "/private/./board/./b.txt",
    "/private/x/../board/b.txt",
    "/x/../private/board/b.txt",
    "/%70rivate/%62oard/b.txt",
    "/private/board/%62.txt",
    "/private/%2e/board/b.txt",
    "/private/x/%2e%2e/board/b.txt",
    "/private%2fboard/b.txt",
    "/private/board%2Fb.txt",
    "/private%5cboard/b.txt",
    "/private/board/b.txt%00",
    "/private/board/b.txt%00.html",
    "/private/board/b.txt;x",
    "/private/board;x/b.txt",
    "/private;x/board/b.txt",
    "/PRIVATE/board/b.txt",
    "/private/BOARD/b.txt",
    "/private/board/b.txt.",
    "/private/board/b.txt%20",
    "/private/board/b.txt/",
    "/private/board/b.txt?x=/../..",
    "/private/board/b.txt%3fx",
    "/private/%252e%252e/private/board/b.txt",
    "/private\\board\\b.txt",
];

/// Behind each spelling lies a file that strangers do not get, and one whom a rule shuts out does not, either.
#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn no_spelling_gets_more_than_the_plain_one() {
    thread::scope(|scope| {
        for (name, start) in SERVERS {
            scope.spawn(move || {
                let rule = "[[rule]]\npath = \"/private/board\"\nallow = [\"group:board\"]\n\
                    [[rule]]\npath = \"/cgi-bin/files/board\"\nallow = [\"group:board\"]\n";
                let site = site_with(rule);
                write(&site, "board/b.txt", SECRET.as_bytes());
                write(&site, "board/index.html", SECRET.as_bytes());
                write(&site, "a.txt", b"open to the signed in");
                let server = start(&site);
                let alice = cookie(&server);
                for spelling in SPELLINGS {
                    let program = spelling.replacen("/private", "/cgi-bin/files", 1);
                    for target in [spelling, &program] {
                        gets_nothing(name, &server, target, "");
                        gets_nothing(name, &server, target, &alice);
                    }
                }
                for folder in [
                    "/private/board/",
                    "/private/board",
                    "/private/board/index.html",
                ] {
                    gets_nothing(name, &server, folder, &alice);
                }
                assert_eq!(
                    status(&raw(&server, b"/private/a.txt", &alice)),
                    200,
                    "{name}"
                );
                site.admin(&["user", "groups", super::NAME, "+board"], "");
                assert!(
                    raw(&server, b"/private/board/b.txt", &alice).contains(SECRET),
                    "{name}"
                );
                assert!(
                    raw(&server, b"/private/board/", &alice).contains(SECRET),
                    "{name}"
                );
                assert!(
                    raw(&server, b"/cgi-bin/files/board/", &alice).contains(SECRET),
                    "{name}"
                );
            });
        }
    });
}

#[track_caller]
fn gets_nothing(name: &str, server: &WebServer, target: &str, cookie: &str) {
    let answer = raw(server, target.as_bytes(), cookie);
    assert!(!answer.contains(SECRET), "{name} {target}: {answer}");
    assert!(
        status(&answer) < 500,
        "{name} {target}: {answer}\n{}",
        server.log()
    );
}
