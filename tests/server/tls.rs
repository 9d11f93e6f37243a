//! A certificate for one test: an authority, and `www.example.org` signed by it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The host name of the README's snippets; curl is told that it is 127.0.0.1.
pub const HOST: &str = "www.example.org";

/// Paths of the files, which lie in the folder that [`Certificate::make`] is given.
pub struct Certificate {
    pub authority: PathBuf,
    pub chain: PathBuf,
    pub key: PathBuf,
}

impl Certificate {
    /// Makes them with the `openssl` command.
    pub fn make(folder: &Path) -> Self {
        let made = Self {
            authority: folder.join("authority.pem"),
            chain: folder.join("certificate.pem"),
            key: folder.join("key.pem"),
        };
        let authority_key = folder.join("authority.key");
        request(&made.authority, &authority_key, "/CN=authority of a test")
            .args(["-addext", "keyUsage=critical,keyCertSign"])
            .run();
        request(&made.chain, &made.key, &format!("/CN={HOST}"))
            .args(["-addext", &format!("subjectAltName=DNS:{HOST}")])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .arg("-CA")
            .arg(&made.authority)
            .arg("-CAkey")
            .arg(&authority_key)
            .run();
        made
    }
}

/// `openssl req -x509`: a key on P-256 and a certificate for it.
fn request(certificate: &Path, key: &Path, subject: &str) -> Command {
    let mut openssl = Command::new("openssl");
    openssl
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ])
        .args(["-nodes", "-days", "2", "-subj", subject, "-out"])
        .arg(certificate)
        .arg("-keyout")
        .arg(key);
    openssl
}

trait Run {
    fn run(&mut self);
}

impl Run for Command {
    fn run(&mut self) {
        let output = self.output().expect("openssl");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
