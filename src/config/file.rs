//! Where the configuration is, and who may have written it.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::error::Error;
use crate::ownership::{self, Doubt};

/// Mode bits that must not be set: others may neither read it, for it holds secrets, nor write it,
/// and neither may a group.
const REFUSED_MODE: u32 = 0o026;

/// The file to read: what the web server's configuration names, else the one beside the web root,
/// else the system's. `variable` looks up the environment; nothing of a request is ever asked.
pub fn locate(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let set = |name| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("CGI_SESSION_CONFIG")
        .or_else(|| set("DOCUMENT_ROOT").and_then(|root| beside(&root)))
        .unwrap_or_else(|| PathBuf::from("/etc/cgi-session.toml"))
}

/// `cgi-session.toml` in the folder above the web root: shared hosting, where suEXEC drops our
/// variable. Only if it is this process's user's own or root's, since neighbours may write there.
fn beside(root: &Path) -> Option<PathBuf> {
    let path = root.parent()?.join("cgi-session.toml");
    let owner = path.metadata().ok()?.uid();
    (owner == 0 || owner == rustix::process::geteuid().as_raw()).then_some(path)
}

/// The file's text, if nobody else could have written or read it.
pub fn read(path: &Path) -> Result<String, Error> {
    let refused = |why: &str| Error::Config(format!("{}: {why}", path.display()));
    // Without waiting: a pipe that nobody writes would hold up every request.
    let how = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mut file = rustix::fs::open(path, how, Mode::empty())
        .map(File::from)
        .map_err(|why| refused(&format!("cannot open: {why}{}", cure(why))))?;
    let about = file
        .metadata()
        .map_err(|why| refused(&format!("cannot stat: {why}")))?;
    if let Some(why) = doubtful(&about) {
        return Err(refused(&why));
    }
    let mut text = String::new();
    file.read_to_string(&mut text)
        .map_err(|why| refused(&format!("cannot read: {why}")))?;
    Ok(text)
}

/// What to do where it cannot be opened.
fn cure(why: Errno) -> &'static str {
    match why {
        Errno::NOENT => {
            "; `cgi-session init` makes one, CGI_SESSION_CONFIG or --config names another"
        }
        Errno::ACCESS => {
            "; run this as root or as the web server's user, whose group it needs, mode 0640"
        }
        _ => "",
    }
}

/// Why the open file is not to be trusted. Asked of the file, not of its path: a neighbour may change
/// what the path leads to in between.
fn doubtful(about: &Metadata) -> Option<String> {
    if !about.is_file() {
        return Some("not a file".to_owned());
    }
    let own = rustix::process::geteuid().as_raw();
    Some(match ownership::doubt(about, own, REFUSED_MODE)? {
        Doubt::Mode(mode) => {
            format!("mode {mode:04o} lets others read or write it: use 0640, or 0600")
        }
        Doubt::Owner(owner) => {
            format!("user {owner} may write it: make it root's, or user {own}'s own")
        }
    })
}
