//! A real Chromium, driven from node (tests/system/browser), against `cgi-session serve`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::harness::deployment::example;

/// A script of tests/system/browser, with the packages that its lock file names.
pub fn script(name: &str) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/browser");
    assert!(
        folder.join("node_modules").exists(),
        "first: npm ci --prefix {}",
        folder.display()
    );
    let mut command = Command::new("node");
    command.arg(folder.join(name));
    command
}

/// `cgi-session serve` on a port of its own, with data of its own.
struct Serve {
    child: Child,
    page: String,
    login_name: String,
    password: String,
    data: TempDir,
}

impl Serve {
    fn start() -> Self {
        let data = TempDir::new().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_cgi-session"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .arg("--cgi-bin")
            .arg(example("cart").parent().unwrap())
            // Under cargo it would build; the tests have built.
            .env_remove("CARGO")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = lines.map(Result::unwrap);
        let mut after = |word: &str| {
            let line =
                lines.find_map(|line| Some(line.trim_start().strip_prefix(word)?.to_owned()));
            line.unwrap_or_else(|| panic!("serve printed no line with {word}"))
        };
        let page = after("page    ");
        let login = after("login   ");
        let (login_name, password) = login.split_once(" / ").unwrap();
        Self {
            child,
            page,
            login_name: login_name.to_owned(),
            password: password.to_owned(),
            data,
        }
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An empty folder that stays after the test, to be looked at.
pub fn pictures(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs a script of a person's visit to `page`.
fn visits(serve: &Serve, name: &str, page: &str) {
    let folder = pictures(name);

    let status = script(&format!("{name}.mjs"))
        .args([page, &serve.login_name, &serve.password])
        .arg(&folder)
        // Chromium leaves a file of its own there now and then.
        .env("TMPDIR", serve.data.path())
        .status()
        .expect("node");

    println!("pictures of every page: {}", folder.display());
    assert!(status.success());
}

#[test]
#[ignore = "needs chromium and node: tests/run installs and runs it"]
fn a_person_signs_in_and_out() {
    let serve = Serve::start();
    visits(&serve, "browser", &serve.page);
}

#[test]
#[ignore = "needs chromium and node: tests/run installs and runs it"]
fn a_person_fills_a_cart() {
    let serve = Serve::start();
    visits(&serve, "cart", &serve.page.replace("protected", "cart"));
}
