//! Passwords: compared whole, kept as Argon2id, and an unknown user costs as much as a wrong password.

use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use cgi_session::auth::password::{self, PASSWORD_MAX, Password, Verdict, verify};
use cgi_session::auth::sign_in::Outcome;
use cgi_session::error::Error;

use crate::harness::{NAME, PASSWORD, Site, permit, stored_hash};

/// A new hash, as text.
pub fn hash(password: &Password) -> Result<String, Error> {
    password::hash(password).map(|hash| hash.as_str().to_owned())
}

fn verdict(password: &str, stored: Option<&str>) -> Verdict {
    let stored = stored.map(stored_hash);
    verify(
        &Password::parse(password).unwrap(),
        stored.as_ref(),
        &permit(),
    )
    .unwrap()
}

// phc-winner-argon2, src/test.c (20190702); RFC 9106's have a secret, which a PHC string cannot say. These
// are weaker than ours, in memory or kind.
pub const VECTORS: &[(&str, &str)] = &[
    (
        "password",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    ),
    (
        "password",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
    ),
    (
        "password",
        "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
    ),
];

const STRONG: &[(&str, &str)] = &[
    (
        "password",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ),
    (
        "password",
        "$argon2id$v=19$m=65536,t=2,p=1$ZGlmZnNhbHQ$vfMrBczELrFdWP0ZsfhWsRPaHppYdP3MVEMIVlqoFBw",
    ),
    (
        "differentpassword",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94",
    ),
];

#[test]
fn the_reference_implementations_hashes_verify() {
    for (vectors, expected) in [(VECTORS, Verdict::RightButWeak), (STRONG, Verdict::Right)] {
        for (password, stored) in vectors {
            assert_eq!(verdict(password, Some(stored)), expected, "{stored}");
            assert_eq!(
                verdict("Password", Some(stored)),
                Verdict::Wrong,
                "{stored}"
            );
        }
    }
}

#[test]
fn ours_is_argon2id_of_19_mib_2_passes_and_a_salt_of_16_bytes() {
    let one = hash(&Password::parse(PASSWORD).unwrap()).unwrap();
    let two = hash(&Password::parse(PASSWORD).unwrap()).unwrap();
    assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
    assert_ne!(one, two, "the salt is new");
    let parsed = PasswordHash::new(&one).unwrap();
    assert_eq!(parsed.salt.unwrap().as_ref().len(), 16);
    assert_eq!(parsed.hash.unwrap().as_bytes().len(), 32);
    assert_eq!(verdict(PASSWORD, Some(&one)), Verdict::Right);
    assert_eq!(
        format!("{:?}", Password::parse(PASSWORD)),
        "Some(Password(..))"
    );
}

// bcrypt stops at byte 72 and at a NUL; forms are trimmed by many.
#[test]
fn a_password_counts_whole() {
    let long = "x".repeat(72);
    let pairs = [
        ("correct horse", "correct horse "),
        ("correct horse", " correct horse"),
        ("correct horse", "Correct horse"),
        ("a\0b", "a\0c"),
        ("a\0", "a"),
        ("\t", "\n"),
        ("\u{200b}", ""),
        (&format!("{long}a"), &format!("{long}b")),
        (&format!("{long}a"), &long),
        (&"y".repeat(PASSWORD_MAX), &"y".repeat(PASSWORD_MAX - 1)),
        // Compatibility forms are others: NFC, not NFKC.
        ("ﬁx", "fix"),
        ("Ａ", "A"),
    ];
    for (right, wrong) in pairs {
        let stored = hash(&Password::parse(right).unwrap()).unwrap();
        assert_eq!(verdict(right, Some(&stored)), Verdict::Right, "{right:?}");
        assert_eq!(verdict(wrong, Some(&stored)), Verdict::Wrong, "{wrong:?}");
    }
    // One password on two keyboards (NIST SP 800-63B-4, 3.1.1.2: normalised before hashing).
    let stored = hash(&Password::parse("caf\u{e9} \u{c5}ngstr\u{f6}m").unwrap()).unwrap();
    assert_eq!(
        verdict("cafe\u{301} \u{212b}ngstro\u{308}m", Some(&stored)),
        Verdict::Right
    );
    // The stored hash itself is a password like any other.
    assert_eq!(verdict(&stored, Some(&stored)), Verdict::Wrong);
}

/// What an unknown user's password is held against: a hash that parses, with our own parameters.
#[test]
fn an_unknown_user_costs_what_a_wrong_password_costs() {
    let source = include_str!("../../src/auth/password.rs");
    let literal = source.split("const NOBODY: &str = \"").nth(1).unwrap();
    let literal = literal.split("\";").next().unwrap();
    let nobody: String = literal.replace("\\\n", "").split_whitespace().collect();
    let parsed = PasswordHash::new(&nobody).unwrap();
    let ours = hash(&Password::parse(PASSWORD).unwrap()).unwrap();
    let ours = PasswordHash::new(&ours).unwrap();
    assert_eq!(parsed.algorithm, ours.algorithm);
    assert_eq!(parsed.version, ours.version);
    assert_eq!(parsed.params.to_string(), ours.params.to_string());
    assert_eq!(
        parsed.hash.unwrap().as_bytes().len(),
        ours.hash.unwrap().as_bytes().len()
    );
    assert_eq!(verdict(PASSWORD, None), Verdict::Wrong);
    let site = Site::new();
    assert!(site.add("disabled", crate::harness::hash()));
    site.execute("UPDATE users SET disabled_at = 1 WHERE login_name = 'disabled'");
    let mut store = site.store();
    let mut refuse = |login_name: &str, password: &str| {
        let outcome = site.sign_in_here(store.as_mut(), login_name, password);
        assert!(matches!(outcome, Outcome::Refused(_)));
    };
    for (name, password) in [
        ("unknown", PASSWORD),
        ("disabled", PASSWORD),
        ("no name", PASSWORD),
    ] {
        // Others load the memory's bus now and then; a difference that is ours is there each time.
        let mut compared = || {
            let other = fastest(|| refuse(name, password));
            let wrong = fastest(|| refuse(NAME, "wrong"));
            other.as_secs_f64() / wrong.as_secs_f64()
        };
        assert!((0..9).any(|_| (0.85..1.18).contains(&compared())), "{name}");
    }
}

/// The best of several, in this thread's own time on a processor: what else the machine does only adds.
pub fn fastest(mut work: impl FnMut()) -> Duration {
    let timed = |_| {
        let before = on_processor();
        work();
        on_processor().saturating_sub(before)
    };
    (0..5).map(timed).min().unwrap()
}

pub fn on_processor() -> Duration {
    // Linux, Documentation/scheduler/sched-stats.rst: nanoseconds run, nanoseconds waited, how often.
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}
