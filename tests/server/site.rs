//! What a web server serves in a test: our executables, a configuration, a state folder.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::user;

/// The executables that go into `cgi-bin`.
pub const PROGRAMS: [(&str, &str); 3] = [
    ("login", env!("CARGO_BIN_EXE_login")),
    ("logout", env!("CARGO_BIN_EXE_logout")),
    ("protected", env!("CARGO_BIN_EXE_protected")),
];

/// A folder with `cgi-bin`, `www`, `state` and, once configured, `cgi-session.toml`.
pub struct Site {
    folder: TempDir,
}

impl Site {
    /// Without a configuration.
    pub fn new() -> Self {
        let site = Self {
            folder: TempDir::new().unwrap(),
        };
        open_folder(site.folder.path());
        for name in ["cgi-bin", "www", "bin"] {
            fs::create_dir(site.path(name)).unwrap();
            open_folder(&site.path(name));
        }
        for (name, program) in PROGRAMS {
            place(Path::new(program), &site.path("cgi-bin").join(name));
        }
        fs::create_dir(site.path("state")).unwrap();
        user::give(&site.path("state"), 0o700);
        site
    }

    /// Writes the configuration: `store`, then what `more` says, keys of the top level first.
    pub fn configure(&self, store: &str, more: &str) {
        let secret = "5".repeat(64);
        let state = self.path("state").display().to_string();
        let text = format!("store = {store:?}\nsecret = \"{secret}\"\nstate = {state:?}\n{more}");
        fs::write(self.config(), text).unwrap();
        user::give(&self.config(), 0o600);
    }

    /// What `store` is set to for SQLite.
    pub fn sqlite_url(&self) -> String {
        format!("sqlite:{}", self.path("state/sessions.sqlite").display())
    }

    pub fn config(&self) -> PathBuf {
        self.path("cgi-session.toml")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A folder that the web server's user may enter, whatever the umask.
fn open_folder(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A link, since the project's folder may be closed to the web server's user; a copy where the
/// temporary folder is another file system.
pub fn place(program: &Path, at: &Path) {
    if fs::hard_link(program, at).is_err() {
        copy(program, at);
    }
}

/// Writes a program that is a script.
pub fn script(at: &Path, text: &str) {
    let draft = at.with_extension("draft");
    fs::write(&draft, text).unwrap();
    fs::set_permissions(&draft, fs::Permissions::from_mode(0o755)).unwrap();
    copy(&draft, at);
    fs::remove_file(draft).unwrap();
}

/// By a process of its own: a program that this one has open for writing, while another thread
/// starts a child, cannot be run until that child has let go of it ("Text file busy").
fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .args(["-p"])
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(status.success());
}
