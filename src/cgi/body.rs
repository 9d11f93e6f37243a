//! The body of a response.

use super::file_range::FileRange;

/// The body of a response.
#[derive(Debug, Clone)]
pub enum Body {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A part of a file, which is not read into memory.
    File(FileRange),
}
