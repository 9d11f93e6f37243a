//! Files and folders that hold secrets: never readable by others, not even for a moment.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, fchmod, open};

use crate::failure::Failure;

/// Makes a folder that only its owner may enter; one that is there stays as it is. What is made goes into `made`.
///
/// New folders above it can be entered by all, whatever the umask: it may be given to the web server, which has
/// to get there.
///
/// # Errors
/// If it cannot be made.
pub fn private_folder(path: &Path, made: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let named = path.ancestors().filter(|folder| *folder != Path::new(""));
    let missing: Vec<&Path> = named.take_while(|folder| !folder.exists()).collect();
    for folder in missing.into_iter().rev() {
        let rights = if folder == path { 0o700 } else { 0o755 };
        if make_folder(folder, rights).map_err(Failure::file("make the folder", folder))? {
            made.push(folder.to_owned());
        }
    }
    if path.is_dir() {
        Ok(())
    } else {
        let why = io::ErrorKind::NotADirectory.into();
        Err(Failure::file("make the folder", path)(why))
    }
}

/// `false`, if another process was first.
fn make_folder(path: &Path, mode: u32) -> io::Result<bool> {
    match DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        done => done?,
    }
    // Not by its path: whoever may write in the folder above could have put a link there.
    let how = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = open(path, how, Mode::empty())?;
    fchmod(folder, Mode::from_raw_mode(mode))?;
    Ok(true)
}

/// Writes a file that is not there yet, with `mode` whatever the umask; `false`, and nothing is written, if it is.
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
        .set_permissions(Permissions::from_mode(mode))
        .and_then(|()| file.write_all(text.as_bytes()))
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
