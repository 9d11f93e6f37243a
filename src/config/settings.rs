//! All settings, each with its unit, its range and its default.

use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;
use toml::Spanned;

use super::guarded::{GuardConfig, RuleConfig};
use super::secret::Secret;
use super::store_url::StoreUrl;
use super::values;
use crate::log::{Format, Sink};

/// Default of `state`. Root's `init` keeps an SQLite store in the same folder.
pub const DEFAULT_STATE: &str = "/var/lib/cgi-session";

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where users and sessions are kept. Required.
    pub store: StoreUrl,
    /// Key of the keyed hashes of the throttle, the hashing queue and the known devices: 64 hex digits. Default empty:
    /// no key, and no known devices.
    #[serde(default, deserialize_with = "values::secret")]
    pub secret: Secret,
    /// A folder for locks, which belongs to the web server's user. Default [`DEFAULT_STATE`].
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
    /// How requests reach the programs.
    #[serde(default)]
    pub http: HttpConfig,
    /// What a visitor sees.
    #[serde(default)]
    pub page: PageConfig,
    /// Who may reach which path.
    #[serde(default, rename = "rule")]
    pub rules: Vec<RuleConfig>,
    /// What `files` sends.
    #[serde(default)]
    pub files: FilesConfig,
    /// What `cgi-session-guard` lets through.
    #[serde(default)]
    pub guard: GuardConfig,
    /// Where events are written.
    #[serde(default)]
    pub log: LogConfig,
    /// The file itself.
    #[serde(skip)]
    pub file: PathBuf,
}

fn default_state() -> PathBuf {
    DEFAULT_STATE.into()
}

/// `[session]`: how long sessions live, in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionConfig {
    /// How long a session lives without a request: 1 minute to 30 days. Default 30 minutes.
    #[serde(deserialize_with = "values::lifetime")]
    pub idle: i64,
    /// How long it lives after the sign-in: 1 minute to 30 days. Default 12 hours.
    #[serde(deserialize_with = "values::lifetime")]
    pub absolute: i64,
    /// How long it lives after a sign-in with "keep me signed in": 0 (no such box) to 400 days. Default 30 days.
    #[serde(deserialize_with = "values::remember")]
    pub remember: i64,
    /// How many sessions a user may have at once; 0: any number. Default 0.
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

/// `[password]`: what a new password must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordConfig {
    /// Its shortest length, in characters: 8 to 64. Default 15 (NIST SP 800-63B-4, 3.1.1.2).
    #[serde(deserialize_with = "values::min_length")]
    pub min_length: u32,
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self { min_length: 15 }
    }
}

/// `[throttle]`: how many failed tries are free.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ThrottleConfig {
    /// How many times an account may fail before its next try has to wait: 1 to 100. Default 5.
    #[serde(deserialize_with = "values::free_tries")]
    pub free_tries: u32,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        Self { free_tries: 5 }
    }
}

/// `[http]`: how requests reach the programs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Whether the programs also serve plain HTTP; loopback is no exception. Default false.
    pub allow_http: bool,
    /// The public address, such as `https://www.example.org`; empty: the request's own.
    #[serde(deserialize_with = "values::origin")]
    pub origin: String,
    /// The URL path of the login program, such as `/cgi-bin/login`, for guarded folders and scripts. Default empty: only
    /// a program in the same folder as `login` finds it.
    #[serde(deserialize_with = "values::login")]
    pub login: String,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Default none.
    #[serde(deserialize_with = "values::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Largest request body, in bytes: 1 KiB to 16 MiB. Default 64 KiB; a login form has fewer than 300 bytes.
    #[serde(deserialize_with = "values::body_size")]
    pub max_body: u64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            allow_http: false,
            origin: String::new(),
            login: String::new(),
            trusted_proxies: Vec::new(),
            max_body: 64 << 10,
        }
    }
}

/// `[page]`: what a visitor sees. An empty text stands for the built-in one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageConfig {
    /// What `protected` answers to a visitor who is signed out.
    pub when_signed_out: WhenSignedOut,
    /// The site's name, in titles and headings; at most 100 characters.
    #[serde(deserialize_with = "values::title")]
    pub title: String,
    /// URL of a picture, a path or `https://`; at most 256 characters.
    #[serde(deserialize_with = "values::resource")]
    pub logo: String,
    /// URL of a style sheet that comes after the built-in one, a path or `https://`; at most 256 characters.
    #[serde(deserialize_with = "values::resource")]
    pub stylesheet: String,
    /// `en` or `zh-CN` for everybody; empty: the browser's language.
    #[serde(deserialize_with = "values::language")]
    pub language: String,
}

/// What `protected` answers to a visitor who is signed out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenSignedOut {
    /// The message page, and after 3 seconds the login page.
    #[default]
    Message,
    /// The login page at once.
    Redirect,
}

/// `[files]`: what the program `files` sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FilesConfig {
    /// The folder whose files `/cgi-bin/files/PATH` sends: an absolute path outside the document root, to which no other
    /// URL may lead. Default empty: none.
    #[serde(deserialize_with = "values::folder")]
    pub folder: PathBuf,
    /// Further folders whose files the server hands over, absolute paths, besides its document roots. Default none.
    /// [`Config::file_roots`] checks them.
    pub roots: Option<Spanned<Vec<PathBuf>>>,
    /// Whether the server sends the file that an `X-Sendfile` header names. Default false: `files` copies it.
    pub x_sendfile: bool,
    /// Extensions of files that are never sent. Default: those of programs, databases and settings.
    /// [`Config::never_sent`] checks them.
    pub never_send: Option<Spanned<Vec<String>>>,
}

/// `[log]`: where events are written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `stderr`, `syslog` or a file's path.
    #[serde(deserialize_with = "values::sink")]
    pub to: Sink,
    /// `logfmt` or `json`. Default logfmt.
    pub format: Format,
}
