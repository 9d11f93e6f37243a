//! The folder of the locks.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, openat};
use rustix::process::geteuid;

use crate::error::Error;
use crate::ownership::{self, Doubt};

/// Mode bits that the folder must not have: others may not write there.
const REFUSED_MODE: u32 = 0o022;

/// A folder where nobody else can hold a lock.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    file: File,
}

impl Folder {
    /// Opens the folder `state`, and makes nothing there.
    ///
    /// # Errors
    /// If it is missing, or others may write there.
    pub fn open(state: &Path) -> Result<Self, Error> {
        let how = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(state, how, Mode::empty());
        let file = folder.map(File::from).map_err(|why| {
            let why = format!("cannot open: {why}; the web server needs it, mode 0700");
            refused(state, &why)
        })?;
        let about = file.metadata();
        let about = about.map_err(|why| refused(state, &format!("cannot stat: {why}")))?;
        let own = geteuid().as_raw();
        let why = match ownership::doubt(&about, own, REFUSED_MODE) {
            None => {
                let path = state.to_owned();
                return Ok(Self { path, file });
            }
            Some(Doubt::Mode(mode)) => {
                format!("mode {mode:04o} lets others write there: use 0700")
            }
            Some(Doubt::Owner(owner)) => {
                format!("user {owner} may write there: make it user {own}'s")
            }
        };
        Err(refused(state, &why))
    }

    /// Opens a file that is nothing but a lock; makes it if it is missing. It follows no link. It opens the file for
    /// writing, too: NFS locks no other.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn lock_file(&self, name: &str) -> io::Result<File> {
        let how = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mode = Mode::RUSR | Mode::WUSR;
        Ok(openat(&self.file, name, how, mode)?.into())
    }

    /// The error of a folder that cannot be used.
    pub fn refused(&self, why: &str) -> Error {
        refused(&self.path, why)
    }
}

fn refused(state: &Path, why: &str) -> Error {
    Error::Config(format!("state: {}: {why}", state.display()))
}
