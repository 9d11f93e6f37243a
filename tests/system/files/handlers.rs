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

/// With a FastCGI backend in front of it, `help protect` has one line more.
#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn lighttpd_with_fastcgi_needs_the_line_that_help_names() {
    let backend = "server.modules += ( \"mod_fastcgi\" )\n\
        fastcgi.server = ( \".php\" => (( \"host\" => \"127.0.0.1\", \"port\" => 9 )) )\n";
    let snippet = files::snippet("$HTTP");
    let off = snippet.replacen('{', "{\n    fastcgi.server = ()", 1);
    let site = with_script();
    let server = lighttpd::start_after(&site, backend, &off);
    never_runs(&server);

    let site = with_script();
    let open = lighttpd::start_after(&site, backend, &snippet);
    assert_eq!(
        status(&raw(&open, b"/private/report.php", "")),
        503,
        "the backend, which is not there, was asked"
    );
}
