//! What is never sent: what a server would have run, what is no file, and what lies elsewhere.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{Folder, gets};
use crate::harness::{Program, Sent};

/// What strace can do to a kernel, so that it has no `openat2`, or a container forbids it.
const WITHOUT_OPENAT2: [Option<&str>; 3] = [
    None,
    Some("inject=openat2:error=ENOSYS"),
    Some("inject=openat2:error=EPERM"),
];

#[test]
fn what_a_server_would_have_run_is_never_sent() {
    let folder = Folder::new();
    for name in [
        "a.php",
        "a.PHP",
        "a.phtml",
        "a.phar",
        "a.cgi",
        "a.pl",
        "a.py",
        "a.rb",
        "a.sh",
        "a.inc",
        "a.sqlite",
        "a.db",
        "a.toml",
        "a.env",
        "a.ini",
        "a.php.txt",
        "a.txt.php",
        "a.php~",
        "a.php.bak",
        "a.php.",
        "a.sqlite-wal",
        "a.Php5.pdf",
        "a.php6",
        "a.php82",
        "a.phtm",
        "a.plx",
        "a.swo",
        "a.swn",
        "a.config",
        "a.ashx",
        "a.asmx",
        "htpasswd",
        "htaccess",
        "HTPASSWD~",
    ] {
        folder.write(&format!("private/{name}"), b"secret");
        let sent = Sent::by(&folder.ask(&format!("/private/{name}")));
        sent.is(403, "files.never_send");
        assert!(
            !String::from_utf8_lossy(&sent.body).contains("secret"),
            "{name}"
        );
    }
    folder.write("private/script", b"#!/bin/sh\nsecret");
    Sent::by(&folder.ask("/private/script")).is(403, "begins with #!");
    for begins in ["<?php", "<?PHP", "<?=", "<%", "\n <?php", "\u{feff}<?php"] {
        folder.write("private/script", format!("{begins} secret").as_bytes());
        Sent::by(&folder.ask("/private/script")).is(403, "begins as a script for a server does");
    }
    for begins in ["<?xml", "<? ", "<", "", "x<?php", "<!doctype"] {
        folder.write("private/a.xml", format!("{begins} secret").as_bytes());
        assert!(!gets(&folder.ask("/private/a.xml")).is_empty());
    }
    for mode in [0o744, 0o654, 0o645] {
        fs::set_permissions(
            folder.path("private/a.txt"),
            fs::Permissions::from_mode(mode),
        )
        .unwrap();
        Sent::by(&folder.ask("/private/a.txt")).is(403, "execute bit");
    }
    // An index is a file as any other.
    fs::set_permissions(
        folder.path("private/index.html"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    Sent::by(&folder.ask("/private/")).is(403, "execute bit");
    // A name that only sounds like it.
    for name in [
        "phpinfo.txt",
        "graph.pdf",
        "a.dbf",
        "py",
        "htpasswd1",
        "a.phpx",
        "a.php7x",
    ] {
        folder.write(&format!("private/{name}"), b"open");
        assert_eq!(
            gets(&folder.ask(&format!("/private/{name}"))),
            b"open",
            "{name}"
        );
    }
}

#[test]
fn the_list_is_the_configurations() {
    let folder = Folder::with("never_send = [\"Pdf\", \".md\"]");
    for (name, status) in [("a.pdf", 403), ("b.md", 403), ("a.php", 200)] {
        folder.write(&format!("private/{name}"), b"x");
        assert_eq!(
            Sent::by(&folder.ask(&format!("/private/{name}"))).status,
            status,
            "{name}"
        );
    }
    // Whatever the list says.
    folder.write("private/b.php", b"#!/usr/bin/php");
    Sent::by(&folder.ask("/private/b.php")).is(403, "begins with #!");
}

#[test]
fn an_extension_that_no_file_can_have_is_refused_with_line_and_key() {
    for word in [
        "*.php", "tar.gz", "", ".", "..php", "php~", "a b", "php ", "秘", "p-p",
    ] {
        let folder = Folder::with(&format!("never_send = [\"php\", {word:?}]"));
        Sent::by(&folder.ask("/private/a.txt")).is(500, "cgi-session.toml:7: never_send: ");
        #[cfg(feature = "tools")]
        {
            let done = folder.site.run(&["config", "check"], "");
            let place = "cgi-session.toml:7: never_send: ";
            assert!(done.code == 1 && done.err.contains(place), "{}", done.err);
        }
    }
    let folder = Folder::with("never_send = []");
    folder.write("private/a.php", b"x");
    assert_eq!(gets(&folder.ask("/private/a.php")), b"x");
}

/// A folder with every kind of file that is none, and links to what is elsewhere.
fn with_traps() -> Folder {
    let folder = Folder::new();
    fs::write(folder.site.path("secret.txt"), "secret").unwrap();
    fs::create_dir(folder.site.path("outside")).unwrap();
    fs::write(folder.site.path("outside/s.txt"), "secret").unwrap();
    folder.write("private/.hidden", b"secret");
    fs::create_dir(folder.path("private/.git")).unwrap();
    folder.write("private/.git/config", b"secret");
    let outside = folder.site.path("secret.txt");
    folder.link(outside.to_str().unwrap(), "private/link.txt");
    folder.link("../../secret.txt", "private/relative.txt");
    folder.link("a.txt", "private/inside.txt");
    folder.link("none.txt", "private/dangling.txt");
    folder.link("loop.txt", "private/loop.txt");
    folder.link("../../outside", "private/linked");
    folder.link("sub", "private/linked-sub");
    folder.write("private/sub/b.txt", b"inside");
    let fifo = folder.path("private/fifo.txt");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    drop(UnixListener::bind(folder.path("private/socket.txt")).unwrap());
    folder
}

#[test]
#[ignore = "needs strace: tests/run installs it"]
fn no_link_device_fifo_socket_or_hidden_file_comes_out() {
    let folder = with_traps();
    // Only root can make a device.
    let device = folder.path("private/null.txt");
    let made = mknodat(
        CWD,
        &device,
        FileType::CharacterDevice,
        Mode::from_raw_mode(0o644),
        rustix::fs::makedev(1, 3),
    );
    let mut paths = vec![
        "/private/link.txt",
        "/private/relative.txt",
        "/private/inside.txt",
        "/private/dangling.txt",
        "/private/loop.txt",
        "/private/linked/s.txt",
        "/private/linked",
        "/private/linked/",
        "/private/linked-sub/b.txt",
        "/private/linked-sub/",
        "/private/fifo.txt",
        "/private/socket.txt",
        "/private/.hidden",
        "/private/.git/config",
        "/private/fifo.txt/x",
    ];
    if made.is_ok() {
        paths.push("/private/null.txt");
    }
    for fault in WITHOUT_OPENAT2 {
        let under = |program: Program| match fault {
            Some(inject) => program.with_fault(inject),
            None => program,
        };
        assert_eq!(
            gets(&under(folder.ask("/private/sub/b.txt"))),
            b"inside",
            "{fault:?}"
        );
        for path in &paths {
            let sent = Sent::by(&under(folder.ask(path)));
            assert_eq!(sent.status, 404, "{path} {fault:?}: {sent:?}");
            assert!(!String::from_utf8_lossy(&sent.body).contains("secret"));
        }
    }
}

#[test]
fn no_spelling_of_a_path_leads_out() {
    let folder = with_traps();
    for path in [
        "/../secret.txt",
        "/private/../../secret.txt",
        "/private/../../../../../../../../../etc/passwd",
        "//etc/passwd",
        "/private/./a.txt/../../../secret.txt",
        "/..\\secret.txt",
        "/private\\..\\..\\secret.txt",
        "/.../secret.txt",
        "/private/..;/secret.txt",
    ] {
        // As a server that resolves nothing hands it over.
        let sent = Sent::by(
            &folder
                .ask(path)
                .set("REQUEST_URI", "/cgi-bin/files/private/x"),
        );
        assert!(matches!(sent.status, 400 | 404), "{path}: {sent:?}");
        assert!(!String::from_utf8_lossy(&sent.body).contains("secret"));
        let file = folder.site.path(&format!("www{path}"));
        let assigned = folder.assigned("/private/x").set("SCRIPT_FILENAME", file);
        assert_eq!(Sent::by(&assigned).status, 404, "{path}");
    }
    for uri in [
        "/cgi-bin/files/private%2fa.txt",
        "/cgi-bin/files/private/a.txt%00",
        "/cgi-bin/files/%ff",
    ] {
        let sent = Sent::by(&folder.ask("/private/a.txt").set("REQUEST_URI", uri));
        sent.is(400, "REQUEST_URI");
    }
    let behind = folder.assigned("/private/a.txt").set("PATH_INFO", "/x");
    Sent::by(&behind).is(404, "goes on behind a file");
}

#[test]
fn a_file_that_the_server_may_not_read_is_refused_with_its_cure() {
    let folder = Folder::new();
    folder.site.give();
    fs::set_permissions(
        folder.path("private/a.txt"),
        fs::Permissions::from_mode(0o000),
    )
    .unwrap();
    let program = folder
        .site
        .as_www_data(&folder.ask("/private/a.txt"), "files");
    // The copy of the program that this user runs.
    let program = if rustix::process::geteuid().is_root() {
        program.set("SCRIPT_FILENAME", folder.site.path("files"))
    } else {
        program
    };
    Sent::by(&program).is(403, "may not read");
}

/// Whoever may write in the folder could put a link in the file's place, which the server follows.
#[test]
fn x_sendfile_is_only_for_a_folder_that_nobody_untrusted_may_write() {
    let folder = Folder::with("x_sendfile = true");
    folder.write("private/50 % 错.txt", b"x");
    // The folders above a temporary one are as they are on this machine.
    let program = folder
        .ask("/private/50 % 错.txt")
        .set("REQUEST_URI", "/cgi-bin/files/private/x");
    folder.write("private/50 % 错.txt", b"x");
    // Apache's module takes the path as it is.
    assert_eq!(gets(&program), b"x");
    let program = program.set("SERVER_SOFTWARE", "lighttpd/1.4.69");

    let sent = Sent::by(&program);

    sent.is(200, "");
    let expected = format!(
        "{}/private/50%20%25%20%E9%94%99.txt",
        folder.site.path("www").display()
    );
    assert_eq!(sent.header("x-sendfile"), Some(&*expected));
    assert!(sent.body.is_empty());
    // A path that makes no header is copied.
    let mut long = "private".to_owned();
    for _ in 0..8 {
        long = format!("{long}/{}", "长".repeat(60));
    }
    fs::create_dir_all(folder.path(&long)).unwrap();
    folder.write(&format!("{long}/a.txt"), b"deep");
    let deep = program.set("PATH_INFO", format!("/{long}/a.txt"));
    assert_eq!(gets(&deep), b"deep");
    for name in ["content-length", "etag", "last-modified", "accept-ranges"] {
        assert_eq!(sent.header(name), None, "{name} is the server's");
    }
    for name in ["private", "", ".."] {
        let path = folder.path(name);
        let before = fs::metadata(&path).unwrap().permissions();
        for mode in [0o777, 0o775, 0o1777] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let allowed = name == ".." && mode == 0o1777;
            let sent = Sent::by(&program);
            if allowed {
                sent.is(200, "");
            } else {
                sent.is(500, "files.x_sendfile = false");
            }
        }
        fs::set_permissions(&path, before).unwrap();
    }
    folder.link("a.txt", "private/inside.txt");
    Sent::by(&folder.ask("/private/inside.txt")).is(404, "no such file");
}
