//! Who may read and write the file, and what to type if that is not as it must be.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rusqlite::ffi;
use rustix::fs::{Access, AtFlags, CWD, StatVfsMountFlags, accessat, statvfs};

use crate::error::Error;
use crate::ownership::{self, Doubt, quoted};
use crate::store::fault::Fault;

/// Mode bits that the file must not have: it holds password hashes, so others may neither read nor write it.
const REFUSED_MODE: u32 = 0o006;

/// Mode bits that its folder must not have: SQLite rolls a journal that others put there back into the file, even if
/// the sticky bit keeps them from the file itself.
const REFUSED_FOLDER_MODE: u32 = 0o002;

/// What to do about a store in a folder that is not its own.
const MOVE: &str = "give the store a folder of its own, such as /var/lib/cgi-session";

/// Checks a file before it is opened, and returns the folder that its journal is in.
pub fn look(path: &Path) -> Result<PathBuf, Error> {
    let folder = folder(path);
    let about = fs::metadata(path).map_err(|why| unreadable(&why, path, &folder))?;
    // Opening a pipe would wait for its writer.
    if !about.is_file() {
        let why = format!("{}: no regular file", path.display());
        return Err(Error::Unavailable("open the store", why));
    }
    let around = fs::metadata(&folder).map_err(|why| unreadable(&why, path, &folder))?;
    let own = rustix::process::geteuid().as_raw();
    let doubt = doubtful(path, &about, own, "0600", REFUSED_MODE)
        .or_else(|| doubtful(&folder, &around, own, "0700", REFUSED_FOLDER_MODE));
    doubt.map_or(Ok(folder), |why| Err(Error::Config(why)))
}

/// The error of a file that cannot be looked at; if this user may not, with what to type.
fn unreadable(why: &io::Error, path: &Path, folder: &Path) -> Error {
    let text = format!("{}: {why}", path.display());
    let fault = match why.kind() {
        ErrorKind::PermissionDenied => Fault::Denied(format!("{text}; {}", cure(path, folder))),
        _ => Fault::Other(text),
    };
    fault.during("open the store")
}

/// The folder of the file and its journal. If `path` is a link, the journal is beside the file that it leads to.
fn folder(path: &Path) -> PathBuf {
    let real = fs::read_link(path).and_then(|_| fs::canonicalize(path));
    let folder = real.as_deref().unwrap_or(path).parent();
    folder.unwrap_or(Path::new("/")).to_owned()
}

/// Why user `own` must not trust a file or folder with sessions; `better` is the mode to use.
fn doubtful(path: &Path, about: &Metadata, own: u32, better: &str, refused: u32) -> Option<String> {
    let word = quoted(path);
    let why = match ownership::doubt(about, own, refused)? {
        // The sticky bit: everybody uses such a folder, so it must stay as it is.
        Doubt::Mode(mode) if about.mode() & 0o1000 != 0 => {
            format!("mode 1{mode:03o} lets others read or write it: {MOVE}")
        }
        Doubt::Mode(mode) => {
            format!(
                "mode {mode:04o} lets others read or write it: use {better} (chmod {better} {word})"
            )
        }
        // It may hold other things of that user's.
        Doubt::Owner(owner) if about.is_dir() => format!("user {owner} may write it: {MOVE}"),
        Doubt::Owner(owner) => format!("user {owner} may write it: as root, chown {own} {word}"),
    };
    Some(format!("{}: {why}", path.display()))
}

/// SQLite's message; if this user may not read or write the file, also what to type.
pub fn fault(why: rusqlite::Error, path: &Path, folder: &Path) -> Fault {
    let code = why.sqlite_error().map(|error| error.extended_code);
    match code {
        Some(ffi::SQLITE_CANTOPEN | ffi::SQLITE_READONLY | ffi::SQLITE_READONLY_DIRECTORY) => {
            Fault::Denied(format!("{why}; {}", cure(path, folder)))
        }
        _ => why.into(),
    }
}

/// Whether a folder is as root's `init` makes one, so that it can be given away; `/root` is like it.
fn is_roots_private(folder: &Path) -> bool {
    let is_private = |about: Metadata| about.uid() == 0 && about.mode() & 0o777 == 0o700;
    fs::metadata(folder).is_ok_and(is_private) && folder.parent() != Some(Path::new("/"))
}

/// What to do so that this user can write the file, and its journal in the folder.
fn cure(path: &Path, folder: &Path) -> String {
    let mounted = statvfs(path).map(|disk| disk.f_flag);
    if mounted.is_ok_and(|flags| flags.contains(StatVfsMountFlags::RDONLY)) {
        return format!("{} is on a disk that is mounted read-only", path.display());
    }
    let own = rustix::process::geteuid().as_raw();
    let all = Access::READ_OK | Access::WRITE_OK;
    let denied = |path: &Path, access| accessat(CWD, path, access, AtFlags::EACCESS).is_err();
    let is_ours = |path: &Path| fs::metadata(path).is_ok_and(|about| about.uid() == own);
    let (file, around) = (quoted(path), quoted(folder));
    let command = if denied(folder, all | Access::EXEC_OK) {
        if is_ours(folder) {
            format!("chmod u+rwx {around} && chmod u+rw {file}")
        } else if is_roots_private(folder) {
            format!("chown -R {own} {around}")
        } else {
            return format!("user {own}, who runs this program, must own its folder: {MOVE}");
        }
    } else if !denied(path, all) {
        return "the web server's user must be able to write the file and its folder".to_owned();
    } else if is_ours(path) {
        format!("chmod u+rw {file}")
    } else {
        format!("chown {own} {file}")
    };
    format!("user {own}, who runs this program, must be able to write it: as root, {command}")
}
