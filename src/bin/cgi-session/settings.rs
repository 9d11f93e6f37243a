//! The configuration: which one, a new one's text, and the store that it names.

use std::env;
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use cgi_session::config::{self, Config, StoreUrl};
use cgi_session::store::{self, Administration};
use rand::TryRng;
use rand::rngs::SysRng;

use crate::failure::Failure;

/// Where root's `init` puts users and sessions, if it is not told otherwise.
const SYSTEM_STORE: &str = "sqlite:/var/lib/cgi-session/sessions.sqlite";

/// Their folder, and that for locks.
pub const SYSTEM_FOLDER: &str = "/var/lib/cgi-session";

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
    /// If it is not there, others may read it, or a setting is wrong.
    pub fn load(path: Option<PathBuf>) -> Result<Self, Failure> {
        let path = self::path(path);
        let config = Config::load(&path)?;
        Ok(Self { path, config })
    }

    /// The store, for the administration.
    ///
    /// # Errors
    /// If it is not there, or does not answer. A missing file is made by `init` alone.
    pub fn store(&self) -> Result<Box<dyn Administration>, Failure> {
        match &self.config.store {
            StoreUrl::Sqlite(file) if is_missing(file) => Err(Failure::Refused(format!(
                "no store at {}: run `cgi-session init`",
                file.display()
            ))),
            url => Ok(store::open_administration(url)?),
        }
    }
}

/// Not there, rather than not to be seen by this user.
fn is_missing(file: &Path) -> bool {
    matches!(file.metadata(), Err(why) if why.kind() == ErrorKind::NotFound)
}

/// The configuration that is meant: the one given, or the one that the CGI programs would find.
pub fn path(given: Option<PathBuf>) -> PathBuf {
    given.unwrap_or_else(|| config::locate(|name| env::var_os(name)))
}

/// What a new configuration says; the rest are the defaults.
pub struct New<'a> {
    /// URL of the store.
    pub store: &'a str,
    /// 64 hex digits.
    pub secret: &'a str,
    /// The folder for locks.
    pub state: &'a Path,
    /// For the development server only.
    pub allow_http: bool,
}

/// The commented text of a new configuration.
///
/// # Errors
/// If the folder's name is not UTF-8, as TOML must be.
pub fn text(new: &New<'_>) -> Result<String, Failure> {
    let state = new.state.to_str().ok_or_else(|| {
        Failure::Refused(format!(
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
            line => writeln!(text, "{line}"),
        };
    }
    Ok(text)
}

/// The text with the defaults, for `help config`.
pub fn example() -> String {
    let new = New {
        store: SYSTEM_STORE,
        secret: "",
        state: Path::new(SYSTEM_FOLDER),
        allow_http: false,
    };
    text(&new).unwrap_or_default()
}

/// A new value of `secret`: 32 bytes from the operating system's random source, in hex.
///
/// # Errors
/// If that source fails.
pub fn new_secret() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(Failure::random)?;
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}

/// A basic string of TOML. JSON writes them the same way, but for DEL, which TOML wants escaped.
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
        assert!(config.http.allow_http);
        assert!(
            !text.contains("{state}") && !text.contains("{allow_http}"),
            "{text}"
        );
    }
}
