//! `cgi-session`, run as an administrator runs it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The executable that cargo built for this test.
pub const ADMINISTRATION: &str = env!("CARGO_BIN_EXE_cgi-session");

/// What a command did.
#[derive(Debug, PartialEq, Eq)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs a command to its end with this on its stdin, and an empty environment.
pub fn fed(command: &mut Command, stdin: &str) -> Output {
    command
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The program may refuse before it reads its input.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

/// The same, with the exit code and the output as text.
pub fn run(mut command: Command, stdin: &str) -> Done {
    let output = fed(&mut command, stdin);
    Done {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// `cgi-session --config FILE ARGUMENTS`
pub fn administer(config: &Path, arguments: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(ADMINISTRATION);
    fed(command.arg("--config").arg(config).args(arguments), stdin)
}
