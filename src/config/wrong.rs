//! Where a setting stands, for programs that read it only when they need it.

use super::error_location::located;
use super::{Config, file};
use crate::error::Error;

impl Config {
    /// The error of the setting at this offset of the file: file, line and key, and `why`.
    #[must_use]
    pub fn wrong(&self, at: usize, why: &str) -> Error {
        let place = match self.text() {
            Some(text) => located(&text, at, why),
            None => format!(" {why}"),
        };
        Error::Config(format!("{}:{place}", self.file.display()))
    }

    /// File and line of the setting at this offset.
    #[must_use]
    pub fn place(&self, at: usize) -> String {
        let text = self.text().unwrap_or_default();
        let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        format!("{}:{line}", self.file.display())
    }

    /// The text of the file, which is read again: it may hold secrets, and is not kept.
    fn text(&self) -> Option<String> {
        file::read(&self.file, file::named).ok()
    }
}
