//! Oracle's MySQL 9, in the folder that `tests/run --mysql` builds, with its own C library.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::mariadb::answers;
use super::{Database, DatabaseServer};
use crate::harness::machine::{free_port, unpacked};
use crate::harness::process::Process;

/// A running `mysqld`; accounts use `caching_sha2_password`, its default.
pub struct Mysql {
    _process: Process,
    socket: PathBuf,
    port: u16,
}

impl Mysql {
    /// The one that tests share. It ends with the test program.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Mysql> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Needs root, for `chroot`.
    pub fn start() -> Self {
        let root = unpacked("mysql");
        let folder = tempfile::Builder::new()
            .prefix("mysql")
            .tempdir_in(root.join("tmp"))
            .unwrap();
        // In there `mysql` writes to it, and out here the web server's user opens the socket.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        chown(folder.path(), Some(user_there(&root)), None).unwrap();
        let socket = folder.path().join("s.sock");
        assert!(
            socket.as_os_str().len() < 108,
            "too long for a socket's path: {}",
            socket.display()
        );

        let inside = format!("/tmp/{}", folder.path().file_name().unwrap().display());
        let data = format!("--datadir={inside}/data");
        let root = root.to_str().unwrap();
        let mysqld = [
            "chroot",
            root,
            "/usr/sbin/mysqld",
            "--no-defaults",
            "--user=mysql",
            // The tests' own TMPDIR does not exist in there.
            "--tmpdir=/tmp",
            &data,
        ];
        initialize(&mysqld);

        let port = free_port();
        let options = [
            &format!("--socket={inside}/s.sock"),
            &format!("--pid-file={inside}/pid"),
            &format!("--port={port}"),
            "--bind-address=127.0.0.1",
            "--mysqlx=OFF",
            "--secure-file-priv=NULL",
        ];
        let process = Process::start(folder, &[&mysqld[..], &options].concat());
        process.wait_until(|| answers(&socket));
        Self {
            _process: process,
            socket,
            port,
        }
    }
}

impl DatabaseServer for Mysql {
    fn database(&self) -> Database {
        let database = Database::new(self, "BY");
        // Over TCP without TLS the driver tells no server the password, unless the server has cached it.
        #[cfg(feature = "mysql")]
        drop(mysql::Conn::new(&*database.url()).unwrap());
        database
    }

    fn socket(&self) -> PathBuf {
        self.socket.clone()
    }

    fn port(&self) -> u16 {
        self.port
    }
}

/// The number of the user `mysql` in the `chroot` folder.
fn user_there(root: &Path) -> u32 {
    let users = fs::read_to_string(root.join("etc/passwd")).unwrap();
    let line = users.lines().find_map(|line| line.strip_prefix("mysql:"));
    let number = line.and_then(|line| line.split(':').nth(1));
    number.unwrap().parse().unwrap()
}

/// Makes the system tables; `root` gets no password.
fn initialize(mysqld: &[&str]) {
    let mut command = Command::new(mysqld[0]);
    let output = command
        .args(&mysqld[1..])
        .arg("--initialize-insecure")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
