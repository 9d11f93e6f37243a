//! Lists and prunes of any length take little memory, and let nobody wait.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use crate::harness::database::mariadb::Mariadb;
use crate::harness::database::{Database, DatabaseServer as _};
use crate::harness::{NAME, PASSWORD, Site};

/// Most memory that a command takes, in KiB.
const MEMORY_MAX: u64 = 20 << 10;

/// Runs `cgi-session ARGUMENTS` without its output, and returns its peak memory in KiB.
fn measured(config: &Path, arguments: &[&str]) -> (Output, u64) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("memory");
    let mut command = Command::new("/usr/bin/time");
    command.args(["-q", "-f", "%M", "-o"]).arg(&file);
    command
        .arg(env!("CARGO_BIN_EXE_cgi-session"))
        .arg("--config");
    command.arg(config).args(arguments).env_clear();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let memory = std::fs::read_to_string(file).unwrap();
    (output, memory.trim().parse().unwrap())
}

/// The commands that an administrator runs on a site with very many rows, with a user `u1`.
fn each_takes_little_memory(config: &Path, users: usize, sessions: usize) {
    let one = format!("{:08x}", 1);
    for (arguments, lines) in [
        (&["session", "list"][..], sessions + 1),
        (&["session", "list", "--json"], 9 * sessions + 2),
        (&["session", "list", "--user", "u1"], sessions / users + 1),
        (&["user", "list"], users + 1),
        (&["user", "unlock", "u1"], 1),
        (&["session", "revoke", "--session", &one], 1),
    ] {
        let began = Instant::now();
        let (output, memory) = measured(config, arguments);
        let took = began.elapsed();
        eprintln!("{arguments:?}: {memory} KiB, {took:.1?}");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let out = String::from_utf8(output.stdout).unwrap();
        assert_eq!(out.lines().count(), lines, "{arguments:?}");
        assert!(memory < MEMORY_MAX, "{arguments:?}: {memory} KiB");
        if arguments.contains(&"--json") {
            let list: serde_json::Value = serde_json::from_str(&out).unwrap();
            assert_eq!(list.as_array().unwrap().len(), sessions);
        }
    }
}

/// Users `u1` and so on, with sessions in turn, all over.
fn fill_sqlite(site: &Site, users: usize, sessions: usize) {
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <";
    site.execute(&format!(
        "DELETE FROM users;\
        INSERT INTO users (login_name, password, created_at, password_changed_at) \
        {numbers} {users}) SELECT 'u' || i, 'none', 0, 0 FROM n;\
        INSERT INTO sessions (session, user_id, created_at, seen_at, expires_at, remember, user_agent) \
        {numbers} {sessions}) SELECT printf('%08x', i) || lower(hex(randomblob(28))), \
        (SELECT MIN(id) FROM users) + i % {users}, i, i, 9, 0, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0)' FROM n"
    ));
}

#[test]
fn a_list_of_twenty_thousand_takes_little_memory() {
    let site = Site::new();
    fill_sqlite(&site, 2_000, 20_000);
    each_takes_little_memory(&site.path("cgi-session.toml"), 2_000, 20_000);
}

/// When the reader of a list closes its pipe, the list ends at once, and that is no failure.
#[test]
fn a_list_ends_where_nobody_reads() {
    let site = Site::new();
    fill_sqlite(&site, 2_000, 20_000);
    let line = format!(
        "{} --config {} session list | head -1",
        env!("CARGO_BIN_EXE_cgi-session"),
        site.path("cgi-session.toml").display()
    );
    let mut shell = Command::new("bash");
    shell.args(["-o", "pipefail", "-c", &line]);

    let output = shell.output().unwrap();

    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(
        out.starts_with("USER ") && out.lines().count() == 1,
        "{out}"
    );
}

/// Signs in until told to stop; each must get in.
fn signs_in(site: &Site, stop: &AtomicBool) -> usize {
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        if count % 10 == 9 {
            // One account may sign in only so often.
            site.execute("DELETE FROM attempts");
        }
        let program = site
            .program("login")
            .post(&[("login_name", NAME), ("password", PASSWORD)]);
        let answer = program.answer_whatever_is_logged();
        assert_eq!(answer.status, 303, "beside a prune, after {count}");
        count += 1;
    }
    count
}

