//! Which page a visitor comes from, if the browser says so.

use crate::cgi::Request;

/// Whether the request comes from our page at `path`, as a URL spells it. This is a hint: it may choose what a page
/// says, and never what anybody may do.
#[must_use]
pub fn is_from(request: &Request, our_origin: &str, path: &str) -> bool {
    let referer = request.referer.as_deref();
    let (Some(theirs), ours) = (referer.and_then(without_scheme), without_scheme(our_origin))
    else {
        return false;
    };
    let (host, rest) = theirs.split_at(theirs.find('/').unwrap_or(theirs.len()));
    let asked = rest.split(['?', '#']).next();
    let is_ours = |ours: &str| ours.eq_ignore_ascii_case(host);
    asked == Some(path) && ours.or(request.host.as_deref()).is_some_and(is_ours)
}

fn without_scheme(url: &str) -> Option<&str> {
    url.strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::cgi::Variables;

    fn asked(host: &str, referer: &str) -> Option<Request> {
        let variables = [
            ("REQUEST_METHOD", "GET"),
            ("SCRIPT_NAME", "/cgi-bin/protected"),
            ("HTTP_HOST", host),
            ("HTTP_REFERER", referer),
        ];
        let variables =
            variables.map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Request::read(&variables.into_iter().collect::<Variables>(), &[]).ok()
    }

    #[test]
    fn a_page_is_ours_by_host_and_path() {
        let login = "/cgi-bin/login";
        for (referer, ours, expected) in [
            ("https://site.example/cgi-bin/login", "", true),
            ("http://SITE.example/cgi-bin/login?next=/x", "", true),
            ("https://site.example/cgi-bin/login#x", "", true),
            ("https://site.example/cgi-bin/login/x", "", false),
            ("https://site.example/cgi-bin/logi", "", false),
            ("https://site.example/x?/cgi-bin/login", "", false),
            ("https://evil.example/cgi-bin/login", "", false),
            ("https://site.example:8443/cgi-bin/login", "", false),
            (
                "https://public.example/cgi-bin/login",
                "https://public.example",
                true,
            ),
            (
                "https://site.example/cgi-bin/login",
                "https://public.example",
                false,
            ),
            ("https://site.example", "", false),
            ("/cgi-bin/login", "", false),
            ("https:///cgi-bin/login", "", false),
            ("", "", false),
        ] {
            let is = asked("site.example", referer).map(|request| is_from(&request, ours, login));
            assert_eq!(is, Some(expected), "{referer}");
        }
    }
}
