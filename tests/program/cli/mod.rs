//! The administration, by its executable: what it prints, what it changes, how it ends.

mod guarding;
mod init;
mod shell;
mod terminal;

use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cgi_session::model::{LoginName, Time};

use crate::harness::user;
use crate::harness::{ADMINISTRATION, Site, permit, run};

fn add(site: &Site, name: &str) {
    site.good(
        &["user", "add", name, "--password-stdin"],
        "correct horse battery staple\n",
    );
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn parsed(json: &str) -> serde_json::Value {
    serde_json::from_str(json).unwrap()
}

#[test]
fn init_makes_a_configuration_and_a_store_that_only_their_owner_can_open() {
    let site = Site::made_by_init();

    assert_eq!(mode(&site.path("cgi-session.toml")), 0o640);
    assert_eq!(mode(&site.path("state")), 0o700);
    assert_eq!(mode(&site.file()), 0o600);
    let text = fs::read_to_string(site.path("cgi-session.toml")).unwrap();
    assert!(text.contains("\nallow_http = false\n"), "{text}");
    let secret = text
        .lines()
        .find(|line| line.starts_with("secret = "))
        .unwrap();
    assert_eq!(secret.len(), "secret = \"\"".len() + 64);
    let check = site.good(&["config", "check"], "");
    let mut looked_at = vec!["configuration", "store", "state", "log", "landlock"];
    looked_at.extend(user::is_root().then_some("checked as root"));
    let lines: Vec<&str> = check.lines().collect();
    assert_eq!(lines.len(), looked_at.len(), "{check}");
    for (line, what) in lines.iter().zip(looked_at) {
        assert!(line.starts_with(what), "{check}");
    }
    let text = text.replace(secret, "secret = \"\"");
    fs::write(site.path("cgi-session.toml"), text).unwrap();
    let check = site.good(&["config", "check"], "");
    assert!(check.contains("secret         none"), "{check}");
}

#[test]
fn init_again_keeps_everything() {
    let site = Site::made_by_init();
    add(&site, "alice");
    let before = fs::read(site.path("cgi-session.toml")).unwrap();

    let again = site.good(&["init"], "");

    let mut lines: Vec<&str> = again.lines().collect();
    if user::is_root() {
        // What root has not typed yet.
        assert!(lines.pop().unwrap().starts_with("next "), "{again}");
    }
    assert!(
        lines.iter().all(|line| line.starts_with("kept ")),
        "{again}"
    );
    assert_eq!(lines.len(), 2, "{again}");
    assert_eq!(fs::read(site.path("cgi-session.toml")).unwrap(), before);
    assert!(site.good(&["user", "list"], "").contains("alice"));
}

#[test]
fn init_refuses_what_it_cannot_mean() {
    let site = Site::made_by_init();
    let (code, other) = site.refused(&["init", "--store", "sqlite:/elsewhere/s"], "");
    assert_eq!(code, 1);
    assert!(other.contains("uses another store"), "{other}");

    let admin = "mysql://root:hidden@localhost/site";
    let done = site.run(&["init", "--admin-url", admin], "");
    assert_eq!(done.code, 1);
    assert!(
        done.err
            .contains("--admin-url is for MySQL, and the store is sqlite:"),
        "{}",
        done.err
    );

    for url in [
        "sqlite:relative",
        "postgres://u:hidden@h/d",
        "mysql://u:hidden@/d",
    ] {
        let fresh = Site::empty();
        // From standard input, too, as `-`.
        for (option, input) in [(url, ""), ("-", url)] {
            let (code, why) = fresh.refused(&["init", "--store", option], input);
            assert_eq!((code, why.lines().count()), (1, 1), "{url}: {why}");
            assert!(
                why.contains("need ") && !why.contains("hidden"),
                "{url}: {why}"
            );
            assert!(!fresh.path("cgi-session.toml").exists());
        }
    }
}

#[test]
fn a_user_is_added_listed_disabled_enabled_and_deleted() {
    let site = Site::made_by_init();
    let password = "correct horse battery staple";
    assert_eq!(
        site.good(&["user", "add", "ALICE", "--password-stdin"], password),
        "added alice\n"
    );
    assert_eq!(
        site.refused(&["user", "add", "alice", "--password-stdin"], password),
        (1, "cgi-session: there is a user `alice` already\n".into())
    );

    let listed = parsed(&site.good(&["user", "list", "--json"], ""));
    assert_eq!(listed[0]["login_name"], "alice");
    assert_eq!(
        (&listed[0]["disabled_at"], &listed[0]["sessions"]),
        (&serde_json::json!(null), &serde_json::json!(0))
    );
    let added = listed[0]["created_at"].as_str().unwrap();
    assert!(
        added.starts_with("20") && added.ends_with('Z') && added.len() == 20,
        "{added}"
    );

    site.open_session("alice", "", Time::now().plus(60));
    site.good(&["user", "disable", "alice"], "");
    let listed = parsed(&site.good(&["user", "list", "--json"], ""));
    assert!(listed[0]["disabled_at"].is_string(), "{listed}");
    assert_eq!(listed[0]["sessions"], 0, "disabling ends sessions");
    site.good(&["user", "enable", "alice"], "");
    site.good(&["user", "delete", "alice"], "");
    assert_eq!(site.good(&["user", "list", "--json"], ""), "[]\n");
}

#[test]
fn a_name_that_is_no_users_is_3() {
    let site = Site::made_by_init();
    for arguments in [
        &["user", "disable", "bob"][..],
        &["user", "enable", "bob"],
        &["user", "delete", "bob"],
        &["user", "password", "bob", "--password-stdin"],
        &["session", "list", "--user", "bob"],
        &["session", "revoke", "bob"],
    ] {
        let refused = site.refused(arguments, "correct horse battery staple");
        assert_eq!(
            refused,
            (3, "cgi-session: there is no user `bob`\n".into()),
            "{arguments:?}"
        );
    }
}

/// Nobody types a password twice to be told then that the name is wrong.
#[test]
fn a_name_is_looked_up_before_a_password_is_asked_for() {
    let site = Site::made_by_init();
    add(&site, "alice");
    assert_eq!(
        site.refused(&["user", "password", "bob"], ""),
        (3, "cgi-session: there is no user `bob`\n".into())
    );
    assert_eq!(
        site.refused(&["user", "add", "alice"], ""),
        (1, "cgi-session: there is a user `alice` already\n".into())
    );
}

/// What `config check` says is missing, it says how to make.
#[test]
fn what_check_finds_missing_it_says_how_to_make() {
    let site = Site::made_by_init();
    let config = site.config();
    let text = fs::read_to_string(&config).unwrap();
    let secret = text.lines().find(|line| line.starts_with("secret = "));
    let state = format!("state = \"{}\"", site.path("state").display());
    let other = format!("state = \"{}\"", site.path("other").display());
    let text = text.replace(secret.unwrap(), "secret = \"\"");
    fs::write(&config, text.replace(&state, &other)).unwrap();

    let done = site.run(&["config", "check"], "");
    assert_eq!(done.code, 1, "{done:?}");
    let told = format!(
        "state: {}: no such folder: run `cgi-session init`, which makes it\n",
        site.path("other").display()
    );
    assert!(done.err.ends_with(&told), "{done:?}");

    site.good(&["init"], "");
    let check = site.good(&["config", "check"], "");
    assert!(
        check.contains("set it to what `openssl rand -hex 32` prints"),
        "{check}"
    );
}

// H22: whole, with nothing trimmed but the one line end that `echo` adds.
#[test]
fn a_password_is_read_whole_and_checked() {
    let site = Site::made_by_init();
    let long = crate::library::new_passwords::varied(1024);
    for (input, right, wrong) in [
        (
            "  fifteen blanks  \n",
            "  fifteen blanks  ",
            "fifteen blanks",
        ),
        (
            "from a DOS file, perhaps\r\n",
            "from a DOS file, perhaps",
            "from a DOS file, perhaps\r",
        ),
        (&*format!("{long}\n"), &*long, &long[1..]),
    ] {
        site.good(&["user", "add", "alice", "--password-stdin"], input);
        let alice = LoginName::parse("alice").unwrap();
        let stored = site.store().credentials(&alice).unwrap().unwrap().password;
        let verify = |text: &str| {
            use cgi_session::auth::password::{Password, Verdict, verify};
            let password = Password::parse(text).unwrap();
            verify(&password, Some(&stored), &permit()).unwrap() == Verdict::Right
        };
        assert!(verify(right), "{input:?}");
        assert!(!verify(wrong), "{input:?}");
        site.good(&["user", "delete", "alice"], "");
    }
    for (input, why) in [
        ("", "a password needs 15 characters or more"),
        ("fourteen chars", "a password needs 15 characters or more"),
        (&*format!("{long}a"), "longer than 1024 bytes"),
        (&*"a".repeat(100_000), "longer than 1024 bytes"),
    ] {
        let refused = site.refused(&["user", "add", "alice", "--password-stdin"], input);
        assert_eq!(refused, (1, format!("cgi-session: {why}\n")));
    }
}

// H07
#[test]
fn a_new_password_ends_the_users_sessions() {
    let site = Site::made_by_init();
    add(&site, "alice");
    add(&site, "bob");
    for name in ["alice", "bob"] {
        site.open_session(name, "", Time::now().plus(60));
    }

    site.good(
        &["user", "password", "alice", "--password-stdin"],
        "another horse, another staple",
    );

    let left = parsed(&site.good(&["session", "list", "--json"], ""));
    assert_eq!(
        (left.as_array().unwrap().len(), &left[0]["login_name"]),
        (1, &"bob".into())
    );
}

#[test]
fn a_password_is_never_an_argument() {
    let site = Site::made_by_init();
    for arguments in [
        &["user", "add", "alice", "correct horse battery staple"][..],
        &[
            "user",
            "add",
            "alice",
            "--password",
            "correct horse battery staple",
        ],
        &[
            "user",
            "add",
            "alice",
            "--password-stdin=correct horse battery staple",
        ],
    ] {
        assert_eq!(site.refused(arguments, "").0, 2, "{arguments:?}");
    }
    // No terminal to ask at: an error that says what to do instead.
    let (code, why) = site.refused(&["user", "add", "alice"], "correct horse battery staple\n");
    assert!(code == 1 && why.contains("--password-stdin"), "{why}");
}

#[test]
fn sessions_are_listed_by_eight_digits_and_safely() {
    let site = Site::made_by_init();
    add(&site, "alice");
    let digest = site.open_session("alice", "Evil\u{1b}[2J\nforged  line", Time(1_900_000_000));

    let table = site.good(&["session", "list"], "");
    let listed = parsed(&site.good(&["session", "list", "--user", "alice", "--json"], ""));

    assert_eq!(table.lines().count(), 2, "{table}");
    assert!(table.contains("Evil\\u{1b}[2J\\nforged"), "{table}");
    assert!(
        table.contains(&digest[..8]) && !table.contains(&digest[..9]),
        "{table}"
    );
    assert_eq!(
        listed,
        serde_json::json!([{
            "login_name": "alice",
            "session": digest[..8],
            "created_at": "2023-11-14T22:13:20Z",
            "seen_at": "2023-11-14T22:13:20Z",
            "expires_at": "2030-03-17T17:46:40Z",
            "remote_addr": "192.0.2.7",
            "user_agent": "Evil\u{1b}[2J\nforged  line",
        }])
    );
}

#[test]
fn sessions_end_by_digits_by_user_and_all_together() {
    let site = Site::made_by_init();
    add(&site, "alice");
    add(&site, "bob");
    let later = Time::now().plus(60);
    let one = site.open_session("alice", "", later);
    for name in ["alice", "alice", "bob", "bob"] {
        site.open_session(name, "", later);
    }
    let revoke = |arguments: &[&str]| site.good(&[&["session", "revoke"], arguments].concat(), "");

    assert_eq!(revoke(&["--session", &one[..8]]), "1 session ended\n");
    assert_eq!(
        site.refused(&["session", "revoke", "--session", &one], ""),
        (3, format!("cgi-session: no session begins with {one}\n"))
    );
    assert_eq!(revoke(&["Alice"]), "2 sessions ended\n");
    assert_eq!(revoke(&["--all"]), "2 sessions ended\n");
    for wrong in [
        &[][..],
        &["alice", "--all"],
        &["--session", "1234567"],
        &["--session", "1234567%"],
        &["--session", "ABCDEF01"],
    ] {
        let arguments = [&["session", "revoke"], wrong].concat();
        assert_eq!(site.refused(&arguments, "").0, 2, "{wrong:?}");
    }
}

#[test]
fn digits_that_fit_two_sessions_end_none() {
    let site = Site::made_by_init();
    add(&site, "alice");
    for _ in 0..2 {
        site.open_session("alice", "", Time::now().plus(60));
    }
    let rows = rusqlite::Connection::open(site.file()).unwrap();
    let same = "UPDATE sessions SET session = 'aaaaaaaa' || substr(session, 9)";
    assert_eq!(rows.execute(same, []).unwrap(), 2);

    let (code, why) = site.refused(&["session", "revoke", "--session", "aaaaaaaa"], "");

    assert!(code == 1 && why.contains("give more digits"), "{why}");
    assert_eq!(
        site.good(&["session", "revoke", "--all"], ""),
        "2 sessions ended\n"
    );
}

#[test]
fn prune_deletes_what_is_over_and_nothing_else() {
    let site = Site::made_by_init();
    add(&site, "alice");
    let now = Time::now();
    site.open_session("alice", "over", now);
    site.open_session("alice", "not over", now.plus(3600));

    assert_eq!(site.good(&["session", "prune"], ""), "1 session deleted\n");

    let left = site.good(&["session", "list"], "");
    assert!(
        left.contains("not over") && left.lines().count() == 2,
        "{left}"
    );
}

#[test]
fn a_configuration_that_others_can_read_is_refused_by_every_command() {
    let site = Site::made_by_init();
    let path = site.path("cgi-session.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    for arguments in [
        &["config", "check"][..],
        &["user", "list"],
        &["session", "prune"],
        &["init"],
    ] {
        let (code, why) = site.refused(arguments, "");
        assert!(code == 1 && why.contains("0644"), "{arguments:?}: {why}");
    }
}

#[test]
fn a_missing_store_is_not_made_by_accident_and_a_broken_one_is_4() {
    let site = Site::made_by_init();
    let file = site.file();
    fs::remove_file(&file).unwrap();
    for arguments in [
        &["user", "list"][..],
        &["session", "list"],
        &["session", "prune"],
    ] {
        let (code, why) = site.refused(arguments, "");
        assert!(
            code == 1 && why.contains("run `cgi-session init`"),
            "{arguments:?}: {why}"
        );
        assert!(!file.exists());
    }
    let done = site.run(&["config", "check"], "");
    assert_eq!(done.code, 1, "{}", done.err);
    assert!(!file.exists());

    fs::write(&file, "not a database, but long enough to be read as one").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(site.refused(&["user", "list"], "").0, 4);
}

#[test]
fn a_store_without_tables_names_the_cure() {
    let site = Site::made_by_init();
    let file = site.file();
    fs::write(&file, "").unwrap();

    let done = site.run(&["config", "check"], "");
    assert!(
        done.code == 1 && done.err.contains("run `cgi-session init`"),
        "{}",
        done.err
    );

    site.good(&["init"], "");
    site.good(&["config", "check"], "");
}

#[test]
fn help_is_printed_documents_the_exit_codes_and_survives_a_closed_pipe() {
    let bare = run(Command::new(ADMINISTRATION), "");
    assert_eq!((bare.code, &*bare.err), (0, ""));
    for text in [
        "serve",
        "init",
        "user",
        "session",
        "config",
        "help events",
        "help fail2ban",
        "help threats",
        "Exit codes:",
        "  4  the store",
    ] {
        assert!(bare.out.contains(text), "no {text} in {}", bare.out);
    }
    let mut command = Command::new(ADMINISTRATION);
    command.args(["help", "config"]).stdin(Stdio::null());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut error = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut error)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), &*error), (Some(0), ""));
}

