//! The guard of other people's scripts, started by the kernel through a script's first line, or as it must not be.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::harness::deployment::script;
use crate::harness::{Answer, NAME, Program, Row, Site, executable};

const GUARD: &str = "cgi-session-guard";

/// What a guarded script needs of the configuration.
const LOGIN: &str = "[http]\nlogin = \"/cgi-bin/login\"";

/// The first words of a script that leaves a mark, says that it ran, and then does what else it shall.
const RAN: &str =
    "echo ran >>\"${0%/*}/mark\"\nprintf 'Content-Type: text/plain\\r\\n\\r\\nran\\n'\n";

fn site() -> Site {
    Site::with(LOGIN)
}

/// Writes a script that the guard guards.
fn guarded(site: &Site, name: &str, text: &str) -> PathBuf {
    let path = site.path(name);
    script(
        &path,
        &format!("#!{} /bin/sh\n{RAN}{text}", executable(GUARD)),
    );
    path
}

/// The request for a script, which the kernel starts with one word more: as Apache's of a query, it must be dropped.
fn request(site: &Site, script: &Path) -> Program {
    let name = script.file_name().unwrap().to_str().unwrap();
    let path = format!("/cgi-bin/{name}");
    let program = site.program(GUARD);
    program
        .set("SCRIPT_FILENAME", script)
        .set("SCRIPT_NAME", &path)
        .set("REQUEST_URI", &path)
        .under(&[script.to_str().unwrap()])
}

/// Whether a script has left its mark; the mark is removed.
fn ran(site: &Site) -> bool {
    let mark = site.path("mark");
    let is_there = mark.exists();
    if is_there {
        fs::remove_file(mark).unwrap();
    }
    is_there
}

/// What the script wrote, once it is known to have run without a word on stderr.
#[track_caller]
fn output(site: &Site, program: &Program) -> String {
    let output = program.output();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success() && ran(site));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The guard's own answer, after which no script has run.
#[track_caller]
fn refusal(site: &Site, program: &Program) -> Answer {
    let output = program.output();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(!ran(site), "the script ran: {log}");
    Answer::read(output.stdout, log, false).unwrap()
}

#[test]
fn a_script_runs_for_who_is_signed_in_and_for_nobody_else() {
    let site = site();
    let script = guarded(&site, "report", "echo $REMOTE_USER");
    let request = request(&site, &script);
    let token = site.session(Row::FRESH);

    let signed_in = output(&site, &request.cookie(&token));
    let signed_out = refusal(
        &site,
        &request
            .set("QUERY_STRING", "a=1")
            .set("REQUEST_URI", "/cgi-bin/report?a=1"),
    );
    let made_up = refusal(&site, &request.cookie(&"0".repeat(40)));

    assert_eq!(
        signed_in,
        format!("Content-Type: text/plain\r\n\r\nran\n{NAME}\n")
    );
    assert_eq!((signed_out.status, made_up.status), (401, 401));
    let refresh = signed_out.header("Refresh").unwrap();
    assert_eq!(
        refresh,
        "3; url=/cgi-bin/login?next=/cgi-bin/report%3Fa%3D1"
    );
    site.execute("UPDATE users SET disabled_at = 1; DELETE FROM sessions");
    assert_eq!(refusal(&site, &request.cookie(&token)).status, 401);
}

#[test]
fn a_rule_decides_who_starts_a_script() {
    let site = site();
    let script = guarded(
        &site,
        "report",
        "echo \"${REMOTE_USER-nobody} $CGI_SESSION_GROUPS\"",
    );
    let request = request(&site, &script);
    let cookie = request.cookie(&site.session(Row::FRESH));
    let rule =
        |who: &str| format!("{LOGIN}\n[[rule]]\npath = \"/cgi-bin/report\"\nallow = [\"{who}\"]");

    site.configure(&rule("group:board"));
    let answer = refusal(&site, &cookie);
    assert_eq!(answer.status, 403);
    assert!(
        answer.log.contains("event=not_allowed") && answer.body.contains(NAME),
        "{answer:?}"
    );
    site.good(&["user", "groups", NAME, "+board"], "");
    assert!(output(&site, &cookie).ends_with("demo board\n"));
    assert_eq!(refusal(&site, &request).status, 401);
    // Whoever may reach the script may reach it by any of its paths.
    let rewritten = cookie.set("REQUEST_URI", "/short");
    assert!(output(&site, &rewritten).ends_with("demo board\n"));

    site.configure(&rule("everyone"));
    assert!(output(&site, &request).ends_with("nobody \n"));
    assert!(output(&site, &cookie).ends_with("demo board\n"));
    // The path that was asked for has no rule, so that signed-in users alone may reach it.
    assert_eq!(
        refusal(&site, &request.set("REQUEST_URI", "/short")).status,
        401
    );

    site.configure(&rule("nobody"));
    assert_eq!(refusal(&site, &request).status, 403);
    let action = cookie
        .set("REQUEST_URI", "/short")
        .set("SCRIPT_NAME", "/cgi-bin/handler")
        .set("PATH_INFO", "/cgi-bin/report");
    assert!(
        output(&site, &action).ends_with("demo board\n"),
        "not by `Action`: the path is the script's own"
    );
    let action = action.set("REDIRECT_HANDLER", "reports");
    assert_eq!(refusal(&site, &action).status, 403);
}

