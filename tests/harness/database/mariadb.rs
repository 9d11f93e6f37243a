//! A private MariaDB on a socket and on loopback.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use rustix::process::Signal;
use tempfile::TempDir;

use super::{Database, DatabaseServer};
use crate::harness::machine::{free_port, installed, unpacked};
use crate::harness::process::Process;
use crate::harness::user;

/// A running `mariadbd`; its `root` has no password.
pub struct Mariadb {
    process: Option<Process>,
    folder: PathBuf,
    port: u16,
    options: Vec<String>,
}

impl Mariadb {
    /// The one that tests share, each with a database of its own. It ends with the test program.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Mariadb> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&[]))
    }

    /// One for a test that stops it, or that sets `options`, as `--max-connections=1`.
    pub fn start(options: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        // A web server's programs open the socket as another user.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        install(folder.path(), if user::is_root() { "root" } else { "" });
        let mut mariadb = Self {
            process: None,
            port: free_port(),
            options: options.iter().map(|&option| option.to_owned()).collect(),
            folder: folder.keep(),
        };
        mariadb.start_again();
        mariadb
    }

    /// Starts it again on its data, socket and port.
    pub fn start_again(&mut self) {
        let command = self.command_line();
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let process = self
            .process
            .insert(Process::start_in(&self.folder, &command));
        let socket = self.folder.join("s.sock");
        process.wait_until(|| answers(&socket));
    }

    /// Ends it as an administrator does.
    pub fn stop(&mut self) {
        self.process.take().unwrap().stop();
    }

    /// Suspends it, or lets it continue.
    pub fn signal(&self, signal: Signal) {
        self.process.as_ref().unwrap().signal(signal);
    }

    /// A fresh database with accounts that use MariaDB's ed25519 instead of a password's SHA-1.
    pub fn ed25519_database(&self) -> Database {
        self.sql("INSTALL PLUGIN IF NOT EXISTS ed25519 SONAME 'auth_ed25519'");
        Database::new(self, "VIA ed25519 USING PASSWORD")
    }

    fn command_line(&self) -> Vec<String> {
        let folder = self.folder.display();
        let mut line = vec![
            installed("mariadbd")
                .expect("mariadb-server-core")
                .display()
                .to_string(),
            "--no-defaults".to_owned(),
            format!("--datadir={folder}/data"),
            // Two installations at once remove each other's temporary tables from /tmp.
            format!("--tmpdir={folder}/tmp"),
            format!("--socket={folder}/s.sock"),
            format!("--pid-file={folder}/pid"),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--port={}", self.port),
            "--innodb-buffer-pool-size=16M".to_owned(),
            "--skip-name-resolve".to_owned(),
        ];
        if user::is_root() {
            line.push("--user=root".to_owned());
        }
        let plugins = unpacked("mariadb/usr/lib/mysql/plugin");
        if plugins.exists() {
            line.push(format!("--plugin-dir={}", plugins.display()));
        }
        line.extend(self.options.iter().cloned());
        line
    }
}

impl Drop for Mariadb {
    fn drop(&mut self) {
        // A stopped server has no process left that would remove the folder.
        if self.process.take().is_none() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

impl DatabaseServer for Mariadb {
    fn database(&self) -> Database {
        Database::new(self, "BY")
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("s.sock")
    }

    fn port(&self) -> u16 {
        self.port
    }
}

/// Runs statements as `root`.
pub fn sql(socket: &Path, statements: &str) -> String {
    let mut client = client(socket);
    client.args(["--batch", "--skip-column-names", "--execute", statements]);
    let output = client.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{statements}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a server is ready on `socket`.
pub fn answers(socket: &Path) -> bool {
    let mut client = client(socket);
    client
        .args(["--execute", "DO 1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    client.status().unwrap().success()
}

/// Makes the system tables, which belong to `owner` where root makes them.
pub fn install(folder: &Path, owner: &str) {
    let mut install = Command::new(installed("mariadb-install-db").expect("mariadb-server-core"));
    install.args([
        "--no-defaults",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        // Otherwise it looks up this machine's name, which may not resolve.
        "--skip-name-resolve",
    ]);
    install.arg(format!("--datadir={}", folder.join("data").display()));
    install.env("TMPDIR", folder.join("tmp"));
    if !owner.is_empty() {
        install.arg(format!("--user={owner}"));
    }
    let output = install.output().unwrap();
    let (printed, errors) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8_lossy(printed);
    assert!(output.status.success(), "{printed}{errors}");
}

/// MariaDB's own client, as `root`; it speaks to MySQL, too.
fn client(socket: &Path) -> Command {
    let mut client = Command::new(installed("mariadb").expect("mariadb-client-core"));
    client
        .args(["--no-defaults", "--user=root", "--socket"])
        .arg(socket);
    client
}
