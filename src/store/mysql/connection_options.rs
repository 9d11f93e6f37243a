//! The driver's options for a connection.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use mysql::consts::CapabilityFlags;
use mysql::{LocalInfileHandler, OptsBuilder};

use crate::config::{Host, MysqlUrl};
use crate::store::fault::Fault;

/// A file that does not exist. Without TLS anybody may be at the other end, so the program encrypts its password with
/// no key that comes from there: the driver is told to read the key from this file instead, and gives up.
const NO_KEY: &str = "/nonexistent/key-of-the-server";

/// Largest packet accepted, in bytes: no row of ours comes near it, and a rogue server must not fill the memory.
/// Without it the driver would ask the server.
const PACKET_MAX: usize = 1 << 20;

/// The options for every way to the server.
pub fn common(url: &MysqlUrl, patience: Duration) -> OptsBuilder {
    let refuse = LocalInfileHandler::new(|_, _| Err(ErrorKind::PermissionDenied.into()));
    OptsBuilder::new()
        .user(Some(&url.user))
        .pass(Some(url.password.expose()))
        .db_name(Some(&url.database))
        // Without these two the driver would ask the server, with a round trip each and a second connection.
        .prefer_socket(false)
        .max_allowed_packet(Some(PACKET_MAX))
        .stmt_cache_size(0)
        .read_timeout(Some(patience))
        .write_timeout(Some(patience))
        .local_infile_handler(Some(refuse))
        // An UPDATE to the same value matches its row.
        .additional_capabilities(CapabilityFlags::CLIENT_FOUND_ROWS)
}

/// The options for one address of a host.
pub fn for_address(
    url: &MysqlUrl,
    host: &Host,
    address: SocketAddr,
    patience: Duration,
) -> Result<OptsBuilder, Fault> {
    let options = common(url, patience).tcp_port(address.port());
    match &url.tls {
        #[cfg(feature = "tls")]
        Some(files) => Ok(options
            // The certificate is verified for the name, so the driver gets the name and looks it up itself. With a
            // local address it tries all addresses of that kind.
            .ip_or_hostname(Some(&host.name))
            .bind_address(Some(any_local_address(address)))
            .ssl_opts(super::tls::options(files)?)),
        #[cfg(not(feature = "tls"))]
        Some(_) => Err(Fault::Other(format!("{host}: this build has no TLS"))),
        None => Ok(options
            .ip_or_hostname(Some(address.ip().to_string()))
            .server_key_path(Some(PathBuf::from(NO_KEY)))),
    }
}

/// Any address of this machine, of the same kind as `to`.
#[cfg(feature = "tls")]
fn any_local_address(to: SocketAddr) -> SocketAddr {
    match to {
        SocketAddr::V4(_) => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}
