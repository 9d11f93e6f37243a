//! What is in a folder and in the folders below it.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use crate::command_error::CommandError;

/// What was found, as far as the check tells it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder, which a server may list.
    Folder,
    /// A file that a server may withhold by itself: its name, or a folder's above it, begins with a dot, or it is a link.
    Withheld,
    /// Any other file.
    File,
}

/// A file or a folder below the one that is searched.
#[derive(Debug)]
pub struct Found {
    /// Its path below that folder, as a URL encodes it; empty for the folder itself.
    pub encoded: String,
    /// What it is.
    pub kind: Kind,
}

/// Everything in `folder`, by name. Links to folders are not followed.
///
/// # Errors
/// If a folder cannot be read.
pub fn all(folder: &Path) -> Result<Vec<Found>, CommandError> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, encoded)) = folders.pop() {
        let mut names = entries(&folder)?;
        names.sort();
        for path in names {
            let name = path.file_name().unwrap_or_default().as_bytes();
            let slash = if encoded.is_empty() { "" } else { "/" };
            let encoded = format!("{encoded}{slash}{}", percent_encode(name, NON_ALPHANUMERIC));
            let about = fs::symlink_metadata(&path).map_err(CommandError::file("stat", &path))?;
            if about.is_dir() {
                folders.push((path, encoded));
            } else {
                let hidden = encoded.split('/').any(|name| name.starts_with("%2E"));
                let kind = if hidden || about.is_symlink() {
                    Kind::Withheld
                } else {
                    Kind::File
                };
                found.push(Found { encoded, kind });
            }
        }
        found.push(Found {
            encoded,
            kind: Kind::Folder,
        });
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    let entries = fs::read_dir(folder).map_err(CommandError::file("read the folder", folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    paths
        .collect::<Result<_, _>>()
        .map_err(CommandError::file("read the folder", folder))
}
