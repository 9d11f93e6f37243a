//! The body of a response.

use std::fs::File;
use std::sync::Arc;

/// The body of a response.
#[derive(Debug, Clone)]
pub enum Body {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A part of a file, which is not read into memory.
    File(FileRange),
}

/// So many bytes of an open file, from a byte on.
#[derive(Debug, Clone)]
pub struct FileRange {
    /// The file, open for reading.
    pub file: Arc<File>,
    /// The first byte.
    pub from: u64,
    /// How many bytes.
    pub length: u64,
}
