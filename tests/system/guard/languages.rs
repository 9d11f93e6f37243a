//! A script in each language says who the visitor is, and gets its request and a large body as they were sent.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use super::running::{Running, SERVERS, Start};
use crate::harness::deployment::Deployment;
use crate::harness::php::php_cgi;
use crate::harness::user;
use crate::harness::web::apache;

/// Larger than any pipe or socket holds, and than servers keep in memory.
const SIZE: usize = 10 << 20;

/// What each script answers to GET, and its name and first line. On POST it writes its body to the file `OUT`.
struct Language {
    name: &'static str,
    interpreter: String,
    text: String,
}

fn languages(site: &Deployment) -> Vec<Language> {
    let language = |name, interpreter: &str, text: &str| Language {
        name,
        interpreter: interpreter.to_owned(),
        text: text.replace("OUT", site.path("out").join(name).to_str().unwrap()),
    };
    let compiled = compiled(site);
    vec![
        language("sh", "/bin/sh", SH),
        language("python", "/usr/bin/python3", PYTHON),
        language("env", "/usr/bin/env python3", PYTHON),
        language("perl", "/usr/bin/perl -wT", PERL),
        language(
            "php",
            &format!("{} -dpost_max_size=16M", php_cgi().display()),
            PHP,
        ),
        language("c", "/bin/sh", &format!("exec {compiled} OUT\n")),
    ]
}

const SH: &str = r#"printf 'Content-Type: text/plain\r\n\r\n'
[ "$REQUEST_METHOD" != POST ] || cat >OUT
echo "$REQUEST_METHOD $QUERY_STRING $PATH_INFO $REMOTE_USER $# $CONTENT_TYPE"
"#;

const PYTHON: &str = r#"import os, shutil, sys
if os.environ["REQUEST_METHOD"] == "POST":
    with open("OUT", "wb") as out:
        shutil.copyfileobj(sys.stdin.buffer, out)
names = "REQUEST_METHOD QUERY_STRING PATH_INFO REMOTE_USER"
said = [os.environ.get(name, "") for name in names.split()]
print("Content-Type: text/plain\n")
print(*said, len(sys.argv) - 1, os.environ.get("CONTENT_TYPE", ""))
"#;

