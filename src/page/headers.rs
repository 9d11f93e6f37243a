//! The headers that every answer carries, and those of a 401.

use super::html::STYLE_SOURCE;
use super::presentation::Presentation;
use crate::auth::cookie;
use crate::cgi::Response;
use crate::error::Error;

/// Longest site's name in a challenge, in bytes: the header block has 4,096 for everything.
const REALM_MAX: usize = 128;

/// The policy of an answer that shows nothing.
pub const STRICTEST: &str =
    "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// The answer when not even a failure's page could be made.
pub const LAST_RESORT: &str = "Status: 500 Internal Server Error\r\n\
    Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n\
    Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'\r\n\
    Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n\
    Referrer-Policy: same-origin\r\nVary: Accept, Accept-Language, Cookie\r\n\
    X-Content-Type-Options: nosniff\r\n\r\nInternal Server Error\n";

/// Adds what every answer carries. The referrer policy is `same-origin` and not `no-referrer`, with which Chromium sends
/// `Origin: null` with our own form over plain HTTP.
pub fn secured(response: Response, policy: impl Into<String>) -> Result<Response, Error> {
    response
        .with("Cache-Control", "no-store")?
        .with("Content-Security-Policy", policy)?
        .with("Cross-Origin-Opener-Policy", "same-origin")?
        .with("Cross-Origin-Resource-Policy", "same-origin")?
        .with("Referrer-Policy", "same-origin")?
        .with("Vary", "Accept, Accept-Language, Cookie")?
        .with("X-Content-Type-Options", "nosniff")
}

/// Adds the challenge that a 401 must have (RFC 9110, 15.5.2). Browsers show the page.
pub fn with_challenge(
    response: Response,
    presentation: &Presentation,
    https: bool,
) -> Result<Response, Error> {
    // A quoted-string. A name that is long, or not plain ASCII, is left out.
    let plain = |c: char| c == ' ' || (c.is_ascii_graphic() && !matches!(c, '"' | '\\'));
    let fits = |title: &&str| (1..=REALM_MAX).contains(&title.len()) && title.chars().all(plain);
    let realm = Some(presentation.page.title.as_str()).filter(fits);
    let challenge = format!(
        "Cookie realm=\"{}\", form-action=\"{}\", cookie-name={}",
        realm.unwrap_or("cgi-session"),
        presentation.links.login(),
        cookie::name(https)
    );
    response.with("WWW-Authenticate", challenge)
}

/// The policy of a page: no script, our one style sheet, the site's own images, and what the owner named. A site's icon
/// is one of its images: Firefox asks for `/favicon.ico` on every page, and holds it against the page's policy.
pub fn policy(presentation: &Presentation) -> String {
    let mut policy = format!("default-src 'none'; style-src {STYLE_SOURCE}");
    if let Some(source) = source(&presentation.page.stylesheet) {
        policy = format!("{policy} {source}");
    }
    policy += "; img-src 'self'";
    if let Some(source) = source(&presentation.page.logo).filter(|source| source != "'self'") {
        policy = format!("{policy} {source}");
    }
    policy + "; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}

/// The origin of an `https` URL, or our own for a path.
fn source(url: &str) -> Option<String> {
    match url.strip_prefix("https://") {
        Some(rest) => rest.split('/').next().map(|host| format!("https://{host}")),
        None if url.is_empty() => None,
        None => Some("'self'".to_owned()),
    }
}
