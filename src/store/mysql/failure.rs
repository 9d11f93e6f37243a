//! What the driver says went wrong, as what to do next.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use mysql::{DriverError, Error as Failure};

use crate::store::engine::Fault;

/// The server's error number, where it is the server that says so.
pub fn code(failure: &Failure) -> Option<u16> {
    match failure {
        Failure::MySqlError(error) => Some(error.code),
        _ => None,
    }
}

/// What went wrong below the protocol. The driver wraps it, in a type that it does not name, where it
/// was reading or writing a packet.
fn io(failure: &Failure) -> Option<ErrorKind> {
    match failure {
        Failure::IoError(why) => Some(why.kind()),
        Failure::CodecError(why) => Some(why.source()?.downcast_ref::<io::Error>()?.kind()),
        _ => None,
    }
}

/// The failure in one line: the server's own words, and what to do where only the owner can.
fn described(failure: &Failure) -> String {
    match failure {
        Failure::MySqlError(error) => {
            let cure = cure(error.code);
            format!("{} {}{cure}", error.code, error.message)
        }
        // The one file that is read at this point is one that is not there.
        Failure::IoError(why) if why.kind() == ErrorKind::NotFound => {
            "the server wants the password itself, and anybody may be at the end of this link: use socket= in `store`, or tls=required"
                .to_owned()
        }
        Failure::DriverError(DriverError::CouldNotConnect(Some((place, why, _)))) => {
            format!("{place}: {why}; does the server run, and where `store` says?")
        }
        Failure::DriverError(DriverError::TlsNotSupported) => {
            "the server has no TLS, which `store` requires: give it a certificate (ssl_cert, ssl_key)"
                .to_owned()
        }
        _ => {
            let text = failure.to_string();
            let cure = cure_of_tls(&text);
            format!("{text}{cure}")
        }
    }
}

fn cure(code: u16) -> &'static str {
    match code {
        1044 | 1049 => "; is the database in `store` right, and granted?",
        1045 | 1698 => "; are user and password in `store` right? (@ is %40, : is %3A, / is %2F)",
        1142 => "; grant the account what the README says, or use --admin-url for tables",
        1290 | 1792 | 1836 => "; name the server that takes writes in `store`",
        1193 => "; sync=strict in `store` is for a Galera cluster only",
        _ => "",
    }
}

/// By the words of rustls, whose types the driver does not pass on.
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

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, Other, TimedOut};
        let text = described(&failure);
        match (code(&failure), io(&failure)) {
            (Some(1062), _) => Fault::Duplicate,
            (Some(1146), _) => Fault::Schema(None),
            (Some(1054), _) => Fault::Column(text),
            (Some(1205), _) => Fault::LockWait(text),
            // 1020: MariaDB from 11.6 on, where another transaction wrote the row since our first read.
            (Some(1020 | 1213), _) => Fault::Deadlock(text),
            // The server shuts down, somebody ended the connection, or it broke on the server's side.
            (Some(1053 | 1080 | 1152 | 1158..=1161 | 1927 | 3169 | 4031), _) => {
                Fault::LinkLost(text)
            }
            // Galera: the node joins, or has lost the others. MySQL: in offline mode.
            (Some(1047 | 3032), _) => Fault::NotReady(text),
            (Some(1290 | 1792 | 1836), _) => Fault::ReadOnly(text),
            (_, Some(ErrorKind::WouldBlock | TimedOut)) => {
                Fault::Slow("no answer in time".to_owned())
            }
            // `Other` is what the driver says of half a packet.
            (_, Some(BrokenPipe | ConnectionAborted | ConnectionReset | Other)) => {
                Fault::LinkLost(text)
            }
            _ => Fault::Other(text),
        }
    }
}
