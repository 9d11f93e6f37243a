//! The settings of `files` that must suit each other, for programs that read them only when they need them.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::Config;
use crate::error::Error;

impl Config {
    /// The folders of `files.roots`.
    ///
    /// # Errors
    /// If one of them is no absolute path, or if it overlaps with `files.folder`: then its files had a second URL, for
    /// which other rules count. The message names file, line and key.
    pub fn file_roots(&self) -> Result<&[PathBuf], Error> {
        let Some(roots) = &self.files.roots else {
            return Ok(&[]);
        };
        let wrong = |why: &str| self.wrong(roots.span().start, why);
        let climbs = |root: &Path| root.components().any(|part| part == Component::ParentDir);
        for root in roots.get_ref() {
            if !root.is_absolute() || climbs(root) {
                return Err(wrong("must be absolute paths of folders, without `..`"));
            }
            if overlap(root, &self.files.folder) {
                let why = "must not overlap with files.folder, whose files have URLs and rules of their own";
                return Err(wrong(why));
            }
        }
        Ok(roots.get_ref())
    }

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

/// Whether one of two folders is the other, or lies in it, as their paths are written or as they are without links.
/// Never, if a path is not absolute.
#[must_use]
pub fn overlap(one: &Path, other: &Path) -> bool {
    let nested = |one: &Path, other: &Path| one.starts_with(other) || other.starts_with(one);
    let are_absolute = one.is_absolute() && other.is_absolute();
    are_absolute && (nested(one, other) || nested(&real(one), &real(other)))
}

/// The path without links; as it is written, if there is no such folder.
#[must_use]
pub fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
