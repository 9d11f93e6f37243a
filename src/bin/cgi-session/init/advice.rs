//! What `init` tells people to type: what a web server still needs, and what a user who is not root can do.

use std::env;
use std::fmt::Write;
use std::io::ErrorKind;
use std::path::Path;

use cgi_session::config::{Config, StoreUrl};
use cgi_session::ownership::quoted;
use rustix::process::geteuid;

use crate::command_error::CommandError;

/// What is left to do for a web server, now that the configuration at `path` is made. `new_folders` are the folders of
/// the programs that this `init` made.
pub fn next(config: &Config, path: &Path, new_folders: &[&Path]) -> String {
    if geteuid().is_root() {
        given_away(config, path, new_folders)
    } else {
        format!(
            "runs the programs as this user (suEXEC), and finds {} in the folder above its web root, \
             or where CGI_SESSION_CONFIG says: `cgi-session help hosting`",
            quoted(path)
        )
    }
}

/// The commands that let the web server open what root has made. A folder that was there before may hold other
/// things, so of such a folder only the store's file is given away.
fn given_away(config: &Config, path: &Path, new_folders: &[&Path]) -> String {
    let mut next = format!("chgrp www-data {}", quoted(path));
    let file = match &config.store {
        StoreUrl::Sqlite(file) if new_folders.is_empty() => Some(&**file),
        _ => None,
    };
    for made in new_folders.iter().copied().chain(file) {
        let _ = write!(next, " && chown -R www-data: {}", quoted(made));
    }
    next + "  (or the user that it runs as)"
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
        other => other,
    }
}
