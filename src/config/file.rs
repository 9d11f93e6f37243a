//! Finds the configuration file, and refuses it if others may have written it or may read it.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, Mode, OFlags};
use rustix::io::Errno;

use crate::error::Error;
use crate::ownership::{self, Doubt};

/// Mode bits that must not be set: it holds secrets, so others may neither read nor write it, and a group may not write
/// it.
const REFUSED_MODE: u32 = 0o026;

/// The system's file.
const SYSTEM: &str = "/etc/cgi-session.toml";

/// The name of a site's own file, which is in the folder above its web root.
const BESIDE: &str = "cgi-session.toml";

/// The name of the Apache `Action` by which a server calls `files`. Apache renames the variables of such a request.
pub const ACTION: &str = "cgi-session-files";

/// Variables in which a server names a web root: the site's own root and, on Apache, the root of the part that was
/// requested, such as alice's for `/~alice`. A client can set neither.
const ROOTS: [&str; 2] = ["DOCUMENT_ROOT", "CONTEXT_DOCUMENT_ROOT"];

/// The file to read: the one that the web server's configuration names, else the one beside a web root, else the
/// system's. `variable` looks up the environment; nothing that a client sends has any influence.
pub fn locate(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let renamed = || variable("REDIRECT_HANDLER").is_some_and(|handler| handler == ACTION);
    set(&variable, "CGI_SESSION_CONFIG")
        .or_else(|| set(&variable, "REDIRECT_CGI_SESSION_CONFIG").filter(|_| renamed()))
        .or_else(|| {
            let trusted = || beside_roots(&variable).filter(|path| is_trusted(path));
            // The first file may be the main site's, which alice's programs cannot read.
            trusted()
                .find(|path| is_readable(path))
                .or(trusted().next())
        })
        .unwrap_or_else(|| PathBuf::from(SYSTEM))
}

/// The value of a variable that names a path.
fn set(variable: impl Fn(&str) -> Option<OsString>, name: &str) -> Option<PathBuf> {
    variable(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// `cgi-session.toml` in the folder above each web root. Shared hosting needs it, because suEXEC drops
/// `CGI_SESSION_CONFIG`.
fn beside_roots(variable: impl Fn(&str) -> Option<OsString>) -> impl Iterator<Item = PathBuf> {
    ROOTS
        .into_iter()
        .filter_map(move |name| Some(set(&variable, name)?.parent()?.join(BESIDE)))
}

/// Whether the file exists and belongs to root or to this process's user: neighbours may write beside a web root.
fn is_trusted(path: &Path) -> bool {
    let owner = path.metadata().map(|about| about.uid());
    owner.is_ok_and(|owner| owner == 0 || owner == rustix::process::geteuid().as_raw())
}

fn is_readable(path: &Path) -> bool {
    rustix::fs::access(path, Access::READ_OK).is_ok()
}

/// The file's text, if nobody else may write or read it. `other_places` says in the error where else it might be.
pub fn read(path: &Path, other_places: impl FnOnce() -> String) -> Result<String, Error> {
    let refused = |why: &str| Error::Config(format!("{}: {why}", path.display()));
    // NONBLOCK, because a pipe that nobody writes would hold up every request.
    let how = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mut file = rustix::fs::open(path, how, Mode::empty())
        .map(File::from)
        .map_err(|why| refused(&format!("cannot open: {why}{}", cure(why, other_places))))?;
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

/// What to do about a file that cannot be opened; short, because a line of the log is.
fn cure(why: Errno, other_places: impl FnOnce() -> String) -> String {
    match why {
        Errno::NOENT => format!("; `cgi-session init` makes one{}", other_places()),
        Errno::ACCESS => {
            "; run this as root or as the web server's user, whose group it needs, mode 0640"
                .to_owned()
        }
        _ => String::new(),
    }
}

/// Where else the file may be, as the end of a sentence.
pub fn named() -> String {
    ", CGI_SESSION_CONFIG or --config names another".to_owned()
}

/// The same place, or a better one, for a program that a web server runs: suEXEC drops `CGI_SESSION_CONFIG`, but passes
/// the web roots on.
pub fn beside(path: &Path, variable: impl Fn(&str) -> Option<OsString>) -> String {
    let mut places: Vec<String> = beside_roots(variable)
        .map(|place| place.display().to_string())
        .collect();
    places.dedup();
    if path != Path::new(SYSTEM) || places.is_empty() {
        return named();
    }
    let user = rustix::process::geteuid().as_raw();
    let places = places.join(" or ");
    format!("; where suEXEC drops CGI_SESSION_CONFIG: {places}, owned by root or user {user}")
}

/// Why the open file must not be trusted. It is about the open file and not about its path, because a neighbour may
/// change what the path leads to between the check and the reading.
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
