//! A site's own pages in a crate of their own, which depends on the packed crate: the README's programs, by the
//! commands of `cgi-session help protect`, behind lighttpd.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::harness::deployment::Deployment;
use crate::harness::readme::{help, snippet, substitute};
use crate::harness::web::curl::{Curl, Reply};
use crate::harness::web::lighttpd;

const OURS: &str = env!("CARGO_MANIFEST_DIR");
const HELLO: &str = "/cgi-bin/hello";
const NAME: &str = "alice";
const PASSWORD: &str = "copper otter lantern 42";

/// The commands and lines of `help protect` that are about a page of one's own: what makes the crate, what builds and
/// installs it, and what stands at the end of its manifest.
fn of_help() -> [String; 3] {
    let of_a_page: Vec<String> = help("protect").into_iter().take(3).collect();
    of_a_page.try_into().unwrap()
}

/// A folder with the packed crate where a clone would be, and the crate `hello` beside it.
struct Beside {
    folder: TempDir,
}

impl Beside {
    fn the_packed_crate() -> Self {
        let beside = Self {
            folder: TempDir::new().unwrap(),
        };
        // The crates that ours stand for are not to be had without the network, and `cargo add` already asks for them.
        let config = beside.path(".cargo");
        fs::create_dir(&config).unwrap();
        let patches = format!(
            "[patch.crates-io]\nregex = {{ path = \"{OURS}/src/regex\" }}\n\
             webpki-roots = {{ path = \"{OURS}/src/webpki-roots\" }}\n"
        );
        fs::write(config.join("config.toml"), patches).unwrap();
        let packed = beside.path("packed");
        let out = packed.display();
        // Without its lock file, which would name the crates that stand for others.
        beside.run(&format!(
            "cargo package --quiet --no-verify --allow-dirty --exclude-lockfile --target-dir {out} \
             --manifest-path {OURS}/Cargo.toml\n\
             tar -xzf {out}/package/*.crate\n\
             mv cgi-session-* cgi-session\n"
        ));
        beside
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes the crate `hello` as help says, with the versions of our lock file.
    fn makes_hello(&self, commands: &str, lines: &str) {
        let (new, more) = commands.split_once('\n').unwrap();
        self.run(new);
        fs::copy(
            Path::new(OURS).join("Cargo.lock"),
            self.path("hello/Cargo.lock"),
        )
        .unwrap();
        self.run(more);
        // The packed crate does not have them: cargo leaves out what is a package by itself.
        let clone = "../cgi-session/src/";
        let lines = substitute(lines, &[(clone, &format!("{OURS}/src/"))]);
        let manifest = self.path("hello/Cargo.toml");
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(&manifest, format!("{text}\n{lines}")).unwrap();
        // What does not change is built only once.
        let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("own-crate");
        fs::create_dir_all(&built).unwrap();
        symlink(built, self.path("hello/target")).unwrap();
    }

    /// Builds and installs a program as help says.
    fn installs(&self, program: &str, commands: &str, site: &Deployment) {
        fs::write(self.path("hello/src/main.rs"), program).unwrap();
        let cgi_bin = site.path("cgi-bin").display().to_string();
        let here = [("sudo ", ""), ("/usr/lib/cgi-bin", &*cgi_bin)];
        self.run(&format!("cd hello\n{}", substitute(commands, &here)));
    }

    /// Runs commands here, as from a shell that cargo has not started, and without the network.
    fn run(&self, commands: &str) {
        let mut shell = Command::new("sh");
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text == "CARGO"
                || text.starts_with("CARGO_PKG_")
                || text.starts_with("CARGO_MANIFEST_")
            {
                shell.env_remove(name);
            }
        }
        let output = shell
            .args(["-euc", commands])
            .current_dir(self.folder.path())
            .env("CARGO_NET_OFFLINE", "true")
            // As quick to build as a debug build.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{commands}\n{said}");
    }
}

fn sign_in(browser: &Curl) -> Reply {
    let fields = [
        ("login_name", NAME),
        ("password", PASSWORD),
        ("next", HELLO),
    ];
    browser.post("/cgi-bin/login", &fields, &[])
}

#[test]
#[ignore = "builds the library once more, and needs lighttpd: tests/run installs and runs it"]
fn a_page_of_another_crate_signs_in_through_lighttpd() {
    let [make, install, lines] = of_help();
    let site = Deployment::new();
    site.init(None, "[http]\nallow_http = true\n");
    site.admin(&["user", "add", NAME, "--password-stdin"], PASSWORD);
    let beside = Beside::the_packed_crate();
    let manifest = fs::read_to_string(beside.path("cgi-session/Cargo.toml")).unwrap();
    assert!(
        !manifest.contains("[patch"),
        "a dependent has no patch of ours"
    );
    // The programs and the administration need more of it than a page does.
    beside.run(&format!(
        "cp {OURS}/Cargo.lock cgi-session\n\
         cargo check --quiet --manifest-path cgi-session/Cargo.toml --bins --target-dir {OURS}/target"
    ));
    beside.makes_hello(&make, &lines);

    beside.installs(&snippet("Protect your own page", "rust"), &install, &site);

    let server = lighttpd::start(&site);
    let browser = server.browser();
    assert_eq!(browser.get(HELLO, &[]).status, 401);
    let signed_in = sign_in(&browser);
    assert!(
        signed_in.header("location").unwrap().ends_with(HELLO),
        "{signed_in:?}"
    );
    let page = browser.get(HELLO, &[]);
    assert!(
        page.status == 200 && page.main().contains("<p>Hello, alice</p>"),
        "{page:?}"
    );

    beside.installs(&snippet("Keep data", "rust"), &install, &site);

    let visitor = server.browser();
    for browser in [&browser, &visitor] {
        clicks(browser, &server.base, 0);
        clicks(browser, &server.base, 1);
    }
    // The visitor takes the data along.
    assert_eq!(sign_in(&visitor).status, 303);
    clicks(&visitor, &server.base, 2);
}

/// Expects this number on the button, and clicks on it.
#[track_caller]
fn clicks(browser: &Curl, base: &str, count: u32) {
    let page = browser.get(HELLO, &[]);
    assert!(
        page.body.contains(&format!("<button>{count}</button>")),
        "{page:?}"
    );
    let token = page.body.split("name=\"form_token\" value=\"").nth(1);
    let token = token.unwrap().split('"').next().unwrap();
    let origin = format!("Origin: {base}");
    let sent = browser.post(HELLO, &[("form_token", token)], &["--header", &origin]);
    assert_eq!(sent.status, 303, "{sent:?}");
}
