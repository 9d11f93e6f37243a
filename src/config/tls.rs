//! What `store = "mysql://..."` says about TLS.

use std::path::PathBuf;

use super::url_parameters::{Parameters, file};

/// Files for TLS, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The only authorities that are trusted; `None`: the system's.
    pub authorities: Option<PathBuf>,
    /// The certificate, with its chain, that the programs show to a server, and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// Whether the crate `webpki-roots` holds authorities, which the driver would trust in addition to those of the file
/// that it is given. With them, `tls_ca=` is refused. A build of cgi-session itself replaces that crate by
/// `src/webpki-roots`, which holds none. The patch does not reach `cargo install`, nor a crate that depends on this
/// one: they get the real crate.
#[cfg(feature = "tls")]
const PUBLIC_AUTHORITIES: bool = !webpki_roots::TLS_SERVER_ROOTS.is_empty();
#[cfg(not(feature = "tls"))]
const PUBLIC_AUTHORITIES: bool = false;

/// The files of `tls=required`; `None` without it.
///
/// # Errors
/// What would be right.
pub fn tls(parameters: &Parameters<'_>) -> Result<Option<TlsFiles>, &'static str> {
    let required = match parameters.get("tls").map(String::as_str) {
        None | Some("off") => false,
        Some("required") if cfg!(feature = "tls") => true,
        Some("required") => return Err("this build has no TLS: build with the feature `tls`"),
        Some(_) => return Err("need tls=required or tls=off"),
    };
    let certificate = file(parameters, "tls_cert")?;
    let identity = match (certificate, file(parameters, "tls_key")?) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => return Err("need tls_cert= and tls_key= together"),
    };
    let authorities = file(parameters, "tls_ca")?;
    if !required && (authorities.is_some() || identity.is_some()) {
        return Err("need tls=required with tls_ca=, tls_cert= and tls_key=");
    }
    if authorities.is_some() && PUBLIC_AUTHORITIES {
        return Err(
            "this build trusts all public authorities beside those of tls_ca=: build the programs in a clone of \
             cgi-session, or in your own workspace replace the crate `webpki-roots` as its Cargo.toml does, \
             or take tls_ca= out",
        );
    }
    Ok(required.then_some(TlsFiles {
        authorities,
        identity,
    }))
}
