//! `cgi-session config check` and `init` find what does not suit, is damaged or cannot be written before a visitor
//! does, and say what to type.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use cgi_session::model::Time;

use crate::harness::database::mariadb::Mariadb;
use crate::harness::database::{Database, DatabaseServer as _};
use crate::harness::user;
use crate::harness::{NAME, Program, Row, Site, administer, hash};

/// The output of a command that succeeded, or the one line that says why it did not.
fn done(config: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = administer(config, arguments, "");
    let (out, err) = (output.stdout, String::from_utf8(output.stderr).unwrap());
    match output.status.code() {
        Some(0) => Ok(String::from_utf8(out).unwrap()),
        _ => Err(err),
    }
}

fn before_init(database: &Database) -> Site {
    Site::on_tables_to_be_made(database, &database.url())
}

fn init(site: &Site, database: &Database) -> Result<String, String> {
    done(
        &site.config(),
        &["init", "--admin-url", &database.admin_url()],
    )
}

/// Asserts that `config check` and `init` both refuse, each with all of these words.
#[track_caller]
fn is_refused(site: &Site, database: &Database, words: &[&str]) {
    let check = done(&site.config(), &["config", "check"]).unwrap_err();
    let init = init(site, database).unwrap_err();
    for why in [check, init] {
        assert_eq!(why.lines().count(), 1, "{why}");
        for word in words {
            assert!(why.contains(word), "no {word:?}: {why}");
        }
    }
}

#[track_caller]
fn is_good(site: &Site, database: &Database) {
    init(site, database).unwrap();
    let check = done(&site.config(), &["config", "check"]).unwrap();
    assert!(check.contains("answers, and takes writes"), "{check}");
}

// H57
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn tables_that_do_not_suit_are_refused_with_what_to_type() {
    let database = Mariadb::shared().database();
    let site = before_init(&database);
    is_good(&site, &database);
    for (break_it, words, mend_it) in [
        (
            "SET foreign_key_checks = 0; ALTER TABLE attempts ENGINE = Aria",
            [
                "the table attempts has the engine Aria",
                "ALTER TABLE attempts ENGINE = InnoDB",
            ],
            "ALTER TABLE attempts ENGINE = InnoDB",
        ),
        (
            "ALTER TABLE memberships DROP FOREIGN KEY memberships_ibfk_1",
            [
                "the table memberships keeps rows",
                "ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE",
            ],
            "ALTER TABLE memberships ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE",
        ),
        (
            "ALTER TABLE users MODIFY login_name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL",
            [
                "users.login_name is compared by utf8mb4_general_ci",
                "COLLATE utf8mb4_bin NOT NULL",
            ],
            "ALTER TABLE users MODIFY login_name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL",
        ),
        (
            "ALTER TABLE sessions MODIFY user_agent VARCHAR(255) CHARACTER SET latin1 NOT NULL DEFAULT ''",
            ["sessions.user_agent is latin1", "CHARACTER SET utf8mb4"],
            "ALTER TABLE sessions MODIFY user_agent VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL DEFAULT ''",
        ),
    ] {
        database.sql(break_it);
        is_refused(&site, &database, &words);
        database.sql(mend_it);
        is_good(&site, &database);
    }
}

// H57
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_server_that_makes_other_tables_than_it_is_asked_for_gets_none() {
    let mariadb = Mariadb::start(&["--enforce-storage-engine=Aria", "--sql-mode="]);
    let database = mariadb.database();
    let site = before_init(&database);

    let why = init(&site, &database).unwrap_err();

    assert!(why.contains("enforce_storage_engine is Aria"), "{why}");
    assert!(why.contains("SET GLOBAL enforce_storage_engine"), "{why}");
    assert_eq!(database.sql("SHOW TABLES"), "");
}

// H57
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_character_set_that_garbles_names_is_refused_and_garbles_none() {
    let mariadb = Mariadb::start(&[]);
    let database = mariadb.database();
    let site = before_init(&database);
    is_good(&site, &database);
    for name in ["密码", "plain"] {
        let add = ["user", "add", name, "--password-stdin"];
        let added = administer(&site.config(), &add, "copper otter lantern 42");
        assert!(added.status.success(), "{added:?}");
    }
    let signed_in = |name: &str| {
        let login = Program::new("login").set("CGI_SESSION_CONFIG", site.config());
        login.post(&[
            ("login_name", name),
            ("password", "copper otter lantern 42"),
        ])
    };
    let cookie = |name: &str| {
        let answer = signed_in(name).answer_whatever_is_logged();
        answer.cookie().map(|(token, _)| token.to_owned())
    };
    let before = cookie("密码").unwrap();

    mariadb.sql("SET GLOBAL init_connect = 'SET NAMES gbk'");

    is_refused(
        &site,
        &database,
        &[
            "character_set_client is gbk",
            "SET GLOBAL init_connect = ''",
        ],
    );
    // A list shows every row as it is, the session is still hers, and nothing that is written is garbled.
    let list = done(&site.config(), &["user", "list"]).unwrap();
    assert!(list.contains("密码") && list.lines().count() == 3, "{list}");
    let protected = Program::new("protected").set("CGI_SESSION_CONFIG", site.config());
    let page = protected.cookie(&before).answer_whatever_is_logged();
    assert!(
        page.status == 200 && page.body.contains("密码"),
        "{}",
        page.status
    );
    assert!(cookie("plain").is_some());
    // As gbk her name is the spelling of this one, who is somebody else.
    database.sql(&format!(
        "SET NAMES utf8mb4; INSERT INTO users (login_name, password, created_at, password_changed_at) \
        VALUES (CONVERT(CAST('密码' AS BINARY) USING gbk), '{}', 0, 0)",
        hash()
    ));
    assert_eq!(cookie("密码"), None, "signed in as somebody else");
}

