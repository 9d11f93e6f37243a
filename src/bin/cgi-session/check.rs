//! `cgi-session config check`: whether everything is as the CGI programs need it.

mod guarded;

use std::io::{self, ErrorKind};
use std::path::Path;

use cgi_session::auth::hashing_queue;
use cgi_session::auth::lifetime::CLOCK_SKEW;
use cgi_session::config::{self, LogConfig, StoreUrl};
use cgi_session::log::{Log, Sink};
use cgi_session::model::Time;
use cgi_session::ownership::quoted;
use cgi_session::sandbox::{self, Confined};
use cgi_session::store::Administration;
use rustix::process::geteuid;

use crate::command_error::CommandError;
use crate::disk_space;
use crate::print::{escaped, print};
use crate::settings::Settings;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Read the configuration as the CGI programs do, check the store, and try to write there
    Check,
}

/// Prints what was read and reached. Reading the configuration has checked it already.
///
/// # Errors
/// If the store cannot be reached, is damaged, takes no writes, does not suit or has another clock, or its tables are
/// for other programs than these.
pub fn check(settings: &Settings) -> Result<(), CommandError> {
    let path = escaped(&settings.path.to_string_lossy());
    print(&format!("configuration  {path}: good\n"))?;
    let config = &settings.config;
    store(&mut *settings.store()?)?;
    let left = match &config.store {
        StoreUrl::Sqlite(file) => disk_space::warning(file),
        StoreUrl::Mysql(_) => String::new(),
    };
    let url = escaped(&config.store.to_string());
    print(&format!(
        "store          {url}: answers, and takes writes{left}\n"
    ))?;
    let state = &config.state;
    if matches!(state.metadata(), Err(why) if why.kind() == ErrorKind::NotFound) {
        return Err(CommandError::Refused(format!(
            "state: {}: no such folder: run `cgi-session init`, which makes it",
            state.display()
        )));
    }
    hashing_queue::check(state)?;
    let left = disk_space::warning(state);
    let state = escaped(&state.to_string_lossy());
    print(&format!("state          {state}: good{left}\n"))?;
    print(&format!("log            {}\n", log(&config.log)))?;
    if config.secret.expose().is_empty() {
        let why = "secret         none: no device is known, and whoever reads `attempts` learns names; \
            set it to what `openssl rand -hex 32` prints\n";
        print(why)?;
    }
    guarded::check(config)?;
    print(&format!("landlock       {}\n", landlock()))?;
    print(&as_root(&settings.path))
}

/// Root may do everything, so that a check by root says nothing about the web server's user. Empty for another user.
fn as_root(path: &Path) -> String {
    if !geteuid().is_root() {
        return String::new();
    }
    let option = if path == config::locate(|_| None) {
        String::new()
    } else {
        format!("--config {} ", quoted(path))
    };
    escaped(&format!(
        "checked as root: run it as the web server's user, as in \
         `sudo -u www-data cgi-session {option}config check`"
    )) + "\n"
}

/// Checks a store as the CGI programs will use it.
///
/// # Errors
/// See [`check`].
pub fn store(store: &mut dyn Administration) -> Result<(), CommandError> {
    store.check()?;
    let (there, here) = (store.clock()?, Time::now());
    let apart = there.map_or(0, |there| there.0.saturating_sub(here.0));
    if apart.abs() > CLOCK_SKEW {
        let than = if apart > 0 { "ahead of" } else { "behind" };
        return Err(CommandError::Refused(format!(
            "the database's clock is {} s {than} this machine's: set both by NTP; web servers whose clocks are more \
            than {CLOCK_SKEW} s apart sign people out",
            apart.abs()
        )));
    }
    Ok(())
}

/// Where the CGI programs write their log, and whether they can.
fn log(config: &LogConfig) -> String {
    let to = escaped(&config.to.to_string());
    if config.to == Sink::Stderr {
        return format!("{to}: where the web server writes it");
    }
    match Log::new("cgi-session", config.to.clone()).check() {
        Ok(()) => {
            let left = match &config.to {
                Sink::File(file) => disk_space::warning(file),
                Sink::Stderr | Sink::Syslog => String::new(),
            };
            format!("{to}: good{left}")
        }
        Err(why) => {
            let cure = log_cure(&config.to, &why);
            format!("{to}: {why}{cure}; lines go to stderr instead")
        }
    }
}

/// What to type if this user may not write the log. A log that exists is not emptied.
fn log_cure(to: &Sink, why: &io::Error) -> String {
    let Sink::File(file) = to else {
        return String::new();
    };
    if why.kind() != ErrorKind::PermissionDenied {
        return String::new();
    }
    let (own, word) = (geteuid().as_raw(), escaped(&quoted(file)));
    if file.try_exists().unwrap_or(true) {
        format!("; as root, chown {own} {word}")
    } else {
        format!("; as root, install -m 600 -o {own} /dev/null {word}")
    }
}

/// Whether the kernel will confine the CGI programs to the files that they need. To find out, it confines this program,
/// which has nothing else left to do.
fn landlock() -> String {
    sandbox::limit(false);
    match sandbox::confine(&[]) {
        Ok(Confined::Wholly) => "the programs reach no file but those that they need".to_owned(),
        Ok(Confined::Partly) => {
            "this kernel is older and cannot keep all files from the programs: \
            they reach a few that they do not need"
                .to_owned()
        }
        Err(why) => format!("the programs serve without it: {why}"),
    }
}
