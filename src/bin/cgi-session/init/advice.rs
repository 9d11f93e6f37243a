//! What `init` tells people to type: what a web server still needs, and what a user who is not root can do.

use std::env;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use cgi_session::config::{Config, StoreUrl};
use cgi_session::ownership::quoted;
use rustix::process::geteuid;

use crate::command_error::CommandError;

/// What is left to do for a web server with the configuration at `path`, which this `init` made if `is_new`. `folders`
/// are those of the programs.
pub fn next<'a>(
    config: &Config,
    path: &Path,
    is_new: bool,
    folders: impl Iterator<Item = &'a Path>,
) -> Option<String> {
    if geteuid().is_root() {
        return given_away(config, path, folders);
    }
    is_new.then(|| {
        format!(
            "runs the programs as this user (suEXEC), and finds {} in the folder above its web root, \
             or where CGI_SESSION_CONFIG says: `cgi-session help hosting`",
            quoted(path)
        )
    })
}

/// The commands that let the web server open what is still root's. A folder that holds other things is not given away.
fn given_away<'a>(
    config: &Config,
    path: &Path,
    folders: impl Iterator<Item = &'a Path>,
) -> Option<String> {
    let file = store_file(&config.store);
    let roots = |path: &Path| path.metadata().is_ok_and(|about| about.uid() == 0);
    let is_own = |folder: &Path| shared(folder, file.unwrap_or(folder)).is_none();
    let given: Vec<&Path> = folders
        .filter(|folder| roots(folder) && is_own(folder))
        .collect();
    let is_in = |file: &Path| given.iter().any(|folder| file.starts_with(folder));
    let file = file.filter(|file| roots(file) && !is_in(file));

    let mut commands = Vec::new();
    if path.metadata().is_ok_and(|about| about.gid() == 0) {
        commands.push(format!("chgrp www-data {}", quoted(path)));
    }
    let chown = |path: &Path| format!("chown -R www-data: {}", quoted(path));
    commands.extend(given.iter().copied().chain(file).map(chown));
    let next = commands.join(" && ") + "  (or the user that it runs as)";
    (!commands.is_empty()).then_some(next)
}

/// Why a new store must not be made in the folder that it is to be in, if that exists: root's folder that holds other
/// things would have to be given to the web server. `own_folder` is one that would do.
///
/// # Errors
/// The reason, and what to choose instead.
pub fn refuse_shared_folder(store: &StoreUrl, own_folder: &Path) -> Result<(), CommandError> {
    let Some(file) = store_file(store).filter(|file| file.symlink_metadata().is_err()) else {
        return Ok(());
    };
    let folder = file.parent().unwrap_or(file);
    let Ok(about) = folder.metadata() else {
        return Ok(());
    };
    match shared(folder, file) {
        Some(why) if about.uid() == 0 || about.mode() & 0o1000 != 0 => {
            Err(CommandError::Refused(format!(
                "{} {why}: choose a folder of its own, as in sqlite:{}/sessions.sqlite",
                folder.display(),
                own_folder.display()
            )))
        }
        _ => Ok(()),
    }
}

/// Why a folder is not for `file` alone, as the end of a sentence about it; `None` if it is.
///
/// A folder of the store holds the file, files whose names begin with its name, and locks, which are empty files.
fn shared(folder: &Path, file: &Path) -> Option<String> {
    let mode = folder.metadata().map_or(0, |about| about.mode() & 0o7777);
    if mode & 0o1000 != 0 {
        return Some(format!("is a shared folder (mode {mode:04o})"));
    }
    let name = file.file_name().unwrap_or_default().as_bytes();
    let stranger = folder.read_dir().ok()?.flatten().find(|entry| {
        let is_lock = |about: Metadata| about.is_file() && about.len() == 0;
        !entry.file_name().as_bytes().starts_with(name) && !entry.metadata().is_ok_and(is_lock)
    })?;
    let stranger = stranger.file_name();
    Some(format!(
        "holds other files, such as {}",
        stranger.to_string_lossy()
    ))
}

fn store_file(store: &StoreUrl) -> Option<&Path> {
    match store {
        StoreUrl::Sqlite(file) => Some(file),
        StoreUrl::Mysql(_) => None,
    }
}

/// The same failure. If it is that this user may not write there, with the command that works instead.
pub fn with_cure(failure: CommandError) -> CommandError {
    match failure {
        CommandError::File(doing, place, why) if why.kind() == ErrorKind::PermissionDenied => {
            let home = env::var_os("HOME").unwrap_or_else(|| ".".into());
            let own = Path::new(&home).join("cgi-session.toml");
            CommandError::Refused(format!(
                "cannot {doing} {}: {why}; run it as root, or keep all in a folder of this user: \
                 cgi-session --config {} init",
                place.display(),
                quoted(&own)
            ))
        }
        CommandError::File("write", place, why) if why.kind() == ErrorKind::NotFound => {
            let folder = place.parent().unwrap_or(&place);
            CommandError::Refused(format!(
                "cannot write {}: {why}; make its folder first: mkdir {}",
                place.display(),
                quoted(folder)
            ))
        }
        other => other,
    }
}
