//! A server that would rather run a file of the folder than hand it over.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{cookie, raw, site, status};
use crate::harness::deployment::{Deployment, script};
use crate::harness::files;
use crate::harness::web::{WebServer, apache, lighttpd};

/// What the script would print.
const RAN: &str = "the-script-ran";

fn with_script() -> Deployment {
    let site = site();
    let text = format!("#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n{RAN}'\n");
    for name in ["private/report.pl", "private/report.php"] {
        script(&site.path("www").join(name), &text);
    }
    // As PHP and Perl's own modules run them, which need no execute bit.
    fs::set_permissions(
        site.path("www/private/report.php"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    site
}

#[track_caller]
fn never_runs(server: &WebServer) {
    let cookie = cookie(server);
    for name in ["report.pl", "report.php"] {
        let target = format!("/private/{name}");
        let stranger = raw(server, target.as_bytes(), "");
        assert_eq!(status(&stranger), 401, "{stranger}\n{}", server.log());
        let alice = raw(server, target.as_bytes(), &cookie);
        assert_eq!(status(&alice), 403, "{alice}");
        for answer in [stranger, alice] {
            assert!(
                !answer.contains(RAN) && !answer.contains("printf"),
                "{answer}"
            );
        }
    }
}

/// Debian's PHP sets its handler in a section `FilesMatch` of the server, which is stronger than that of a folder.
const LIKE_PHP: &str = "AddHandler cgi-script .pl\n<Directory /var/www/html>\nOptions +ExecCGI\n</Directory>\n\
    <FilesMatch \"\\.php$\">\nSetHandler cgi-script\n</FilesMatch>\n";

#[test]
#[ignore = "needs apache2: tests/run installs and runs it"]
fn apache_runs_no_script_of_the_folder_whatever_other_handlers_it_has() {
    let modules = ["cgid", "actions"];
    let site = with_script();
    let location = format!("{LIKE_PHP}{}", files::location());
    never_runs(&apache::start_guarding(&site, &modules, &location));

    let site = with_script();
    files::write(&site, "private/.htaccess", files::htaccess().as_bytes());
    let allow = "<Directory /var/www/html>\nAllowOverride FileInfo\n</Directory>\n";
    let server = apache::start_guarding(&site, &modules, &format!("{LIKE_PHP}{allow}"));
    never_runs(&server);

    // Without our lines they do run, so that the test can fail.
    let site = with_script();
    let open = apache::start_guarding(&site, &modules, LIKE_PHP);
    assert!(raw(&open, b"/private/report.php", "").contains(RAN));
}

#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn lighttpd_runs_no_script_of_the_folder_whatever_else_it_assigns() {
    let others = "cgi.assign = ( \".pl\" => \"\", \".php\" => \"\" )\n";
    let site = with_script();
    let server = lighttpd::start_with(&site, &format!("{others}{}", files::snippet("$HTTP")));
    never_runs(&server);

    let site = with_script();
    let open = lighttpd::start_with(&site, others);
    assert!(raw(&open, b"/private/report.php", "").contains(RAN));
}

/// The snippet without the lines that begin with one of these words.
fn without(words: &[&str]) -> String {
    let snippet = files::snippet("$HTTP");
    let is_one = |line: &&str| words.iter().any(|word| line.trim().starts_with(word));
    let lines: Vec<&str> = snippet.lines().filter(|line| !is_one(line)).collect();
    lines.join("\n")
}

/// Modules of lighttpd that answer before `mod_cgi` does.
#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn lighttpd_asks_no_backend_lists_no_folder_and_runs_no_ssi() {
    let others = "server.modules += ( \"mod_fastcgi\", \"mod_ssi\", \"mod_dirlisting\" )\n\
        ssi.extension = ( \".shtml\" )\nserver.dir-listing = \"enable\"\n\
        fastcgi.server = ( \".php\" => (( \"host\" => \"127.0.0.1\", \"port\" => 9 )) )\n";
    let with_page = || {
        let site = with_script();
        files::write(&site, "private/sub/page.shtml", RAN.as_bytes());
        site
    };
    let site = with_page();
    let server = lighttpd::start_after(&site, others, &files::snippet("$HTTP"));
    never_runs(&server);
    for cookie in ["", &cookie(&server)] {
        let page = raw(&server, b"/private/sub/page.shtml", cookie);
        let refused = if cookie.is_empty() { 401 } else { 403 };
        assert_eq!(status(&page), refused, "{page}");
        let list = raw(&server, b"/private/sub/", cookie);
        assert!(
            status(&list) == 403 && !list.contains("page.shtml"),
            "{list}"
        );
    }

    let site = with_page();
    let off = without(&["server.dir-listing", "ssi.extension", "fastcgi.server"]);
    let open = lighttpd::start_after(&site, others, &off);
    let backend = raw(&open, b"/private/report.php", "");
    assert_eq!(
        status(&backend),
        503,
        "the backend, which is not there, was asked"
    );
    assert!(raw(&open, b"/private/sub/page.shtml", "").contains(RAN));
    assert!(raw(&open, b"/private/sub/", "").contains("page.shtml"));
}

/// A stranger learns as little of a folder as of a file.
#[test]
#[ignore = "needs apache2: tests/run installs and runs it"]
fn apache_does_not_tell_strangers_which_folders_there_are() {
    let modules = ["cgid", "actions"];
    let with_folders = || {
        let site = site();
        files::write(&site, "private/sub/a.txt", b"a");
        files::write(&site, "private/full/index.html", b"the-index");
        site
    };
    let targets = [
        "/private/sub",
        "/private/sub/",
        "/private/full",
        "/private/full/",
    ];
    let site = with_folders();
    let server = apache::start_guarding(&site, &modules, &files::location());
    for target in targets
        .into_iter()
        .chain(["/private/none", "/private/none/"])
    {
        let stranger = raw(&server, target.as_bytes(), "");
        assert_eq!(status(&stranger), 401, "{target}: {stranger}");
        assert!(
            stranger.contains(&format!("next={target}")),
            "{target}: {stranger}"
        );
    }
    let alice = cookie(&server);
    let answers = targets.map(|target| raw(&server, target.as_bytes(), &alice));
    assert_eq!(
        answers.each_ref().map(|answer| status(answer)),
        [301, 403, 301, 200]
    );
    assert!(answers[3].contains("the-index"));

    let site = with_folders();
    let lines = files::location().replace("DirectorySlash Off", "");
    let telling = apache::start_guarding(&site, &modules, &lines);
    assert_eq!(status(&raw(&telling, b"/private/sub", "")), 301);
    assert_eq!(status(&raw(&telling, b"/private/none", "")), 401);
}
