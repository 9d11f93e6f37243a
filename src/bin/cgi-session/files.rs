//! Files and folders that hold secrets: never readable by others, not even for a moment.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::failure::Failure;

/// Makes a folder that only its owner may enter; one that is there stays as it is.
///
/// New folders above it are as `mkdir -p` makes them: it may be given to the web server, which has
/// to get there.
///
/// # Errors
/// If it cannot be made.
pub fn private_folder(path: &Path) -> Result<(), Failure> {
    let make = |path: &Path, mode| DirBuilder::new().recursive(true).mode(mode).create(path);
    let above = path.parent().map_or(Ok(()), |above| make(above, 0o755));
    above
        .and_then(|()| make(path, 0o700))
        .map_err(Failure::file("make the folder", path))
}

/// Writes a file that is not there yet; `false`, and nothing is written, if it is.
///
/// # Errors
/// If it cannot be written; nothing is left of it then.
pub fn write_new(path: &Path, mode: u32, text: &str) -> Result<bool, Failure> {
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    let mut file = match opened {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        opened => opened.map_err(Failure::file("write", path))?,
    };
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a configuration would be taken for a whole one.
        let _ = fs::remove_file(path);
        Failure::file("write", path)(error)
    })?;
    Ok(true)
}

/// Writes a file anew, whatever was there: what an interrupted start left behind could have any mode.
///
/// # Errors
/// If it cannot be replaced.
pub fn replace(path: &Path, mode: u32, text: &str) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Failure::file("replace", path)(error));
        }
        _ => {}
    }
    write_new(path, mode, text).map(drop)
}
