//! Whose a server's socket is. Whoever listens there while the server is away is told the password.
//!
//! Each request looks at the files, which costs two system calls; who listens, only the administration asks, since it
//! takes a connection of its own: the driver connects by itself, and sends what it has to.

use std::fs::{self, Metadata};
#[cfg(feature = "tools")]
use std::io;
use std::os::unix::fs::MetadataExt as _;
#[cfg(feature = "tools")]
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::process::geteuid;

/// Mode bits that a socket's folder must not have. The sticky bit does not keep others from making one.
const REFUSED_MODE: u32 = 0o022;

/// The first number that is a person's and not a system account's (`UID_MIN` in login.defs).
const PEOPLE: u32 = 1000;

/// Why a socket may be somebody else's, or `None`: its folder, and that of a link to it, must be root's, our own or
/// one system account's, and nobody else may write there; the socket must be made by that account or root.
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

/// The one user who may write in the folder of a path; `None`, if it cannot be looked at.
fn owner(path: &Path) -> Result<Option<u32>, String> {
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

/// Whether a user may be the server, where `owner` is whose the folder is.
fn is_right(user: u32, owner: u32) -> bool {
    user == 0 || user == owner || user == geteuid().as_raw()
}

/// The same, and of the process that listens there. By a connection that ends at once; where there is none, whoever
/// connects next says why.
#[cfg(feature = "tools")]
pub fn of_another(socket: &Path) -> Option<String> {
    doubtful(socket).or_else(|| listens_for_another(socket))
}

#[cfg(feature = "tools")]
fn listens_for_another(socket: &Path) -> Option<String> {
    let stream = UnixStream::connect(socket).ok()?;
    let peer = rustix::net::sockopt::socket_peercred(&stream).map_err(io::Error::from);
    let real = fs::canonicalize(socket).ok()?;
    let owner = owner(&real).ok()??;
    match peer {
        Ok(peer) => {
            let user = peer.uid.as_raw();
            (!is_right(user, owner)).then(|| {
                format!(
                    "{}: a process of user {user} listens there, and none of user {owner} or root: stop it, \
                     and start the server",
                    socket.display()
                )
            })
        }
        Err(why) => Some(format!(
            "{}: cannot ask who listens: {why}",
            socket.display()
        )),
    }
}
