//! The place of a file: which folder it must lie in, and where. It is read from what the server says, and the file is
//! not looked at.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::below::Below;
use crate::cgi::{Called, Variables};
use crate::config::{ACTION, FilesConfig};
use crate::error::Error;

/// The place of a file or folder.
#[derive(Debug)]
pub struct Place {
    /// The folder beneath which it must lie.
    pub folder: PathBuf,
    /// Its path there.
    pub below: Below,
    /// Whether the URL ends with a slash, so that it asks for a folder.
    pub is_folder: bool,
}

impl Place {
    /// The place that the request asks for.
    ///
    /// # Errors
    /// 404 if it is hidden, or if there is no folder for it; 500 if the server names a file outside the folders that are
    /// guarded.
    pub fn of(
        variables: &Variables,
        called: Called,
        settings: &FilesConfig,
    ) -> Result<Self, Error> {
        let bytes = |name| variables.bytes(name).unwrap_or_default();
        let (file, url) = match called {
            Called::AsItself => return Self::in_own_folder(bytes("PATH_INFO"), &settings.folder),
            Called::ByAction => (bytes("PATH_TRANSLATED"), bytes("PATH_INFO")),
            Called::InItsPlace if variables.bytes("PATH_INFO").is_some() => {
                return Err(Error::status(404, "path that goes on behind a file"));
            }
            Called::InItsPlace => (bytes("SCRIPT_FILENAME"), bytes("SCRIPT_NAME")),
        };
        let root = PathBuf::from(OsStr::from_bytes(bytes("DOCUMENT_ROOT")));
        let mut folders = [settings.folder.clone(), root].into_iter();
        let found = folders.find_map(|folder| {
            let rest = behind(file, &folder)?;
            Some((Below::parse(rest), folder))
        });
        let Some((below, folder)) = found else {
            return Err(Error::Config(
                "the server names a file outside of DOCUMENT_ROOT and of files.folder: set files.folder to its folder"
                    .to_owned(),
            ));
        };
        Ok(Self {
            folder,
            below: below.ok_or_else(hidden)?,
            is_folder: url.ends_with(b"/"),
        })
    }

    fn in_own_folder(path_info: &[u8], folder: &Path) -> Result<Self, Error> {
        if folder.as_os_str().is_empty() {
            let why = "no folder: set files.folder, or have the server call files for a folder of its own";
            return Err(Error::status(404, why));
        }
        Ok(Self {
            folder: folder.to_owned(),
            below: Below::parse(path_info).ok_or_else(hidden)?,
            is_folder: path_info.ends_with(b"/"),
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
