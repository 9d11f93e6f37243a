//! The data folder: configuration, store, and the one user a first start makes.

use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rand::TryRng;
use rand::rngs::SysRng;

use super::passphrase::passphrase;
use crate::failure::Failure;

/// Whom a fresh store can be tried with.
const USER: &str = "demo";

/// What the server needs from the folder.
pub struct Data {
    /// The configuration, as an absolute path.
    pub config: PathBuf,
    /// `NAME / PASSWORD`; `None` where the folder does not hold the password.
    pub login: Option<String>,
}

/// A configuration that lies elsewhere, used as it is.
///
/// # Errors
/// If it is not there.
pub fn given(config: &Path) -> Result<Data, Failure> {
    let config = fs::canonicalize(config).map_err(Failure::file("read", config))?;
    Ok(Data {
        config,
        login: None,
    })
}

/// The folder at `path`, made ready where it holds no configuration yet.
///
/// # Errors
/// If anything in it cannot be read or made.
pub fn folder(path: &Path) -> Result<Data, Failure> {
    let mut new = DirBuilder::new();
    new.recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(Failure::file("make the folder", path))?;
    let folder = fs::canonicalize(path).map_err(Failure::file("read", path))?;
    // Two servers may start in one folder; the other waits until this one has made everything.
    let lock = File::open(&folder).map_err(Failure::file("read", &folder))?;
    lock.lock().map_err(Failure::file("lock", &folder))?;

    let config = folder.join("cgi-session.toml");
    if !config.exists() {
        // The configuration comes last: where it is, all the rest is.
        let draft = folder.join("cgi-session.toml.new");
        write_secret(&draft, &configuration(&folder)?)?;
        let password = passphrase()?;
        write_secret(&folder.join("password"), &format!("{password}\n"))?;
        fs::rename(&draft, &config).map_err(Failure::file("write", &config))?;
    }
    Ok(Data {
        config,
        login: login(&folder)?,
    })
}

/// The line to print; a folder whose user was made by hand has no password to show.
fn login(folder: &Path) -> Result<Option<String>, Failure> {
    let path = folder.join("password");
    match fs::read_to_string(&path) {
        Ok(password) => Ok(Some(format!("{USER} / {}", password.trim_end()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file("read", &path)(error)),
    }
}

/// Replaces a file that only its owner may read.
fn write_secret(path: &Path, text: &str) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        // What an interrupted start left behind could have any mode.
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut new = OpenOptions::new();
        let mut file = new.write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())
    };
    write().map_err(Failure::file("write", path))
}

/// The configuration of a new folder; absolute, because each program starts in a folder of its own.
fn configuration(folder: &Path) -> Result<String, Failure> {
    let utf8 = |path: PathBuf| {
        let text = path.into_os_string().into_string();
        text.map_err(|path| Failure::Refused(format!("{} is not UTF-8", path.display())))
    };
    let state = utf8(folder.join("state"))?;
    let store = format!("sqlite:{}", utf8(folder.join("sessions.sqlite"))?);
    let quoted = |text| serde_json::Value::String(text).to_string();
    Ok(format!(
        "# Made by `cgi-session serve`. What each key means: `cgi-session help config`.\n\
         store = {}\n\
         secret = \"{}\"\n\
         state = {}\n\n\
         [http]\n\
         allow_http = true\n",
        quoted(store),
        secret()?,
        quoted(state),
    ))
}

/// 32 bytes from the operating system's random source, in hex.
fn secret() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(Failure::random)?;
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}
