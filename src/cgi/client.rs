//! The client's address, and whether it came over HTTPS, as the server or a trusted proxy reports them.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::Variables;

/// The visitor's end of the request, which a proxy may hide from the server.
pub struct Client {
    /// The canonical address, or `unknown`.
    pub address: String,
    /// Whether the client came over HTTPS.
    pub https: bool,
    /// Whether a plain HTTP request from an untrusted address claims that the visitor came over HTTPS. The sender may
    /// be a proxy that is missing from `trusted_proxies`. The claim is reported to the site's owner, and never
    /// believed.
    pub claims_https: bool,
}

/// Reads `REMOTE_ADDR` and `HTTPS`. If that address is a trusted proxy's, reads instead `X-Forwarded-Proto`, and the
/// right-most address of `X-Forwarded-For` that is not trusted; if all are trusted, the left-most one.
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
        // Nobody can tell which of the two the proxy wrote. The client's address is certainly not the proxy's own.
        client = None;
    }
    let hops = variables.lossy("HTTP_X_FORWARDED_FOR");
    // A hop that is not an address ends the chain: nothing to its left can be believed. The client itself may have
    // written the left end, which need not even be UTF-8.
    for hop in hops.rsplit(',').map_while(|hop| address(hop.trim())) {
        client = Some(hop);
        if !is_trusted(&hop) {
            break;
        }
    }
    // The trusted proxy itself wrote the last value.
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

/// Whether `X-Forwarded-Proto` or `Forwarded` (RFC 7239, 5.4) says that the visitor came over HTTPS.
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

/// Parses an address. An IPv4-mapped address becomes IPv4 (RFC 4291, 2.5.5.2). Some proxies append a port, and put an
/// IPv6 address in brackets then (RFC 7239, 6). A link-local address may end in the link's name (RFC 4007, 11).
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
