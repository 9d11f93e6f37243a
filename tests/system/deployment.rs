//! The deployments of the README and of `cgi-session help`, command by command as a reader types them, then a sign-in.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::harness::database::DatabaseServer;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::deployment::{Deployment, PROGRAMS, place, script};
#[cfg(feature = "sqlite")]
use crate::harness::readme::snippet;
use crate::harness::readme::{help_blocks, snippets, substitute};
use crate::harness::web::WebServer;
use crate::harness::web::curl::Curl;
use crate::harness::web::{apache, lighttpd};

const SECTION: &str = "Put it behind your server";
const PASSWORD: &str = "copper otter lantern 42";

/// Commands that would change this machine do nothing; the others run.
const HARMLESS: &[&str] = &[
    "apt",
    "cargo",
    "a2enmod",
    "a2ensite",
    "lighty-enable-mod",
    "systemctl",
];

/// `sudo`, for root: as somebody else where `-u` says so.
const SUDO: &str = "#!/bin/sh\n[ \"$1\" = -u ] || exec \"$@\"\nuser=$2; shift 2\n\
    exec setpriv --reuid=\"$user\" --regid=\"$user\" --clear-groups \"$@\"\n";

/// The commands of the README's section, in its order, and those of `help mysql`.
struct Commands {
    build: String,
    make: String,
    restart: String,
    with_mysql: String,
}

impl Commands {
    fn read() -> Self {
        let mut blocks = snippets(SECTION, "console");
        let [_, init] = help_blocks("mysql");
        blocks.push(init);
        let blocks = blocks.iter().map(|block| as_script(block));
        let [build, make, restart, with_mysql] =
            <[String; 4]>::try_from(blocks.collect::<Vec<_>>()).unwrap();
        Self {
            build,
            make,
            restart,
            with_mysql,
        }
    }

    /// `init` with MySQL stands in place of `init`.
    fn make_with_mysql(&self) -> String {
        substitute(&self.make, &[("sudo cgi-session init\n", &self.with_mysql)])
    }
}

#[test]
#[ignore = "needs root with a mount namespace, mariadbd and apache2: tests/run installs and runs them"]
fn deploys_behind_apache() {
    let commands = Commands::read();
    let mariadb = mariadb();
    let site = Deployment::new();
    let all = commands.build.clone() + &commands.make_with_mysql() + &commands.restart;

    type_all(&site, &with_socket(&all, &mariadb));

    signs_in(&site, apache::start_as_in_the_readme);
}

#[test]
#[ignore = "needs root with a mount namespace, mariadbd and lighttpd: tests/run installs and runs them"]
fn deploys_behind_lighttpd() {
    let commands = Commands::read();
    let [_, restart, install, _, _] = help_blocks("lighttpd");
    let mariadb = mariadb();
    let site = Deployment::new();
    let all = commands.build.clone() + &commands.make_with_mysql() + &restart + &install;

    type_all(&site, &with_socket(&all, &mariadb));

    let (server, browser) = signs_in(&site, lighttpd::start_before_hsts);
    has_no_hsts(&server, &browser);
}

/// Then what the README tells an administrator to do.
#[test]
#[ignore = "needs root with a mount namespace, and apache2: tests/run installs and runs it"]
#[cfg(feature = "sqlite")]
fn deploys_on_sqlite() {
    let commands = Commands::read();
    let site = Deployment::new();

    type_all(
        &site,
        &(commands.build.clone() + &commands.make + &commands.restart),
    );

    let (server, browser) = signs_in(&site, apache::start_as_in_the_readme);
    has_no_hsts(&server, &browser);
    administers(&site, &browser);
    upgrades(&site, &commands, &browser);
    has_a_new_secret(&site, &browser);
}

