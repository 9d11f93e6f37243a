//! The secret in the cookie, and what the session column holds of it.

use std::collections::HashSet;

use cgi_session::model::{Digest, Token};

use crate::harness::{PASSWORD, Row, Site};

/// In MySQL `session = 0` would match, and a blank behind it, upper case or an empty cookie, too.
#[test]
fn the_columns_own_content_signs_nobody_in() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let digest = Digest::from_token(&Token::parse(&token).unwrap());
    for guess in [
        digest.as_str(),
        &digest.as_str()[..40],
        "0",
        "",
        "' OR ''='",
        &format!("{token} "),
    ] {
        let program = site
            .program("protected")
            .set("HTTP_COOKIE", format!("__Host-session={guess};"));
        let answer = program.answer_whatever_is_logged();
        // Blanks around a value are none of it (RFC 6265, 4.2.1).
        assert_eq!(
            answer.status == 200,
            guess == format!("{token} "),
            "{guess}"
        );
    }
    let stored = site.count(
        "SELECT COUNT(*) FROM sessions WHERE session GLOB '*[^0-9a-f]*' OR length(session) <> 64",
    );
    assert_eq!(stored, 0);
    let mut changed = digest.as_str().to_owned();
    let last = if changed.ends_with('0') { "1" } else { "0" };
    changed.replace_range(63.., last);
    site.execute(&format!("UPDATE sessions SET session = '{changed}'"));
    assert!(!site.is_signed_in(&token), "one digit changed");
}

#[test]
fn each_sign_in_has_another_token() {
    let site = Site::new();
    let tokens: HashSet<_> = (0..20).map(|_| site.sign_in()).collect();
    assert_eq!(tokens.len(), 20);
    assert_eq!(
        site.count("SELECT COUNT(DISTINCT session) FROM sessions"),
        20
    );
}

#[test]
#[ignore = "needs strace with CAP_SYS_PTRACE: tests/run installs and runs it"]
fn a_token_is_one_read_of_32_bytes_and_without_it_there_is_no_sign_in() {
    let site = Site::new();
    let traced = |inject: &str| {
        let trace = site.path("trace");
        let trace = trace.to_str().unwrap();
        let strace = [
            "/usr/bin/strace",
            "-f",
            "-qq",
            "-o",
            trace,
            "-e",
            "trace=getrandom,openat",
            "-e",
            inject,
        ];
        let program = site.try_to_sign_in(PASSWORD).under(&strace);
        (program, trace.to_owned())
    };
    let (program, trace) = traced("signal=none");
    assert_eq!(
        program.logs(&["event=sign_in_succeeded"]).answer().status,
        303
    );
    let reads = std::fs::read_to_string(&trace).unwrap();
    assert_eq!(reads.matches(", 32, 0) = 32\n").count(), 1, "{reads}");
    // SQLite seeds its own, once and to write; it makes no token.
    // What is opened as a path alone cannot be read.
    let opens = |reads: &str| {
        reads
            .lines()
            .filter(|line| line.contains("\"/dev/") && !line.contains("O_PATH"))
            .count()
    };
    assert_eq!(opens(&reads), 1, "{reads}");
    site.execute("DELETE FROM sessions");
    for error in ["EIO", "EINVAL", "EFAULT"] {
        let inject = format!("inject=getrandom:error={error}");
        let (program, trace) = traced(&inject);
        let answer = program.logs(&["status=503 why=\"no random bytes"]).answer();
        assert_eq!((answer.status, answer.cookie()), (503, None), "{error}");
        let reads = std::fs::read_to_string(&trace).unwrap();
        // SQLite's own again, for the journal of the count of the try.
        assert_eq!(opens(&reads), 1, "no other source: {reads}");
        assert_eq!(site.count("SELECT COUNT(*) FROM sessions"), 0);
    }
}
