//! PHP's CGI interpreter, installed or unpacked.

use std::fs;
use std::path::PathBuf;

use super::machine::{installed, unpacked};

/// `/usr/bin/php-cgi8.2` of the package `php8.2-cgi`, whichever version that is.
pub fn php_cgi() -> PathBuf {
    let folder = unpacked("php").join("usr/bin");
    let files = fs::read_dir(folder).into_iter().flatten();
    let mut paths = files.map(|file| file.unwrap().path());
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("php-cgi")
    };
    let unpacked = paths.find(is_it);
    unpacked.or_else(|| installed("php-cgi")).expect("php-cgi")
}
