//! The place of a file: which folder it must lie in, and where. It is read from what the server says, and the file is
//! not looked at.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::below::Below;
use super::roots;
use crate::cgi::{Called, UrlPath, Variables};
use crate::config::{ACTION, Config, real};
use crate::error::Error;

/// Variables that Apache sets after an `Action`. An `Action` of another name did not mean `files.folder`.
const RENAMED: [&str; 2] = ["REDIRECT_HANDLER", "REDIRECT_REDIRECT_HANDLER"];

/// The place of a file or folder.
#[derive(Debug)]
pub struct Place {
    /// The folder beneath which it must lie.
    pub folder: PathBuf,
    /// Its path there.
    pub below: Below,
    /// Whether the URL ends with a slash, so that it asks for a folder.
    pub is_folder: bool,
    /// URL paths that it has besides the one of the request, if the server tells.
    pub urls: Vec<UrlPath>,
}

impl Place {
    /// The place that the request asks for.
    ///
    /// # Errors
    /// 404 if it is hidden, or if there is no folder for it; 500 if the server names a file outside the folders that are
    /// guarded, or if a file would have two URLs, of which a rule fits one.
    pub fn of(variables: &Variables, called: Called, config: &Config) -> Result<Self, Error> {
        let roots = config.file_roots()?;
        let bytes = |name| variables.bytes(name).unwrap_or_default();
        match called {
            Called::AsItself => Self::in_own_folder(variables, &config.files.folder),
            Called::ByAction => {
                let (file, url) = (bytes("PATH_TRANSLATED"), bytes("PATH_INFO"));
                let mut place = Self::handed_over(variables, file, url, config, roots)?;
                let file = real(&place.folder).join(place.below.as_path());
                place.urls = roots::urls(variables, &file)?;
                Ok(place)
            }
            Called::InItsPlace if variables.bytes("PATH_INFO").is_some() => {
                Err(Error::status(404, "path that goes on behind a file"))
            }
            Called::InItsPlace => {
                let (file, url) = (bytes("SCRIPT_FILENAME"), bytes("SCRIPT_NAME"));
                Self::handed_over(variables, file, url, config, roots)
            }
        }
    }

    /// The place of a file that the server hands over.
    fn handed_over(
        variables: &Variables,
        file: &[u8],
        url: &[u8],
        config: &Config,
        roots: &[PathBuf],
    ) -> Result<Self, Error> {
        let mut folders = roots::named(variables).chain(roots.iter().cloned());
        let found = folders.find_map(|folder| {
            let rest = behind(file, &folder)?;
            Some((Below::parse(rest), folder))
        });
        let Some((below, folder)) = found else {
            return Err(Error::Config(
                "the server names a file outside of DOCUMENT_ROOT: add its folder to files.roots"
                    .to_owned(),
            ));
        };
        let below = below.ok_or_else(hidden)?;
        let own = &config.files.folder;
        if own.is_absolute() && real(&folder).join(below.as_path()).starts_with(real(own)) {
            return Err(Error::Config(
                "the server hands over a file that lies in files.folder, where it has another URL and other rules: move \
                 files.folder elsewhere, or unset it"
                    .to_owned(),
            ));
        }
        Ok(Self {
            folder,
            below,
            is_folder: url.ends_with(b"/"),
            urls: Vec::new(),
        })
    }

    fn in_own_folder(variables: &Variables, folder: &Path) -> Result<Self, Error> {
        if RENAMED.iter().any(|name| variables.bytes(name).is_some()) {
            let why = "the server renamed the variables of this request, which names no file that it hands over: the Action \
                must be named cgi-session-files, and be no page of an error";
            return Err(Error::status(404, why));
        }
        if folder.as_os_str().is_empty() {
            let why = "no folder: set files.folder, or have the server call files for a folder of its own";
            return Err(Error::status(404, why));
        }
        roots::expect_outside(variables, folder)?;
        let path = variables.bytes("PATH_INFO").unwrap_or_default();
        Ok(Self {
            folder: folder.to_owned(),
            below: Below::parse(path).ok_or_else(hidden)?,
            is_folder: path.ends_with(b"/"),
            urls: Vec::new(),
        })
    }
}

/// How the server calls this program. Only the server sets these variables.
///
/// lighttpd's `cgi.assign` calls it in the place of the file, which `SCRIPT_FILENAME` names then. Otherwise that is this
/// program's own file. An Apache `Action` says so in variables that it renames; whoever calls the URL of this program
/// directly has no such variables, and gets files of its own folder alone.
#[must_use]
pub fn called(variables: &Variables) -> Called {
    let is = |name, value: &str| variables.bytes(name) == Some(value.as_bytes());
    let file = variables.bytes("SCRIPT_FILENAME").unwrap_or_default();
    if !is_this_program(Path::new(OsStr::from_bytes(file))) {
        Called::InItsPlace
    } else if is("REDIRECT_HANDLER", ACTION) && is("REDIRECT_STATUS", "200") {
        Called::ByAction
    } else {
        Called::AsItself
    }
}

/// Whether a path leads to the file that this process runs.
fn is_this_program(path: &Path) -> bool {
    let inode = |path: &Path| {
        fs::metadata(path)
            .map(|about| (about.dev(), about.ino()))
            .ok()
    };
    // Without /proc, nothing can be told, and every path is a file's. `files` itself has an execute bit and is not sent.
    inode(Path::new("/proc/self/exe")).is_some_and(|own| inode(path) == Some(own))
}

/// The path of `file` behind `folder`, if its text begins with that of the folder. Both must be absolute.
fn behind<'a>(file: &'a [u8], folder: &Path) -> Option<&'a [u8]> {
    let folder = folder.as_os_str().as_bytes();
    if !folder.starts_with(b"/") {
        return None;
    }
    let folder = folder.strip_suffix(b"/").unwrap_or(folder);
    let rest = file.strip_prefix(folder)?;
    (rest.is_empty() || rest.starts_with(b"/")).then_some(rest)
}

fn hidden() -> Error {
    Error::status(
        404,
        "path with a hidden segment, which begins with a dot, or with a byte that no URL here has",
    )
}
