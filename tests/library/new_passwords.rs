//! What a new password must not be, and what it may.

use std::fs;
use std::path::Path;

use cgi_session::auth::new_password::{Refused, check};
use cgi_session::auth::password::Password;

use crate::harness::{self, NAME, PASSWORD, Site, executable};

const COMMON: &str = include_str!("../../src/auth/new_password/common.txt");

/// A text of so many letters in which nothing is repeated.
pub fn varied(length: usize) -> String {
    let mut state = 1_u32;
    let letters = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        char::from(b'a' + u8::try_from((state >> 16) % 26).unwrap())
    });
    letters.take(length).collect()
}

fn checked(text: &str, least: u32) -> Result<(), Refused> {
    let context = ["alice.weaver", "Weavers' Guild"];
    check(&Password::parse(text).unwrap(), least, &context)
}

#[test]
fn long_and_unlike_what_everybody_takes_is_all_that_is_asked() {
    for text in [
        PASSWORD,
        "correct horse battery staple",
        "nothing but lower case letters",
        "            x            y    z",
        "butterfly carburetor station",
        "我的密码是一句很长而且没有人会猜到的话",
        "alice thinks of seven wet herons",
        "the guild of the seventh heron",
        "aaaaaaaaaaaaaaaaaaaaaaaaa but then other words",
        "copper lantern c",
        &varied(15),
        &varied(1024),
    ] {
        assert_eq!(checked(text, 15), Ok(()), "{text}");
    }
    assert_eq!(checked("tr0ub4d&", 8), Ok(()));
}

#[test]
fn length_counts_in_characters() {
    assert_eq!(checked("fourteen chars", 15), Err(Refused::Short(15)));
    assert_eq!(checked("fifteen letters", 15), Ok(()));
    assert_eq!(checked("密码密码密码密", 8), Err(Refused::Short(8)));
    assert_eq!(checked("一句很长的话吗", 8), Err(Refused::Short(8)));
    assert_eq!(checked("一句话很长很长吗", 8), Ok(()));
}

#[test]
fn what_everybody_takes_is_refused_whatever_stands_around_it() {
    for text in [
        "1qaz2wsx3edc4rfv",
        "1QAZ2WSX3EDC4RFV",
        "Password1234567!",
        "!!!Password!!!!2026",
        "passwordpassword1",
        "PasswordPasswordPassword2",
        "iloveyou 2026-11-23",
    ] {
        assert_eq!(checked(text, 15), Err(Refused::Common), "{text}");
    }
    // Not all: a program that is not optimised takes a minute for them.
    for word in COMMON.lines().step_by(50) {
        assert!(checked(word, 8).is_err(), "{word}");
    }
}

#[test]
fn what_repeats_itself_is_refused() {
    for text in [
        "aaaaaaaaaaaaaaa",
        "passwordpassword",
        "xkcdxkcdxkcdxkcdx",
        "123456789012345",
        "987654321098765",
        "abcdefghijklmnop",
        "ponmlkjihgfedcba",
        "aabbccddeeffgghhii",
        "heron wet heron wet ",
        "错误错误错误错误错误错误错误错误",
    ] {
        assert_eq!(checked(text, 15), Err(Refused::Repeated(15)), "{text}");
    }
    // What is repeated may be long enough by itself.
    let twice = varied(15) + &varied(15);
    assert_eq!(checked(&twice, 15), Ok(()));
    assert_eq!(checked(&twice, 16), Err(Refused::Repeated(16)));
}

#[test]
fn what_names_its_user_or_the_site_needs_more_than_that() {
    for text in [
        "alice.weaver.2026",
        "Alice-Weaver-2026!",
        "WEAVERS' GUILD 2026",
        "cgi-session-alice",
        "weaverweaverguild",
        "QwertyuiopAsdfghjkl",
        "zxcvbnm,1234567890!",
        "alicealicealice9alice",
    ] {
        let refused = checked(text, 15).unwrap_err();
        let known = matches!(refused, Refused::Context | Refused::Repeated(_));
        assert!(known, "{text}: {refused:?}");
    }
    assert_eq!(checked("alicepassword2026", 15), Err(Refused::Common));
    let nobody = check(
        &Password::parse("alice.weaver.2026").unwrap(),
        15,
        &["", "al"],
    );
    assert_eq!(
        nobody,
        Ok(()),
        "words of less than three letters are in many"
    );
}

#[test]
fn the_administration_holds_to_it_and_says_what_to_do() {
    let site = Site::with("[page]\ntitle = \"Copper Works\"");
    let config = site.path("cgi-session.toml");
    for (password, why) in [
        ("x", "a password needs 15 characters or more"),
        ("Password12345678", "one of those that are tried first"),
        (
            "xyzxyzxyzxyzxyzxyz",
            "the password repeats itself, and what it repeats has fewer than ",
        ),
        (
            "copper-works-2026",
            "little more than the name of its user or of this site, or a row",
        ),
        (
            "sabine.sabine.2026",
            "little more than the name of its user or of this site, or a row",
        ),
    ] {
        for words in [["user", "add", "sabine"], ["user", "password", NAME]] {
            let words = if password.contains("sabine") {
                ["user", "add", "sabine"]
            } else {
                words
            };
            let done = administer(&config, &words, password);
            assert_eq!(done.0, Some(1), "{words:?} {password}");
            assert!(done.1.contains(why), "{}", done.1);
            assert!(
                password.len() < 2 || !done.1.contains(password),
                "{}",
                done.1
            );
            let cure = done.1.contains("a few words that have nothing to do");
            assert!(cure || password == "x", "{}", done.1);
        }
    }
    assert_eq!(
        administer(&config, &["user", "add", "sabine"], PASSWORD).0,
        Some(0)
    );
}

/// The exit code, and what was wrong.
fn administer(config: &Path, words: &[&str], password: &str) -> (Option<i32>, String) {
    let words = [words, &["--password-stdin"]].concat();
    let output = harness::administer(config, &words, password);
    let why = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), why)
}

#[test]
fn the_list_is_sorted_and_holds_nothing_that_could_not_be_chosen() {
    let lines: Vec<_> = COMMON.lines().collect();
    assert!(lines.len() > 16_000 && lines.is_sorted());
    for line in lines {
        assert!(line.len() >= 8 && line == line.to_lowercase(), "{line}");
    }
}

#[test]
fn no_program_that_a_server_runs_holds_the_list() {
    let holds = |path: &str| {
        let program = fs::read(path).unwrap();
        program
            .windows(16)
            .any(|window| window == b"1qaz2wsx3edc4rfv")
    };
    assert!(holds(env!("CARGO_BIN_EXE_cgi-session")));
    for name in ["login", "logout", "protected"] {
        assert!(!holds(executable(name)), "{name}");
    }
}
