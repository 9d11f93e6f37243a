//! The configuration: one TOML file, read whole or not at all.
//!
//! An unknown key, a wrong type or a value out of range is an error that names file, line and key; a program never
//! runs with half its settings. `config/settings.rs` has the settings and their defaults. What the keys mean is
//! written once, in `config/template.toml`, which `cgi-session init` writes and `cgi-session help config` shows.

mod error_location;
mod file;
mod files;
mod guarded;
mod secret;
mod settings;
mod store_url;
mod tls;
mod url_parameters;
mod values;
mod wrong;

use std::ffi::OsString;
use std::path::Path;

pub use file::{ACTION, locate};
pub use files::{overlap, real};
pub use guarded::{GuardConfig, RuleConfig};
pub use secret::Secret;
pub use settings::{
    Config, DEFAULT_STATE, FilesConfig, HttpConfig, LogConfig, PageConfig, PasswordConfig,
    SessionConfig, ThrottleConfig, WhenSignedOut,
};
pub use store_url::{Host, MysqlUrl, StoreUrl};
pub use tls::TlsFiles;

use self::error_location::located;
use crate::error::Error;

/// The commented configuration that `cgi-session init` writes.
#[cfg(feature = "tools")]
pub const TEMPLATE: &str = include_str!("config/template.toml");

impl Config {
    /// Reads `path`.
    ///
    /// # Errors
    /// If the file cannot be read, others may write or read it, or a setting is wrong. The message
    /// names file, line and key, and never a value that may be a secret.
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::parse(&file::read(path, file::named)?, path)
    }

    /// Finds and reads the file for a program that a web server runs; `variable` looks up the environment.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn find(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let path = locate(&variable);
        let text = file::read(&path, || file::beside(&path, &variable))?;
        Self::parse(&text, &path)
    }

    /// Reads the text of the file `path`.
    ///
    /// # Errors
    /// If a setting is wrong.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let wrong = |at, why: &str| {
            let place = path.display();
            Error::Config(format!("{place}:{}", located(text, at, why)))
        };
        let mut config: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            wrong(at, error.message())
        })?;
        if config.session.idle > config.session.absolute {
            let at = text.find("[session]").unwrap_or(0);
            let why = "session.idle is longer than session.absolute: make it at most that";
            return Err(wrong(at, why));
        }
        path.clone_into(&mut config.file);
        Ok(config)
    }
}
