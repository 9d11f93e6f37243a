//! Finds and reads the configuration, opens the store that it names, and makes the text of a new one.

use std::env;
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use cgi_session::config::{self, Config, DEFAULT_STATE, StoreUrl};
use cgi_session::store::{self, Administration};
use rand::TryRng;
use rand::rngs::SysRng;

use crate::command_error::CommandError;

/// Where root's `init` keeps users and sessions by default.
const SYSTEM_STORE: &str = "sqlite:/var/lib/cgi-session/sessions.sqlite";

/// A configuration and where it was read.
pub struct Settings {
    /// The file.
    pub path: PathBuf,
    /// What it says.
    pub config: Config,
}

impl Settings {
    /// Reads `path`, or what the CGI programs would read in this environment.
    ///
    /// # Errors
    /// If the file is missing, others may read it, or a setting is wrong.
    pub fn load(path: Option<PathBuf>) -> Result<Self, CommandError> {
        let path = self::path(path);
        let config = Config::load(&path)?;
        Ok(Self { path, config })
    }

    /// Opens the store for the administration.
    ///
    /// # Errors
    /// If it is a missing file, which `init` alone makes, or if it does not answer.
    pub fn store(&self) -> Result<Box<dyn Administration>, CommandError> {
        match &self.config.store {
            StoreUrl::Sqlite(file) if is_missing(file) => Err(CommandError::Refused(format!(
                "no store at {}: run `cgi-session init`",
                file.display()
            ))),
            url => Ok(store::open_administration(url)?),
        }
    }
}

/// Whether the file is missing, and not merely out of this user's sight.
fn is_missing(file: &Path) -> bool {
    matches!(file.metadata(), Err(why) if why.kind() == ErrorKind::NotFound)
}

/// The configuration's path: the one given, or the one that the CGI programs would find.
pub fn path(given: Option<PathBuf>) -> PathBuf {
    given.unwrap_or_else(|| config::locate(|name| env::var_os(name)))
}

/// The settings of a new configuration that are filled in; all others have their defaults.
pub struct New<'a> {
    /// URL of the store.
    pub store: &'a str,
    /// 64 hex digits.
    pub secret: &'a str,
    /// The folder for locks.
    pub state: &'a Path,
    /// For the development server only, whose `login` is at `/cgi-bin/login`.
    pub allow_http: bool,
}

/// The commented text of a new configuration.
///
/// # Errors
/// If the folder's name is not UTF-8, as TOML must be.
pub fn text(new: &New<'_>) -> Result<String, CommandError> {
    let state = new.state.to_str().ok_or_else(|| {
        CommandError::Refused(format!(
            "{} is not UTF-8, and cannot stand in TOML",
            new.state.display()
        ))
    })?;
    let mut text = String::with_capacity(config::TEMPLATE.len() + 256);
    for line in config::TEMPLATE.lines() {
        let _ = match line {
            "store = \"{store}\"" => writeln!(text, "store = {}", quoted(new.store)),
            "secret = \"{secret}\"" => writeln!(text, "secret = {}", quoted(new.secret)),
            "state = \"{state}\"" => writeln!(text, "state = {}", quoted(state)),
            "allow_http = {allow_http}" => writeln!(text, "allow_http = {}", new.allow_http),
            // The development server alone knows where its `login` is.
            "login = \"\"" if new.allow_http => writeln!(text, "login = \"/cgi-bin/login\""),
            line => writeln!(text, "{line}"),
        };
    }
    Ok(text)
}

/// The text of a configuration with the defaults, for `help config`.
pub fn example() -> String {
    let new = New {
        store: SYSTEM_STORE,
        secret: "",
        state: Path::new(DEFAULT_STATE),
        allow_http: false,
    };
    text(&new).unwrap_or_default()
}

/// A new value of `secret`: 32 bytes from the operating system's random source, in hex.
///
/// # Errors
/// If that source fails.
pub fn new_secret() -> Result<String, CommandError> {
    let mut bytes = [0; 32];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(CommandError::random)?;
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}

/// A text as a basic string of TOML. JSON writes the same, except for DEL, which must be escaped in TOML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::{New, text};
    use cgi_session::config::{Config, StoreUrl};
    use std::path::Path;

    #[test]
    fn a_new_configuration_says_what_it_was_given() {
        let (store, secret) = (
            "sqlite:/a \"b\"\\{secret}\u{7f}/c",
            "0123456789abcdef".repeat(4),
        );
        let new = New {
            store,
            secret: &secret,
            state: Path::new("/s'\n"),
            allow_http: true,
        };

        let text = text(&new).unwrap_or_default();
        let config = Config::parse(&text, Path::new("new")).map_err(|error| error.to_string());

        assert!(config.is_ok(), "{config:?}\n{text}");
        let Ok(config) = config else { return };
        assert_eq!(
            config.store,
            StoreUrl::Sqlite("/a \"b\"\\{secret}\u{7f}/c".into())
        );
        assert_eq!(
            (config.secret.expose(), config.state.to_str()),
            (&*secret, Some("/s'\n"))
        );
        assert!(config.http.allow_http && config.http.login == "/cgi-bin/login");
        assert!(
            !text.contains("{state}") && !text.contains("{allow_http}"),
            "{text}"
        );
    }
}
