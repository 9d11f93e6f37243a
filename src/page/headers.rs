//! The headers that every answer carries, and those of a 401.

use super::html::STYLE_SOURCE;
use super::presentation::Presentation;
use crate::auth::session_cookie;
use crate::cgi::Response;
use crate::error::Error;

/// Longest name of a site in a challenge, in bytes. All headers together have 4,096.
const REALM_MAX: usize = 128;

/// The content security policy of an answer that is not HTML.
pub const STRICTEST: &str =
    "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// The whole answer if not even the page of a failure could be made.
pub const LAST_RESORT: &str = "Status: 500 Internal Server Error\r\n\
    Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n\
    Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'\r\n\
    Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n\
    Referrer-Policy: same-origin\r\nVary: Accept, Accept-Language, Cookie\r\n\
    X-Content-Type-Options: nosniff\r\n\r\nInternal Server Error\n";

/// Adds the headers that every answer carries. The referrer policy is `same-origin`: under `no-referrer`, Chromium
/// sends `Origin: null` with our own form over plain HTTP.
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

/// Adds the challenge that a 401 must have (RFC 9110, 15.5.2). Browsers do not know its scheme, and show the page.
pub fn with_challenge(
    response: Response,
    presentation: &Presentation,
    https: bool,
) -> Result<Response, Error> {
    // The realm is a quoted-string. A name that is too long, or not plain ASCII, is left out.
    let plain = |c: char| c == ' ' || (c.is_ascii_graphic() && !matches!(c, '"' | '\\'));
    let fits = |title: &&str| (1..=REALM_MAX).contains(&title.len()) && title.chars().all(plain);
    let realm = Some(presentation.page.title.as_str()).filter(fits);
    let challenge = format!(
        "Cookie realm=\"{}\", form-action=\"{}\", cookie-name={}",
        realm.unwrap_or("cgi-session"),
        presentation.links.login(),
        session_cookie::name(https)
    );
    response.with("WWW-Authenticate", challenge)
}

/// The content security policy of a page: no script, our one style sheet, the site's own images, and the owner's style
/// sheet and logo. The site's images are allowed because Firefox asks for `/favicon.ico` on every page, under that
/// page's policy.
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

/// The policy's source for a URL: the origin of an `https` URL, `'self'` for a path, none if the URL is empty.
fn source(url: &str) -> Option<String> {
    match url.strip_prefix("https://") {
        Some(rest) => rest.split('/').next().map(|host| format!("https://{host}")),
        None if url.is_empty() => None,
        None => Some("'self'".to_owned()),
    }
}
