//! What a confined program must still reach to connect again.

use std::net::IpAddr;

use crate::config::{Host, MysqlUrl};
use crate::sandbox::Need;

/// The files that the C library reads to look a name up.
const NAMES: [&str; 5] = [
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
];

/// The port at which a name server gives answers that are too long for a datagram.
const DNS: u16 = 53;

/// The ports and files that connecting again needs. A socket in the file system needs none; a host's name is looked up
/// again.
pub fn needs(url: &MysqlUrl) -> Vec<Need> {
    if url.socket.is_some() {
        return Vec::new();
    }
    let mut needs: Vec<Need> = url.hosts.iter().map(|host| Need::Port(host.port)).collect();
    let is_name = |host: &Host| host.name.parse::<IpAddr>().is_err();
    if url.hosts.iter().any(is_name) {
        needs.push(Need::Port(DNS));
        needs.extend(NAMES.map(|path| Need::Read(path.into())));
    }
    #[cfg(feature = "tls")]
    if let Some(files) = &url.tls {
        needs.extend(super::tls::files(files).into_iter().map(Need::Read));
    }
    needs
}
