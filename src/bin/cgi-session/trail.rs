//! What an administrator changed, in the log that the CGI programs write to.

use std::env;
use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;
use std::{fs, io};

use cgi_session::log::{Event, Log, Sink};
use rustix::process::{geteuid, getuid};

use crate::settings::Settings;

/// Writes an event. A log that cannot be written changes nothing of what was done.
///
/// Where the log is stderr, nothing is written: the web server's is out of reach, and on the administrator's own
/// terminal the command says what it did.
pub fn tell(settings: &Settings, event: &Event<'_>) {
    let config = &settings.config.log;
    match &config.to {
        Sink::Stderr => return,
        // Where it cannot be made, the line goes to stderr.
        Sink::File(path) => drop(make(path)),
        Sink::Syslog => {}
    }
    Log::new("cgi-session", config.to.clone())
        .in_format(config.format)
        .for_administrator()
        .event(event);
}

/// Who runs this: the Unix user id; where root has it by sudo, the one of who called sudo. Only root is believed
/// what the environment says.
pub fn uid() -> String {
    let own = getuid().as_raw();
    let caller = env::var("SUDO_UID").ok().and_then(|uid| uid.parse().ok());
    caller.filter(|_| own == 0).unwrap_or(own).to_string()
}

/// Makes the file where it is missing. Root makes it its folder's owner's: the web server's programs write to it, too.
fn make(path: &Path) -> io::Result<()> {
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
