//! Whose process listens at a server's socket.
//!
//! Only the administration checks that, because it takes an extra connection: the driver opens its own, and sends the
//! password over it at once.

use std::fs;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::socket_owner::{doubtful, is_right, owner};

/// Why a socket, or the process that listens there, may be another user's. Makes a connection, which ends at once; if
/// that fails, the next connection fails for the same reason and reports it.
pub fn doubtful_listener(socket: &Path) -> Option<String> {
    doubtful(socket).or_else(|| listens_for_another(socket))
}

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
