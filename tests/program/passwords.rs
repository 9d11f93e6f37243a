//! Passwords: what the login page refuses before it hashes, and what it does with a hash that is weak or hostile.

use std::time::Duration;

use cgi_session::auth::password::{PASSWORD_MAX, Password, Verdict, verify};

use crate::harness::{NAME, PASSWORD, Site, permit, stored_hash};

use crate::library::passwords::{VECTORS, fastest, hash, on_processor};

#[test]
fn a_password_over_1024_bytes_is_refused_before_hashing() {
    assert!(Password::parse(&"x".repeat(PASSWORD_MAX)).is_some());
    assert!(Password::parse(&"x".repeat(PASSWORD_MAX + 1)).is_none());
    assert!(
        Password::parse(&"é".repeat(PASSWORD_MAX / 2 + 1)).is_none(),
        "bytes, not characters"
    );
    let site = Site::with("[http]\nmax_body = \"2m\"");
    let longest = "z".repeat(PASSWORD_MAX);
    let stored = hash(&Password::parse(&longest).unwrap()).unwrap();
    assert!(site.add("patient", &stored));
    for (password, status) in [
        (longest.clone(), 303),
        (format!("{longest}z"), 401),
        ("z".repeat(1 << 20), 401),
    ] {
        let program = site
            .program("login")
            .post(&[("login_name", "patient"), ("password", &password)]);
        assert_eq!(
            program.answer_whatever_is_logged().status,
            status,
            "{}",
            password.len()
        );
    }
}

/// A hash that an attacker wrote into the table must not take the machine's time or memory, and matches nothing.
#[test]
fn a_hostile_or_senseless_hash_is_a_wrong_password_at_the_usual_price() {
    let salt_and_hash = "c29tZXNhbHRzb21lc2FsdA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let hashes = [
        // Costly rather than deadly, so that without the caps this fails before it takes the machine.
        format!("$argon2id$v=19$m=19456,t=400,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=1048576,t=3,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=4194304,t=2,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=4294967295,t=4294967295,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=19456,t=1000000,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=131073,t=2,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=19456,t=2,p=17${salt_and_hash}"),
        format!("$argon2id$v=19$m=1048576,t=1,p=65535${salt_and_hash}"),
        format!("$argon2id$v=19$m=8,t=0,p=1${salt_and_hash}"),
        format!("$argon2id$v=99$m=19456,t=2,p=1${salt_and_hash}"),
        format!("$argon2x$v=19$m=19456,t=2,p=1${salt_and_hash}"),
        format!("$argon2id$v=19$m=-1,t=2,p=1${salt_and_hash}"),
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ".to_owned(),
        "$argon2id$v=19$m=19456,t=2,p=1".to_owned(),
        format!(
            "$argon2id$v=19$m=19456,t=2,p=1$c29t${}",
            &salt_and_hash[23..]
        ),
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".to_owned(),
        "$2b$31$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".to_owned(),
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0".to_owned(),
        format!("$5$rounds=999999999$salt${}", "A".repeat(43)),
        format!("$6$rounds=999999999$salt${}", "A".repeat(86)),
        "$y$jFT$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        format!("$scrypt$ln=31,r=8,p=1${salt_and_hash}"),
        format!("$pbkdf2-sha256$i=4294967295,l=32${salt_and_hash}"),
        format!(
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA${}",
            "A".repeat(4_000)
        ),
        "password".to_owned(),
        "$".repeat(10_000),
        "\u{fffd}".to_owned(),
        String::new(),
    ];
    let permit = permit();
    let usual = fastest(|| drop(verify(&Password::parse("password").unwrap(), None, &permit)));
    for stored in &hashes {
        let hash = stored_hash(stored);
        let before = on_processor();
        let found = verify(&Password::parse("password").unwrap(), Some(&hash), &permit);
        let took = on_processor().saturating_sub(before);
        assert_eq!(found.unwrap(), Verdict::Wrong, "{stored:.60}");
        assert!(
            took < usual * 20 + Duration::from_millis(200),
            "{stored:.60}: {took:?}"
        );
        assert!(took > usual / 3, "{stored:.60}: {took:?}");
    }
    let site = Site::new();
    assert!(site.add("hostile", &hashes[2]));
    let program = site
        .program("login")
        .post(&[("login_name", "hostile"), ("password", "password")]);
    assert_eq!(
        program
            .logs(&["event=sign_in_failed user=hostile"])
            .answer()
            .status,
        401
    );
}

#[test]
fn a_weak_hash_is_replaced_after_success_only() {
    let site = Site::new();
    let weak = VECTORS[0].1;
    assert!(site.add("old", weak));
    let stored = || site.value("SELECT password FROM users WHERE login_name = 'old'");
    let before = stored();
    let sign_in = |password: &str| {
        let fields = [("login_name", "old"), ("password", password)];
        site.program("login")
            .post(&fields)
            .answer_whatever_is_logged()
            .status
    };
    assert_eq!(sign_in("wrong"), 401);
    assert_eq!(stored(), before, "not after a failure");
    site.execute("UPDATE users SET disabled_at = 1 WHERE login_name = 'old'");
    assert_eq!(sign_in("password"), 401);
    assert_eq!(stored(), before, "nor for who is disabled");
    site.execute("UPDATE users SET disabled_at = NULL");
    let changed = "SELECT password_changed_at FROM users WHERE login_name = 'old'";
    let changed_at = site.count(changed);
    assert_eq!(sign_in("password"), 303);
    let rusqlite::types::Value::Text(after) = stored() else {
        panic!()
    };
    assert!(
        after.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{after}"
    );
    assert_eq!(
        site.count(changed),
        changed_at,
        "a rehash is no password change"
    );
    assert_eq!(sign_in("password"), 303);
    assert_eq!(
        site.count("SELECT COUNT(*) FROM sessions"),
        2,
        "and ends no session"
    );
    // A strong one stays as it is.
    let mine = "SELECT password FROM users WHERE login_name = 'demo'";
    let kept = site.value(mine);
    site.sign_in();
    assert_eq!(site.value(mine), kept);
}

/// Status, headers and body are one, whatever was wrong; what was typed is the only difference.
#[test]
fn a_failed_sign_in_does_not_say_why() {
    let site = Site::new();
    assert!(site.add("disabled", crate::harness::hash()));
    site.execute("UPDATE users SET disabled_at = 1 WHERE login_name = 'disabled'");
    let long = "x".repeat(1025);
    let tries = [
        (NAME, "wrong"),
        (NAME, ""),
        (NAME, &long),
        ("disabled", PASSWORD),
        ("disabled", "wrong"),
        ("unknown", PASSWORD),
        ("no name", PASSWORD),
        ("", ""),
    ];
    let answers = |json: bool| -> Vec<_> {
        let answer = |(name, password): &(&str, &str)| {
            let program = site
                .program("login")
                .post(&[("login_name", name), ("password", password)]);
            let program = if json { program.json() } else { program };
            let mut answer = program.logs(&["event=sign_in_failed"]).answer();
            answer.log.clear();
            let typed = format!("value=\"{name}\"");
            let focus = " aria-invalid=\"true\" aria-describedby=\"error\"";
            answer.body = answer
                .body
                .replace(&typed, "value")
                .replace(" autofocus", "")
                .replace(focus, "");
            answer
        };
        tries.iter().map(answer).collect()
    };
    for json in [false, true] {
        let answers = answers(json);
        assert_eq!(answers[0].status, 401);
        for (answer, tried) in answers.iter().zip(tries) {
            assert_eq!(answer, &answers[0], "{}", tried.0);
        }
    }
}
