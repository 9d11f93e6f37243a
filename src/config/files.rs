//! The settings of `files` that must suit each other, for programs that read them only when they need them.

use super::Config;
use crate::error::Error;

impl Config {
    /// The extensions of `files.never_send`, each with or without its dot; `None` if the configuration has none.
    ///
    /// # Errors
    /// If no file can have one of them. The message names file, line and key.
    pub fn never_sent(&self) -> Result<Option<&[String]>, Error> {
        let Some(words) = &self.files.never_send else {
            return Ok(None);
        };
        let is_extension = |word: &String| {
            let word = word.strip_prefix('.').unwrap_or(word);
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        if let Some(word) = words.get_ref().iter().find(|word| !is_extension(word)) {
            let why = format!(
                "{word:?} fits no file: must be an extension of ASCII letters and digits, as in \"php\""
            );
            return Err(self.wrong(words.span().start, &why));
        }
        Ok(Some(words.get_ref()))
    }
}
