//! Who is at the other end, and over what: the server's word, or a trusted proxy's.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::Variables;

/// The far end of the connection.
pub struct Client {
    /// Its address, canonical.
    pub address: String,
    /// Whether it came over HTTPS.
    pub https: bool,
    /// Whether it came over plain HTTP, and whoever is at the other end says that the visitor came over HTTPS, but is
    /// not trusted: perhaps a proxy that nobody named. To be told to the owner, and to be believed in nothing.
    pub claims_https: bool,
}

/// `REMOTE_ADDR` and `HTTPS`; where that address is a trusted proxy's, the right-most address of
/// `X-Forwarded-For` that is not trusted, and `X-Forwarded-Proto`.
pub fn from_variables(variables: &Variables, trusted: &[IpNet]) -> Client {
    let peer = variables.text("REMOTE_ADDR").and_then(address);
    let https = matches!(variables.text("HTTPS"), Some("on" | "ON" | "1"));
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|network| network.contains(ip));
    let shown = |ip: Option<IpAddr>| ip.map_or_else(|| "unknown".to_owned(), |ip| ip.to_string());
    if !peer.as_ref().is_some_and(is_trusted) {
        return Client {
            address: shown(peer),
            https,
            claims_https: !https && claims_https(variables),
        };
    }
    let mut client = peer;
    if variables.is_twice("HTTP_X_FORWARDED_FOR") {
        // Which one is the proxy's own, nobody can say; what it is not is the proxy's address.
        client = None;
    }
    let hops = variables.lossy("HTTP_X_FORWARDED_FOR");
    // A hop that is no address ends the chain: nothing left of it can be believed. The left end is the client's own
    // to write, and may be no text at all.
    for hop in hops.rsplit(',').map_while(|hop| address(hop.trim())) {
        client = Some(hop);
        if !is_trusted(&hop) {
            break;
        }
    }
    // The last value is the one that the trusted proxy itself wrote.
    let proto = variables.lossy("HTTP_X_FORWARDED_PROTO");
    let proto = proto
        .rsplit(',')
        .next()
        .map(str::trim)
        .filter(|proto| !proto.is_empty());
    let https = proto.map_or(https, |proto| proto.eq_ignore_ascii_case("https"));
    Client {
        address: shown(client),
        https,
        claims_https: false,
    }
}

/// Whether a header says what proxies say of a visitor who came over HTTPS: `X-Forwarded-Proto`, or `Forwarded`
/// (RFC 7239, 5.4).
fn claims_https(variables: &Variables) -> bool {
    let last = |name| {
        let list = variables.lossy(name).to_ascii_lowercase();
        list.rsplit(',')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let proto = |pair: &str| {
        let pair = pair.trim().split_once('=');
        pair.is_some_and(|(name, value)| name == "proto" && value.trim_matches('"') == "https")
    };
    last("HTTP_X_FORWARDED_PROTO") == "https" || last("HTTP_FORWARDED").split(';').any(proto)
}

/// An address, with an IPv4-mapped one folded (RFC 4291, 2.5.5.2). Some proxies write a port behind it, and
/// brackets then (RFC 7239, 6); a link's own address has the link's name (RFC 4007, 11).
fn address(text: &str) -> Option<IpAddr> {
    let with_port = |text: &str| text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bracketed = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let bare = bracketed.unwrap_or(text);
    let bare = bare.split_once('%').map_or(bare, |(address, _)| address);
    let address = bare.parse::<IpAddr>().ok().or_else(|| with_port(text));
    address.map(|address| address.to_canonical())
}
