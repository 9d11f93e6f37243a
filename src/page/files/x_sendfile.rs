//! Leaves the sending of a file to the server, by the header `X-Sendfile`.
//!
//! The server opens the path once more, and follows links. So nobody untrusted may be able to put a link there in the
//! meantime.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::answer::private;
use super::below::Below;
use super::media_type::media_type;
use crate::cgi::{HEADER_BLOCK_MAX, Response, Variables};
use crate::error::Error;
use crate::ownership::{self, Doubt, quoted};

/// Mode bits that a folder must not have: a group or others may write in it.
const REFUSED_MODE: u32 = 0o022;

/// A folder in which everybody may make files, but only the owner of a file may remove it.
const STICKY: u32 = 0o1000;

/// What is not encoded.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Bytes of the longest path in a header: a header block has room for it and for what else is in it.
const PATH_MAX: usize = HEADER_BLOCK_MAX - 512;

/// The response that has the server send the file at `path` below `folder`. The server answers conditional requests
/// and ranges. `None` if it would not understand the path, or if that is too long for a header.
///
/// lighttpd decodes the path once; `mod_xsendfile` 0.12 takes it as it is, and a header holds ASCII alone.
///
/// # Errors
/// If somebody untrusted may write in a folder on the way.
pub fn response(
    variables: &Variables,
    folder: &Path,
    path: &Below,
    begins: &[u8],
) -> Result<Option<Response>, Error> {
    let file = folder.join(path.as_path());
    trusted(folder, &file)?;
    let bytes = file.as_os_str().as_bytes();
    let named = percent_encode(bytes, IN_PATH).to_string();
    let server = variables.bytes("SERVER_SOFTWARE").unwrap_or_default();
    let is_understood = named.as_bytes() == bytes || server.starts_with(b"lighttpd");
    if !is_understood || named.len() > PATH_MAX {
        return Ok(None);
    }
    private(Response::new(200, ""))?
        .with("X-Sendfile", named)?
        .with("Content-Type", media_type(path.as_path(), begins))
        .map(Some)
}

/// Checks every folder on the way to the file, as its path is written and as it is without links.
fn trusted(folder: &Path, file: &Path) -> Result<(), Error> {
    let failed = |why| Error::Io("look at a folder", why);
    let real = fs::canonicalize(folder).map_err(failed)?;
    let own = rustix::process::geteuid().as_raw();
    for at in file.ancestors().skip(1).chain(real.ancestors()) {
        let about = fs::metadata(at).map_err(failed)?;
        let is_above =
            at != folder && at != real && (folder.starts_with(at) || real.starts_with(at));
        let refused = if is_above && about.mode() & STICKY != 0 {
            0
        } else {
            REFUSED_MODE
        };
        if let Some(doubt) = ownership::doubt(&about, own, refused) {
            return Err(Error::Config(refusal(at, doubt)));
        }
    }
    Ok(())
}

fn refusal(folder: &Path, doubt: Doubt) -> String {
    let word = quoted(folder);
    let why = match doubt {
        Doubt::Mode(mode) => format!("mode {mode:04o} lets others write there: chmod go-w {word}"),
        Doubt::Owner(owner) => format!("user {owner} may write there: make it root's"),
    };
    format!(
        "{}: {why}, or set files.x_sendfile = false",
        folder.display()
    )
}
