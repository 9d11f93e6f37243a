//! What a script finds in its process: what the server would have given it without the guard, and who the visitor is.

use std::collections::BTreeMap;

use super::running::{ALL_SERVERS, Running};
use crate::harness::web::lighttpd;

/// Prints all that a process has of the one that started it. `$$` is the shell that runs the script.
const STATE: &str = r#"echo 'Content-Type: text/plain'
echo
grep -E '^(Umask|Uid|Gid|Groups|Sig|Shd|Cap|NoNewPrivs|Seccomp|CoreDumping|Threads)' /proc/$$/status | sed 's/^/status /'
sed 's/^/limit /' /proc/$$/limits
for fd in /proc/$$/fd/*; do echo "fd ${fd##*/}: $(readlink "$fd" | sed 's/[0-9][0-9]*\]/N]/')"; done
echo "owner of memory: $(stat -c %u /proc/$$/environ)"
echo "folder: $(pwd)"
echo "arguments: $#"
echo "nice: $(nice)"
env | sed 's/^/env /'
"#;

/// The variables that the script printed.
fn variables(body: &str) -> BTreeMap<&str, &str> {
    let lines = body.lines().filter_map(|line| line.strip_prefix("env "));
    lines.filter_map(|line| line.split_once('=')).collect()
}

/// Everything else that it printed.
fn rest(body: &str) -> Vec<&str> {
    let is_rest = |line: &&str| !line.starts_with("env ");
    body.lines().filter(is_rest).collect()
}

/// H42: the guard's limits, its confinement and its descriptors end with it.
#[test]
#[ignore = "needs lighttpd and apache2: tests/run installs and runs them"]
fn a_script_finds_what_the_server_gives_and_who_the_visitor_is() {
    for (name, start) in ALL_SERVERS {
        let running = Running::start(start, |site| {
            site.unguarded("open.sh", "/bin/sh", STATE);
            site.guarded("shut.sh", "/bin/sh", STATE);
            site.admin(&["user", "groups", "alice", "+board", "+staff"], "");
        });
        let alice = running.signed_in("alice");
        let options = [
            "--header",
            "Authorization: Bearer secret",
            "--header",
            "Proxy: http://evil.example",
            "--header",
            "Cgi-Session-Key: forged",
            "--header",
            "Remote-User: root",
            "--cookie",
            "theme=dark",
        ];
        let open = alice.get("/cgi-bin/open.sh?a=b", &options);
        let shut = alice.get("/cgi-bin/shut.sh?a=b", &options);

        assert_eq!((open.status, shut.status), (200, 200), "{name}: {shut:?}");
        let shut = shut.body.replace("shut.sh", "open.sh");
        assert_eq!(rest(&open.body), rest(&shut), "{name}");
        let (mut expected, mut found) = (variables(&open.body), variables(&shut));
        for variables in [&mut expected, &mut found] {
            variables.remove("REMOTE_PORT");
        }
        // lighttpd passes it on.
        expected.remove("HTTP_AUTHORIZATION");
        assert!(expected["HTTP_COOKIE"].contains("cgi-session="), "{name}");
        expected.insert("HTTP_COOKIE", "theme=dark");
        expected.insert("REMOTE_USER", "alice");
        expected.insert("AUTH_TYPE", "session");
        expected.insert("CGI_SESSION_GROUPS", "board staff");
        // For php-cgi, whatever its name is.
        expected.entry("REDIRECT_STATUS").or_insert("200");
        let key = found.remove("CGI_SESSION_KEY").unwrap();
        let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        assert!(key.len() == 32 && key.bytes().all(is_hex), "{name}: {key}");
        let end = found.remove("CGI_SESSION_EXPIRES").unwrap();
        assert!(end.len() == 20 && end.ends_with('Z'), "{name}: {end}");
        assert_eq!(found, expected, "{name}");
    }
}

/// lighttpd makes one variable of two headers whose names differ in `-` and `_`.
#[test]
#[ignore = "needs lighttpd: tests/run installs and runs it"]
fn a_variable_that_comes_twice_has_the_value_that_it_has_without_the_guard() {
    let text =
        "import os\nprint('Content-Type: text/plain\\n')\nprint(os.environ['HTTP_X_TWICE'])\n";
    let running = Running::start(lighttpd::start, |site| {
        site.unguarded("open.py", "/usr/bin/python3", text);
        site.guarded("shut.py", "/usr/bin/python3", text);
    });
    let alice = running.signed_in("alice");
    for headers in [["X-Twice: 1", "X_Twice: 2"], ["X_Twice: 2", "X-Twice: 1"]] {
        let options = ["--header", headers[0], "--header", headers[1]];
        let open = alice.get("/cgi-bin/open.py", &options);
        let shut = alice.get("/cgi-bin/shut.py", &options);
        println!("{headers:?}: {}", open.body);
        assert_eq!((shut.status, &shut.body), (200, &open.body));
    }
}
