//! Makes files and folders that hold secrets: others cannot read them, not even for a moment.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, fchmod, open};

use crate::command_error::CommandError;

/// Makes a folder that only its owner may enter; a folder that exists stays as it is. Adds what was made to `made`.
///
/// New folders above it can be entered by everybody, whatever the umask is: the folder may be given to the web server,
/// which has to reach it.
///
/// # Errors
/// If it cannot be made.
pub fn private_folder(path: &Path, made: &mut Vec<PathBuf>) -> Result<(), CommandError> {
    let named = path.ancestors().filter(|folder| *folder != Path::new(""));
    let missing: Vec<&Path> = named.take_while(|folder| !folder.exists()).collect();
    for folder in missing.into_iter().rev() {
        let rights = if folder == path { 0o700 } else { 0o755 };
        if make_folder(folder, rights).map_err(CommandError::file("make the folder", folder))? {
            made.push(folder.to_owned());
        }
    }
    if path.is_dir() {
        Ok(())
    } else {
        let why = io::ErrorKind::NotADirectory.into();
        Err(CommandError::file("make the folder", path)(why))
    }
}

/// Makes a folder with this mode; `false` if another process was first.
fn make_folder(path: &Path, mode: u32) -> io::Result<bool> {
    match DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        done => done?,
    }
    // The mode is set by the open folder and not by its path: whoever may write in the folder above could have put a
    // link there.
    let how = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = open(path, how, Mode::empty())?;
    fchmod(folder, Mode::from_raw_mode(mode))?;
    Ok(true)
}

/// Writes a new file with `mode`, whatever the umask is; `false`, and nothing is written, if the file exists.
///
/// # Errors
/// If it cannot be written; then nothing is left of it.
pub fn write_new(path: &Path, mode: u32, text: &str) -> Result<bool, CommandError> {
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    let mut file = match opened {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        opened => opened.map_err(CommandError::file("write", path))?,
    };
    let written = file
        .set_permissions(Permissions::from_mode(mode))
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a configuration would be taken for a whole one.
        let _ = fs::remove_file(path);
        CommandError::file("write", path)(error)
    })?;
    Ok(true)
}

/// Makes a file in place of one that may exist: what an interrupted start left behind could have any mode.
///
/// # Errors
/// If it cannot be replaced.
pub fn replace(path: &Path, mode: u32, text: &str) -> Result<(), CommandError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(CommandError::file("replace", path)(error));
        }
        _ => {}
    }
    write_new(path, mode, text).map(drop)
}
