//! What is refused before a script starts, and what the server does with one that fails.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::running::{ALL_SERVERS, Running, SERVERS, Start};
use crate::harness::Deployment;
use crate::harness::deployment::script;
use crate::harness::user;
use crate::harness::web::{WebServer, apache, lighttpd};

/// The folder where a script leaves its mark.
fn marks(site: &Deployment) -> PathBuf {
    let folder = site.path("marks");
    if !folder.exists() {
        fs::create_dir(&folder).unwrap();
        user::give(&folder, 0o700);
    }
    folder
}

/// A shell script that leaves a mark, and says so.
fn leaves_a_mark(site: &Deployment) -> String {
    let mark = marks(site).join("ran");
    format!(
        "echo ran >>{}\nprintf 'Content-Type: text/plain\\r\\n\\r\\nran\\n'\n",
        mark.display()
    )
}

/// Whether the script has run since the last question.
fn ran(site: &Deployment) -> bool {
    fs::remove_file(marks(site).join("ran")).is_ok()
}

/// H43. Apache makes arguments of the words of a query, and a guard in a folder of CGI programs would get a command line
/// from the client.
#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn a_guard_in_cgi_bin_runs_nothing_that_a_client_names() {
    for (name, start) in SERVERS {
        let running = Running::start(start, |site| {
            fs::copy(site.guard(), site.path("cgi-bin/guard")).unwrap();
            script(&site.path("www/upload.txt"), &leaves_a_mark(site));
            site.guarded("report", "/bin/sh", &leaves_a_mark(site));
        });
        let site = &running.deployment;
        let alice = running.signed_in("alice");
        let upload = site.path("www/upload.txt");
        let guard = site.path("cgi-bin/guard");
        let report = site.path("cgi-bin/report");
        for words in [
            format!("/bin/sh+{}", upload.display()),
            format!("/bin/sh+{}", guard.display()),
            format!("/bin/sh+{}", report.display()),
            format!("-x+/bin/sh+{}", upload.display()),
            String::new(),
        ] {
            for path in ["/cgi-bin/guard", "/cgi-bin/guard/upload.txt"] {
                let reply = alice.get(&format!("{path}?{words}"), &[]);
                assert_eq!(reply.status, 500, "{name}, {words}: {reply:?}");
                assert!(!ran(site), "{name}, {words}: a client started it");
            }
        }
        let reply = alice.get(&format!("/cgi-bin/report?{}", upload.display()), &[]);
        assert_eq!((reply.status, ran(site)), (200, true), "{name}: {reply:?}");
    }
}

/// lighttpd with a folder of the web root whose scripts it runs with these words in `cgi.assign`.
fn with_scripts(site: &Deployment, assign: &str) -> WebServer {
    let config = site.config();
    let lines = format!(
        "$HTTP[\"url\"] =~ \"^/scripts/\" {{\ncgi.assign = ( {assign} )\n\
         setenv.set-environment = ( \"CGI_SESSION_CONFIG\" => \"{}\" )\n}}\n",
        config.display()
    );
    lighttpd::start_with(site, &lines)
}

/// Where the server itself names the interpreter, the guard's line is a comment, and the script is open to everybody.
/// `cgi-session guard check` finds out; with the file itself as the program, the kernel reads that line.
#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn a_server_that_starts_the_interpreter_itself_passes_the_guard_by() {
    let open: Start = |site| with_scripts(site, "\".py\" => \"/usr/bin/python3\"");
    let shut: Start = |site| with_scripts(site, "\".py\" => \"\"");
    for (start, expected) in [(open, 200), (shut, 401)] {
        let running = Running::start(start, |site| {
            fs::create_dir(site.path("www/scripts")).unwrap();
            let text = "print('Content-Type: text/plain\\n\\nopen')\n";
            let text = site.first_line("/usr/bin/python3") + text;
            script(&site.path("www/scripts/report.py"), &text);
        });

        let reply = running.browser().get("/scripts/report.py", &[]);

        assert_eq!(reply.status, expected, "{reply:?}");
    }
}

/// The client gets the answer, whatever it sends at the same time.
#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn a_refused_client_gets_its_answer_though_it_sends_a_large_body() {
    for (name, start) in SERVERS {
        let running = Running::start(start, |site| {
            site.guarded("report", "/bin/sh", &leaves_a_mark(site));
        });
        let site = &running.deployment;
        let alice = running.signed_in("alice");
        let body = site.path("body");
        fs::write(&body, vec![b'x'; 10 << 20]).unwrap();
        let data = format!("@{}", body.display());
        let sent = ["--data-binary", &data];
        let chunked = ["--header", "Transfer-Encoding: chunked"];
        let foreign = ["--header", "Sec-Fetch-Site: cross-site"];
        for _ in 0..5 {
            for more in [&[][..], &chunked] {
                let options = [&sent[..], more].concat();
                let reply = running.browser().get("/cgi-bin/report", &options);
                assert_eq!(reply.status, 401, "{name}: {reply:?}");
                assert!(
                    reply.body.trim_end().ends_with("</html>"),
                    "{name}: {reply:?}"
                );
                let options = [&options[..], &foreign].concat();
                let reply = alice.get("/cgi-bin/report", &options);
                assert_eq!(reply.status, 403, "{name}: {reply:?}");
                assert!(
                    reply.body.trim_end().ends_with("</html>"),
                    "{name}: {reply:?}"
                );
            }
        }
        assert!(!ran(site), "{name}");
    }
}

