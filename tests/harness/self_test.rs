//! Tests of the private servers themselves. If these pass, a failure elsewhere is not the servers'.

#[cfg(all(feature = "sqlite", feature = "tools"))]
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use rustix::process::Signal;

use crate::harness::database::mariadb::Mariadb;
use crate::harness::database::mysql::Mysql;
use crate::harness::database::{Database, DatabaseServer};
use crate::harness::deployment::{Deployment, script};
#[cfg(all(feature = "sqlite", feature = "tools"))]
use crate::harness::deployment::{PROGRAMS, place};
use crate::harness::web::WebServer;
use crate::harness::web::{apache, lighttpd};

/// A program that says how it was called.
const ECHO: &str = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n\
    echo \"config=$CGI_SESSION_CONFIG https=$HTTPS user=$(id -un)\"\n\
    echo told-the-log >&2\n";

fn site_with_echo() -> Deployment {
    let site = Deployment::new();
    script(&site.path("cgi-bin/echo"), ECHO);
    site
}

fn runs_programs(server: &WebServer, site: &Deployment) {
    let reply = server.browser().get("/cgi-bin/echo", &[]);

    assert_eq!(reply.status, 200, "{reply:?}\n{}", server.log());
    assert!(
        reply
            .body
            .contains(&format!("config={}", site.config().display())),
        "{reply:?}"
    );
    assert!(!reply.body.contains("user=root"), "{reply:?}");
    assert!(server.log().contains("told-the-log"), "{}", server.log());
}

/// The snippets of help: programs run with HTTPS, every answer has HSTS, plain HTTP leads there.
fn runs_programs_over_tls(server: &WebServer, site: &Deployment) {
    runs_programs(server, site);
    let browser = server.browser();
    assert!(browser.get("/cgi-bin/echo", &[]).body.contains("https=on"));
    for path in ["/cgi-bin/echo", "/cgi-bin/missing", "/missing"] {
        let reply = browser.get(path, &[]);
        assert_eq!(
            reply.header("strict-transport-security"),
            Some("max-age=63072000"),
            "{path}"
        );
    }
    let plain = server.plain.as_deref().unwrap();
    let reply = crate::harness::web::curl::Curl::new(plain, None).get("/cgi-bin/echo?a=b", &[]);
    assert_eq!(reply.status, 301);
    assert_eq!(
        reply.header("location"),
        Some(&*format!("{}/cgi-bin/echo?a=b", server.base))
    );
}

#[test]
#[ignore = "needs lighttpd: tests/run unpacks and runs it"]
fn lighttpd_runs_programs() {
    let site = site_with_echo();
    runs_programs(&lighttpd::start(&site), &site);
}

#[test]
#[ignore = "needs lighttpd: tests/run unpacks and runs it"]
fn lighttpd_runs_programs_as_help_says() {
    let site = site_with_echo();
    runs_programs_over_tls(&lighttpd::start_as_in_help(&site), &site);
}

#[test]
#[ignore = "needs apache2: tests/run installs and runs it"]
fn apache_runs_programs() {
    let site = site_with_echo();
    runs_programs(&apache::start(&site), &site);
}

#[test]
#[ignore = "needs apache2: tests/run installs and runs it"]
fn apache_runs_programs_as_help_says() {
    let site = site_with_echo();
    runs_programs_over_tls(&apache::start_as_in_help(&site), &site);
}

/// Over the socket and over TCP; the web account has the four rights and no other.
fn has_accounts(database: &Database) {
    assert_eq!(database.sql("SELECT DATABASE() LIKE 'site%'"), "1\n");
    let rights = database.sql(
        "SELECT privilege_type FROM information_schema.schema_privileges \
        WHERE table_schema = DATABASE() AND grantee LIKE '%\\_web%' ORDER BY 1",
    );
    assert_eq!(rights, "DELETE\nINSERT\nSELECT\nUPDATE\n");
    #[cfg(feature = "mysql")]
    for url in [database.url(), database.tcp_url(), database.admin_url()] {
        use mysql::prelude::Queryable;
        // The driver cuts off a challenge of ed25519 that ends in zero, one of 256.
        let mut tries = (0..3).filter_map(|_| mysql::Conn::new(&*url).ok());
        let mut connection = tries.next().unwrap();
        assert_eq!(
            connection.query_first("SELECT 1 + 1").unwrap(),
            Some(2),
            "{url}"
        );
    }
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn mariadb_has_accounts() {
    has_accounts(&Mariadb::shared().database());
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn mariadb_has_ed25519_accounts() {
    has_accounts(&Mariadb::shared().ed25519_database());
}

#[test]
#[ignore = "needs mariadbd: tests/run installs and runs it"]
fn mariadb_stops_hangs_and_comes_back() {
    let mut mariadb = Mariadb::start(&["--max-connections=10"]);
    mariadb.sql("CREATE DATABASE kept");
    mariadb.signal(Signal::STOP);
    mariadb.signal(Signal::CONT);
    mariadb.stop();
    assert!(!mariadb.socket().exists());

    mariadb.start_again();

    assert_eq!(mariadb.sql("SHOW DATABASES LIKE 'kept'"), "kept\n");
    assert_eq!(mariadb.sql("SELECT @@max_connections"), "10\n");
}

#[test]
#[ignore = "needs MySQL 9: tests/run --mysql builds and runs it"]
fn mysql9_has_accounts() {
    let database = Mysql::shared().database();
    has_accounts(&database);
    assert!(database.sql("SELECT VERSION()").starts_with("9."));
}

/// Alice's programs find alice's configuration, in the folder above hers, without a variable of ours.
#[test]
#[ignore = "needs apache2: tests/run installs and runs it"]
#[cfg(all(feature = "sqlite", feature = "tools"))]
fn apache_runs_programs_of_a_users_folder() {
    let site = Deployment::new();
    let alice = site.path("homes/alice");
    fs::create_dir_all(alice.join("public_html/cgi-bin")).unwrap();
    for folder in [
        "homes",
        "homes/alice",
        "homes/alice/public_html",
        "homes/alice/public_html/cgi-bin",
    ] {
        fs::set_permissions(site.path(folder), fs::Permissions::from_mode(0o755)).unwrap();
    }
    for (name, program) in PROGRAMS {
        place(
            Path::new(program),
            &alice.join("public_html/cgi-bin").join(name),
        );
    }
    let server = apache::start_with_homes(&site, &site.path("homes"));
    let login = || server.browser().get("/~alice/cgi-bin/login", &[]);

    // Where there is none, the log says what works, and names no variable that is dropped alone.
    assert_eq!(login().status, 500);
    let config = alice.join("cgi-session.toml");
    // A line of the log ends where a temporary folder's name is too long for it.
    let place = format!(" or {}", config.display());
    let told = server.log();
    let told = told
        .split("suEXEC drops CGI_SESSION_CONFIG: ")
        .nth(1)
        .unwrap_or_else(|| panic!("{told}"));
    let told = &told[told.find(" or ").unwrap()..];
    let told = told.split(['…', ',']).next().unwrap();
    assert!(place.starts_with(told) && told.len() > 10, "{told}");

    site.configure(
        &site.sqlite_url(),
        "[http]\nallow_http = true\n[page]\ntitle = \"Alice\"\n",
    );
    fs::rename(site.config(), &config).unwrap();
    let reply = login();
    assert_eq!(reply.status, 200, "{reply:?}\n{}", server.log());
    assert!(reply.body.contains("Alice"), "{reply:?}");
}