fn nobody_waits_for_a_prune(sessions: usize) {
    let site = Site::new();
    fill_sqlite(&site, 10, sessions);
    assert!(site.add(NAME, crate::harness::hash()));
    let config = site.path("cgi-session.toml");
    let stop = AtomicBool::new(false);
    let (output, memory, sign_ins) = thread::scope(|scope| {
        let visitor = scope.spawn(|| signs_in(&site, &stop));
        let began = Instant::now();
        let (output, memory) = measured(&config, &["session", "prune"]);
        eprintln!("{sessions} pruned in {:.1?}", began.elapsed());
        stop.store(true, Ordering::Relaxed);
        (output, memory, visitor.join().unwrap())
    });

    eprintln!("{sign_ins} sign-ins beside it; {memory} KiB");
    assert!(output.status.success(), "{output:?}");
    // A sign-in prunes, too, now and then.
    assert_eq!(
        site.count("SELECT COUNT(*) FROM sessions WHERE expires_at = 9"),
        0
    );
    assert!(memory < MEMORY_MAX, "{memory} KiB");
    assert!(sign_ins > 0);
}

#[test]
#[ignore = "a million rows, for a minute or two"]
fn nobody_waits_for_a_prune_of_a_million() {
    nobody_waits_for_a_prune(1_000_000);
}

#[test]
#[ignore = "a million rows, for a minute or two"]
fn lists_of_a_million_take_little_memory_on_sqlite() {
    let site = Site::new();
    fill_sqlite(&site, 1_000_000, 1_200_000);
    each_takes_little_memory(&site.path("cgi-session.toml"), 1_000_000, 1_200_000);
}

/// Makes the same rows as [`fill_sqlite`], beside the site's own user.
fn fill_mariadb(database: &Database, users: usize, sessions: usize) {
    database.sql(&format!(
        "INSERT INTO users (id, login_name, password, created_at, password_changed_at) \
        SELECT seq + 10, CONCAT('u', seq), 'none', 0, 0 FROM seq_1_to_{users};\
        INSERT INTO sessions (session, user_id, created_at, seen_at, expires_at, remember, user_agent) \
        SELECT CONCAT(LPAD(HEX(seq), 8, '0'), SUBSTR(SHA2(seq, 256), 9)), seq % {users} + 11, seq, seq, 9, 0, \
        'Mozilla/5.0 (X11; Linux x86_64; rv:140.0)' FROM seq_1_to_{sessions}"
    ));
    database.sql("UPDATE sessions SET session = LOWER(session) WHERE session <> LOWER(session)");
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn lists_of_a_million_take_little_memory_on_mariadb() {
    let mariadb = Mariadb::start(&["--innodb-buffer-pool-size=256M"]);
    let database = mariadb.database();
    let site = Site::on(&database, &database.url());
    let config = site.path("cgi-session.toml");
    database.sql("DELETE FROM users");
    fill_mariadb(&database, 1_000_000, 1_200_000);
    each_takes_little_memory(&config, 1_000_000, 1_200_000);

    let began = Instant::now();
    let (output, memory) = measured(&config, &["session", "prune"]);
    eprintln!("1199999 pruned in {:.1?}; {memory} KiB", began.elapsed());
    assert!(output.status.success() && memory < MEMORY_MAX, "{output:?}");
    assert_eq!(site.sessions(), 0);
}

/// One more visitor beside 1,999, each with 64 KiB, is served before the deadline, and one too many is refused.
fn one_more_visitor(site: &Site) {
    let adds = site.program("cart").post(&[("add", "tea")]);
    for (status, logged) in [(303, &[][..]), (503, &["there are 2000 sessions"])] {
        let began = Instant::now();
        let answer = adds.logs(logged).answer();
        let took = began.elapsed();
        eprintln!("{status} beside 2,000 visitors of 64 KiB: {took:.1?}");
        assert_eq!(answer.status, status);
    }
}

const VISITORS: &str = "INSERT INTO sessions \
    (session, created_at, seen_at, expires_at, remember, remote_addr, data, data_version)";

#[test]
fn one_more_visitor_is_added_soon_on_sqlite() {
    let site = Site::new();
    site.execute(&format!(
        "{VISITORS} WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1999) \
        SELECT lower(hex(randomblob(32))), 0, 0, 9999999999, 0, '10.0.' || (i % 250) || '.1', \
        replace(hex(zeroblob(32500)), '0', 'x'), 1 FROM n"
    ));
    one_more_visitor(&site);
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn one_more_visitor_is_added_soon_on_mariadb() {
    let database = Mariadb::shared().database();
    let site = Site::on(&database, &database.url());
    database.sql(&format!(
        "{VISITORS} SELECT SHA2(RAND(), 256), 0, 0, 9999999999, 0, CONCAT('10.0.', seq % 250, '.1'), \
        REPEAT('x', 65000), 1 FROM seq_1_to_1999"
    ));
    one_more_visitor(&site);
}
