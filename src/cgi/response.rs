//! A response as a value: status, headers and body (RFC 3875, 6).

mod contents;
mod file;

use super::body::Body;
use crate::error::Error;

/// Most bytes in a header block: `PIPE_BUF`, so that a server never reads half a block. lighttpd would show the half to
/// the visitor, cookie included.
pub const HEADER_BLOCK_MAX: usize = 4096;

/// A header's value. It holds only visible ASCII and blanks, so that no input can end the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderValue(String);

impl HeaderValue {
    /// Checks `text`.
    ///
    /// # Errors
    /// If it holds a control character, or a character outside ASCII.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        if text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(Error::Page(
                "a header's value has a character that it must not have".to_owned(),
            ))
        }
    }

    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a page answers: status, headers and body.
///
/// [`Visit::page`](crate::Visit::page), [`Visit::document`](crate::Visit::document),
/// [`Visit::json`](crate::Visit::json) and [`Visit::redirect`](crate::Visit::redirect) make one, with the headers that
/// every answer carries.
#[derive(Debug, Clone)]
pub struct Response {
    status: u16,
    headers: Vec<(&'static str, HeaderValue)>,
    body: Body,
}

impl Response {
    /// A response without headers. The body may be empty.
    #[doc(hidden)]
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Bytes(body.into()),
        }
    }

    /// The response with one more header. For another content security policy, use [`Response::policy`].
    ///
    /// # Errors
    /// If the value has a character that a header must not hold. The value may be visible ASCII and blanks.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Result<Self, Error> {
        self.headers.push((name, HeaderValue::new(value)?));
        Ok(self)
    }

    /// The header block for the server. It always begins with `Status:`, because Apache would act on a `Location`
    /// without a status itself.
    ///
    /// # Errors
    /// If the block is longer than [`HEADER_BLOCK_MAX`].
    #[doc(hidden)]
    pub fn head(&self) -> Result<String, Error> {
        let mut head = format!("Status: {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value.as_str());
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        if head.len() > HEADER_BLOCK_MAX {
            return Err(Error::Page(format!("header block of {} bytes", head.len())));
        }
        Ok(head)
    }

    /// The body, moved out of the response.
    #[doc(hidden)]
    #[must_use]
    pub fn into_body(self) -> Body {
        self.body
    }
}

/// The reason phrase of a status that RFC 9110, 15 defines, or of 429 (RFC 6585, 4); empty for any other.
#[must_use]
pub fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        305 => "Use Proxy",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        421 => "Misdirected Request",
        422 => "Unprocessable Content",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}
