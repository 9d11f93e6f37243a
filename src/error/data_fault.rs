//! Why the data of a session was not read or not saved. It is as it was.

use std::fmt;

use super::Error;

/// Why the data of a session was not read or not saved, though the store answers. The data is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataFault {
    /// The JSON text would be longer than it may be: its length, and the limit, in bytes.
    TooLarge(usize, usize),
    /// The stored text is not what this type reads. The place of the error in it: line and column, both from 1.
    Shape(&'static str, usize, usize),
    /// This type does not become a JSON object.
    NotAnObject(&'static str),
    /// The session has ended since the request began.
    Ended,
    /// The browser sent more than one cookie of this name, so that it would do so with one more, too.
    TwoCookies(&'static str),
    /// Other requests of the same session changed the data each time, as often as it was tried.
    Busy,
    /// A network that the client lies in has as many visitors' rows as it may have, which is this many.
    NetworkFull(i64),
    /// All visitors together have as many rows as they may have, which is this many.
    AllFull(i64),
}

impl DataFault {
    /// The HTTP status for the client.
    pub(super) fn http_status(self) -> u16 {
        match self {
            Self::TooLarge(..) => 413,
            Self::Shape(..) | Self::NotAnObject(_) => 500,
            Self::TwoCookies(_) => 400,
            Self::Ended => 409,
            Self::NetworkFull(_) => 429,
            Self::Busy | Self::AllFull(_) => 503,
        }
    }
}

impl fmt::Display for DataFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(bytes, limit) => write!(
                f,
                "session data not saved: {bytes} bytes of JSON, the limit is {limit}"
            ),
            Self::Shape(shape, line, column) => write!(
                f,
                "session data refused: it is no {shape}, at line {line}, column {column}; another program, or an \
                 older version of this one, has written it"
            ),
            Self::NotAnObject(shape) => write!(
                f,
                "session data not saved: {shape} does not become a JSON object; use a struct or a map"
            ),
            Self::Ended => write!(f, "session data not saved: the session has ended meanwhile"),
            Self::TwoCookies(name) => write!(
                f,
                "session data not saved: the browser sent more than one cookie {name}; another program of this host, or \
                 of its domain, has set one"
            ),
            Self::Busy => write!(
                f,
                "session data not saved: other requests of the same session were faster each time"
            ),
            Self::NetworkFull(most) => write!(
                f,
                "session data not saved: a network of the client has {most} sessions without sign-in, and may have no more"
            ),
            Self::AllFull(most) => write!(
                f,
                "session data not saved: there are {most} sessions without sign-in, and may be no more"
            ),
        }
    }
}

impl From<DataFault> for Error {
    fn from(fault: DataFault) -> Self {
        Self::Data(fault)
    }
}