const PERL: &str = r#"use strict;
die "tainted values are not marked" unless ${^TAINT};
if ($ENV{REQUEST_METHOD} eq 'POST') {
    open my $out, '>:raw', 'OUT' or die;
    binmode STDIN;
    print $out $_ while read STDIN, $_, 65536;
}
print "Content-Type: text/plain\r\n\r\n";
my @said = map { $ENV{$_} // '' } qw(REQUEST_METHOD QUERY_STRING PATH_INFO REMOTE_USER);
print join(' ', @said, scalar @ARGV, $ENV{CONTENT_TYPE} // ''), "\n";
"#;

/// `php-cgi` takes its arguments for a part of the request, and prints what stands before `<?php`.
const PHP: &str = r#"<?php
header('Content-Type: text/plain');
if ($_SERVER['REQUEST_METHOD'] == 'POST') {
    file_put_contents('OUT', fopen('php://input', 'rb'));
}
$names = ['REQUEST_METHOD', 'QUERY_STRING', 'PATH_INFO', 'REMOTE_USER'];
$said = array_map(fn($name) => $_SERVER[$name] ?? '', $names);
echo join(' ', $said), ' 0 ', $_SERVER['CONTENT_TYPE'] ?? '', "\n";
"#;

const C: &str = r#"#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static const char *said(const char *name) { const char *value = getenv(name); return value ? value : ""; }
int main(int count, char **words) {
    char block[65536];
    size_t had;
    if (!strcmp(said("REQUEST_METHOD"), "POST")) {
        FILE *out = fopen(words[1], "wb");
        while ((had = fread(block, 1, sizeof block, stdin))) fwrite(block, 1, had, out);
        fclose(out);
    }
    printf("Content-Type: text/plain\r\n\r\n%s %s %s %s %d %s\n", said("REQUEST_METHOD"), said("QUERY_STRING"),
        said("PATH_INFO"), said("REMOTE_USER"), count - 2, said("CONTENT_TYPE"));
}
"#;

/// Compiles [`C`], and returns the path of the program.
fn compiled(site: &Deployment) -> String {
    let (source, program) = (site.path("bin/say.c"), site.path("bin/say"));
    fs::write(&source, C).unwrap();
    let mut command = Command::new("cc");
    command.arg(&source).arg("-o").arg(&program);
    assert!(command.status().unwrap().success());
    program.to_str().unwrap().to_owned()
}

/// Every byte, in an order that repeats nowhere.
fn body() -> Vec<u8> {
    let mut state: u32 = 1;
    let byte = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..SIZE).map(byte).collect()
}

#[test]
#[ignore = "needs lighttpd, apache2 and php-cgi: tests/run installs and runs them"]
fn a_script_of_each_language_gets_its_request_and_its_body() {
    let body = body();
    for (server, start) in SERVERS {
        let running = Running::start(start, |site| {
            fs::create_dir(site.path("out")).unwrap();
            user::give(&site.path("out"), 0o700);
            for language in languages(site) {
                site.guarded(language.name, &language.interpreter, &language.text);
            }
        });
        let sent = running.deployment.path("body");
        fs::write(&sent, &body).unwrap();
        let alice = running.signed_in("alice");
        for language in languages(&running.deployment) {
            let name = language.name;
            let path = format!("/cgi-bin/{name}/a%20b?x=1&y=%26");
            // Apache hands a query without `=` over as arguments, too.
            let search = alice.get(&format!("/cgi-bin/{name}?-c+exit"), &[]);
            let get = alice.get(&path, &[]);
            let data = format!("@{}", sent.display());
            let kind = "Content-Type: application/octet-stream";
            let post = alice.get(&path, &["--data-binary", &data, "--header", kind]);
            let stranger = running.browser().get(&path, &["--data-binary", &data]);

            let said = (search.status, search.body.trim_end());
            assert_eq!(said, (200, "GET -c+exit  alice 0"), "{server}, {name}");
            let said = (get.status, get.body.trim_end());
            let expected = "GET x=1&y=%26 /a b alice 0";
            assert_eq!(said, (200, expected), "{server}, {name}");
            let said = (post.status, post.body.trim_end());
            let expected = "POST x=1&y=%26 /a b alice 0 application/octet-stream";
            assert_eq!(said, (200, expected), "{server}, {name}: {post:?}");
            let out = running.deployment.path("out").join(name);
            assert!(
                fs::read(&out).unwrap() == body,
                "{server}, {name}: the body differs"
            );
            assert_eq!(stranger.status, 401, "{server}, {name}");
        }
    }
}

/// `php-cgi` may run the file that the path behind the script's name leads to, which a client chooses: behind a redirect
/// inside Apache, because it takes the script for the target of an `Action`, and anywhere without `cgi.fix_pathinfo`.
#[test]
#[ignore = "needs lighttpd, apache2 and php-cgi: tests/run installs and runs them"]
fn php_runs_the_script_and_no_file_that_the_path_leads_to() {
    let redirect: Start = |site| {
        let lines = "ErrorDocument 404 /cgi-bin/php/upload.txt\n";
        apache::start_guarding(site, &["cgid"], lines)
    };
    let php = php_cgi();
    let php = php.to_str().unwrap();
    for (server, start) in [("lighttpd", SERVERS[0].1), ("Apache", redirect)] {
        let running = Running::start(start, |site| {
            let link = site.path("bin/hypertext");
            symlink(php, &link).unwrap();
            let link = link.display();
            let text = "<?php echo 'the script ', $_SERVER['PATH_INFO'] ?? '';";
            for (name, interpreter) in [
                ("php", php.to_owned()),
                ("env", format!("/usr/bin/env -S {php}")),
                ("link", link.to_string()),
                ("old", format!("{link} -dcgi.fix_pathinfo=0")),
                (
                    "direct",
                    format!("/usr/bin/env -S {link} -dcgi.fix_pathinfo=0 -dcgi.force_redirect=0"),
                ),
            ] {
                site.guarded(name, &interpreter, text);
            }
            // lighttpd looks for the path in the folder of the alias.
            for folder in ["www", "cgi-bin"] {
                let upload = site.path(folder).join("upload.txt");
                fs::write(upload, "<?php echo 'the upload';").unwrap();
            }
        });
        let alice = running.signed_in("alice");
        for name in ["php", "env", "link", "old", "direct"] {
            let reply = alice.get(&format!("/cgi-bin/{name}/upload.txt"), &[]);
            let expected = "the script /upload.txt";
            assert_eq!(reply.body, expected, "{server}, {name}: {reply:?}");
        }
        if server == "Apache" {
            let reply = alice.get("/nowhere", &[]);
            assert!(reply.body.starts_with("the script"), "{reply:?}");
        }
    }
}
