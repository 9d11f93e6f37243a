//! The data folder: configuration, store, and the one user a first start makes.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use cgi_session::auth::password::{self, Password};
use cgi_session::config::Config;
use cgi_session::model::{LoginName, Time};
use cgi_session::store;

use super::passphrase::passphrase;
use crate::command_error::CommandError;
use crate::init;
use crate::private_files::{private_folder, replace};
use crate::settings::{self, New};

/// The user whom a new store is made with.
const USER: &str = "demo";

/// What the server needs from the folder.
pub struct Data {
    /// The configuration, as an absolute path.
    pub config: PathBuf,
    /// `NAME / PASSWORD`; `None` if the folder does not hold the password.
    pub login: Option<String>,
}

/// A configuration that is somewhere else, used as it is.
///
/// # Errors
/// If it is not there.
pub fn given(config: &Path) -> Result<Data, CommandError> {
    let config = fs::canonicalize(config).map_err(CommandError::file("read", config))?;
    Ok(Data {
        config,
        login: None,
    })
}

/// The folder at `path`, which is filled if it holds no configuration yet.
///
/// # Errors
/// If anything in it cannot be read or made.
pub fn folder(path: &Path) -> Result<Data, CommandError> {
    private_folder(path, &mut Vec::new())?;
    let folder = fs::canonicalize(path).map_err(CommandError::file("read", path))?;
    // Two servers may start in one folder: the second waits until the first has made everything.
    let lock = File::open(&folder).map_err(CommandError::file("read", &folder))?;
    lock.lock().map_err(CommandError::file("lock", &folder))?;

    let config = folder.join("cgi-session.toml");
    if !config.exists() {
        // The configuration is written last: if it exists, everything else does.
        let draft = folder.join("cgi-session.toml.new");
        replace(&draft, 0o600, &configuration(&folder)?)?;
        let password = passphrase()?;
        make_user(&Config::load(&draft)?, &password)?;
        replace(&folder.join("password"), 0o600, &format!("{password}\n"))?;
        fs::rename(&draft, &config).map_err(CommandError::file("write", &config))?;
    }
    Ok(Data {
        config,
        login: login(&folder)?,
    })
}

/// The line to print. A folder whose user was made by hand has no password to show.
fn login(folder: &Path) -> Result<Option<String>, CommandError> {
    let path = folder.join("password");
    match fs::read_to_string(&path) {
        Ok(password) => Ok(Some(format!("{USER} / {}", password.trim_end()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CommandError::file("read", &path)(error)),
    }
}

/// The configuration of a new folder; absolute, because each program starts in a folder of its own.
fn configuration(folder: &Path) -> Result<String, CommandError> {
    let state = folder.join("state");
    let file = folder.join("sessions.sqlite");
    let store = format!("sqlite:{}", file.display());
    let secret = settings::new_secret()?;
    settings::text(&New {
        store: &store,
        secret: &secret,
        state: &state,
        allow_http: true,
    })
}

/// Makes the tables of the store that `config` names, and [`USER`].
fn make_user(config: &Config, password: &str) -> Result<(), CommandError> {
    init::make_tables(config, None)?;
    let name = LoginName::parse(USER);
    let password = Password::parse(password);
    let (Some(name), Some(password)) = (name, password) else {
        return Ok(());
    };
    let (hash, now) = (password::hash(&password)?, Time::now());
    let mut store = store::open_administration(&config.store)?;
    if !store.add_user(&name, &hash, now)? {
        // A start that was interrupted has added the user.
        store.set_password(&name, &hash, now)?;
    }
    Ok(())
}
