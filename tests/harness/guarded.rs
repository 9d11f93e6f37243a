//! Scripts behind the guard, in a deployment's `cgi-bin`.

use std::path::{Path, PathBuf};

use super::deployment::{Deployment, place, script};

impl Deployment {
    /// The guard, where the web server's user can start it, and no URL leads.
    pub fn guard(&self) -> PathBuf {
        let guard = self.path("bin/cgi-session-guard");
        if !guard.exists() {
            place(Path::new(env!("CARGO_BIN_EXE_cgi-session-guard")), &guard);
        }
        guard
    }

    /// The first line of a script that the guard guards.
    pub fn first_line(&self, interpreter: &str) -> String {
        format!("#!{} {interpreter}\n", self.guard().display())
    }

    /// Writes the script `cgi-bin/NAME`, which `interpreter` runs once the guard lets it.
    pub fn guarded(&self, name: &str, interpreter: &str, text: &str) {
        let text = self.first_line(interpreter) + text;
        script(&self.path("cgi-bin").join(name), &text);
    }

    /// Writes the same script without the guard.
    pub fn unguarded(&self, name: &str, interpreter: &str, text: &str) {
        let text = format!("#!{interpreter}\n{text}");
        script(&self.path("cgi-bin").join(name), &text);
    }
}
