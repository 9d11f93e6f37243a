//! Whose a server's socket is. A process that listens there while the server is down gets the password.
//!
//! Each request checks the owners of the files, which costs two system calls. `socket_listener.rs` checks who listens.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::process::geteuid;

/// Mode bits that a socket's folder must not have. The sticky bit does not keep others from making a socket.
const REFUSED_MODE: u32 = 0o022;

/// The first user id of people; those of system accounts are below it (`UID_MIN` in login.defs).
const PEOPLE: u32 = 1000;

/// Why a socket may be another user's, or `None`. Its folder, and that of a link to it, must belong to root, to this
/// user or to a system account, and nobody else may write there. The folder's owner, root or this user must have made
/// the socket.
pub fn doubtful(socket: &Path) -> Option<String> {
    let owner = match owner(socket) {
        Ok(owner) => owner?,
        Err(why) => return Some(why),
    };
    let about = fs::symlink_metadata(socket).ok()?;
    if !about.is_symlink() {
        return made_by_another(socket, &about, owner);
    }
    let real = fs::canonicalize(socket).ok()?;
    let owner = match self::owner(&real) {
        Ok(owner) => owner?,
        Err(why) => return Some(why),
    };
    made_by_another(&real, &fs::metadata(&real).ok()?, owner)
}

/// The one user who may write in the folder of a path; `None` if the folder cannot be read.
///
/// # Errors
/// Why others may write there, too.
pub fn owner(path: &Path) -> Result<Option<u32>, String> {
    let Some((folder, about)) = path
        .parent()
        .and_then(|folder| Some((folder, fs::metadata(folder).ok()?)))
    else {
        return Ok(None);
    };
    let (mode, owner, folder) = (about.mode() & 0o7777, about.uid(), folder.display());
    let cure = "or move the socket to a folder of the server alone";
    if mode & REFUSED_MODE != 0 {
        return Err(format!(
            "{folder}: mode {mode:04o} lets others listen where the server should: chmod 0755 it, {cure}"
        ));
    }
    if owner >= PEOPLE && owner != geteuid().as_raw() {
        return Err(format!(
            "{folder}: user {owner} may listen where the server should: give it to root or to the account of the server \
             (below {PEOPLE}), {cure}"
        ));
    }
    Ok(Some(owner))
}

fn made_by_another(socket: &Path, about: &Metadata, owner: u32) -> Option<String> {
    let (maker, socket) = (about.uid(), socket.display());
    (!is_right(maker, owner)).then(|| {
        format!(
            "{socket}: user {maker} made it, in the folder of user {owner}: only that user, root or this one may"
        )
    })
}

/// Whether a user may be the server, in a folder that belongs to `owner`.
pub fn is_right(user: u32, owner: u32) -> bool {
    user == 0 || user == owner || user == geteuid().as_raw()
}
