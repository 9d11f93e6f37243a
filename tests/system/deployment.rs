//! The README's deployments, command by command as a reader types them, then a sign-in over TLS.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::harness::database::DatabaseServer;
use crate::harness::database::mariadb::Mariadb;
use crate::harness::deployment::{Deployment, PROGRAMS, place, script};
use crate::harness::readme::{snippet, snippets, substitute};
use crate::harness::web::WebServer;
use crate::harness::web::{apache, lighttpd};

const APACHE: &str = "Deploy on MySQL behind Apache";
const LIGHTTPD: &str = "Deploy on MySQL behind lighttpd";
const PASSWORD: &str = "copper otter lantern 42";

/// What would change this machine does nothing; the rest is done.
const HARMLESS: &[&str] = &[
    "apt",
    "cargo",
    "a2enmod",
    "a2ensite",
    "lighty-enable-mod",
    "systemctl",
];

#[test]
#[ignore = "needs root with a mount namespace, mariadbd and apache2: tests/run installs and runs them"]
fn deploys_behind_apache() {
    let commands = snippets(APACHE, "console");
    deploys(&commands, apache::start_as_in_the_readme);
}

#[test]
#[ignore = "needs root with a mount namespace, mariadbd and lighttpd: tests/run installs and runs them"]
fn deploys_behind_lighttpd() {
    // "The same", but for the last block, which is Apache's own.
    let mut commands = snippets(APACHE, "console");
    commands.pop();
    commands.extend(snippets(LIGHTTPD, "console"));
    deploys(&commands, lighttpd::start_as_in_the_readme);
}

/// The last sentence of the section on lighttpd.
#[test]
#[ignore = "needs root with a mount namespace, and apache2: tests/run installs and runs it"]
#[cfg(feature = "sqlite")]
fn deploys_on_sqlite() {
    let mut commands = snippets(APACHE, "console");
    let init = commands
        .iter_mut()
        .find(|block| block.contains(" init "))
        .unwrap();
    let (before, after) = init.split_once(" --admin-url").unwrap();
    let after = after
        .split_once("\nURL: ")
        .unwrap()
        .1
        .split_once('\n')
        .unwrap()
        .1;
    *init = substitute(&format!("{before}\n{after}"), &[("chown ", "chown -R ")]);
    let site = Deployment::new();

    type_all(&site, &as_script(&commands));

    signs_in(&site, apache::start_as_in_the_readme);
}

fn deploys(commands: &[String], start: fn(&Deployment) -> WebServer) {
    let mariadb = Mariadb::start(&[]);
    // As Debian's package has it: the system's root, without a password.
    mariadb.sql("ALTER USER root@localhost IDENTIFIED VIA unix_socket");
    mariadb.sql(&snippet(APACHE, "sql"));
    let site = Deployment::new();
    let socket = mariadb.socket();
    let socket = [("/run/mysqld/mysqld.sock", socket.to_str().unwrap())];

    type_all(&site, &substitute(&as_script(commands), &socket));

    signs_in(&site, start);
}

/// Runs the commands, with this machine's paths in place of the reader's.
fn type_all(site: &Deployment, commands: &str) {
    let add = format!("user add alice --password-stdin <<'TYPED'\n{PASSWORD}\nTYPED\n");
    let commands = substitute(
        commands,
        &[
            ("/usr/lib/cgi-bin", site.path("cgi-bin").to_str().unwrap()),
            ("/usr/local/bin", site.path("bin").to_str().unwrap()),
            ("/etc/cgi-session.toml", site.config().to_str().unwrap()),
            ("user add alice\n", &add),
        ],
    );
    run(site, &commands);
}

/// With what the commands have made.
fn signs_in(site: &Deployment, start: fn(&Deployment) -> WebServer) {
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
    let fields = [("login_name", "alice"), ("password", PASSWORD)];
    let reply = browser.post("/cgi-bin/login", &fields, &[]);
    assert_eq!(reply.status, 303, "{reply:?}\n{}", server.log());
    assert_eq!(browser.get("/cgi-bin/protected", &[]).status, 200);
}

/// Lines with a `$` are commands; what stands below one is typed to it, behind a prompt.
fn as_script(blocks: &[String]) -> String {
    let mut script = String::new();
    for line in blocks.iter().flat_map(|block| block.lines()) {
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

/// Runs the commands in a clone of their own; what they see as `/var/lib` is the site's.
fn run(site: &Deployment, commands: &str) {
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
    let administration = Path::new(env!("CARGO_BIN_EXE_cgi-session"));
    place(administration, &release.join("cgi-session"));
    script(&shims.join("sudo"), "#!/bin/sh\nexec \"$@\"\n");
    for name in HARMLESS {
        script(&shims.join(name), "#!/bin/sh\n");
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
        .current_dir(&clone)
        .env_clear()
        .env(
            "PATH",
            format!(
                "{}:{}:/usr/sbin:/usr/bin:/sbin:/bin",
                shims.display(),
                site.path("bin").display()
            ),
        )
        .env("CGI_SESSION_CONFIG", site.config())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{commands}\n{errors}");
}
