//! What the README and `cgi-session help protect` say of scripts, done as it stands there.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::running::{Running, SERVERS, Start};
use crate::harness::deployment::script;
use crate::harness::readme::{help, snippet, substitute};
use crate::harness::web::lighttpd;
use crate::harness::{Deployment, executable};

const GUARD: &str = "cgi-session-guard";

/// Runs the command that installs the guard, with the programs of this build and a folder of the deployment.
fn install(site: &Deployment, command: &str) {
    let built = format!("target/*/release/{GUARD}");
    let bin = site.path("bin");
    let command = substitute(
        command,
        &[
            ("sudo ", ""),
            ("/usr/local/bin", bin.to_str().unwrap()),
            (&built, executable(GUARD)),
        ],
    );
    let done = Command::new("sh").args(["-c", &command]).status().unwrap();
    assert!(done.success(), "{command}");
}

/// A script as it stands in a text, with the deployment's path of the guard.
fn on_this_machine(site: &Deployment, text: &str) -> String {
    let guard = site.path("bin").join(GUARD);
    substitute(
        text,
        &[("/usr/local/bin/cgi-session-guard", guard.to_str().unwrap())],
    )
}

/// The only snippet of `help protect` that begins so.
fn help_snippet(begins: &str) -> String {
    let mut found = help("protect");
    found.retain(|text| text.starts_with(begins));
    assert_eq!(found.len(), 1, "{begins}");
    found.remove(0)
}

#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn the_readme_guards_a_script() {
    for (name, start) in SERVERS {
        let section = "Guard a script";
        let running = Running::start(start, |site| {
            // `deploys_on_sqlite` installs it, by the commands of "Put it behind your server".
            site.guard();
            let text = on_this_machine(site, &snippet(section, "python"));
            script(&site.path("cgi-bin/hello.py"), &text);
        });

        let stranger = running.browser().get("/cgi-bin/hello.py", &[]);
        let alice = running.signed_in("alice").get("/cgi-bin/hello.py", &[]);

        assert_eq!(stranger.status, 401, "{name}");
        let said = (alice.status, &*alice.body);
        assert_eq!(said, (200, "Hello, alice\n"), "{name}");
    }
}

#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn help_protect_guards_a_script() {
    let start: Start = |site| {
        let config = site.config();
        let lines = format!(
            "$HTTP[\"url\"] =~ \"^/scripts/.*\\.py$\" {{\n{}\
             setenv.set-environment = ( \"CGI_SESSION_CONFIG\" => \"{}\" )\n}}\n",
            help_snippet("cgi.assign = ( \".py\""),
            config.display()
        );
        lighttpd::start_with(site, &lines)
    };
    let running = Running::start(start, |site| {
        install(site, &help_snippet("sudo install -D -t /usr/local/bin"));
        fs::create_dir(site.path("www/scripts")).unwrap();
        let line = help_snippet("#!/usr/local/bin/cgi-session-guard /usr/bin/python3");
        let text = on_this_machine(site, &line) + "print('Content-Type: text/plain\\n\\nran')\n";
        script(&site.path("www/scripts/report.py"), &text);
        let wrapper = help_snippet("#!/usr/local/bin/cgi-session-guard /bin/sh");
        let wrapper = substitute(
            &wrapper,
            &[("/usr/lib/myprogram/myprogram", "/usr/bin/env")],
        );
        let text = on_this_machine(site, &wrapper);
        script(
            &site.path("cgi-bin/program"),
            &text.replace("exec ", "echo Content-Type: text/plain; echo; exec "),
        );
    });
    let alice = running.signed_in("alice");
    for (path, shows) in [
        ("/scripts/report.py", "ran"),
        ("/cgi-bin/program", "REMOTE_USER=alice"),
    ] {
        assert_eq!(running.browser().get(path, &[]).status, 401, "{path}");
        let reply = alice.get(path, &[]);
        assert!(
            reply.status == 200 && reply.body.contains(shows),
            "{path}: {reply:?}"
        );
    }
}

/// `carts.rs` runs them.
#[test]
fn the_carts_keep_their_data_as_help_says() {
    let cart = |name: &str| {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples");
        fs::read_to_string(examples.join(name)).unwrap()
    };
    for (name, begins) in [("cart.php", "ini_set"), ("cart.pl", "CGI::Session->new")] {
        for line in help_snippet(begins).lines() {
            // Perl's cart has looked at the key first, as `-T` asks.
            let line = line
                .trim_end_matches(';')
                .replace("$ENV{CGI_SESSION_KEY}, {", "$key, {");
            assert!(cart(name).contains(&line), "{name} has no {line}");
        }
    }
}
