//! The kinds of answers, with the headers that each of them carries.

use serde::Serialize;

use super::html::STYLE_SOURCE;
use super::manner::Manner;
use crate::auth::cookie;
use crate::cgi::Response;
use crate::error::Error;

/// Longest site's name in a challenge, in bytes: the header block has 4,096 for all.
const REALM_MAX: usize = 128;

/// A page.
pub fn html(status: u16, manner: &Manner, body: String) -> Result<Response, Error> {
    guarded(Response::new(status, body), policy(manner))?
        .with("Content-Type", "text/html; charset=utf-8")?
        .with("Content-Language", manner.language.tag())
}

/// A value for a script.
pub fn json(status: u16, kind: &str, value: &impl Serialize) -> Result<Response, Error> {
    let body = serde_json::to_vec(value).map_err(|why| Error::Page(why.to_string()))?;
    guarded(Response::new(status, body), strictest())?
        .with("Content-Type", format!("{kind}; charset=utf-8"))
}

/// Elsewhere, with GET (RFC 9110, 15.4.4).
pub fn see_other(to: impl Into<String>) -> Result<Response, Error> {
    guarded(Response::new(303, ""), strictest())?
        .with("Location", to)?
        .with("Content-Type", "text/plain; charset=utf-8")
}

/// Done, and nothing to say.
pub fn no_content() -> Result<Response, Error> {
    guarded(Response::new(204, ""), strictest())
}

/// The challenge of a 401, which must have one (RFC 9110, 15.5.2); browsers show the page.
pub fn with_challenge(response: Response, manner: &Manner, https: bool) -> Result<Response, Error> {
    // A quoted-string; a name that is not plain ASCII, or long, is left out.
    let plain = |c: char| c == ' ' || (c.is_ascii_graphic() && !matches!(c, '"' | '\\'));
    let fits = |title: &&str| (1..=REALM_MAX).contains(&title.len()) && title.chars().all(plain);
    let realm = Some(manner.page.title.as_str()).filter(fits);
    let challenge = format!(
        "Cookie realm=\"{}\", form-action=\"{}\", cookie-name={}",
        realm.unwrap_or("cgi-session"),
        manner.links.login(),
        cookie::name(https)
    );
    response.with("WWW-Authenticate", challenge)
}

/// What every answer carries. `same-origin` rather than `no-referrer`, which makes Chromium send
/// `Origin: null` with our own form over plain HTTP.
fn guarded(response: Response, policy: String) -> Result<Response, Error> {
    response
        .with("Cache-Control", "no-store")?
        .with("Content-Security-Policy", policy)?
        .with("Cross-Origin-Opener-Policy", "same-origin")?
        .with("Cross-Origin-Resource-Policy", "same-origin")?
        .with("Referrer-Policy", "same-origin")?
        .with("Vary", "Accept, Accept-Language, Cookie")?
        .with("X-Content-Type-Options", "nosniff")
}

fn strictest() -> String {
    "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'".to_owned()
}

/// No script, our one style sheet, the site's own images and what the owner named. A site's icon is one of
/// its images: Firefox asks for `/favicon.ico` on every page, and holds it against the page's policy.
fn policy(manner: &Manner) -> String {
    let mut policy = format!("default-src 'none'; style-src {STYLE_SOURCE}");
    if let Some(source) = source(&manner.page.stylesheet) {
        policy = format!("{policy} {source}");
    }
    policy += "; img-src 'self'";
    if let Some(source) = source(&manner.page.logo).filter(|source| source != "'self'") {
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
