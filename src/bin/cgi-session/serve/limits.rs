//! How long the parts of a request's head may be.

use hyper::{Method, Request, StatusCode};

/// Largest request line and header block, in bytes.
pub const MAX_HEAD: usize = 32 * 1024;

/// Longest method, in bytes: of IANA's, `UPDATEREDIRECTREF` is the longest.
pub const MAX_METHOD: usize = 32;

/// 431 over [`MAX_HEAD`], 501 over [`MAX_METHOD`] (RFC 9110, 15.6.2).
pub fn check(head: &Request<()>) -> Result<(), StatusCode> {
    if size(head) > MAX_HEAD {
        Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    } else if length(head.method()) > MAX_METHOD {
        Err(StatusCode::NOT_IMPLEMENTED)
    } else {
        Ok(())
    }
}

/// hyper's own limit is on its buffer, and looser.
fn size(head: &Request<()>) -> usize {
    let uri = head.uri().path_and_query();
    let uri = uri.map_or(0, |path| path.as_str().len());
    let lines = head.headers().iter();
    let lines: usize = lines
        .map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len())
        .sum();
    length(head.method()) + uri + lines
}

fn length(method: &Method) -> usize {
    method.as_str().len()
}
