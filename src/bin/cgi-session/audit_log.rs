//! Records what an administrator changed, in the log of the CGI programs.

use std::env;
use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;
use std::{fs, io};

use cgi_session::log::{Event, Log, Sink};
use rustix::process::{geteuid, getuid};

use crate::settings::Settings;

/// Writes an event. If the log cannot be written, the change was made all the same.
///
/// Nothing is written if the log is stderr: the web server's stderr is out of reach, and the command prints on the
/// administrator's own terminal what it did.
pub fn record(settings: &Settings, event: &Event<'_>) {
    let config = &settings.config.log;
    match &config.to {
        Sink::Stderr => return,
        // If the file cannot be made, the line goes to stderr.
        Sink::File(path) => drop(make_file(path)),
        Sink::Syslog => {}
    }
    Log::new("cgi-session", config.to.clone())
        .in_format(config.format)
        .for_administrator()
        .event(event);
}

/// The Unix user id of whoever runs this program; under sudo, that of whoever called sudo. Only root's environment is
/// believed about that.
pub fn uid() -> String {
    let own = getuid().as_raw();
    let caller = env::var("SUDO_UID").ok().and_then(|uid| uid.parse().ok());
    caller.filter(|_| own == 0).unwrap_or(own).to_string()
}

/// Makes the file if it is missing. Root gives it to the owner of its folder, because the web server's programs write
/// to it, too.
fn make_file(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok() {
        return Ok(());
    }
    let mut new = OpenOptions::new();
    let file = new.append(true).create_new(true).mode(0o600).open(path)?;
    if geteuid().is_root() {
        let folder = fs::metadata(path.parent().unwrap_or(path))?;
        fchown(&file, Some(folder.uid()), Some(folder.gid()))?;
    }
    Ok(())
}