/// H43. The words of a query without `=` are arguments on Apache, and come first where the guard is a CGI program.
#[test]
fn the_guard_starts_nothing_but_the_script_that_the_server_names() {
    let site = site();
    let script = guarded(&site, "report", "");
    let evil = site.path("evil");
    fs::write(&evil, format!("#!{} /bin/sh\n{RAN}", executable(GUARD))).unwrap();
    symlink(executable(GUARD), site.path("guard")).unwrap();
    let (path, evil) = (script.to_str().unwrap(), evil.to_str().unwrap());
    let cookie = request(&site, &script).cookie(&site.session(Row::FRESH));
    let direct = |words: &[&str], named: &str| {
        cookie
            .under(&[])
            .arguments(words)
            .set("SCRIPT_FILENAME", named)
    };
    let guard = executable(GUARD);
    let link = site.path("guard");
    let folder = site.folder().to_str().unwrap();
    let attacks = [
        // `GET /cgi-bin/guard?/bin/sh+FILE`
        ("another file", direct(&["/bin/sh", evil], guard)),
        ("the guard itself", direct(&["/bin/sh", guard], guard)),
        (
            "a link to the guard",
            direct(&["/bin/sh", link.to_str().unwrap()], link.to_str().unwrap()),
        ),
        ("no argument", direct(&[], guard)),
        ("one argument", direct(&["/bin/sh"], guard)),
        ("a folder", direct(&["/bin/sh", folder], folder)),
        ("a device", direct(&["/bin/sh", "/dev/null"], "/dev/null")),
        (
            "nothing there",
            direct(&["/bin/sh", "/nowhere"], "/nowhere"),
        ),
        // The server names a script, but the words are not those of its first line.
        ("another interpreter", direct(&["/bin/bash", path], path)),
        ("an option more", direct(&["/bin/sh -x", path], path)),
        (
            "an option for a file",
            direct(&["/bin/sh", "-c", path], path),
        ),
        (
            "a file that is not asked for",
            direct(&["/bin/sh", evil], path),
        ),
        (
            "PATH_TRANSLATED",
            direct(&["/bin/sh", evil], path).set("PATH_TRANSLATED", evil),
        ),
        (
            "a server that names nothing",
            cookie.without("SCRIPT_FILENAME"),
        ),
        ("an empty name", cookie.set("SCRIPT_FILENAME", "")),
        (
            "REDIRECT_SCRIPT_FILENAME",
            cookie
                .set("REDIRECT_SCRIPT_FILENAME", path)
                .without("SCRIPT_FILENAME"),
        ),
    ];
    for (name, attack) in attacks {
        let answer = refusal(&site, &attack);
        assert_eq!(answer.status, 500, "{name}");
        assert_eq!(answer.log.lines().count(), 1, "{name}: {}", answer.log);
        answer.tells_only_its_id();
        let cure = ["first line", "SCRIPT_FILENAME"];
        assert!(
            cure.iter().any(|word| answer.log.contains(word)),
            "{name}: {}",
            answer.log
        );
        assert!(
            !answer.log.contains("evil"),
            "{name}: what a client wrote: {}",
            answer.log
        );
    }
    assert!(output(&site, &cookie).ends_with("ran\n"));
    // By another name of the same file, as behind a symbolic link in a folder of CGI programs.
    let by_link = site.path("by-link");
    symlink(&script, &by_link).unwrap();
    output(&site, &cookie.set("SCRIPT_FILENAME", &by_link));
}