/// "If you have begun with SQLite": the configuration names the new store.
#[test]
#[ignore = "needs root with a mount namespace, mariadbd and apache2: tests/run installs and runs them"]
#[cfg(feature = "sqlite")]
fn goes_over_from_sqlite_to_mysql() {
    let commands = Commands::read();
    let site = Deployment::new();
    type_all(&site, &(commands.build.clone() + &commands.make));
    let mariadb = mariadb();
    let (init, typed) = commands.with_mysql.split_once(" <<'TYPED'\n").unwrap();
    let url = typed.lines().next().unwrap();
    let url = with_socket(url, &mariadb);
    let config = fs::read_to_string(site.config()).unwrap();
    let store = config.lines().find(|line| line.starts_with("store = "));
    let store = [(store.unwrap(), &*format!("store = {url:?}"))];
    fs::write(site.config(), substitute(&config, &store)).unwrap();
    let init = substitute(init, &[(" --store -", "")]);
    let add = commands.make.lines().find(|line| line.contains("user add"));
    let add = add.unwrap();

    run(
        &site,
        &with_password(&with_socket(&format!("{init}\n{add}\n"), &mariadb)),
    );

    signs_in(&site, apache::start_as_in_the_readme);
}

#[test]
#[ignore = "needs root with a mount namespace, and apache2: tests/run installs and runs it"]
#[cfg(feature = "sqlite")]
fn deploys_as_help_apache_says() {
    let commands = Commands::read();
    let [virtual_hosts, restart, _] = help_blocks("apache");
    let lines = snippet(SECTION, "apache");
    for line in lines.lines() {
        assert!(virtual_hosts.contains(line), "not in help: {line}");
    }
    let site = Deployment::new();

    type_all(&site, &(commands.build.clone() + &commands.make + &restart));

    let (server, browser) = signs_in(&site, apache::start_before_hsts);
    has_no_hsts(&server, &browser);
}

/// In the home of a user, as whom Apache runs programs.
#[test]
#[ignore = "needs apache2: tests/run installs and runs it"]
#[cfg(feature = "sqlite")]
fn works_without_root_as_help_hosting_says() {
    use crate::harness::user;

    let [commands, htaccess] = help_blocks("hosting");
    let site = Deployment::new();
    let home = site.path("homes/alice");
    fs::create_dir_all(&home).unwrap();
    fs::set_permissions(site.path("homes"), fs::Permissions::from_mode(0o755)).unwrap();
    user::give(&home, 0o755);
    for (name, program) in PROGRAMS {
        place(Path::new(program), &home.join(name));
    }
    let administration = Path::new(env!("CARGO_BIN_EXE_cgi-session"));
    place(administration, &home.join("cgi-session"));
    let mut shell = Command::new("sh");
    shell.args(["-euc", &with_password(&commands)]);
    shell.env_clear().env("HOME", &home).current_dir("/");
    shell.env("PATH", "/usr/bin:/bin");

    let output = user::become_it(&mut shell).output().unwrap();

    assert!(output.status.success(), "{output:?}");
    let config = home.join("cgi-session.toml");
    let mode = fs::metadata(&config).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    // The test's server has no TLS.
    let text = fs::read_to_string(&config).unwrap();
    let plain = [("allow_http = false", "allow_http = true")];
    fs::write(&config, substitute(&text, &plain)).unwrap();
    fs::write(home.join("public_html/cgi-bin/.htaccess"), htaccess).unwrap();
    let server = apache::start_with_homes_and_htaccess(&site, &site.path("homes"));
    signs_in_at("/~alice/cgi-bin", &server, &server.browser());
}

/// The second of three hosts is there; its name is what its certificate says.
#[test]
#[ignore = "needs root with a mount namespace, and mariadbd: tests/run installs and runs it"]
#[cfg(feature = "tls")]
fn a_store_names_several_hosts_as_help_cluster_says() {
    use crate::harness::machine::free_port;
    use crate::harness::tls::Authority;
    use crate::harness::user;

    let [store] = help_blocks("cluster");
    let site = Deployment::new();
    let authority = Authority::make(&site.path("www"), "authority");
    let pair = authority.sign("server", "DNS:db2", 2);
    let mariadb = Mariadb::start(&[
        &format!("--ssl-cert={}", pair.certificate.display()),
        &format!("--ssl-key={}", pair.key.display()),
    ]);
    let everywhere = [("site@localhost", "site@'%'")];
    let [account, _] = help_blocks("mysql");
    mariadb.sql(&substitute(&account, &everywhere));
    let hosts = format!(
        "db1:{},db2:{},db3:{}",
        free_port(),
        mariadb.port(),
        free_port()
    );
    let store = substitute(
        &store,
        &[
            ("db1,db2,db3", &hosts),
            (
                "/etc/cgi-session/db.pem",
                authority.certificate.to_str().unwrap(),
            ),
        ],
    );
    let store: toml::Table = toml::from_str(&store).unwrap();
    site.configure(store["store"].as_str().unwrap(), "");
    fs::write(site.path("hosts"), "127.0.0.1 localhost db1 db2 db3\n").unwrap();
    let commands = format!(
        "mount --bind {} /etc/hosts\n\
         sudo -u {2} cgi-session init --admin-url 'mysql://root@localhost/site?socket={1}'\n\
         sudo -u {2} cgi-session config check\n",
        site.path("hosts").display(),
        mariadb.socket().display(),
        user::NAME
    );
    site.administration();

    let printed = run(&site, &commands);

    let told = "mysql://db1,db2,db3/site: answers, and takes writes";
    assert!(printed.contains(told), "{printed}");
    assert_eq!(mariadb.sql("SELECT COUNT(*) FROM site.users"), "0\n");
}

