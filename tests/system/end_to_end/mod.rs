//! One list of scenarios, in each web server, on each store, with the real curl.

mod distribution;
mod running_site;
mod scenarios;

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;

use running_site::{
    FILE, FILE_BY_ITSELF, Guarded, HELLO, PASSWORD, PROTECTED, RunningSite, SCRIPT, sign_in,
};
use scenarios::{SCENARIOS, Scenario};

use crate::harness::database::DatabaseServer;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::database::mysql::Mysql;
use crate::harness::deployment::Deployment;
use crate::harness::files;
use crate::harness::web::WebServer;
use crate::harness::web::{apache, development, lighttpd};

#[derive(Clone, Copy)]
enum Store {
    Sqlite,
    Mariadb,
}

/// How a server is started on a site.
type Start = fn(&Deployment) -> WebServer;

/// A name, the server, the store, and what is guarded there.
type Combination = (&'static str, Start, Store, Guarded);

const COMBINATIONS: &[Combination] = &[
    (
        "development server, SQLite",
        development::start,
        Store::Sqlite,
        PROTECTED,
    ),
    (
        "development server, MariaDB",
        development::start,
        Store::Mariadb,
        PROTECTED,
    ),
    (
        "lighttpd, SQLite",
        lighttpd::start,
        Store::Sqlite,
        PROTECTED,
    ),
    (
        "lighttpd, MariaDB",
        lighttpd::start,
        Store::Mariadb,
        PROTECTED,
    ),
    (
        "Apache mod_cgid, SQLite",
        apache::start,
        Store::Sqlite,
        PROTECTED,
    ),
    (
        "Apache mod_cgid, MariaDB",
        apache::start,
        Store::Mariadb,
        PROTECTED,
    ),
    (
        "lighttpd over TLS, MariaDB",
        lighttpd::start_as_in_help,
        Store::Mariadb,
        PROTECTED,
    ),
    (
        "Apache mod_cgid over TLS, MariaDB",
        apache::start_as_in_help,
        Store::Mariadb,
        PROTECTED,
    ),
    (
        "a page of one's own, development server, SQLite",
        development::start,
        Store::Sqlite,
        HELLO,
    ),
    (
        "a page of one's own, lighttpd, MariaDB",
        lighttpd::start,
        Store::Mariadb,
        HELLO,
    ),
    (
        "a page of one's own, Apache mod_cgid, SQLite",
        apache::start,
        Store::Sqlite,
        HELLO,
    ),
];

/// Behind the guard.
const SCRIPTS: &[Combination] = &[
    (
        "a script, development server, SQLite",
        development::start,
        Store::Sqlite,
        SCRIPT,
    ),
    (
        "a script, lighttpd, SQLite",
        lighttpd::start,
        Store::Sqlite,
        SCRIPT,
    ),
    (
        "a script, Apache mod_cgid, MariaDB",
        apache::start,
        Store::Mariadb,
        SCRIPT,
    ),
];

/// Behind `files`, as `cgi-session help protect` says.
const FOLDERS: &[Combination] = &[
    (
        "a folder, lighttpd, MariaDB",
        files::lighttpd,
        Store::Mariadb,
        FILE,
    ),
    (
        "a folder, Apache mod_cgid, SQLite",
        files::apache,
        Store::Sqlite,
        FILE,
    ),
    (
        "a folder, Apache mod_cgid, .htaccess with nothing but FileInfo, SQLite",
        files::apache_with_htaccess,
        Store::Sqlite,
        FILE,
    ),
    (
        "a folder by its program, development server, SQLite",
        development::start,
        Store::Sqlite,
        FILE_BY_ITSELF,
    ),
    (
        "a folder by its program, lighttpd, SQLite",
        lighttpd::start,
        Store::Sqlite,
        FILE_BY_ITSELF,
    ),
    (
        "a folder by its program, Apache mod_cgid, MariaDB",
        apache::start,
        Store::Mariadb,
        FILE_BY_ITSELF,
    ),
];

#[test]
#[ignore = "needs mariadbd, lighttpd and apache2: tests/run installs and runs them"]
fn every_scenario_for_a_folder_in_every_server() {
    runs_everywhere(FOLDERS);
}

#[test]
#[ignore = "needs mariadbd, lighttpd and apache2: tests/run installs and runs them"]
fn every_scenario_for_a_script_in_every_server() {
    runs_everywhere(SCRIPTS);
}

#[test]
#[ignore = "needs mariadbd, lighttpd and apache2: tests/run installs and runs them"]
fn every_scenario_in_every_combination() {
    runs_everywhere(COMBINATIONS);
}

/// Prints a row for each scenario in each combination, also where the test's output is captured.
fn runs_everywhere(combinations: &'static [Combination]) {
    let runs: Vec<_> = combinations
        .iter()
        .map(|&combination| thread::spawn(move || run(combination)))
        .collect();
    // A combination that did not start has no rows, and is missed below.
    let rows: Vec<(String, bool)> = runs
        .into_iter()
        .flat_map(|run| run.join().unwrap_or_default())
        .collect();

    let mut table = vec![String::new()];
    for (row, passed) in &rows {
        table.push(format!(
            "{} {row}",
            if *passed { "passed" } else { "FAILED" }
        ));
    }
    table.push(String::new());
    io::stdout().write_all(table.join("\n").as_bytes()).unwrap();
    assert_eq!(
        rows.len(),
        SCENARIOS.len() * combinations.len(),
        "rows are missing"
    );
    assert!(rows.iter().all(|(_, passed)| *passed), "a scenario failed");
}

/// The accounts use `caching_sha2_password`. The contract covers the rest of MySQL.
#[test]
#[ignore = "needs MySQL 9: tests/run --mysql installs and runs it"]
fn mysql9_signs_in_over_its_socket_and_over_tcp() {
    let database = Mysql::shared().database();
    let site = Deployment::new();
    let tcp = database.tcp_url();
    site.configure(&tcp, "");
    site.admin(&["init", "--admin-url", &database.admin_url()], "");
    let add = ["user", "add", "alice", "--password-stdin"];
    site.admin(&add, &format!("{PASSWORD}\n"));
    let server = development::start(&site);
    let mut urls = vec![tcp];
    // The web server's user may have no way to the socket, which lies below the folder of the build.
    if Mysql::shared()
        .socket()
        .ancestors()
        .skip(1)
        .all(is_open_to_all)
    {
        urls.push(database.url());
    } else {
        eprintln!("SKIPPED: MYSQL 9 OVER ITS SOCKET: NOT IN THE REACH OF THE WEB SERVER'S USER");
    }
    for url in urls {
        site.configure(&url, "[http]\nallow_http = true\n");
        let browser = server.browser();
        let page = |status| assert_eq!(browser.get("/cgi-bin/protected", &[]).status, status);

        page(401);
        assert_eq!(sign_in(&browser, "alice", PASSWORD).status, 303);
        page(200);
        assert_eq!(database.sql("SELECT COUNT(*) FROM sessions"), "1\n");
        assert_eq!(browser.post("/cgi-bin/logout", &[], &[]).status, 303);
        page(401);
        assert_eq!(database.sql("SELECT COUNT(*) FROM sessions"), "0\n");
    }
}

/// Whether everybody may pass through a folder.
fn is_open_to_all(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|about| about.permissions().mode() & 0o001 != 0)
}

/// Runs all scenarios on one server.
fn run((name, start, store, guarded): Combination) -> Vec<(String, bool)> {
    let deployment = Deployment::new();
    let database = matches!(store, Store::Mariadb).then(|| Mariadb::shared().database());
    let site = RunningSite::new(&deployment, start, database.as_ref(), guarded);
    let run = |(what, scenario): &Scenario| {
        let passed = catch_unwind(AssertUnwindSafe(|| scenario(&site))).is_ok();
        (format!("{name}: {what}"), passed)
    };
    SCENARIOS.iter().map(run).collect()
}
