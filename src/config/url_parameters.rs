//! The parameters of a store's URL: `?NAME=VALUE&...`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// The names of all parameters.
const PARAMETERS: [&str; 6] = ["socket", "tls", "tls_ca", "tls_cert", "tls_key", "sync"];

/// The parameters that a URL has after its `?`, decoded.
pub type Parameters<'a> = BTreeMap<&'a str, String>;

/// Reads what comes after the `?`.
///
/// # Errors
/// What would be right.
pub fn parameters(query: &str) -> Result<Parameters<'_>, &'static str> {
    let mut parameters = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !PARAMETERS.contains(&name) {
            return Err(
                "need nothing behind the ? but socket=, tls=, tls_ca=, tls_cert=, tls_key= and sync=",
            );
        }
        if parameters.insert(name, decoded(value)?).is_some() {
            return Err("need each parameter behind the ? only once");
        }
    }
    Ok(parameters)
}

/// The absolute path that a parameter names.
///
/// # Errors
/// If the path is relative.
pub fn file(parameters: &Parameters<'_>, name: &str) -> Result<Option<PathBuf>, &'static str> {
    match parameters.get(name) {
        Some(path) if !path.starts_with('/') => {
            Err("need an absolute path behind socket=, tls_ca=, tls_cert= and tls_key=")
        }
        path => Ok(path.map(PathBuf::from)),
    }
}

/// A part of a URL, with its percent signs decoded.
///
/// # Errors
/// If it is not UTF-8.
pub fn decoded(text: &str) -> Result<String, &'static str> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(String::from)
        .map_err(|_| "need UTF-8 behind the percent signs")
}
