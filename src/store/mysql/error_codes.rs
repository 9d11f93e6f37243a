//! From the errors of the server and the driver to [`Fault`].

use std::error::Error as _;
use std::io::{self, ErrorKind};

use mysql::DriverError;

use crate::store::fault::Fault;

/// The server's error number; `None` if the error is not the server's.
pub fn code(error: &mysql::Error) -> Option<u16> {
    match error {
        mysql::Error::MySqlError(error) => Some(error.code),
        _ => None,
    }
}

/// The I/O error below the protocol. If it came while a packet was read or written, the driver wraps it in a type that
/// it does not name.
fn io(error: &mysql::Error) -> Option<ErrorKind> {
    match error {
        mysql::Error::IoError(why) => Some(why.kind()),
        mysql::Error::CodecError(why) => Some(why.source()?.downcast_ref::<io::Error>()?.kind()),
        _ => None,
    }
}

/// The error in one line: the server's own words, and what the administrator can do about it.
fn described(error: &mysql::Error) -> String {
    match error {
        mysql::Error::MySqlError(error) => {
            let cure = cure(error.code);
            format!("{} {}{cure}", error.code, error.message)
        }
        // The driver looked for the key of the server: see `NO_KEY`.
        mysql::Error::IoError(why) if why.kind() == ErrorKind::NotFound => {
            "the server wants the password itself, and anybody may be at the end of this link: use socket= in `store`, or tls=required"
                .to_owned()
        }
        mysql::Error::DriverError(DriverError::CouldNotConnect(Some((place, why, _)))) => {
            format!("{place}: {why}; is the server running, at the address in `store`?")
        }
        mysql::Error::DriverError(DriverError::TlsNotSupported) => {
            "the server has no TLS, which `store` requires: give it a certificate (ssl_cert, ssl_key)"
                .to_owned()
        }
        _ => {
            let text = error.to_string();
            let cure = cure_of_tls(&text);
            format!("{text}{cure}")
        }
    }
}

fn cure(code: u16) -> &'static str {
    match code {
        1049 => "; make it, as in CREATE DATABASE site CHARACTER SET utf8mb4",
        1044 => "; is the database in `store` right, and granted?",
        1045 | 1698 => "; are user and password in `store` right? (@ is %40, : is %3A, / is %2F)",
        1142 => {
            "; to make tables, use --admin-url; for all else, grant the account what the README says"
        }
        1290 | 1792 | 1836 => "; name the server that takes writes in `store`",
        1193 => "; sync=strict in `store` is for a Galera cluster only",
        _ => "",
    }
}

/// Goes by the words of rustls, because the driver does not pass its types on.
fn cure_of_tls(text: &str) -> &'static str {
    let has = |word| text.contains(word);
    if !has("certificate") {
        ""
    } else if has("UnknownIssuer") {
        "; tls_ca= in `store` must name the authority that signed it"
    } else if has("not valid for name") {
        "; write the host in `store` as the server's certificate has it"
    } else if has("expired") {
        "; give the server a new one, or set this machine's clock"
    } else {
        ""
    }
}

impl From<mysql::Error> for Fault {
    fn from(error: mysql::Error) -> Self {
        use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, Other, TimedOut};
        let text = described(&error);
        match (code(&error), io(&error)) {
            (Some(1062), _) => Fault::Duplicate,
            (Some(1146), _) => Fault::Schema(None),
            (Some(1054), _) => Fault::Column(text),
            (Some(1205), _) => Fault::LockWait(text),
            // 1020: MariaDB from 11.6 on, if another transaction wrote the row since our first read.
            (Some(1020 | 1213), _) => Fault::Deadlock(text),
            // The server is shutting down, an administrator ended the connection, or it broke on the server's side.
            (Some(1053 | 1080 | 1152 | 1158..=1161 | 1927 | 3169 | 4031), _) => {
                Fault::LinkLost(text)
            }
            // Galera: the node is joining, or has lost the others. MySQL: the server is in offline mode.
            (Some(1047 | 3032), _) => Fault::NotReady(text),
            (Some(1290 | 1792 | 1836), _) => Fault::ReadOnly(text),
            // The account, its password, its grants, or the database: none of them changes by itself.
            (Some(1044 | 1045 | 1049 | 1142 | 1698), _) => Fault::Denied(text),
            (_, Some(ErrorKind::WouldBlock | TimedOut)) => {
                Fault::Slow("no answer in time".to_owned())
            }
            // `Other` is the driver's error for half a packet.
            (_, Some(BrokenPipe | ConnectionAborted | ConnectionReset | Other)) => {
                Fault::LinkLost(text)
            }
            _ => Fault::Other(text),
        }
    }
}
