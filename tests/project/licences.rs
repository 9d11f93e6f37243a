//! What is built in: from where, just which, and with which licence.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Licences that ask for no more than their own text beside a program.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// SPDX's AND and OR, without brackets within brackets.
fn is_allowed(licence: &str) -> bool {
    let flat = licence.replace(['(', ')'], "").replace('/', " OR ");
    flat.split(" AND ").all(|part| {
        part.split(" OR ")
            .any(|name| ALLOWED.contains(&name.trim()))
    })
}

#[test]
fn what_is_built_in_may_be_and_is_pinned() {
    assert!(is_allowed("MIT") && is_allowed("GPL-3.0 OR MIT") && is_allowed("(MIT OR X) AND ISC"));
    assert!(!is_allowed("GPL-3.0") && !is_allowed("MIT AND GPL-3.0") && !is_allowed(""));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(root)
        .args(["metadata", "--locked", "--offline", "--format-version", "1"]);
    // Of other systems nothing is built in, nor downloaded.
    let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    cargo.args(["--filter-platform", &host]);
    let output = cargo.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let others = packages
        .iter()
        .filter(|package| !package["source"].is_null());
    let mut count = 0;
    for package in others {
        // Its licence is a file, that of ISC with two names in it.
        let by_file = package["name"] == "webpki" && package["license_file"] == "LICENSE";
        let licence = if by_file {
            "ISC"
        } else {
            package["license"].as_str().unwrap_or_default()
        };
        assert!(is_allowed(licence), "{}: {licence:?}", package["id"]);
        count += 1;
    }
    // Each of them with the digest of what was published.
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    assert!(count > 100);
    assert_eq!(
        lock.matches("\nchecksum = ").count(),
        lock.matches("\nsource = ").count()
    );
    assert!(!lock.contains("git+"));
}
