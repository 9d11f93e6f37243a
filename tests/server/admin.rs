//! `cgi-session` as an administrator calls it, for a site.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::site::{Site, place};
use super::user;

impl Site {
    /// Runs `cgi-session --config FILE ARGUMENTS` as the web server's user; it must succeed.
    pub fn admin(&self, arguments: &[&str], stdin: &str) -> String {
        let output = self.try_admin(arguments, stdin);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "cgi-session {arguments:?}: {errors}"
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same, where it may fail.
    pub fn try_admin(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut command = Command::new(self.administration());
        command.arg("--config").arg(self.config()).args(arguments);
        command.env_clear().current_dir("/");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = user::become_it(&mut command).spawn().unwrap();
        // It may have ended without reading.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// The program, where the web server's user can start it.
    pub fn administration(&self) -> PathBuf {
        let program = self.path("bin/cgi-session");
        if !program.exists() {
            place(Path::new(env!("CARGO_BIN_EXE_cgi-session")), &program);
        }
        program
    }
}