#[test]
fn a_topic_is_printed_as_it_is_whichever_way_it_is_asked_for() {
    let site = Site::made_by_init();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/cgi-session/help");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let text = |file: &PathBuf| {
        let topic = file.file_stem().unwrap().to_str().unwrap().to_owned();
        (topic, fs::read_to_string(file).unwrap())
    };
    let mut topics: Vec<_> = files.map(|file| text(&file)).collect();
    topics.push(("events".to_owned(), site.good(&["help", "events"], "")));
    assert!(topics.len() > 3, "{topics:?}");
    for (topic, text) in &topics {
        for arguments in [&["help", topic][..], &[topic, "--help"], &[topic]] {
            assert_eq!(&site.good(arguments, ""), text, "{arguments:?}");
        }
        for line in text
            .lines()
            .filter(|_| topic != "fail2ban" && topic != "events")
        {
            assert!(line.chars().count() <= 120, "{line}");
        }
    }
}

#[test]
fn help_config_is_the_text_that_init_writes() {
    let site = Site::made_by_init();
    let help = site.good(&["help", "config"], "");
    let written = fs::read_to_string(site.path("cgi-session.toml")).unwrap();
    for line in written.lines() {
        let own = ["store = ", "secret = ", "state = "]
            .iter()
            .any(|key| line.starts_with(key));
        assert!(
            own || help.lines().any(|shown| shown == line),
            "not in help: {line}"
        );
    }
}

#[test]
fn a_usage_error_is_2_with_nothing_on_stdout() {
    let site = Site::made_by_init();
    for arguments in [
        &["bogus"][..],
        &["user"],
        &["user", "add"],
        &["user", "add", "a b"],
        &["serve", "--listen", "x"],
    ] {
        assert_eq!(site.refused(arguments, "").0, 2, "{arguments:?}");
    }
    for address in ["8081", "localhost:8081"] {
        let (_, why) = site.refused(&["serve", "--listen", address], "");
        let told = "must be an IP address and a port, as in 127.0.0.1:8081";
        assert!(why.contains(told), "{why}");
    }
}
