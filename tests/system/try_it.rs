//! The README's first section, as a newcomer types it: `cargo run`, then the lines with curl.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::harness::readme::{snippet, substitute};
use crate::harness::web::curl::Curl;

const SECTION: &str = "Try it";

/// Where the README says that the page is.
const ADDRESS: &str = "http://127.0.0.1:8080";

/// `cargo run`; ends with the test.
struct Run(Child);

impl Drop for Run {
    fn drop(&mut self) {
        // cargo becomes the program that it runs, so this is the server itself.
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs curl and the build's lock: tests/run installs and runs it"]
fn leads_to_a_login_page() {
    let data = TempDir::new().unwrap();
    let console = snippet(SECTION, "console");
    let expected: Vec<&str> = console.lines().collect();
    let (run, printed) = start(expected[0], &data);

    assert_eq!(printed[0], expected[1]);
    assert_eq!(shape(&printed[2]), shape(expected[3]));
    let page = printed[1].trim().strip_prefix("page    ").unwrap();
    let password = printed[2].trim().strip_prefix("login   demo / ").unwrap();
    let address = page.strip_suffix("/cgi-bin/protected").unwrap();
    let script = substitute(
        &snippet(SECTION, "sh"),
        &[
            (ADDRESS, address),
            ("var/", &format!("{}/", data.path().display())),
        ],
    );
    let shell = Command::new("sh")
        .args(["-euc", &script])
        .current_dir(&data)
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&shell.stdout);

    assert!(shell.status.success(), "{shell:?}");
    assert_eq!(output.matches("\"user\":\"demo\"").count(), 2, "{output}");
    assert!(password.len() >= 15, "{password}");
    let browser = Curl::new(address, None);
    for (page, status) in [("hello", 401), ("cart", 200)] {
        let reply = browser.get(&format!("/cgi-bin/{page}"), &[]);
        assert_eq!(reply.status, status, "{reply:?}");
    }
    drop(run);
}

/// If Rust is too old, cargo itself says so in one sentence. It must not stop earlier, as it would at `host-tuple` if
/// it does not know it.
#[test]
fn the_needed_rust_is_named_before_the_first_command() {
    let manifest: toml::Table = toml::from_str(include_str!("../../Cargo.toml")).unwrap();
    let needed = manifest["package"]["rust-version"].as_str().unwrap();
    let readme = include_str!("../../README.md");
    let (before, _) = readme.split_once("$ cargo run").unwrap();
    assert!(before.contains(&format!("Rust {needed} or newer (`rustup update`")));
    let every_cargo: toml::Table =
        toml::from_str(include_str!("../../.cargo/config.toml")).unwrap();
    let mut keys: Vec<_> = every_cargo.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["env", "include"]);
    let new_ones: toml::Table = toml::from_str(include_str!("../../.cargo/static.toml")).unwrap();
    assert_eq!(every_cargo["include"][0].as_str(), Some("static.toml"));
    assert_eq!(new_ones["build"]["target"].as_str(), Some("host-tuple"));
}

/// Cargo builds only once: what one start has built, the next one uses.
#[test]
#[ignore = "needs the build's lock: tests/run runs it"]
fn a_second_run_compiles_nothing() {
    let data = TempDir::new().unwrap();
    let compiled = || {
        drop(start("$ cargo run", &data));
        let said = fs::read_to_string(data.path().join("stderr")).unwrap();
        assert!(said.contains("Finished `dev`"), "{said}");
        let lines = said.lines().map(str::trim_start);
        lines
            .filter(|line| line.starts_with("Compiling "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let first = compiled();
    // Its own crate is built once for the server, and once more for the other programs.
    let own = format!("Compiling {} v", env!("CARGO_PKG_NAME"));
    for line in &first {
        let times = first.iter().filter(|other| *other == line).count();
        assert!(
            times == 1 || times == 2 && line.starts_with(&own),
            "{first:#?}"
        );
    }

    let second = compiled();

    assert!(second.is_empty(), "{second:#?}");
}

/// Types the README's command, with data and a port of our own, as from a shell that cargo has not started, and
/// reads the first three lines. What cargo says goes into a file beside the data.
fn start(command: &str, data: &TempDir) -> (Run, Vec<String>) {
    assert_eq!(command, "$ cargo run");
    let mut command = Command::new(env!("CARGO"));
    let of_cargo = |name: &str| {
        let described = [
            "CARGO_PKG_",
            "CARGO_BIN_",
            "CARGO_MANIFEST_",
            "CARGO_CRATE_",
        ];
        name == "CARGO" || described.iter().any(|start| name.starts_with(start))
    };
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(of_cargo)) {
        command.env_remove(name);
    }
    let mut child = command
        .args(["run", "--", "serve", "--listen", "127.0.0.1:0"])
        .arg("--data")
        .arg(data.path())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(File::create(data.path().join("stderr")).unwrap())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let printed = lines.take(3).map(Result::unwrap).collect();
    (Run(child), printed)
}

/// The line with each word as `a` and each digit as `0`: the words and the number are random, the
/// rest is not.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    for c in line.chars() {
        match c {
            'a'..='z' if shape.ends_with('a') => {}
            'a'..='z' => shape.push('a'),
            '0'..='9' => shape.push('0'),
            other => shape.push(other),
        }
    }
    shape
}
