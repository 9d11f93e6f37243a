//! The networks that a client's address lies in. Somebody who holds a network can use every address in it.

use std::net::{IpAddr, Ipv6Addr};

/// The networks of one address, from the narrowest to the widest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Networks {
    /// The client: an IPv4 address, or an IPv6 /64, which is one link of one household (RFC 6177).
    pub client: String,
    /// An IPv6 /56, which a provider gives a household; `None` for IPv4.
    pub site: Option<String>,
    /// An IPv6 /48: a provider gives one to a company, a tunnel broker to anybody, and thousands of a carrier's phones
    /// share one. Or an IPv4 /24, the smallest network that can be routed. `None` if the text is no address.
    pub widest: Option<String>,
}

impl Networks {
    /// The networks of an address in its canonical spelling. A text that is no address is a client of its own.
    #[must_use]
    pub fn from_address(address: &str) -> Self {
        match address.parse() {
            Ok(IpAddr::V6(address)) => Self {
                client: v6(address, 64),
                site: Some(v6(address, 56)),
                widest: Some(v6(address, 48)),
            },
            Ok(IpAddr::V4(v4)) => {
                let [a, b, c, _] = v4.octets();
                Self {
                    client: address.to_owned(),
                    site: None,
                    widest: Some(format!("{a}.{b}.{c}.0/24")),
                }
            }
            Err(_) => Self {
                client: address.to_owned(),
                site: None,
                widest: None,
            },
        }
    }
}

fn v6(address: Ipv6Addr, length: u32) -> String {
    let network = address.to_bits() & (u128::MAX << (128 - length));
    format!("{}/{length}", Ipv6Addr::from_bits(network))
}
