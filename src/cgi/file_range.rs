//! A part of a file, as the body of a response.

use std::fs::File;
use std::sync::Arc;

/// A range of bytes of an open file.
#[derive(Debug, Clone)]
pub struct FileRange {
    /// The file, open for reading.
    pub file: Arc<File>,
    /// The first byte.
    pub from: u64,
    /// How many bytes.
    pub length: u64,
}
