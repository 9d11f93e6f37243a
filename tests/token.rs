//! The secret in the cookie, and what the session column holds of it.

use std::collections::HashSet;

use cgi_session::model::{DIGEST_LEN, Digest, RANDOM_LEN, TOKEN_LEN, Token};
use proptest::prelude::{ProptestConfig, any, proptest};

use crate::program::{PASSWORD, Row, Site};

// `head -c 32 /dev/zero | sha1sum`, then `printf TOKEN | sha256sum` (coreutils 9.7).
const TOKEN_OF_ZEROS: &str = "de8a847bff8c343d69b853a215e6ee775ef2ef96";
const DIGEST_OF_THAT: &str = "64a6b124ff4673549a8cfe30461275e6344c41b963acb20d2e9285f4078a9af4";

#[test]
fn a_token_is_the_sha_1_of_32_random_bytes_and_the_column_the_sha_256_of_it() {
    let token = Token::from_random(&[0; RANDOM_LEN]);
    assert_eq!(token.secret(), TOKEN_OF_ZEROS);
    let digest = Digest::of(&token);
    assert_eq!(
        (digest.as_str(), digest.short()),
        (DIGEST_OF_THAT, &DIGEST_OF_THAT[..8])
    );
    // Every byte counts.
    let tokens: HashSet<_> = (0..RANDOM_LEN)
        .map(|place| {
            let mut random = [0; RANDOM_LEN];
            random[place] = 1;
            Token::from_random(&random).secret().to_owned()
        })
        .collect();
    assert_eq!(tokens.len(), RANDOM_LEN);
}

#[test]
fn debug_shows_no_token() {
    let token = Token::from_random(&[0; RANDOM_LEN]);
    assert_eq!(
        format!("{token:?} {:#?}", Some(&token)),
        "Token(..) Some(\n    Token(..),\n)"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..Default::default() })]

    /// A digest stands in SQL as a literal: it can be nothing but 64 hex digits, nor a token but 40.
    #[test]
    fn only_lower_case_hex_of_the_right_length_is_parsed(text in "[0-9a-fA-F'x ;%\u{660}]{38,66}", other in any::<String>()) {
        let hex = |text: &str| text.bytes().all(|b| b"0123456789abcdef".contains(&b));
        for text in [text.as_str(), &other] {
            assert_eq!(Token::parse(text).is_some(), hex(text) && text.len() == TOKEN_LEN);
            assert_eq!(Digest::parse(text).is_some(), hex(text) && text.len() == DIGEST_LEN);
        }
        for (length, parsed) in [(39, false), (40, true), (41, false), (63, false), (64, false)] {
            assert_eq!(Token::parse(&"a".repeat(length)).is_some(), parsed, "{length}");
        }
        assert!(Digest::parse(&"a".repeat(64)).is_some() && Digest::parse(&"A".repeat(64)).is_none());
    }
}

/// In MySQL `session = 0` would match, and a blank behind it, upper case or an empty cookie, too.
#[test]
fn the_columns_own_content_signs_nobody_in() {
    let site = Site::new();
    let token = site.session(Row::FRESH);
    let digest = Digest::of(&Token::parse(&token).unwrap());
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
