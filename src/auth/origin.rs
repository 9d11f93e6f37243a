//! Which site a form comes from (OWASP CSRF, "Fetch Metadata"; the rule of Go's `CrossOriginProtection`).

use crate::cgi::{Method, Request};

/// Whether a page of another site sent the form. Sign-in counts, too: a forced one puts the visitor into somebody
/// else's account.
///
/// If there is a `Sec-Fetch-Site`, it decides: the browser writes it, and no page can. Otherwise the host of `Origin`
/// must be ours, over HTTPS if ours is. A request with neither comes from no browser but from a script such as curl,
/// which abuses nobody's cookie.
#[must_use]
pub fn is_cross_origin(request: &Request, our_origin: &str) -> bool {
    request.method == Method::Post && is_from_elsewhere(request, our_origin)
}

/// The same, whatever the method.
#[must_use]
pub fn is_from_elsewhere(request: &Request, our_origin: &str) -> bool {
    if let Some(site) = &request.sec_fetch_site {
        return !matches!(site.as_str(), "same-origin" | "none");
    }
    let Some(origin) = &request.origin else {
        return false;
    };
    let ours = host(our_origin).or(request.host.as_deref());
    let theirs = host(origin);
    // Apache shows a port in Host that the browser leaves out of Origin.
    let port = default_port(origin);
    let without_port = |host: &'_ str| host.strip_suffix(port).unwrap_or(host).to_owned();
    // Without TLS, anybody on the way can forge a page of ours.
    let secure = request.https || our_origin.starts_with("https://");
    let downgraded = secure && origin.starts_with("http://");
    downgraded
        || theirs.is_none()
        || !theirs.zip(ours).is_some_and(|(theirs, ours)| {
            without_port(theirs).eq_ignore_ascii_case(&without_port(ours))
        })
}

/// Host and port of an origin; `None` for `null` and for anything else that is no origin.
fn host(origin: &str) -> Option<&str> {
    let rest = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"))?;
    (!rest.is_empty() && !rest.contains(['/', ' ', ','])).then_some(rest)
}

/// The default port of the origin's scheme (RFC 6454, 6.1), as it stands behind a host.
fn default_port(origin: &str) -> &'static str {
    if origin.starts_with("https://") {
        ":443"
    } else {
        ":80"
    }
}
