//! A program's surroundings: its descriptors and limits, what it starts, and what it writes to.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use crate::harness::{Answer, PASSWORD, Program, Row, Site};

/// The program behind a shell that prepares its descriptors and limits.
fn prepared(program: &Program, with: &str) -> Program {
    program.under(&["/bin/sh", "-c", &format!("{with} exec \"$0\"")])
}

fn through(program: &Program, redirections: &str) -> Program {
    program.under(&["/bin/sh", "-c", &format!("exec \"$0\" {redirections}")])
}

// A closed descriptor is the next one that is opened: SQLite's file would be stdout.
#[test]
fn with_stdout_closed_or_full_the_exit_status_is_not_0_and_the_store_is_consistent() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    for redirection in [">&-", ">/dev/full", ">&- 2>&-", "<&- >&- 2>&-"] {
        for program in [
            site.program("protected").cookie(&token),
            site.program("login"),
            site.try_to_sign_in(PASSWORD),
            site.program("logout").post(&[]),
            site.program("login")
                .body("x")
                .set("CONTENT_TYPE", "text/plain")
                .stalls(),
        ] {
            let output = through(&program, redirection).output();
            assert!(!output.status.success(), "{redirection}: {output:?}");
            assert!(output.stdout.is_empty(), "{redirection}");
            assert!(output.status.code().is_some(), "{redirection}: no signal");
        }
    }
    assert!(site.is_signed_in(&token));
    assert_eq!(
        format!("{:?}", site.value("PRAGMA integrity_check")),
        "Text(\"ok\")"
    );
    // A server that no longer listens is the same: EPIPE, and no SIGPIPE.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = site.program("login").command();
    let status = command
        .stdin(Stdio::null())
        .stdout(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
}

/// A write past RLIMIT_FSIZE is a signal that ends a program, and no error.
#[test]
fn a_log_at_its_limit_ends_no_program() {
    let site = Site::new();
    let (log, stderr) = (site.path("log"), site.path("stderr"));
    site.configure(&format!("[log]\nto = \"{}\"", log.display()));
    // In blocks of 512 bytes; the store is smaller.
    let limit = 1 << 20;
    let limited = |more: &str| {
        let program = site.program("login").method("PUT");
        prepared(&program, &format!("ulimit -f {}; {more}", limit / 512)).output()
    };
    for size in [limit, limit - 100, limit + 4096] {
        fs::write(&log, vec![b'x'; size]).unwrap();
        fs::write(&stderr, vec![b'x'; size]).unwrap();

        let output = limited("");
        assert!(output.status.success(), "{output:?}");
        assert!(output.stdout.starts_with(b"Status: 405 "), "{output:?}");
        let line = String::from_utf8(output.stderr).unwrap();
        assert!(line.contains("event=failed"), "on stderr instead: {line}");
        assert_eq!(fs::metadata(&log).unwrap().len(), size as u64);

        let output = limited(&format!("exec 2>>{};", stderr.display()));
        assert!(output.status.success(), "{output:?}");
        assert!(output.stdout.starts_with(b"Status: 405 "), "{output:?}");
    }
    fs::write(&log, vec![b'x'; limit / 2]).unwrap();
    assert_eq!(limited("").stderr, b"");
    assert!(fs::metadata(&log).unwrap().len() > limit as u64 / 2);
}

#[test]
fn with_stdin_closed_a_body_is_short_and_a_page_is_a_page() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let closed = through(&site.program("protected").cookie(&token), "<&-");
    assert_eq!(closed.answer().status, 200);
    let short = through(&site.try_to_sign_in(PASSWORD), "<&-");
    assert_eq!(short.logs(&["status=400"]).answer().status, 400);
    let silent = through(&site.try_to_sign_in("wrong"), "2>&-");
    assert_eq!(
        silent.answer().status,
        401,
        "nobody to tell, and the same answer"
    );
}

/// Never signed in by mistake, never half an answer; rather none at all, which a server makes a 500.
#[test]
fn short_of_memory_or_files_it_fails_closed() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let over = site.session(Row {
        expires: -1,
        ..Row::FRESH
    });
    let memory = (4..64)
        .step_by(4)
        .map(|mib| format!("ulimit -v {};", mib * 1024));
    let files = (3..9).map(|files| format!("ulimit -n {files};"));
    let (mut served, mut died) = (0, 0);
    for limit in memory.chain(files) {
        site.execute("DELETE FROM attempts");
        for (program, allowed) in [
            (
                site.program("protected").cookie(&token),
                &[200, 500, 503][..],
            ),
            (site.program("protected").cookie(&over), &[401, 500, 503]),
            (site.try_to_sign_in(PASSWORD), &[303, 500, 503]),
            (site.try_to_sign_in("wrong"), &[401, 500, 503]),
        ] {
            let rows = site.count("SELECT COUNT(*) FROM sessions");
            let output = prepared(&program, &limit).output();
            let opened = site.count("SELECT COUNT(*) FROM sessions") - rows;
            if output.stdout.is_empty() {
                assert!(!output.status.success() || output.status.signal().is_some());
                assert_eq!(opened, 0, "{limit}");
                died += 1;
                continue;
            }
            let answer = Answer::read(output.stdout, String::new(), false).unwrap();
            assert!(allowed.contains(&answer.status), "{limit} {answer:?}");
            assert_eq!(opened == 1, answer.status == 303, "{limit}");
            served += 1;
        }
    }
    assert!(served > 20 && died > 4, "{served} {died}");
}

/// Every request ends with one process having run: this one.
#[test]
#[ignore = "needs strace with CAP_SYS_PTRACE: tests/run installs and runs it"]
fn no_program_starts_another() {
    let site = Site::new();
    let token = site.session(Row {
        seen: -600,
        ..Row::FRESH
    });
    fs::write(site.path("a.txt"), "a").unwrap();
    fs::write(site.path("large.txt"), vec![b'a'; 1 << 20]).unwrap();
    let file = |name: &str| {
        let program = site.program("files").cookie(&token);
        program
            .set("DOCUMENT_ROOT", site.path(""))
            .set("SCRIPT_FILENAME", site.path(name))
            .set("SCRIPT_NAME", format!("/{name}"))
            .set("REQUEST_URI", "/x")
    };
    let trace = site.path("trace");
    let trace = trace.to_str().unwrap();
    let calls = "trace=execve,execveat,fork,vfork,clone,clone3";
    let strace = ["/usr/bin/strace", "-f", "-qq", "-o", trace, "-e", calls];
    for program in [
        site.program("protected").cookie(&token),
        site.try_to_sign_in(PASSWORD),
        site.try_to_sign_in("$(id)"),
        site.program("logout").cookie(&token).post(&[]),
        site.program("logout")
            .body("x")
            .set("CONTENT_TYPE", "text/plain"),
        file("a.txt"),
        file("large.txt"),
        file("$(id).txt"),
    ] {
        let program = program
            .set("HTTP_USER_AGENT", "() { :; }; /bin/id")
            .under(&strace);
        assert!(program.output().status.success());
        let calls = fs::read_to_string(trace).unwrap();
        assert_eq!(calls.matches("execve").count(), 1, "{calls}");
        let started = calls
            .lines()
            .filter(|line| !line.contains("execve") && !line.contains("CLONE_THREAD"));
        let started: Vec<_> = started
            .filter(|line| line.contains("clone") || line.contains("fork"))
            .collect();
        assert!(started.is_empty(), "{started:?}");
    }
}
