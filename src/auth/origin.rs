//! Who sent the form (OWASP CSRF, "Fetch Metadata"; the rule of Go's `CrossOriginProtection`).

use crate::cgi::{Method, Request};

/// Whether the request changes something on behalf of another site's page. Sign-in is included: a
/// forced one puts the visitor into somebody else's account.
///
/// `Sec-Fetch-Site` decides where there is one; a browser writes it, no page can. Without it the host of `Origin` must
/// be ours, over HTTPS where ours is. With neither it is no browser (curl), and nobody's cookie is abused.
#[must_use]
pub fn is_cross_origin(request: &Request, our_origin: &str) -> bool {
    if request.method != Method::Post {
        return false;
    }
    if let Some(site) = &request.sec_fetch_site {
        return !matches!(site.as_str(), "same-origin" | "none");
    }
    let Some(origin) = &request.origin else {
        return false;
    };
    let ours = host(our_origin).or(request.host.as_deref());
    let theirs = host(origin);
    // Apache shows a port in Host that a browser's Origin leaves out.
    let port = default_port(origin);
    let without_port = |host: &'_ str| host.strip_suffix(port).unwrap_or(host).to_owned();
    // Whoever is on the way can make a page of ours without TLS.
    let secure = request.https || our_origin.starts_with("https://");
    let downgraded = secure && origin.starts_with("http://");
    downgraded
        || theirs.is_none()
        || !theirs.zip(ours).is_some_and(|(theirs, ours)| {
            without_port(theirs).eq_ignore_ascii_case(&without_port(ours))
        })
}

/// Host and port of an origin, `null` and what is no origin having none.
fn host(origin: &str) -> Option<&str> {
    let rest = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"))?;
    (!rest.is_empty() && !rest.contains(['/', ' ', ','])).then_some(rest)
}

/// The port that the origin's scheme does not name (RFC 6454, 6.1), as it stands behind a host.
fn default_port(origin: &str) -> &'static str {
    if origin.starts_with("https://") {
        ":443"
    } else {
        ":80"
    }
}