/// As Debian's package has it: the system's root, without a password. With the README's database and account.
fn mariadb() -> Mariadb {
    let mariadb = Mariadb::start(&[]);
    mariadb.sql("ALTER USER root@localhost IDENTIFIED VIA unix_socket");
    let [account, _] = help_blocks("mysql");
    mariadb.sql(&account);
    mariadb
}

fn with_socket(commands: &str, mariadb: &Mariadb) -> String {
    let socket = mariadb.socket();
    let socket = [("/run/mysqld/mysqld.sock", socket.to_str().unwrap())];
    substitute(commands, &socket)
}

/// The password that `user add alice` asks for is typed.
fn with_password(commands: &str) -> String {
    let add = format!("user add alice --password-stdin <<'TYPED'\n{PASSWORD}\nTYPED\n");
    substitute(commands, &[("user add alice\n", &add)])
}

/// Runs the commands, with this machine's paths in place of the reader's.
fn type_all(site: &Deployment, commands: &str) {
    run(site, &here(site, &with_password(commands)));
}

fn here(site: &Deployment, commands: &str) -> String {
    substitute(
        commands,
        &[
            ("/usr/lib/cgi-bin", site.path("cgi-bin").to_str().unwrap()),
            ("/usr/local/bin", site.path("bin").to_str().unwrap()),
        ],
    )
    .replace("/etc/cgi-session.toml", site.config().to_str().unwrap())
}

/// With what the commands have made; the browser is signed in.
fn signs_in(site: &Deployment, start: fn(&Deployment) -> WebServer) -> (WebServer, Curl) {
    let config = fs::read_to_string(site.config()).unwrap();
    let var_lib = format!("{}/", site.path("var-lib").display());
    fs::write(
        site.config(),
        substitute(&config, &[("/var/lib/", &var_lib)]),
    )
    .unwrap();
    let mode = fs::metadata(site.config()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o640);
    let server = start(site);
    let browser = server.browser();
    signs_in_at("/cgi-bin", &server, &browser);
    (server, browser)
}

fn signs_in_at(place: &str, server: &WebServer, browser: &Curl) {
    let fields = [("login_name", "alice"), ("password", PASSWORD)];
    let reply = browser.post(&format!("{place}/login"), &fields, &[]);
    assert_eq!(reply.status, 303, "{reply:?}\n{}", server.log());
    assert!(is_signed_in(browser, place));
}

fn is_signed_in(browser: &Curl, place: &str) -> bool {
    let reply = browser.get(&format!("{place}/protected"), &[]);
    assert!([200, 401].contains(&reply.status), "{reply:?}");
    reply.status == 200
}

/// Nobody's first trial binds browsers for two years.
fn has_no_hsts(server: &WebServer, browser: &Curl) {
    let reply = browser.get("/cgi-bin/protected", &[]);
    let hsts = reply.header("strict-transport-security");
    assert_eq!(hsts, None, "{}", server.log());
}