#[test]
fn a_first_line_that_cannot_be_used_is_500_and_the_log_says_what_it_must_be() {
    let site = site();
    let guard = executable(GUARD);
    let token = site.session(Row::FRESH);
    let long = format!("#!{guard} /bin/sh {}\n", "x".repeat(300));
    let lines = [
        format!("#!{guard} sh\n"),
        format!("#!{guard} /bin/sh\r\n"),
        format!("#!{guard}\n"),
        format!("#!/usr/bin/env -S {guard} /bin/sh\n"),
        long,
    ];
    for line in lines {
        let path = site.path("bad");
        script(&path, &format!("{line}{RAN}"));

        let answer = refusal(&site, &request(&site, &path).cookie(&token));

        assert_eq!(answer.status, 500, "{line}");
        assert!(answer.log.contains("first line"), "{line}: {}", answer.log);
        answer.tells_only_its_id();
    }
    for interpreter in ["/nowhere/python3", "/etc/passwd", "/usr"] {
        let path = site.path("bad");
        script(&path, &format!("#!{guard} {interpreter}\n{RAN}"));

        let answer = refusal(&site, &request(&site, &path).cookie(&token));

        assert_eq!(answer.status, 500, "{interpreter}");
        let says = format!("cannot start the interpreter {interpreter}: ");
        assert!(answer.log.contains(&says), "{}", answer.log);
        answer.tells_only_its_id();
    }
    // The kernel allows blanks and tabs around the words.
    let path = site.path("good");
    script(&path, &format!("#! \t{guard}\t /bin/sh  -e \t\n{RAN}"));
    output(&site, &request(&site, &path).cookie(&token));
}

/// H13, for methods that a form cannot send, too: a script need not know that they change something.
#[test]
fn a_request_that_changes_something_must_come_from_the_sites_own_pages() {
    let site = site();
    let script = guarded(&site, "report", "echo $REQUEST_METHOD");
    let request = request(&site, &script).cookie(&site.session(Row::FRESH));
    let foreign = |method: &str| {
        let sent = request.method(method);
        [
            sent.set("HTTP_SEC_FETCH_SITE", "cross-site"),
            sent.set("HTTP_SEC_FETCH_SITE", "same-site"),
            sent.set("HTTP_SEC_FETCH_SITE", "none, cross-site"),
            sent.set("HTTP_ORIGIN", "https://evil.example"),
            sent.set("HTTP_ORIGIN", "https://sub.site.example"),
            sent.set("HTTP_ORIGIN", "http://site.example"),
            sent.set("HTTP_ORIGIN", "null"),
        ]
    };
    for method in ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "get"] {
        for (number, sent) in foreign(method).iter().enumerate() {
            let answer = refusal(&site, sent);
            assert_eq!(answer.status, 403, "{method}, {number}");
        }
        let own = request.method(method);
        for sent in [
            &own,
            &own.set("HTTP_SEC_FETCH_SITE", "same-origin"),
            &own.set("HTTP_SEC_FETCH_SITE", "none"),
            &own.set("HTTP_ORIGIN", "https://site.example"),
        ] {
            assert!(output(&site, sent).ends_with(&format!("{method}\n")));
        }
    }
    for method in ["GET", "HEAD", "OPTIONS"] {
        for sent in foreign(method) {
            assert!(output(&site, &sent).ends_with(&format!("{method}\n")));
        }
    }
    // A stranger is refused before the store is asked, which would take the time of a query.
    let stranger = &foreign("POST")[0].without("HTTP_COOKIE");
    assert_eq!(refusal(&site, stranger).status, 403);

    site.configure(&format!("{LOGIN}\n[guard]\ncross_origin = true"));
    for sent in foreign("POST") {
        assert!(output(&site, &sent).ends_with("POST\n"));
    }
}

/// The variables that a script gets, of those that `given` sets.
fn passed_on(site: &Site, given: &Program) -> Vec<String> {
    let text = output(site, given);
    let lines = text.lines().skip_while(|line| *line != "ran").skip(1);
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    // The shell sets it.
    lines.retain(|line| !line.starts_with("PWD="));
    lines.sort();
    lines
}

