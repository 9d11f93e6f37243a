//! Which executable answers at `/cgi-bin/NAME`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use hyper::StatusCode;

use crate::command_error::CommandError;

/// Our own programs. `cgi-session` lies in the same folder, and does not answer.
pub const OURS: [&str; 4] = ["login", "logout", "protected", "files"];

/// The examples of pages of one's own, which answer under cargo.
pub const EXAMPLES: [&str; 2] = ["hello", "cart"];

/// The folders of the executables, each absolute.
#[derive(Debug)]
pub struct Programs {
    /// That of [`OURS`].
    pub ours: PathBuf,
    /// The user's own, in which every executable answers.
    pub cgi_bin: Option<PathBuf>,
    /// That of [`EXAMPLES`].
    pub examples: Option<PathBuf>,
}

impl Programs {
    /// The file of the program with this name. Ours come first, so that no other can take the place of `login`.
    ///
    /// # Errors
    /// 404 if there is none, 403 if the file may not be executed.
    pub fn find(&self, name: &str) -> Result<PathBuf, StatusCode> {
        if OURS.contains(&name) {
            return Ok(self.ours.join(name));
        }
        if let Some(file) = self
            .cgi_bin
            .as_ref()
            .and_then(|folder| in_folder(folder, name))
        {
            return if is_executable(&file) {
                Ok(file)
            } else {
                Err(StatusCode::FORBIDDEN)
            };
        }
        match &self.examples {
            Some(folder) if EXAMPLES.contains(&name) => Ok(folder.join(name)),
            _ => Err(StatusCode::NOT_FOUND),
        }
    }
}

/// The user's folder of CGI programs, as an absolute path.
///
/// # Errors
/// If it is no folder.
pub fn cgi_bin(path: &Path) -> Result<PathBuf, CommandError> {
    let folder = fs::canonicalize(path).map_err(CommandError::file("read", path))?;
    if folder.is_dir() {
        return Ok(folder);
    }
    let path = path.display();
    Err(CommandError::Refused(format!(
        "{path} is not a folder: --cgi-bin names one"
    )))
}

/// The file with this name. The path has no link in it, because a script that is called by another name may not know
/// itself. A name that begins with a dot is hidden, and none holds a slash.
fn in_folder(folder: &Path, name: &str) -> Option<PathBuf> {
    if name.is_empty() || name.starts_with('.') {
        return None;
    }
    let file = fs::canonicalize(folder.join(name)).ok()?;
    file.is_file().then_some(file)
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o111 != 0)
}
