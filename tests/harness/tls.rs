//! Certificates for one test: an authority, and names signed by it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The host name of the snippets; curl is told that it is 127.0.0.1.
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

/// An authority of a test.
pub struct Authority {
    folder: PathBuf,
    pub certificate: PathBuf,
    key: PathBuf,
}

/// A certificate and its key, which everybody may read: servers run as users of their own.
pub struct Pair {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    pub fn make(folder: &Path, name: &str) -> Self {
        let made = Self {
            folder: folder.to_owned(),
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
        };
        request(&made.certificate, &made.key, &format!("/CN={name}"))
            .args(["-addext", "keyUsage=critical,keyCertSign"])
            .run();
        made
    }

    /// Signs a key for `alternative`, as `DNS:localhost`, for so many `days`; 0: it ends at once.
    pub fn sign(&self, name: &str, alternative: &str, days: u8) -> Pair {
        let path = |suffix: &str| self.folder.join(format!("{name}.{suffix}"));
        let made = Pair {
            certificate: path("pem"),
            key: path("key"),
        };
        let extensions =
            format!("subjectAltName={alternative}\nbasicConstraints=critical,CA:FALSE\n");
        fs::write(path("extensions"), extensions).unwrap();
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let mut request = Command::new("openssl");
        request.args(["req", "-nodes", "-subj", &format!("/CN={name}"), "-out"]);
        request.arg(path("csr")).args(curve);
        request.arg("-keyout").arg(&made.key).run();
        let mut sign = Command::new("openssl");
        sign.args(["x509", "-req", "-days", &days.to_string(), "-in"]);
        sign.arg(path("csr")).arg("-CA").arg(&self.certificate);
        sign.arg("-CAkey").arg(&self.key).arg("-CAcreateserial");
        sign.arg("-extfile").arg(path("extensions"));
        sign.arg("-out").arg(&made.certificate).run();
        fs::set_permissions(&made.key, fs::Permissions::from_mode(0o644)).unwrap();
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
