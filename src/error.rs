//! The library's one error type: why a request gets no page.

mod data_fault;
mod own;

use std::{fmt, io};

pub use data_fault::DataFault;

/// Why a request gets no page. `Display` is one line for the log: what was wrong, where, and what to do. The client
/// gets only the status and a generic text (ASVS 16.5.1). No variant keeps what a client sent, because the log
/// would show it.
///
/// A page of one's own makes one by [`Error::status`]. The variants are the library's, and may change.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A variable that RFC 3875 requires is missing.
    VariableMissing(&'static str),
    /// A variable's value is not what RFC 3875 allows. The value may be a secret or an attack, so it is not kept.
    VariableInvalid(&'static str),
    /// The body is longer than this limit, `max_body`, in bytes.
    BodyTooLarge(u64),
    /// The body ended early: bytes read, bytes that `CONTENT_LENGTH` announced.
    BodyShort(u64, u64),
    /// The body did not arrive before its deadline.
    BodySlow,
    /// The body is not `application/x-www-form-urlencoded`.
    NotAForm,
    /// The form or the query is malformed, in this way.
    FormInvalid(&'static str),
    /// The method is not one of these, listed as in the `Allow` header.
    Method(&'static str),
    /// The URL's path continues after the program's name.
    PathInfo,
    /// The request came over plain HTTP, and `allow_http` is false.
    PlainHttp,
    /// The same, but this address claims that the visitor came over HTTPS. It is not in `trusted_proxies`.
    UnknownProxy(String),
    /// Another site's page sent this POST.
    CrossOrigin,
    /// A browser's form lacks the form token of its session.
    FormOutOfDate,
    /// The data of a session was not read or not saved.
    Data(DataFault),
    /// The author of a page chose this status, and wrote this text for the log.
    Status(u16, String),
    /// The configuration is wrong: file, line, key, what is wrong and what would be right.
    Config(String),
    /// The store cannot answer now: the operation, and the cause in the driver's words.
    Unavailable(&'static str, String),
    /// The same, but only an administrator can change that: permissions, an account, a database that does not exist.
    Denied(&'static str, String),
    /// The same as [`Error::Unavailable`], but the store may have carried out the operation, or may still do so.
    Unsure(&'static str, String),
    /// The store has the wrong schema: its version, if it has one, then the version that this program needs.
    Schema(Option<i64>, i64),
    /// Too many passwords are being hashed: no slot was free in time.
    Crowded,
    /// Too many sign-ins are waiting already, from this client's network or in total.
    QueueFull,
    /// The operating system's random source failed.
    Random(String),
    /// Argon2 failed, because of its parameters or for lack of memory.
    Hashing(String),
    /// A page could not be made: a template, a header or JSON failed.
    Page(String),
    /// An I/O operation failed. It is named as in "cannot ...".
    Io(&'static str, io::Error),
}

impl Error {
    /// The HTTP status for the client.
    #[doc(hidden)]
    #[must_use]
    pub fn http_status(&self) -> u16 {
        match self {
            Self::VariableMissing(_)
            | Self::VariableInvalid(_)
            | Self::BodyShort(..)
            | Self::FormInvalid(_) => 400,
            Self::PlainHttp | Self::UnknownProxy(_) | Self::CrossOrigin | Self::FormOutOfDate => {
                403
            }
            Self::Data(fault) => fault.http_status(),
            Self::Status(status, _) => *status,
            Self::PathInfo => 404,
            Self::Method(_) => 405,
            Self::BodySlow => 408,
            Self::BodyTooLarge(_) => 413,
            Self::NotAForm => 415,
            Self::Config(_) | Self::Hashing(_) | Self::Page(_) | Self::Io(..) => 500,
            Self::Unavailable(..)
            | Self::Denied(..)
            | Self::Unsure(..)
            | Self::Schema(..)
            | Self::Crowded
            | Self::QueueFull
            | Self::Random(_) => 503,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VariableMissing(name) => write!(f, "no {name} in the environment"),
            Self::VariableInvalid(name) => write!(f, "{name} is not what RFC 3875 allows"),
            Self::BodyTooLarge(limit) => write!(f, "body over max_body = {limit} bytes"),
            Self::BodyShort(read, of) => {
                write!(f, "body of {read} bytes, CONTENT_LENGTH says {of}")
            }
            Self::BodySlow => write!(f, "body did not arrive in time"),
            Self::NotAForm => write!(f, "body is not application/x-www-form-urlencoded"),
            Self::FormInvalid(how) => write!(f, "form refused: {how}"),
            Self::Method(allowed) => write!(f, "method not allowed, only {allowed}"),
            Self::PathInfo => write!(f, "unexpected PATH_INFO"),
            Self::PlainHttp => write!(f, "plain HTTP refused: serve HTTPS, or set http.allow_http"),
            Self::UnknownProxy(peer) => write!(
                f,
                "plain HTTP refused: {peer} says that the visitor came over HTTPS, and is not believed; \
                 if it is your proxy, add it to http.trusted_proxies"
            ),
            Self::CrossOrigin => write!(
                f,
                "cross-origin POST refused; behind a proxy that changes Host, set http.origin"
            ),
            Self::FormOutOfDate => write!(f, "form without the form token of its session"),
            Self::Data(fault) => write!(f, "{fault}"),
            Self::Config(what) | Self::Status(_, what) => write!(f, "{what}"),
            Self::Unavailable(doing, why) | Self::Denied(doing, why) => {
                write!(f, "store unavailable: cannot {doing}: {why}")
            }
            Self::Unsure(doing, why) => write!(
                f,
                "store unavailable: cannot {doing}: {why}; whether it was done is not known"
            ),
            Self::Schema(found, needed) => schema(f, *found, *needed),
            Self::Crowded => write!(
                f,
                "too many sign-ins at the same time, or a store that hangs: no slot for hashing was free in time"
            ),
            Self::QueueFull => write!(
                f,
                "too many sign-ins at the same time: no waiting place is free for this client"
            ),
            Self::Random(why) => write!(f, "no random bytes from the operating system: {why}"),
            Self::Hashing(why) => write!(f, "password hashing failed: {why}"),
            Self::Page(why) => write!(f, "page could not be made: {why}"),
            Self::Io(doing, why) => write!(f, "cannot {doing}: {why}"),
        }
    }
}

/// The tables, if there are any, against the version that this program needs.
fn schema(f: &mut fmt::Formatter<'_>, found: Option<i64>, needed: i64) -> fmt::Result {
    match found {
        None => write!(
            f,
            "store lacks tables, need version {needed}: run `cgi-session init` (MySQL: with --admin-url)"
        ),
        Some(found) if found < needed => write!(
            f,
            "store's schema is version {found}, need {needed}: run `cgi-session init`"
        ),
        Some(found) => write!(
            f,
            "store's schema is version {found}, newer than {needed}: install newer programs"
        ),
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, why) => Some(why),
            _ => None,
        }
    }
}