#[test]
fn our_secrets_and_forged_names_never_reach_a_script() {
    let site = site();
    let script = guarded(&site, "report", "env");
    let token = site.session(Row::FRESH);
    let plain = request(&site, &script).cookie(&token);
    let expected = passed_on(&site, &plain);
    let forged = [
        ("REDIRECT_REMOTE_USER", "root"),
        ("REMOTE_USER", "root"),
        ("AUTH_TYPE", "Basic"),
        ("REDIRECT_AUTH_TYPE", "Basic"),
        ("CGI_SESSION_GROUPS", "board"),
        ("CGI_SESSION_KEY", "0"),
        ("CGI_SESSION_EXPIRES", "never"),
        ("CGI_SESSION_ANYTHING", "x"),
        ("REDIRECT_CGI_SESSION_KEY", "0"),
        ("REDIRECT_REDIRECT_CGI_SESSION_KEY", "0"),
        ("HTTP_AUTHORIZATION", "Basic secret"),
        ("REDIRECT_HTTP_AUTHORIZATION", "Basic secret"),
        ("HTTP_PROXY", "http://evil.example"),
        ("REDIRECT_HTTP_PROXY", "http://evil.example"),
    ];
    let all = forged
        .iter()
        .fold(plain.clone(), |all, (name, value)| all.set(name, value));
    let cookies = format!(
        "a=1; __Host-session={token};b=2;cgi-session={token} ; __Host-device=x; cgi-session-device=x;  c=3"
    );
    let all = all
        .set("HTTP_COOKIE", &cookies)
        .set("REDIRECT_HTTP_COOKIE", &cookies);

    let found = passed_on(&site, &all);

    let cookie = |name: &str| format!("{name}=a=1;b=2;  c=3");
    let mut expected_of_all = expected.clone();
    expected_of_all.extend([cookie("HTTP_COOKIE"), cookie("REDIRECT_HTTP_COOKIE")]);
    expected_of_all.sort();
    assert_eq!(found, expected_of_all);
    assert!(!found.concat().contains(&token) && !expected.concat().contains(&token));

    // A place for everyone has none of the names where nobody is signed in.
    site.configure(&format!(
        "{LOGIN}\n[[rule]]\npath = \"/\"\nallow = [\"everyone\"]"
    ));
    let nobody = passed_on(&site, &all.without("HTTP_COOKIE"));
    for line in &nobody {
        let ours = [
            "REMOTE_USER",
            "AUTH_TYPE",
            "CGI_SESSION_GROUPS",
            "CGI_SESSION_EXPIRES",
            "CGI_SESSION_KEY",
        ];
        assert!(!ours.iter().any(|name| line.contains(name)), "{line}");
    }
}

#[test]
fn a_script_knows_who_the_visitor_is_until_when_and_its_key() {
    let site = site();
    let script = guarded(&site, "report", "env");
    let token = site.session(Row::FRESH);
    let request = request(&site, &script);
    let ours = |token: &str| -> Vec<String> {
        let mut all = passed_on(&site, &request.cookie(token));
        all.retain(|line| {
            ["REMOTE_USER=", "AUTH_TYPE=", "CGI_SESSION_"]
                .iter()
                .any(|name| line.starts_with(name))
        });
        all.retain(|line| !line.starts_with("CGI_SESSION_CONFIG="));
        all
    };

    let first = ours(&token);

    let key = first[3].strip_prefix("CGI_SESSION_KEY=").unwrap();
    let end = site.visit(&token);
    let end = end
        .body
        .split("datetime=\"")
        .nth(2)
        .and_then(|rest| rest.split('"').next());
    let expected = [
        "AUTH_TYPE=session".to_owned(),
        format!("CGI_SESSION_EXPIRES={}", end.unwrap()),
        "CGI_SESSION_GROUPS=".to_owned(),
        format!("CGI_SESSION_KEY={key}"),
        format!("REMOTE_USER={NAME}"),
    ];
    assert_eq!(first, expected);
    assert!(
        key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit()),
        "{key}"
    );
    assert_eq!(first, ours(&token), "the same as long as the session lives");
    let other = ours(&site.session(Row::FRESH));
    assert_ne!(first[3], other[3], "another session has another key");
    // H60: it opens nothing, whatever it is made to look like.
    let digest = &site.value("SELECT session FROM sessions LIMIT 1");
    assert!(!format!("{digest:?}").contains(key) && !token.contains(key));
    for made_of_it in [
        key.to_owned(),
        format!("{key}{}", &key[..8]),
        format!("{key:0<40}"),
    ] {
        let answer = refusal(&site, &request.cookie(&made_of_it));
        assert_eq!(answer.status, 401, "{made_of_it}");
    }
}

