//! A browser that plays a film of the folder, by ranges.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::{NAME, PASSWORD, Start, site};
use crate::harness::files;
use crate::system::browser::chromium;

fn plays(start: Start) {
    let site = site();
    let folder = site.path("www/private");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let server = start(&site);
    let home = TempDir::new().unwrap();

    let status = chromium::script("video.mjs")
        .args([&*server.base, NAME, PASSWORD])
        .arg(&folder)
        .env("TMPDIR", home.path())
        .status()
        .expect("node");

    assert!(status.success(), "{}", server.log());
}

#[test]
#[ignore = "needs lighttpd, chromium and node: tests/run installs and runs them"]
fn chromium_plays_a_film_by_ranges_before_lighttpd() {
    plays(files::lighttpd);
}

#[test]
#[ignore = "needs apache2, chromium and node: tests/run installs and runs them"]
fn chromium_plays_a_film_by_ranges_before_apache() {
    plays(files::apache);
}
