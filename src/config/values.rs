//! Reads values of the configuration: units, ranges, and messages that say what would be right.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;
use serde::de::Deserializer;

use super::secret::Secret;
use crate::log::Sink;
use crate::texts::{LANGUAGES, Texts};

const DAY: i64 = 86_400;

/// Longest host and port, in bytes. A domain name has at most 253 bytes (RFC 1035, 2.3.4), and the content security
/// policy may hold two of them.
const HOST_MAX: usize = 260;

/// `idle` and `absolute`.
pub fn lifetime<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    seconds(from, 60, 30 * DAY, "\"1m\" to at most \"30d\"")
}

/// `remember`: browsers keep no cookie longer than 400 days (RFC 6265bis, 5.5).
pub fn remember<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    seconds(from, 0, 400 * DAY, "\"0\" (no box) to at most \"400d\"")
}

pub fn min_length<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    count(from, 8, 64)
}

pub fn free_tries<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    count(from, 1, 100)
}

pub fn body_size<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let text = String::deserialize(from)?;
    let units = [("k", 1 << 10), ("m", 1 << 20)];
    let bytes = with_unit(&text, &units).and_then(|bytes| u64::try_from(bytes).ok());
    bytes
        .filter(|bytes| (1 << 10..=16 << 20).contains(bytes))
        .ok_or_else(|| must_be("a size of \"1k\" to \"16m\""))
}

/// The key of the keyed hashes; empty: none.
pub fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    let text = String::deserialize(from)?;
    let hex = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if text.is_empty() || hex {
        Ok(Secret::new(text))
    } else {
        Err(must_be("64 hex digits, as `cgi-session init` makes them"))
    }
}

/// Scheme, host and port, and nothing after them.
pub fn origin<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let right = host.is_some_and(is_host);
    if text.is_empty() || right {
        Ok(text)
    } else {
        Err(must_be(
            "\"\" or an origin as in \"https://www.example.org\", no path",
        ))
    }
}

/// The URL path of the login program. All programs of ours have the same folder and suffix.
pub fn login<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let name = text.rsplit('/').next().unwrap_or_default();
    if text.is_empty() || (is_path(&text) && name.split('.').next() == Some("login")) {
        Ok(text)
    } else {
        Err(must_be(
            "\"\" or the path of `login`, as in \"/cgi-bin/login\" or \"/x/login.cgi\"",
        ))
    }
}

/// The site's name, which is part of a header of every 401.
pub fn title<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.chars().count() <= 100 && !text.chars().any(char::is_control) {
        Ok(text)
    } else {
        Err(must_be("at most 100 characters, in one line"))
    }
}

/// A path or an `https` URL, which is written into a header (CSP) and into HTML.
pub fn resource<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let path = match text.strip_prefix("https://") {
        None => Some(text.as_str()),
        Some(rest) => rest.find('/').and_then(|slash| {
            let (host, path) = rest.split_at(slash);
            is_host(host).then_some(path)
        }),
    };
    if text.is_empty() || (text.len() <= 256 && path.is_some_and(is_path)) {
        Ok(text)
    } else {
        Err(must_be(
            "\"\", a path as in \"/logo.svg\", or an https URL, of at most 256 characters",
        ))
    }
}

pub fn language<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() || Texts::tagged(&text).is_some() {
        return Ok(text);
    }
    let tags = LANGUAGES.map(|texts| format!("\"{}\"", texts.tag));
    let (last, others) = tags.split_last().unwrap_or((&text, &[]));
    let others = others.join(", ");
    Err(must_be(format!("\"\", {others} or {last}")))
}

/// Networks, `10.0.0.0/8`, or single addresses.
pub fn networks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: &String| {
        text.parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .map_err(|_| must_be("addresses or networks, as in [\"192.0.2.7\", \"10.0.0.0/8\"]"))
    };
    Vec::<String>::deserialize(from)?
        .iter()
        .map(network)
        .collect()
}

/// A folder's absolute path; empty: none.
pub fn folder<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
    let path = PathBuf::deserialize(from)?;
    if path.as_os_str().is_empty() || path.is_absolute() {
        Ok(path)
    } else {
        Err(must_be("\"\" or a folder's absolute path"))
    }
}

pub fn sink<'de, D: Deserializer<'de>>(from: D) -> Result<Sink, D::Error> {
    match Sink::deserialize(from)? {
        Sink::File(path) if !path.is_absolute() => {
            Err(must_be("\"stderr\", \"syslog\" or a file's absolute path"))
        }
        sink => Ok(sink),
    }
}

/// The error of a value that is not what it must be.
fn must_be<E: serde::de::Error>(what: impl fmt::Display) -> E {
    E::custom(format_args!("must be {what}"))
}

/// Whether `text` is a name or an address, with or without a port.
fn is_host(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    !text.is_empty() && text.len() <= HOST_MAX && text.chars().all(plain)
}

fn is_path(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"'<>;,\\".contains(&b);
    text.starts_with('/') && !text.starts_with("//") && text.bytes().all(plain)
}

fn seconds<'de, D: Deserializer<'de>>(
    from: D,
    least: i64,
    most: i64,
    range: &str,
) -> Result<i64, D::Error> {
    let text = String::deserialize(from)?;
    let units = [("s", 1), ("m", 60), ("h", 3600), ("d", DAY)];
    with_unit(&text, &units)
        .filter(|seconds| (least..=most).contains(seconds))
        .ok_or_else(|| must_be(format!("a time from {range}: a number and s, m, h or d")))
}

/// The value of a number followed by one of `units`; 0 needs no unit.
fn with_unit(text: &str, units: &[(&str, i64)]) -> Option<i64> {
    if text == "0" {
        return Some(0);
    }
    let (digits, factor) = units
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse::<i64>().ok()?.checked_mul(*factor)
}

fn count<'de, D: Deserializer<'de>>(from: D, least: u32, most: u32) -> Result<u32, D::Error> {
    let number = u32::deserialize(from)?;
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(must_be(format!("a number of {least} to {most}")))
    }
}
