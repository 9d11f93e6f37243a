//! The configuration: one TOML file, read whole or not at all.
//!
//! An unknown key, a wrong type or a value out of range is an error that names file, line and key; a
//! program never runs with half its settings. What the keys mean stands once, in `src/config/template.toml`,
//! which `cgi-session init` writes and `cgi-session help config` shows.

mod file;
mod store_url;
mod tls;
mod value;

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Deserialize;

pub use file::locate;
pub use store_url::{Host, MysqlUrl, StoreUrl};
pub use tls::TlsFiles;

use crate::error::Error;
use crate::log::{Format, Sink};

/// The commented configuration that `cgi-session init` writes.
#[cfg(feature = "tools")]
pub const TEMPLATE: &str = include_str!("config/template.toml");

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where rows are kept. Required.
    pub store: StoreUrl,
    /// Key of the throttle's keyed hashes: 64 hex digits, or empty.
    #[serde(default, deserialize_with = "value::secret")]
    pub secret: Secret,
    /// A folder of the web server's user for locks.
    #[serde(default = "default_state")]
    pub state: PathBuf,
    /// How long sessions live.
    #[serde(default)]
    pub session: SessionConfig,
    /// What a new password must be.
    #[serde(default)]
    pub password: PasswordConfig,
    /// How many failed tries are free.
    #[serde(default)]
    pub throttle: ThrottleConfig,
    /// What is between us and the client.
    #[serde(default)]
    pub http: HttpConfig,
    /// What a visitor sees.
    #[serde(default)]
    pub page: PageConfig,
    /// Where events are written.
    #[serde(default)]
    pub log: LogConfig,
}

/// How long sessions live, in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionConfig {
    /// Without a request: 1 minute to 30 days. Default 30 minutes.
    #[serde(deserialize_with = "value::lifetime")]
    pub idle: i64,
    /// From sign-in: 1 minute to 30 days. Default 12 hours.
    #[serde(deserialize_with = "value::lifetime")]
    pub absolute: i64,
    /// From sign-in with "keep me signed in": 0 (no such box) to 400 days. Default 30 days.
    #[serde(deserialize_with = "value::remember")]
    pub remember: i64,
    /// Sessions a user may have at once; 0: any number. Default 0.
    pub max_per_user: u32,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            idle: 30 * 60,
            absolute: 12 * 3600,
            remember: 30 * 86_400,
            max_per_user: 0,
        }
    }
}

/// What a new password must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordConfig {
    /// Characters, 8 to 64. Default 15 (NIST SP 800-63B-4, 3.1.1.2).
    #[serde(deserialize_with = "value::min_length")]
    pub min_length: u32,
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self { min_length: 15 }
    }
}

/// How many failed tries are free.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ThrottleConfig {
    /// Failures before tries are delayed: 1 to 100. Default 5.
    #[serde(deserialize_with = "value::free_tries")]
    pub free_tries: u32,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        Self { free_tries: 5 }
    }
}

/// What is between us and the client.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Also over plain HTTP, loopback included. Default false.
    pub allow_http: bool,
    /// The public address, `https://www.example.org`; empty: the request's own.
    #[serde(deserialize_with = "value::origin")]
    pub origin: String,
    /// Where `login` is for guarded folders and scripts, `/cgi-bin`; empty: beside the program.
    #[serde(deserialize_with = "value::base_path")]
    pub base_path: String,
    /// Addresses or networks whose `X-Forwarded-For` and `X-Forwarded-Proto` count. Default none.
    #[serde(deserialize_with = "value::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Largest request body, in bytes, 1 KiB to 16 MiB. Default 64 KiB: a login form is under 300.
    #[serde(deserialize_with = "value::body_size")]
    pub max_body: u64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            allow_http: false,
            origin: String::new(),
            base_path: String::new(),
            trusted_proxies: Vec::new(),
            max_body: 64 << 10,
        }
    }
}

/// What a visitor sees; empty texts mean ours.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageConfig {
    /// What `protected` answers to whoever is signed out.
    pub when_signed_out: WhenSignedOut,
    /// The site's name, in titles and headings; at most 100 characters.
    #[serde(deserialize_with = "value::title")]
    pub title: String,
    /// URL of a picture, a path or `https://`; at most 256 characters, as for the style sheet.
    #[serde(deserialize_with = "value::resource")]
    pub logo: String,
    /// URL of a style sheet after ours, a path or `https://`.
    #[serde(deserialize_with = "value::resource")]
    pub stylesheet: String,
    /// `en` or `zh-CN` for everybody; empty: the browser's.
    #[serde(deserialize_with = "value::language")]
    pub language: String,
}

/// What `protected` answers to whoever is signed out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenSignedOut {
    /// The message page, then the login page after 3 seconds.
    #[default]
    Message,
    /// The login page at once.
    Redirect,
}

/// Where events are written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `stderr`, `syslog` or a file's path.
    #[serde(deserialize_with = "value::sink")]
    pub to: Sink,
    /// `logfmt` or `json`. Default logfmt.
    pub format: Format,
}

/// A text that must not be shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Config {
    /// Reads `path`.
    ///
    /// # Errors
    /// If the file cannot be read, others may write or read it, or a setting is wrong. The message
    /// names file, line and key, and never a value that may be a secret.
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::parse(&file::read(path, file::named)?, path)
    }

    /// Looks for the file and reads it, in a program that a web server runs; `variable` looks up the environment.
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
        let config: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            Error::Config(format!(
                "{}:{}",
                path.display(),
                located(text, at, error.message())
            ))
        })?;
        if config.session.idle > config.session.absolute {
            let at = text.find("[session]").unwrap_or(0);
            let why = "session.idle is longer than session.absolute: make it at most that";
            return Err(Error::Config(format!(
                "{}:{}",
                path.display(),
                located(text, at, why)
            )));
        }
        Ok(config)
    }
}

/// `LINE: KEY: MESSAGE`, the line and its key found by the offset of the error. TOML's own `Display`
/// would quote the whole line, and with it the database's password.
fn located(text: &str, at: usize, message: &str) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let rest = text.get(start..).unwrap_or_default();
    let before_value = rest.split(['=', '\n']).next().unwrap_or_default().trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    // A forgotten `=` makes the value a part of the key.
    let key = Some(before_value).filter(|key| !key.is_empty() && key.chars().all(plain));
    let message = without_value(&message.replace('\n', " "));
    match key {
        Some(key) => format!("{line}: {key}: {message}"),
        None => format!("{line}: {message}"),
    }
}

/// The message without what it quotes of the file: a wrong type's value may be a secret.
fn without_value(message: &str) -> String {
    match message.split_once(", expected ") {
        Some((wrong, expected)) if wrong.starts_with("invalid ") => {
            let expected = match expected {
                "a boolean" => "true or false",
                "a string" => "a text in quotes",
                "a sequence" => "a list, as in [\"10.0.0.0/8\"]",
                "u32" => "a number",
                other => other,
            };
            format!("need {expected}")
        }
        _ => message.to_owned(),
    }
}

fn default_state() -> PathBuf {
    PathBuf::from("/var/lib/cgi-session")
}
