//! The administration, by its executable: what it prints, what it changes, how it ends.

mod made;
mod shell;
mod terminal;

use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};

use cgi_session::config::StoreUrl;
use cgi_session::model::{Digest, LoginName, NewSession, RANDOM_LEN, Time, Token};
use cgi_session::store::{self, Store};
use tempfile::TempDir;

use crate::program::{fed, permit};
const PROGRAM: &str = env!("CARGO_BIN_EXE_cgi-session");

/// Makes each session another.
static NEXT: AtomicU8 = AtomicU8::new(0);

/// What a command did.
#[derive(Debug, PartialEq, Eq)]
struct Done {
    code: i32,
    out: String,
    err: String,
}

/// A folder with a configuration and a store, as `init` makes them.
struct Site {
    folder: TempDir,
}

impl Site {
    fn new() -> Self {
        let site = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let done = site.run(&["init", "--store", &site.url()], "");
        assert_eq!((done.code, &*done.err), (0, ""), "{}", done.out);
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.path("store/sessions.sqlite").display())
    }

    /// `cgi-session --config ... ARGUMENTS`
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .arg("--config")
            .arg(self.path("cgi-session.toml"))
            .args(arguments);
        command
    }

    /// Runs it with `input` on its standard input.
    fn run(&self, arguments: &[&str], input: &str) -> Done {
        run(self.command(arguments), input)
    }

    /// What a good command printed.
    #[track_caller]
    fn good(&self, arguments: &[&str], input: &str) -> String {
        let done = self.run(arguments, input);
        assert_eq!((done.code, &*done.err), (0, ""), "{arguments:?}");
        done.out
    }

    /// The one line of a command that was refused, and its exit code.
    #[track_caller]
    fn refused(&self, arguments: &[&str], input: &str) -> (i32, String) {
        let done = self.run(arguments, input);
        assert_eq!(done.out, "", "{arguments:?}");
        (done.code, done.err)
    }

    fn store(&self) -> Box<dyn Store> {
        store::open(&StoreUrl::parse(&self.url()).unwrap()).unwrap()
    }

    /// Signs a user in; the digest.
    fn session(&self, name: &str, agent: &str, expires_at: Time) -> String {
        let mut store = self.store();
        let known = store
            .credentials(&LoginName::parse(name).unwrap())
            .unwrap()
            .unwrap();
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let digest = Digest::of(&Token::from_random(&[n; RANDOM_LEN]));
        let new = NewSession {
            session: digest.clone(),
            user: known.id,
            created_at: Time(1_700_000_000),
            expires_at,
            remember: false,
            remote_addr: "192.0.2.7".into(),
            user_agent: agent.into(),
        };
        assert!(
            store
                .open_session(&new, &known.password, None, &[], 0, &[])
                .unwrap()
        );
        digest.as_str().to_owned()
    }

    fn add(&self, name: &str) {
        self.good(
            &["user", "add", name, "--password-stdin"],
            "correct horse battery staple\n",
        );
    }
}

fn run(mut command: Command, input: &str) -> Done {
    let output = fed(&mut command, input);
    Done {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn parsed(json: &str) -> serde_json::Value {
    serde_json::from_str(json).unwrap()
}

#[test]
fn init_makes_a_configuration_and_a_store_that_only_their_owner_can_open() {
    let site = Site::new();

    assert_eq!(mode(&site.path("cgi-session.toml")), 0o640);
    assert_eq!(mode(&site.path("store")), 0o700);
    assert_eq!(mode(&site.path("store/sessions.sqlite")), 0o600);
    let text = fs::read_to_string(site.path("cgi-session.toml")).unwrap();
    assert!(text.contains("\nallow_http = false\n"), "{text}");
    let secret = text
        .lines()
        .find(|line| line.starts_with("secret = "))
        .unwrap();
    assert_eq!(secret.len(), "secret = \"\"".len() + 64);
    let check = site.good(&["config", "check"], "");
    let looked_at = ["configuration", "store", "state", "log", "landlock"];
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
    let site = Site::new();
    site.add("alice");
    let before = fs::read(site.path("cgi-session.toml")).unwrap();

    let again = site.good(&["init"], "");

    assert!(
        again.lines().all(|line| line.starts_with("kept ")),
        "{again}"
    );
    assert_eq!(fs::read(site.path("cgi-session.toml")).unwrap(), before);
    assert!(site.good(&["user", "list"], "").contains("alice"));
}

#[test]
fn init_refuses_what_it_cannot_mean() {
    let site = Site::new();
    let (code, other) = site.refused(&["init", "--store", "sqlite:/elsewhere/s"], "");
    assert_eq!(code, 1);
    assert!(other.contains("names another store"), "{other}");

    let admin = "mysql://root:hidden@localhost/site";
    let done = site.run(&["init", "--admin-url", admin], "");
    assert_eq!(done.code, 1);
    assert!(
        done.err
            .contains("--admin-url is for the database of sqlite:"),
        "{}",
        done.err
    );

    for url in [
        "sqlite:relative",
        "postgres://u:hidden@h/d",
        "mysql://u:hidden@/d",
    ] {
        let fresh = Site {
            folder: tempfile::tempdir().unwrap(),
        };
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
    let site = Site::new();
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

    site.session("alice", "", Time::now().plus(60));
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
    let site = Site::new();
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

// H22: whole, with nothing trimmed but the one line end that `echo` adds.
#[test]
fn a_password_is_read_whole_and_checked() {
    let site = Site::new();
    let long = crate::new_passwords::varied(1024);
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
    let site = Site::new();
    site.add("alice");
    site.add("bob");
    for name in ["alice", "bob"] {
        site.session(name, "", Time::now().plus(60));
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
    let site = Site::new();
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
    let site = Site::new();
    site.add("alice");
    let digest = site.session("alice", "Evil\u{1b}[2J\nforged  line", Time(1_900_000_000));

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
    let site = Site::new();
    site.add("alice");
    site.add("bob");
    let later = Time::now().plus(60);
    let one = site.session("alice", "", later);
    for name in ["alice", "alice", "bob", "bob"] {
        site.session(name, "", later);
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
    let site = Site::new();
    site.add("alice");
    for _ in 0..2 {
        site.session("alice", "", Time::now().plus(60));
    }
    let rows = rusqlite::Connection::open(site.path("store/sessions.sqlite")).unwrap();
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
    let site = Site::new();
    site.add("alice");
    let now = Time::now();
    site.session("alice", "over", now);
    site.session("alice", "not over", now.plus(3600));

    assert_eq!(site.good(&["session", "prune"], ""), "1 session deleted\n");

    let left = site.good(&["session", "list"], "");
    assert!(
        left.contains("not over") && left.lines().count() == 2,
        "{left}"
    );
}

#[test]
fn a_configuration_that_others_can_read_is_refused_by_every_command() {
    let site = Site::new();
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
    let site = Site::new();
    let file = site.path("store/sessions.sqlite");
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
    let site = Site::new();
    let file = site.path("store/sessions.sqlite");
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
    let bare = run(Command::new(PROGRAM), "");
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
    let mut command = Command::new(PROGRAM);
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
    let site = Site::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/cgi-session/topic");
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
    let site = Site::new();
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
    let site = Site::new();
    for arguments in [
        &["bogus"][..],
        &["user"],
        &["user", "add"],
        &["user", "add", "a b"],
        &["serve", "--listen", "x"],
    ] {
        assert_eq!(site.refused(arguments, "").0, 2, "{arguments:?}");
    }
}
