//! A response whose body is a file.

use super::{Body, Response};
use crate::cgi::file_range::FileRange;

impl Response {
    /// A response without headers, whose body is a part of a file.
    #[doc(hidden)]
    #[must_use]
    pub fn of_file(status: u16, range: FileRange) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::File(range),
        }
    }
}
