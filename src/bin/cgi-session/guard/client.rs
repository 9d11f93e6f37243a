//! Asks a web server as a stranger does: HEAD, without a cookie, and no redirect is followed.

use std::path::Path;
#[cfg(feature = "tls")]
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
#[cfg(feature = "tls")]
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use crate::command_error::CommandError;

/// The longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where systems keep their authorities: Debian, Fedora, openSUSE, Alpine, and systems like them.
#[cfg(feature = "tls")]
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// What a server answered.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Whether it carries the challenge of a cgi-session that says how to sign in.
    pub is_ours: bool,
}

/// Asks for one URL after the other.
pub struct Client(Agent);

impl Client {
    /// A client for `url` and what lies below it.
    ///
    /// # Errors
    /// If the URL is neither `http` nor `https`, or has a query, or the authorities cannot be read.
    pub fn new(url: &str, authorities: Option<&Path>) -> Result<Self, CommandError> {
        let is_https = url.starts_with("https://");
        if !(is_https || url.starts_with("http://")) || url.contains(['?', '#']) {
            let why = "--url must be the folder's whole URL, as in https://www.example.org/private";
            return Err(CommandError::Refused(why.to_owned()));
        }
        let config = Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // The server may be this machine; a proxy from the environment may not reach it.
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        #[cfg(feature = "tls")]
        let config = if is_https {
            config.tls_config(trusting(authorities)?)
        } else {
            config
        };
        #[cfg(not(feature = "tls"))]
        if is_https || authorities.is_some() {
            let why = "this build speaks no TLS: use http://, or build with the feature `tls`";
            return Err(CommandError::Refused(why.to_owned()));
        }
        Ok(Self(config.build().into()))
    }

    /// The answer to a HEAD for `url`. It asks for JSON, so that a page that would redirect a browser to the login page
    /// answers with its challenge.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn ask(&self, url: &str) -> Result<Answer, CommandError> {
        let asked = self.0.head(url).header("Accept", "application/json").call();
        let answer =
            asked.map_err(|why| CommandError::Refused(format!("cannot ask for {url}: {why}")))?;
        let challenges = answer.headers().get_all("WWW-Authenticate");
        let is_ours = |challenge: &str| {
            challenge.starts_with("Cookie ")
                && ["cookie-name=__Host-session", "cookie-name=cgi-session"]
                    .iter()
                    .any(|name| challenge.ends_with(name))
        };
        Ok(Answer {
            status: answer.status().as_u16(),
            is_ours: challenges
                .iter()
                .any(|value| value.to_str().is_ok_and(is_ours)),
        })
    }
}

/// TLS that trusts the authorities in a file, or the system's.
#[cfg(feature = "tls")]
fn trusting(authorities: Option<&Path>) -> Result<TlsConfig, CommandError> {
    let system = || SYSTEM.iter().map(Path::new).find(|path| path.exists());
    let file = authorities.or_else(system).ok_or_else(|| {
        let why = "no authorities on this system: install ca-certificates, or give --ca FILE";
        CommandError::Refused(why.to_owned())
    })?;
    let text = std::fs::read(file).map_err(CommandError::file("read", file))?;
    let certificates = parse_pem(&text).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let roots = RootCerts::from(certificates.collect::<Vec<_>>());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
    Ok(config.root_certs(roots).build())
}
