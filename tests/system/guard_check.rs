//! `cgi-session guard check`: it finds what is open, whatever the server's configuration promises.

use std::fs;
use std::os::unix::fs::symlink;

use super::guard::running::{Running, Start};
use crate::harness::Deployment;
use crate::harness::deployment::script;
use crate::harness::files::{self, snippet, write};
#[cfg(feature = "tls")]
use crate::harness::tls::Authority;
use crate::harness::web::{WebServer, apache, lighttpd};

/// The same script under any name: it says that it ran.
const SCRIPT: &str = "print('Content-Type: text/plain\\r\\n\\r\\nran')\n";

/// A folder `/private` with files, one of them hidden, and a folder `/reports` with a guarded script.
fn put(site: &Deployment) {
    for name in [
        "a.txt",
        "b c.pdf",
        "sub/d.txt",
        "sub/董事.txt",
        "index.html",
        ".hidden",
        "code.php",
    ] {
        write(site, &format!("private/{name}"), b"text");
    }
    symlink("a.txt", site.path("www/private/link")).unwrap();
    files::make_folder(&site.path("www/reports"));
    script(
        &site.path("www/reports/report.py"),
        &(site.first_line("/usr/bin/python3") + SCRIPT),
    );
}

/// Exit code, output and stderr of a check of a folder below the web root.
fn check(site: &Running, folder: &str, url: &str, more: &[&str]) -> (i32, String, String) {
    let path = site.deployment.path("www").join(folder);
    let words = ["guard", "check", path.to_str().unwrap(), "--url", url];
    let done = site.deployment.try_admin(&[&words[..], more].concat(), "");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        done.status.code().unwrap(),
        text(done.stdout),
        text(done.stderr),
    )
}

#[track_caller]
fn passes(site: &Running, folder: &str, guarded: usize) {
    let url = format!("{}/{folder}", site.server.base);
    let (code, out, err) = check(site, folder, &url, &[]);
    let last = format!("{guarded} guarded, 0 open by a rule, 0 open\n");
    assert_eq!(
        (code, &*out, &*err),
        (0, &*last, ""),
        "{}",
        site.server.log()
    );
}

/// The lines of what is open, without the address of the server.
#[track_caller]
fn finds(site: &Running, folder: &str) -> Vec<String> {
    let url = format!("{}/{folder}/", site.server.base);
    let (code, out, err) = check(site, folder, &url, &[]);
    assert!(
        code == 1 && err.contains("not all of the folder is guarded"),
        "{out}{err}"
    );
    let open = out.lines().filter(|line| line.starts_with("OPEN "));
    open.map(|line| line.replace(&site.server.base, ""))
        .collect()
}

/// lighttpd as many have it: the server itself starts Python, to which the guard's line is a comment.
fn lighttpd_that_starts_python(site: &Deployment) -> WebServer {
    let lines =
        "$HTTP[\"url\"] =~ \"^/reports/\" { cgi.assign = ( \".py\" => \"/usr/bin/python3\" ) }\n";
    lighttpd::start_with(site, lines)
}

/// The setting with which the kernel starts the guard.
fn lighttpd_that_starts_the_script(site: &Deployment) -> WebServer {
    let lines = "$HTTP[\"url\"] =~ \"^/reports/\" { cgi.assign = ( \".py\" => \"\" )\n\
        setenv.set-environment = ( \"CGI_SESSION_CONFIG\" => \"/etc/cgi-session.toml\" )\n}\n";
    lighttpd::start_with(site, &(lines.to_owned() + &snippet("$HTTP")))
}

fn apache_that_starts_the_script(site: &Deployment) -> WebServer {
    let lines = "<Directory /var/www/html/reports>\nOptions ExecCGI\nSetHandler cgi-script\n</Directory>\n\
        Action cgi-session-files /cgi-bin/files virtual\n\
        <Location \"/private\">\nSetHandler cgi-session-files\n</Location>\n";
    apache::start_guarding(site, &["cgid", "actions"], lines)
}

#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn the_line_that_is_only_a_comment_to_the_server_is_found() {
    let site = Running::configured(lighttpd_that_starts_python, "", put);
    let reply = site.browser().get("/reports/report.py", &[]);
    assert!(
        reply.status == 200 && reply.body.contains("ran"),
        "{reply:?}"
    );
    let open = finds(&site, "reports");
    assert_eq!(
        open,
        ["OPEN     /reports/report%2Epy  200: it is sent or run"]
    );
}

#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn a_folder_that_nothing_guards_is_found() {
    let site = Running::configured(lighttpd::start, "", put);
    let open = finds(&site, "private");
    for name in [
        "a%2Etxt",
        "b%20c%2Epdf",
        "sub/d%2Etxt",
        "index%2Ehtml",
        "code%2Ephp",
        "%2Ehidden",
    ] {
        let line = format!("OPEN     /private/{name}  200: it is sent or run");
        assert!(open.contains(&line), "{line}: {open:#?}");
    }
    // Nor is a script that its folder does not run.
    assert!(finds(&site, "reports")[0].contains("200"));
    // A folder that is not there, and a server that is not, are no success.
    let (code, _, err) = check(&site, "nowhere", &site.server.base, &[]);
    assert!(code == 1 && err.contains("cannot read the folder"), "{err}");
    let (code, _, err) = check(&site, "private", "http://127.0.0.1:1/private", &[]);
    assert!(code == 1 && err.contains("cannot ask for"), "{err}");
    for url in [
        "127.0.0.1/private",
        "ftp://127.0.0.1/",
        "/private",
        "http://127.0.0.1/?x",
    ] {
        let (code, _, err) = check(&site, "private", url, &[]);
        assert!(code == 1 && err.contains("--url must be"), "{url}: {err}");
    }
}