/// The script writes a mark, so that it shows whether it has run.
#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn any_method_reaches_a_script_unless_another_site_sends_it() {
    for (name, start) in SERVERS {
        let running = Running::start(start, |site| {
            // Apache may lose the answer of a script that does not read its body.
            let text = leaves_a_mark(site) + "cat >/dev/null; echo \"$REQUEST_METHOD\"\n";
            site.guarded("report", "/bin/sh", &text);
        });
        let site = &running.deployment;
        let alice = running.signed_in("alice");
        let (base, foreign) = (&running.server.base, "Origin: http://evil.example");
        let own = format!("Origin: {base}");
        for method in ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"] {
            let sent = |more: &[&str]| {
                let options = [&["--request", method, "--data", "a=1"], more].concat();
                alice.get("/cgi-bin/report", &options)
            };
            for own in [&[][..], &["--header", &own]] {
                let reply = sent(own);
                let said = (reply.status, &*reply.body);
                assert_eq!(said, (200, &*format!("ran\n{method}\n")), "{name}");
                assert!(ran(site), "{name}, {method}");
            }
            let reply = sent(&["--header", foreign]);
            assert_eq!((reply.status, ran(site)), (403, false), "{name}, {method}");
        }
        let reply = alice.get(
            "/cgi-bin/report",
            &["--request", "OPTIONS", "--header", foreign],
        );
        assert_eq!((reply.status, ran(site)), (200, true), "{name}");
        running.configure("[guard]\ncross_origin = true\n");
        let reply = alice.get("/cgi-bin/report", &["--data", "a=1", "--header", foreign]);
        assert_eq!((reply.status, ran(site)), (200, true), "{name}");
    }
}

/// Ways in which a script fails. One that ends without a blank line is not among them: lighttpd answers 200 or 500,
/// whichever it sees first, the text or the end.
const FAILURES: &[(&str, &str)] = &[
    ("says nothing", "exit 0\n"),
    ("fails and says nothing", "echo oops >&2; exit 3\n"),
    ("is killed", "kill -KILL $$\n"),
    (
        "is killed after its header",
        "printf 'Content-Type: text/plain\\r\\n\\r\\nhalf'; kill -KILL $$\n",
    ),
    ("has no header", "echo '<p>Hello</p>'\n"),
    (
        "gives its own status",
        "printf 'Status: 418 Teapot\\r\\nContent-Type: text/plain\\r\\n\\r\\n'\n",
    ),
    (
        "redirects",
        "printf 'Status: 303 See Other\\r\\nLocation: /elsewhere\\r\\n\\r\\n'\n",
    ),
    ("is not there", "exec /nowhere\n"),
    ("hangs", "exec sleep 30\n"),
];

/// The servers give up after 2 s: each says in its own way how long it waits.
const IMPATIENT: [(&str, Start); 2] = [
    ("lighttpd", |site| {
        lighttpd::start_with(site, "cgi.limits = ( \"read-timeout\" => 2 )\n")
    }),
    ("Apache", |site| {
        apache::start_guarding(site, &["cgid"], "CGIDScriptTimeout 2\n")
    }),
];

#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn a_script_that_fails_fails_as_it_would_without_the_guard() {
    let servers = [IMPATIENT[0], IMPATIENT[1], ALL_SERVERS[2]];
    for (name, start) in servers {
        let running = Running::start(start, |site| {
            for (number, (_, text)) in FAILURES.iter().enumerate() {
                site.unguarded(&format!("open{number}"), "/bin/sh", text);
                site.guarded(&format!("shut{number}"), "/bin/sh", text);
            }
        });
        let alice = running.signed_in("alice");
        for (number, (what, _)) in FAILURES.iter().enumerate() {
            let status = |script: &str| {
                let url = format!("{}/cgi-bin/{script}{number}", running.server.base);
                let cookie = alice.cookie("cgi-session").unwrap();
                let done = Command::new("curl")
                    .args(["--silent", "--output", "/dev/null", "--noproxy", "*"])
                    .args(["--write-out", "%{http_code} %{size_download} %{exitcode}"])
                    .args(["--max-time", "20"])
                    .args(["--cookie", &format!("cgi-session={cookie}"), &url])
                    .output();
                String::from_utf8(done.unwrap().stdout).unwrap()
            };
            let (open, shut) = (status("open"), status("shut"));
            println!("{name}: a script that {what}: {open} {shut}");
            assert_eq!(open, shut, "{name}: a script that {what}");
        }
    }
}
