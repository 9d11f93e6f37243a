//! The README's first section, as a newcomer types it: `cargo run`, then the lines with curl.
#![cfg(all(feature = "sqlite", feature = "mysql", feature = "tools"))]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::server::readme::{snippet, substitute};

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
    drop(run);
}

/// Types the README's command, with data and a port of our own, and reads the first three lines.
fn start(command: &str, data: &TempDir) -> (Run, Vec<String>) {
    assert_eq!(command, "$ cargo run");
    let mut child = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--", "serve", "--listen", "127.0.0.1:0"])
        .arg("--data")
        .arg(data.path())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
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