/// What `help protect` prints guards all of it, also where a browser would be redirected.
#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn a_folder_that_is_guarded_passes() {
    let servers: [Start; 2] = [
        lighttpd_that_starts_the_script,
        apache_that_starts_the_script,
    ];
    for start in servers {
        for sections in ["", "[page]\nwhen_signed_out = \"redirect\"\n"] {
            let site = Running::configured(start, sections, put);
            // Six plain files, a hidden one, a link and two folders.
            passes(&site, "private", 10);
            passes(&site, "reports", 2);
        }
    }
}

#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn what_a_rule_opens_is_told_apart() {
    let rules = "[[rule]]\npath = \"/private/sub\"\nallow = [\"everyone\"]\n\
        [[rule]]\npath = \"/private/b c.pdf\"\nallow = [\"nobody\"]\n";
    let site = Running::configured(lighttpd_that_starts_the_script, rules, put);
    let url = format!("{}/private", site.server.base);
    let (code, out, err) = check(&site, "private", &url, &[]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(
        out.contains("by rule  ") && out.contains("everyone, by the rule for /private/sub"),
        "{out}"
    );
    assert!(
        out.ends_with("8 guarded, 2 open by a rule, 0 open\n"),
        "{out}"
    );
    // Everything may be open by a rule; one file that only the server would send is not.
    fs::remove_file(site.deployment.path("www/private/code.php")).unwrap();
    let (code, _, _) = check(&site, "private", &url, &[]);
    assert_eq!(code, 0);
}

/// Over TLS, with an authority that is given or known to the system, and no other.
#[cfg(feature = "tls")]
#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn a_server_is_asked_over_tls_and_must_prove_its_name() {
    use crate::harness::machine::free_port;

    fn over_tls(site: &Deployment) -> WebServer {
        let folder = site.path("state");
        let authority = Authority::make(&folder, "authority");
        let pair = authority.sign("server", "IP:127.0.0.1", 2);
        let port = free_port();
        fs::write(site.path("port"), port.to_string()).unwrap();
        let lines = format!(
            "server.modules += ( \"mod_openssl\" )\n$SERVER[\"socket\"] == \"127.0.0.1:{port}\" {{\n\
             ssl.engine = \"enable\"\nssl.pemfile = {:?}\nssl.privkey = {:?}\n}}\n{}",
            pair.certificate,
            pair.key,
            snippet("$HTTP")
        );
        fs::copy(&authority.certificate, site.path("ca.pem")).unwrap();
        lighttpd::start_with(site, &lines)
    }

    let site = Running::configured(over_tls, "", put);
    let port = fs::read_to_string(site.deployment.path("port")).unwrap();
    let url = format!("https://127.0.0.1:{port}/private");
    let ca = site.deployment.path("ca.pem");
    let ca = ["--ca", ca.to_str().unwrap()];
    let (code, out, err) = check(&site, "private", &url, &ca);
    assert_eq!((code, &*err), (0, ""), "{out}");
    let (code, _, err) = check(&site, "private", &url, &[]);
    assert!(
        code == 1 && err.contains("cannot ask for https://"),
        "{err}"
    );
    let (code, _, err) = check(
        &site,
        "private",
        &url.replace("127.0.0.1", "localhost"),
        &ca,
    );
    assert!(
        code == 1 && err.contains("cannot ask for https://"),
        "{err}"
    );
}

/// The snippets of `help protect` about rules and groups, each as it is printed, with this machine's paths.
#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn the_commands_of_help_protect_do_what_it_says() {
    let rules = snippet("[[rule]]");
    let site = Running::configured(lighttpd_that_starts_the_script, &rules, |site| {
        put(site);
        for name in ["board/plan.pdf", "press/a.txt"] {
            write(site, &format!("private/{name}"), b"text");
        }
    });
    let run = |command: &str| {
        let command = command.trim().strip_prefix("sudo cgi-session ").unwrap();
        let www = site.deployment.path("www");
        let command = command
            .replace("/var/www/html", www.to_str().unwrap())
            .replace("https://www.example.org", &site.server.base);
        site.deployment
            .admin(&command.split(' ').collect::<Vec<_>>(), "")
    };
    let get = |name: &str, path: &str| site.signed_in(name).get(path, &[]).status;
    assert_eq!(get("bob", "/private/board/plan.pdf"), 403);
    let groups = snippet("sudo cgi-session user groups");
    let mut groups = groups.lines();
    assert_eq!(run(groups.next().unwrap()), "GROUP\nboard\nstaff\n");
    assert_eq!(run(groups.next().unwrap()), "GROUP\nboard\n");
    assert_eq!(groups.next(), None);
    let told = run(&snippet("sudo cgi-session rule check"));
    assert!(told.contains("allowed, by \"group:board\""), "{told}");
    for name in ["bob", "alice"] {
        assert_eq!(get(name, "/private/board/plan.pdf"), 200, "{name}");
    }
    assert_eq!(
        site.browser().get("/private/board/plan.pdf", &[]).status,
        401
    );
    assert_eq!(site.browser().get("/private/press/a.txt", &[]).status, 200);
    let told = run(&snippet("sudo cgi-session guard check"));
    assert!(
        told.contains(" guarded, ") && told.ends_with(" 0 open\n"),
        "{told}"
    );
}
