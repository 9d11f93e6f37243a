//! Private servers for the tests: real ones, in a temporary folder, on loopback, ended with the test.
//!
//! They run as root or as any user. Started by root, the web servers serve as `www-data`, who
//! owns the site's folders, as on a real machine.

#[cfg(feature = "tools")]
pub mod admin;
pub mod apache;
pub mod curl;
pub mod database;
pub mod debian;
#[cfg(feature = "tools")]
pub mod development;
pub mod galera;
pub mod lighttpd;
pub mod mariadb;
pub mod mysql;
pub mod process;
pub mod readme;
pub mod site;
pub mod tls;
pub mod user;
pub mod web;

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};

/// Where `tests/run` unpacks servers that it does not install.
pub fn unpacked(name: &str) -> PathBuf {
    let servers = std::env::var_os("CGI_SESSION_TEST_SERVERS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/test-servers")),
        PathBuf::from,
    );
    servers.join(name)
}

/// A program by the name of its command, also where only root has its folder in PATH.
pub fn installed(command: &str) -> Option<PathBuf> {
    [
        "/usr/local/sbin",
        "/usr/local/bin",
        "/usr/sbin",
        "/usr/bin",
        "/sbin",
        "/bin",
    ]
    .iter()
    .map(|folder| PathBuf::from(folder).join(command))
    .find(|path| path.exists())
}

/// A port of 127.0.0.1 that nobody listens on. They lie below those that the kernel gives to
/// outgoing connections, so none of ours is taken between this look and the server's start.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let spread = u16::try_from(std::process::id() % 100).unwrap() * 100;
        let port = 20_000 + (spread + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