/// "Run it": bob comes and goes, and alice stays signed in.
#[cfg(feature = "sqlite")]
fn administers(site: &Deployment, browser: &Curl) {
    let typed =
        |verb: &str| format!("user {verb} bob --password-stdin <<'TYPED'\n{PASSWORD}\nTYPED\n");
    let commands = substitute(
        &as_script(&snippet("Run it", "console")),
        &[
            ("user add bob\n", &typed("add")),
            ("user password bob\n", &typed("password")),
        ],
    );

    let printed = run(site, &commands);

    for told in ["added bob", "alice", "unlocked bob", "deleted bob"] {
        assert!(printed.contains(told), "{printed}");
    }
    assert!(!site.admin(&["user", "list"], "").contains("bob"));
    assert!(is_signed_in(browser, "/cgi-bin"));
}

/// "To upgrade": the same commands as to install, and `init`.
#[cfg(feature = "sqlite")]
fn upgrades(site: &Deployment, commands: &Commands, browser: &Curl) {
    let init = commands.make.lines().next().unwrap();
    assert!(include_str!("../../README.md").contains(&format!("\n  `{init}` (MySQL")));

    let printed = run(site, &here(site, &format!("{}{init}\n", commands.build)));

    assert!(printed.contains("kept"), "{printed}");
    assert!(is_signed_in(browser, "/cgi-bin"));
}

/// What `help config` says of a new secret: everybody stays signed in.
#[cfg(feature = "sqlite")]
fn has_a_new_secret(site: &Deployment, browser: &Curl) {
    let command = "openssl rand -hex 32";
    let template = include_str!("../../src/config/template.toml");
    assert!(template.contains(&format!("write here what `{command}` prints")));
    let printed = run(site, command);
    let config = fs::read_to_string(site.config()).unwrap();
    let secret = config.lines().find(|line| line.starts_with("secret = "));
    let new = format!("secret = {:?}", printed.trim());
    let config = substitute(&config, &[(secret.unwrap(), &new)]);
    fs::write(site.config(), config).unwrap();

    assert!(is_signed_in(browser, "/cgi-bin"));
    site.admin(&["config", "check"], "");
}

/// Lines with a `$` are commands; what stands below one is typed to it, behind a prompt.
fn as_script(block: &str) -> String {
    let mut script = String::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), line.split_once(": ")) {
            (Some(command), _) => script += &(command.to_owned() + "\n"),
            (None, Some((_, typed))) => {
                script.insert_str(script.len() - 1, " <<'TYPED'");
                script.extend([typed, "\nTYPED\n"]);
            }
            (None, None) => panic!("neither a command nor typed: {line}"),
        }
    }
    script
}

/// Runs the commands in a clone of their own; what they see as `/var/lib` is the site's. What they print.
fn run(site: &Deployment, commands: &str) -> String {
    if !site.path("clone").exists() {
        make_clone(site);
    }
    let output = Command::new("unshare")
        .args([
            "--mount",
            "sh",
            "-euc",
            "mount --bind \"$1\" /var/lib; eval \"$2\"",
            "sh",
        ])
        .arg(site.path("var-lib"))
        .arg(commands)
        .current_dir(site.path("clone"))
        .env_clear()
        .env(
            "PATH",
            format!(
                "{}:{}:/usr/sbin:/usr/bin:/sbin:/bin",
                site.path("shims").display(),
                site.path("bin").display()
            ),
        )
        .env("CGI_SESSION_CONFIG", site.config())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{commands}\n{errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The built programs, and commands that stand for those that would change this machine.
fn make_clone(site: &Deployment) {
    let (clone, shims) = (site.path("clone"), site.path("shims"));
    // Where `.cargo/config.toml` makes cargo build them.
    let release = clone.join("target/host-tuple/release");
    fs::create_dir_all(&release).unwrap();
    fs::create_dir(&shims).unwrap();
    fs::create_dir(site.path("var-lib")).unwrap();
    fs::set_permissions(site.path("var-lib"), fs::Permissions::from_mode(0o755)).unwrap();
    for (name, program) in PROGRAMS {
        fs::remove_file(site.path("cgi-bin").join(name)).unwrap();
        place(Path::new(program), &release.join(name));
    }
    for (name, program) in [
        ("cgi-session", env!("CARGO_BIN_EXE_cgi-session")),
        ("cgi-session-guard", env!("CARGO_BIN_EXE_cgi-session-guard")),
    ] {
        place(Path::new(program), &release.join(name));
    }
    script(&shims.join("sudo"), SUDO);
    for name in HARMLESS {
        script(&shims.join(name), "#!/bin/sh\n");
    }
}
