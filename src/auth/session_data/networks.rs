//! The networks whose visitors' rows count together. Somebody who holds a network can use every address in it.

use std::net::IpAddr;

/// How many visitors' rows a client may have: an IPv4 address or an IPv6 /64. An office, or a carrier's customers, may
/// share an address, so that it is far more than one.
const OF_CLIENT: i64 = 100;

/// How many an IPv6 /56 may have, which a provider gives a household.
const OF_SITE: i64 = 200;

/// How many an IPv6 /48 or an IPv4 /24 may have, which one company may hold. Four of them are needed to use up
/// [`VISITORS`](super::VISITORS).
const OF_WIDEST: i64 = 500;

/// The client of this address and the wider networks that it lies in, each as the texts of all clients in it begin, and
/// how many rows each may have. No group of digits is left out of a text, so that equal beginnings are equal networks.
pub fn counted_together(address: &str) -> [(String, i64); 3] {
    let [client, site, widest] = match address.parse() {
        Ok(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            let widest = format!("{a:04x}:{b:04x}:{c:04x}:");
            [
                format!("{widest}{d:04x}::/64"),
                format!("{widest}{:02x}", d >> 8),
                widest,
            ]
        }
        Ok(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            let client = format!("{v4}/32");
            [client.clone(), client, format!("{a}.{b}.{c}.")]
        }
        // A text that is no address is a client of its own.
        Err(_) => {
            let client = format!("{address}/");
            [client.clone(), client.clone(), client]
        }
    };
    [(client, OF_CLIENT), (site, OF_SITE), (widest, OF_WIDEST)]
}
