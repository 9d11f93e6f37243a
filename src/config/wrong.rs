//! The error of a setting that only some programs need, and which they read when they need it.

use super::error_location::located;
use super::{Config, file};
use crate::error::Error;

impl Config {
    /// The error of the setting at this offset of the file. It reads the file again, to tell the line.
    #[must_use]
    pub fn wrong(&self, at: usize, why: &str) -> Error {
        let text = file::read(&self.file, file::named);
        let place = text.map_or_else(|_| format!(" {why}"), |text| located(&text, at, why));
        Error::Config(format!("{}:{place}", self.file.display()))
    }
}
