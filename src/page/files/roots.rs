//! The folders beneath which a server hands over files, and the URL paths that a file has there.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::cgi::{UrlPath, Variables};
use crate::config::{overlap, real};
use crate::error::Error;

/// Variables in which a server names a root, and those in which it names the URL path of that root. On Apache, the
/// second root is that of the part of the site in which this program lies, such as alice's for `/~alice`.
const ROOTS: [(&str, &str); 2] = [
    ("DOCUMENT_ROOT", ""),
    ("CONTEXT_DOCUMENT_ROOT", "CONTEXT_PREFIX"),
];

/// The roots that the server names.
pub fn named(variables: &Variables) -> impl Iterator<Item = PathBuf> {
    ROOTS.iter().map(|(root, _)| path_in(variables, root))
}

/// The URL paths that a file of this absolute path has beneath the roots that Apache names. One that it has by an alias
/// is not among them.
///
/// # Errors
/// 400 if such a path has no normal form, so that no rule can be asked about it.
pub fn urls(variables: &Variables, file: &Path) -> Result<Vec<UrlPath>, Error> {
    let mut urls = Vec::new();
    for (root, prefix) in ROOTS {
        let root = path_in(variables, root);
        let rest = file.strip_prefix(real(&root)).ok();
        let Some(rest) = rest.filter(|_| root.is_absolute()) else {
            continue;
        };
        let mut url = variables.bytes(prefix).unwrap_or_default().to_vec();
        url.push(b'/');
        url.extend(rest.as_os_str().as_bytes());
        urls.push(UrlPath::from_decoded(&url).ok_or(Error::VariableInvalid("PATH_TRANSLATED"))?);
    }
    Ok(urls)
}

/// Checks that the folder of the program's own URL has no other URL.
///
/// # Errors
/// If it overlaps with a root, whose files have URLs and rules of their own.
pub fn expect_outside(variables: &Variables, folder: &Path) -> Result<(), Error> {
    for (root, _) in ROOTS {
        let path = path_in(variables, root);
        if overlap(&path, folder) {
            return Err(Error::Config(format!(
                "files.folder overlaps with {root}, {}, where its files have other URLs and other rules: move \
                 files.folder outside of the web root, or unset it where the server hands over that folder",
                path.display()
            )));
        }
    }
    Ok(())
}

fn path_in(variables: &Variables, name: &str) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(variables.bytes(name).unwrap_or_default()))
}
