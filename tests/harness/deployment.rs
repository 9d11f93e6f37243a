//! What a web server serves in a test: our executables, a configuration, a state folder.

use std::fs;
#[cfg(feature = "tools")]
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
#[cfg(feature = "tools")]
use std::process::{Output, Stdio};

use tempfile::TempDir;

#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
use super::database::Database;
#[cfg(all(feature = "mysql", feature = "sqlite", feature = "tools"))]
use super::store::TestStore;
use super::user;

/// The executables that go into `cgi-bin`.
pub const PROGRAMS: [(&str, &str); 4] = [
    ("login", env!("CARGO_BIN_EXE_login")),
    ("logout", env!("CARGO_BIN_EXE_logout")),
    ("protected", env!("CARGO_BIN_EXE_protected")),
    ("files", env!("CARGO_BIN_EXE_files")),
];

/// A page of one's own that cargo has built, from `tests/examples`.
pub fn example(name: &str) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_login")).with_file_name("examples");
    let program = built.join(name);
    assert!(
        program.exists(),
        "first: cargo build --example {name}; `cargo test` without --test does so"
    );
    program
}

/// A folder with `cgi-bin`, `www`, `state` and, once configured, `cgi-session.toml`.
pub struct Deployment {
    folder: TempDir,
}

impl Deployment {
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

    /// Puts a page of one's own into `cgi-bin`, one of `tests/examples`.
    pub fn place_example(&self, name: &str) {
        place(&example(name), &self.path("cgi-bin").join(name));
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
        format!("sqlite:{}", self.file().display())
    }

    /// SQLite's.
    pub fn file(&self) -> PathBuf {
        self.path("state/sessions.sqlite")
    }

    pub fn config(&self) -> PathBuf {
        self.path("cgi-session.toml")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

#[cfg(feature = "tools")]
impl Deployment {
    /// Configures a store, on SQLite where there is no `database`, and has `init` make its tables.
    #[cfg(all(feature = "mysql", feature = "sqlite"))]
    pub fn init(&self, database: Option<&Database>, more: &str) -> TestStore {
        let store = match database {
            Some(database) => TestStore::over_socket(database),
            None => TestStore::sqlite_at(&self.file()),
        };
        self.configure(store.url(), more);
        match database.map(Database::admin_url) {
            Some(url) => self.admin(&["init", "--admin-url", &url], ""),
            None => self.admin(&["init"], ""),
        };
        store
    }

    /// Runs `cgi-session --config FILE ARGUMENTS` as the web server's user. It must succeed.
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
        // The program may end before it reads its input.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// The path of `cgi-session`, which the web server's user can start.
    pub fn administration(&self) -> PathBuf {
        let program = self.path("bin/cgi-session");
        if !program.exists() {
            place(Path::new(super::ADMINISTRATION), &program);
        }
        program
    }
}

/// A folder that the web server's user may enter, whatever the umask.
fn open_folder(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Makes a link, because the web server's user may not be allowed into the project's folder. On another file system it
/// makes a copy.
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

/// Copies in another process. If this one had the program open for writing while another thread starts a child, the
/// program could not be run until that child closes it ("Text file busy").
fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .args(["-p"])
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(status.success());
}
