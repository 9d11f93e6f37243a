//! What this machine has: servers, installed or unpacked, and ports that are free.

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

/// Finds a program by the name of its command, also in folders that only root has in PATH.
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

/// A port of 127.0.0.1 that nobody listens on. It lies below the ports that the kernel gives to outgoing connections,
/// so that none takes it before the server starts.
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