#[test]
fn what_is_the_scripts_is_passed_on_as_it_came() {
    let site = site();
    let script = guarded(&site, "report", "env; cat");
    let request = request(&site, &script).cookie(&site.session(Row::FRESH));
    let bytes = |bytes: &'static [u8]| OsStr::from_bytes(bytes);
    let odd = request
        .body(b"\0\xff\r\n")
        .method("MKCOL")
        .set("CONTENT_LENGTH", "a lot")
        .set("CONTENT_TYPE", "not/a; form\x01")
        .set("QUERY_STRING", bytes(b"a=\xff"))
        .set("HTTP_X_ODD", bytes(b"\xc3(\x7f"))
        .set("PATH_INFO", "/a/b c")
        .set("CGI_SESSION_CONFIG", site.config());

    let output = odd.output();

    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(ran(&site));
    let has = |part: &[u8]| {
        output
            .stdout
            .windows(part.len())
            .any(|window| window == part)
    };
    for part in [
        &b"\nCONTENT_LENGTH=a lot\n"[..],
        b"\nCONTENT_TYPE=not/a; form\x01\n",
        b"\nQUERY_STRING=a=\xff\n",
        b"\nHTTP_X_ODD=\xc3(\x7f\n",
        b"\nPATH_INFO=/a/b c\n",
        b"\nREQUEST_METHOD=MKCOL\n",
        b"\nCGI_SESSION_CONFIG=",
    ] {
        assert!(has(part), "{}", String::from_utf8_lossy(part));
    }
    assert!(output.stdout.ends_with(b"\0\xff\r\n"), "the body");
    // By no path that has no normal form.
    for info in [&b"/\xff"[..], b"/a\\b"] {
        let answer = refusal(&site, &request.set("PATH_INFO", OsStr::from_bytes(info)));
        assert_eq!(answer.status, 400, "{info:?}");
    }
}

/// The guard starts it in its own place: no process remains that could wait, and the status is the script's.
#[test]
fn the_script_takes_the_guards_place() {
    let site = site();
    let script = guarded(&site, "report", "echo $$ $PPID; kill -TERM $$");
    let program = request(&site, &script).cookie(&site.session(Row::FRESH));
    let mut command = program.command();

    let child = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let (number, parent) = (child.id(), std::process::id());
    let output = child.wait_with_output().unwrap();

    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.ends_with(&format!("ran\n{number} {parent}\n")),
        "{text}"
    );
    assert!(
        ran(&site) && output.status.code().is_none(),
        "{}",
        output.status
    );
}

#[test]
fn started_by_hand_it_says_where_it_belongs() {
    let site = site();
    let script = guarded(&site, "report", "");
    for mut command in [Command::new(executable(GUARD)), Command::new(script)] {
        let output = command
            .env_clear()
            .env("CGI_SESSION_CONFIG", site.config())
            .output()
            .unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert!(
            log.contains("first line") || log.contains("must set SCRIPT_FILENAME"),
            "{log}"
        );
        assert!(!ran(&site));
    }
}

/// Fails closed, as the pages do.
#[test]
fn without_a_store_or_a_configuration_no_script_runs() {
    let site = site();
    let script = guarded(&site, "report", "");
    let request = request(&site, &script).cookie(&site.session(Row::FRESH));
    fs::rename(site.file(), site.path("elsewhere")).unwrap();
    assert_eq!(refusal(&site, &request).status, 503);
    fs::rename(site.path("elsewhere"), site.file()).unwrap();
    assert_eq!(refusal(&site, &request.plain_http()).status, 403);
    assert_eq!(refusal(&site, &request.without("REQUEST_URI")).status, 400);
    site.configure("");
    assert_eq!(
        refusal(&site, &request.without("HTTP_COOKIE")).status,
        500,
        "http.login is empty"
    );
    output(&site, &request);
    site.configure("[guard]\nno_such_key = 1");
    assert_eq!(refusal(&site, &request).status, 500);
}

/// The client may still be sending when it is refused, and must get the answer. A client that never ends must not hold
/// the process.
#[test]
fn the_body_of_a_refused_request_is_read_for_five_seconds_or_16_mib() {
    let site = site();
    let script = guarded(&site, "report", "");
    let request = request(&site, &script);
    let took = |program: &Program| {
        let began = Instant::now();
        assert_eq!(refusal(&site, program).status, 401);
        began.elapsed().as_millis()
    };
    let whole = took(&request.body(vec![b'x'; 10 << 20]));
    let stalled = request.body("x").set("CONTENT_LENGTH", "1000000");
    let stalled = took(&stalled.stalls());
    let endless = request.body(vec![b'x'; 17 << 20]);
    let endless = endless.set("CONTENT_LENGTH", "100000000");
    let endless = took(&endless.stalls());
    assert!(whole < 4_000, "{whole} ms");
    assert!((5_000..7_000).contains(&stalled), "{stalled} ms");
    assert!(endless < 4_000, "{endless} ms");
}
