//! Opens a file beneath a folder, and never follows a link on the way.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, openat, openat2, statat};
use rustix::io::{Errno, retry_on_intr};

use super::below::Below;
use crate::error::Error;

/// How often a path is resolved again while somebody renames a folder on it.
const TRIES: u32 = 8;

/// What lies at a path beneath a folder.
#[derive(Debug)]
pub enum Found {
    /// A regular file, open for reading.
    File(File),
    /// A folder.
    Folder,
    /// No file or folder that may be sent: there is none, or it is a link, a device, a FIFO or a socket.
    Nothing,
}

/// A folder, beneath which files are opened.
#[derive(Debug)]
pub struct Folder(OwnedFd);

impl Folder {
    /// Opens the folder. Links on the way to it are followed, since the configuration or the server names it.
    ///
    /// # Errors
    /// If there is no such folder, or the process may not enter it.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let how = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = retry_on_intr(|| openat(CWD, path, how, Mode::empty()));
        folder.map(Self).map_err(|why| {
            let why = format!("{}: cannot open this folder: {why}", path.display());
            Error::Config(why)
        })
    }

    /// Opens what lies at a path beneath the folder. The file is looked at before it is opened for reading, because
    /// opening a device may have an effect.
    ///
    /// # Errors
    /// If the process may not read the file, or an operation fails.
    pub fn find(&self, path: &Below) -> Result<Found, Error> {
        let look = match self.resolve(path, OFlags::PATH | OFlags::NOFOLLOW) {
            Ok(look) => look,
            Err(why) => return not_opened(why),
        };
        match kind(&look)? {
            FileType::Directory => return Ok(Found::Folder),
            FileType::RegularFile => {}
            _ => return Ok(Found::Nothing),
        }
        // NONBLOCK, because a FIFO may have taken the file's place.
        let how = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        match self.resolve(path, how) {
            Ok(file) if kind(&file)? == FileType::RegularFile => Ok(Found::File(file.into())),
            Ok(_) => Ok(Found::Nothing),
            Err(why) => not_opened(why),
        }
    }

    /// Opens a path beneath the folder without following a link, by the kernel's own rule if it has one.
    fn resolve(&self, path: &Below, how: OFlags) -> Result<OwnedFd, Errno> {
        let how = how | OFlags::CLOEXEC;
        let rule = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        for _ in 0..TRIES {
            match openat2(&self.0, path.as_path(), how, Mode::empty(), rule) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                // An old kernel has no such call; a container may forbid it.
                Err(Errno::NOSYS | Errno::PERM) => return self.walk(path, how),
                done => return done,
            }
        }
        self.walk(path, how)
    }

    /// The same, one folder after the other. `..` cannot occur in the path.
    fn walk(&self, path: &Below, how: OFlags) -> Result<OwnedFd, Errno> {
        let step = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = |at: &OwnedFd, name: &[u8], how| {
            retry_on_intr(|| openat(at, OsStr::from_bytes(name), how, Mode::empty()))
        };
        let mut at: Option<OwnedFd> = None;
        let mut segments = path.segments().peekable();
        while let Some(segment) = segments.next() {
            let here = at.as_ref().unwrap_or(&self.0);
            let is_last = segments.peek().is_none();
            at = Some(open(here, segment, if is_last { how } else { step })?);
        }
        at.map_or_else(|| open(&self.0, b".", how), Ok)
    }
}

/// The kind of an open file. With `O_PATH` and `O_NOFOLLOW`, a link is opened itself.
fn kind(file: &OwnedFd) -> Result<FileType, Error> {
    let about = statat(file, "", AtFlags::EMPTY_PATH);
    let about = about.map_err(|why| Error::Io("look at a file", why.into()))?;
    Ok(FileType::from_raw_mode(about.st_mode))
}

/// What an error of an open means. A link, a file where a folder should be, a socket or a name that cannot exist is as
/// much as nothing.
fn not_opened(why: Errno) -> Result<Found, Error> {
    match why {
        Errno::NOENT
        | Errno::NOTDIR
        | Errno::LOOP
        | Errno::XDEV
        | Errno::NXIO
        | Errno::NODEV
        | Errno::NAMETOOLONG
        | Errno::INVAL => Ok(Found::Nothing),
        Errno::ACCESS | Errno::PERM => Err(Error::Status(
            403,
            "file that the web server's user may not read: give that user the right, with chmod or chgrp".to_owned(),
        )),
        why => Err(Error::Io("open a file", why.into())),
    }
}
