//! A crate that depends on this one, where no patch of ours reaches.
#![cfg(feature = "tls")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cgi_session::config::StoreUrl;

const WITH_CA: &str = "mysql://u:p@db/d?tls=required&tls_ca=/a.pem";
const WITHOUT: &str = "mysql://u:p@db/d?tls=required";

/// Says what the crate says of each argument.
const MAIN: &str = r#"fn main() {
    for url in std::env::args().skip(1) {
        match cgi_session::config::StoreUrl::parse(&url) {
            Ok(_) => println!("good"),
            Err(why) => println!("{why}"),
        }
    }
}
"#;

/// In place of the crate with the public authorities, which this project's registry does not hold: one will do.
const ONE_AUTHORITY: &str = "
use rustls_pki_types::{Der, TrustAnchor};

pub const TLS_SERVER_ROOTS: &[TrustAnchor<'static>] = &[TrustAnchor {
    subject: Der::from_slice(b\"x\"),
    subject_public_key_info: Der::from_slice(b\"x\"),
    name_constraints: None,
}];
";

fn write(at: &Path, text: &str) {
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    fs::write(at, text).unwrap();
}

/// The driver takes the same crate as the question is asked of.
#[test]
fn there_is_one_webpki_roots() {
    let lock = include_str!("../../Cargo.lock");
    assert_eq!(lock.matches("name = \"webpki-roots\"").count(), 1);
    assert!(StoreUrl::parse(WITH_CA).is_ok(), "here it is empty");
}

/// `cargo install` and a site that has pages of its own get the crate with all public authorities, which the driver
/// trusts beside those of `tls_ca`.
#[test]
#[ignore = "builds the driver and this crate once more: tests/run runs it"]
fn a_build_that_trusts_public_authorities_refuses_tls_ca() {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("dependent");
    let _ = fs::remove_dir_all(&folder);
    let path = ours.display();
    let manifest = format!(
        "[package]\nname = \"dependent\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\ncgi-session = {{ path = \"{path}\", default-features = false, features = [\"tls\"] }}\n\
         [patch.crates-io]\nregex = {{ path = \"{path}/src/regex\" }}\nwebpki-roots = {{ path = \"roots\" }}\n\
         [profile.dev.package.\"*\"]\nopt-level = 1\ndebug = false\n\
         [profile.dev.build-override]\nopt-level = 0\n"
    );
    write(&folder.join("Cargo.toml"), &manifest);
    write(&folder.join("src/main.rs"), MAIN);
    let roots = fs::read_to_string(ours.join("src/webpki-roots/Cargo.toml")).unwrap();
    let roots = roots.replace("[lints]\nworkspace = true\n", "");
    write(&folder.join("roots/Cargo.toml"), &roots);
    write(&folder.join("roots/lib.rs"), ONE_AUTHORITY);
    fs::copy(ours.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    for (name, _) in env::vars_os() {
        // As from a shell: what describes this package makes build scripts run again.
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&*name);
        }
    }

    let output = cargo
        .args(["run", "--quiet", "--offline", "--target-dir"])
        .arg(ours.join("target"))
        .args(["--", WITH_CA, WITHOUT])
        .current_dir(&folder)
        .output()
        .unwrap();

    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{errors}");
    let why = "this build trusts all public authorities beside those of tls_ca=";
    assert!(lines[0].starts_with(why), "{said}");
    assert_eq!(lines[1], "good");
}