// H57
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_lax_server_cuts_nothing_and_lets_sessions_end() {
    let mariadb = Mariadb::start(&["--sql-mode="]);
    let database = mariadb.database();
    let site = before_init(&database);
    mariadb.sql("SET GLOBAL init_connect = 'SET sql_safe_updates = 1, sql_select_limit = 1'");
    is_good(&site, &database);
    let config = site.config();
    let password = "copper otter lantern 42";
    let add = ["user", "add", "anna", "--password-stdin"];
    assert!(administer(&config, &add, password).status.success());
    // With a column as narrow as an older table's, a name that does not fit is refused, not cut to another's.
    database.sql("ALTER TABLE users MODIFY login_name VARCHAR(4) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL");
    let add = ["user", "add", "anna2", "--password-stdin"];
    let refused = administer(&config, &add, password);
    assert!(!refused.status.success());
    assert_eq!(database.sql("SELECT COUNT(*) FROM users"), "1\n");
    // What has no key in its WHERE goes all the same.
    let login = Program::new("login").set("CGI_SESSION_CONFIG", &config);
    let login = login.post(&[("login_name", "anna"), ("password", password)]);
    for _ in 0..3 {
        assert_eq!(login.answer_whatever_is_logged().status, 303);
    }
    let list = done(&config, &["session", "list"]).unwrap();
    assert_eq!(list.lines().count(), 4, "{list}");
    database.sql("UPDATE sessions SET expires_at = 1");
    let pruned = done(&config, &["session", "prune"]).unwrap();
    assert_eq!(pruned, "3 sessions deleted\n");
    assert_eq!(login.answer_whatever_is_logged().status, 303);
    let all = done(&config, &["session", "revoke", "--all"]).unwrap();
    assert_eq!(all, "1 session ended\n");
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn a_server_that_takes_no_writes_is_refused() {
    let mariadb = Mariadb::start(&[]);
    let database = mariadb.database();
    let site = before_init(&database);
    is_good(&site, &database);
    let check = || done(&site.config(), &["config", "check"]);

    mariadb.sql("SET GLOBAL read_only = 1");
    let why = check().unwrap_err();
    assert!(
        why.contains("cannot write, as a sign-in does: 1290"),
        "{why}"
    );
    assert!(why.contains("name the server that takes writes"), "{why}");

    mariadb.sql("SET GLOBAL read_only = 0");
    let name = database.sql("SELECT DATABASE()");
    let name = name.trim();
    mariadb.sql(&format!("REVOKE DELETE ON {name}.* FROM {name}_web@'%'"));
    let why = check().unwrap_err();
    assert!(
        why.contains("DELETE command denied") && why.contains("grant the account"),
        "{why}"
    );
    assert_eq!(
        database.sql("SELECT COUNT(*) FROM sessions, attempts"),
        "0\n"
    );
}

/// What the server refuses until somebody changes the account, the database or the configuration. None of it passes by
/// itself, so the exit code is not 4.
#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn what_a_server_denies_says_what_to_type_and_is_no_passing_fault() {
    let mariadb = Mariadb::start(&[]);
    let database = mariadb.database();
    let site = before_init(&database);
    let (name, url) = (database.name.clone(), database.url());
    let refused = |arguments: &[&str], told: &str| {
        let (code, why) = site.refused(arguments, "");
        assert!(why.contains(told), "no {told:?}: {why}");
        assert_eq!(code, 1, "{why}");
    };
    let other = database
        .admin_url()
        .replace(&format!("/{name}?"), "/other?");

    refused(&["init"], "; to make tables, use --admin-url;");
    refused(
        &["init", "--admin-url", &other],
        &format!(
            "--admin-url names the database `other`, and the store names `{name}`: they must be the same"
        ),
    );
    site.point_to(&url.replace("secret", "wrong"));
    refused(&["user", "list"], "1045 ");
    site.point_to(&url);
    mariadb.sql(&format!("DROP DATABASE {name}"));
    refused(
        &["init", "--admin-url", &database.admin_url()],
        "; make it, as in CREATE DATABASE site CHARACTER SET utf8mb4",
    );
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn clocks_that_are_apart_are_found_out() {
    let mariadb = Mariadb::start(&[]);
    let database = mariadb.database();
    let site = before_init(&database);
    is_good(&site, &database);
    let set = |seconds: i64| {
        let at = Time::now().0 + seconds;
        mariadb.sql(&format!("SET GLOBAL init_connect = 'SET timestamp = {at}'"));
        done(&site.config(), &["config", "check"])
    };
    assert!(set(200).is_ok());
    for (seconds, than) in [(400, "ahead of"), (-400, "behind")] {
        let why = set(seconds).unwrap_err();
        assert!(
            why.contains("the database's clock is ") && why.contains(than),
            "{why}"
        );
        assert!(why.contains("NTP"), "{why}");
    }
}

/// Puts an old page of an index into the current file, as `cp` may do while the file is being written.
fn tear(site: &Site) {
    let page = site.count("SELECT rootpage FROM sqlite_master WHERE name = 'sessions_user_id'");
    let length = usize::try_from(site.count("PRAGMA page_size")).unwrap();
    let at = (usize::try_from(page).unwrap() - 1) * length;
    let file = site.file();
    let before = fs::read(&file).unwrap();
    site.session(Row::FRESH);
    let mut torn = fs::read(&file).unwrap();
    torn[at..at + length].copy_from_slice(&before[at..at + length]);
    fs::write(&file, torn).unwrap();
}

#[test]
fn a_torn_copy_is_found_out() {
    let site = Site::new();
    tear(&site);
    let config = site.path("cgi-session.toml");
    for command in [&["config", "check"][..], &["init"]] {
        let why = done(&config, command).unwrap_err();
        assert!(why.contains("sessions.sqlite is damaged ("), "{why}");
        assert!(why.contains("cgi-session help backup"), "{why}");
    }
    // And where no page of it makes sense.
    fs::write(site.file(), "x".repeat(50_000)).unwrap();
    let why = done(&config, &["config", "check"]).unwrap_err();
    assert!(why.contains("sessions.sqlite is damaged ("), "{why}");
}

/// A file that was restored has the mode or the owner of the one who restored it.
#[test]
fn a_restored_file_says_what_to_type() {
    let site = Site::new();
    let config = site.path("cgi-session.toml");
    let file = site.file();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let why = done(&config, &["user", "list"]).unwrap_err();
    assert!(
        why.contains(&format!("(chmod 0600 {})", file.display())),
        "{why}"
    );
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(site.path("state"), fs::Permissions::from_mode(0o777)).unwrap();
    let why = done(&config, &["user", "list"]).unwrap_err();
    let folder = file.parent().unwrap().display();
    assert!(why.contains(&format!("(chmod 0700 {folder})")), "{why}");
    if !user::is_root() {
        eprintln!("SKIPPED: AN OWNER IS CHANGED BY ROOT ALONE");
        return;
    }
    // Root's, while the web server's user runs the programs.
    user::give(site.folder(), 0o700);
    user::give(&site.path("state"), 0o700);
    user::give(&config, 0o600);
    let number = user::number();
    let program = site.path("cgi-session");
    crate::harness::deployment::place(Path::new(env!("CARGO_BIN_EXE_cgi-session")), &program);
    let check = || {
        let mut command = Command::new(&program);
        command
            .arg("--config")
            .arg(&config)
            .args(["config", "check"]);
        let output = user::become_it(&mut command).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let why = check();
    let wanted = format!("as root, chown {number} {}", file.display());
    assert!(why.contains(&wanted), "{why}");
    // That it may read it is not enough.
    std::os::unix::fs::chown(&file, None, Some(number)).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let why = check();
    assert!(why.contains(&wanted), "{why}");
    user::give(&file, 0o600);
    assert_eq!(check(), "");
}

/// Who is blocked, and until when.
#[test]
fn the_list_of_users_says_who_is_blocked_and_until_when() {
    let site = Site::with("[throttle]\nfree_tries = 2");
    assert!(site.add("other", hash()));
    let config = site.path("cgi-session.toml");
    let list = || {
        let list = done(&config, &["user", "list", "--json"]).unwrap();
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        [0, 1].map(|n| list[n]["blocked_until"].clone())
    };
    assert_eq!(list(), [serde_json::Value::Null, serde_json::Value::Null]);
    for _ in 0..2 {
        let tried = site
            .program("login")
            .post(&[("login_name", NAME), ("password", "wrong")]);
        assert_eq!(tried.answer_whatever_is_logged().status, 401);
    }
    let until = Time::now().plus(3000);
    site.execute(&format!(
        "UPDATE attempts SET blocked_until = {} WHERE failures = 2",
        until.0
    ));

    let [demo, other] = list();

    assert_eq!(demo, until.to_string());
    assert_eq!(other, serde_json::Value::Null);
    let table = done(&config, &["user", "list"]).unwrap();
    let head = table.lines().next().unwrap();
    assert!(head.contains("BLOCKED UNTIL"), "{table}");
    done(&config, &["user", "unlock", NAME]).unwrap();
    assert_eq!(list()[0], serde_json::Value::Null);
}
