//! A fresh database on a private server, with the accounts of a deployment.

pub mod galera;
pub mod mariadb;
pub mod mysql;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// What a test needs of a MariaDB or a MySQL.
pub trait DatabaseServer: Sync {
    /// Runs statements as `root` and returns the rows, with tabs between columns.
    fn sql(&self, statements: &str) -> String {
        mariadb::sql(&self.socket(), statements)
    }
    /// A fresh database with two accounts.
    fn database(&self) -> Database;
    /// Its socket, as it is reached from outside of its folder.
    fn socket(&self) -> PathBuf;
    /// Its port on 127.0.0.1.
    fn port(&self) -> u16;
}

/// A database with an account for the web, which may read and write rows and nothing else, and
/// one that may do all, for `init`. It ends with its server.
#[derive(Clone)]
pub struct Database {
    socket: PathBuf,
    port: u16,
    pub name: String,
}

/// The accounts' password, with letters that a URL must encode.
const PASSWORD: &str = "secret@/:%";
const PASSWORD_IN_URL: &str = "secret%40%2F%3A%25";

impl Database {
    /// `identified` is what follows IDENTIFIED, up to the password.
    pub fn new(server: &dyn DatabaseServer, identified: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        // Also the accounts' prefix: 32 characters are the limit of a user name in MySQL.
        let name = format!("site{}", NEXT.fetch_add(1, Ordering::Relaxed));
        // MariaDB's VIA takes PASSWORD('x'), BY takes 'x'.
        let password = if identified.ends_with("PASSWORD") {
            format!("('{PASSWORD}')")
        } else {
            format!(" '{PASSWORD}'")
        };
        server.sql(&format!(
            "CREATE DATABASE {name} CHARACTER SET utf8mb4;\
             CREATE USER {name}_web@'%' IDENTIFIED {identified}{password};\
             CREATE USER {name}_admin@'%' IDENTIFIED {identified}{password};\
             GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.* TO {name}_web@'%';\
             GRANT ALL ON {name}.* TO {name}_admin@'%'"
        ));
        Self {
            socket: server.socket(),
            port: server.port(),
            name,
        }
    }

    /// What `store` is set to, over the socket.
    pub fn url(&self) -> String {
        self.url_of(
            "web",
            &format!("localhost/{}?socket={}", self.name, self.socket.display()),
        )
    }

    /// What `store` is set to, over TCP.
    pub fn tcp_url(&self) -> String {
        self.url_of("web", &format!("127.0.0.1:{}/{}", self.port, self.name))
    }

    /// What `init --admin-url` is given.
    pub fn admin_url(&self) -> String {
        self.url_of(
            "admin",
            &format!("localhost/{}?socket={}", self.name, self.socket.display()),
        )
    }

    /// Runs statements in this database as `root`.
    pub fn sql(&self, statements: &str) -> String {
        mariadb::sql(&self.socket, &format!("USE {};{statements}", self.name))
    }

    fn url_of(&self, account: &str, place: &str) -> String {
        format!("mysql://{}_{account}:{PASSWORD_IN_URL}@{place}", self.name)
    }
}
