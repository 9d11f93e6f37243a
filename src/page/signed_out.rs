//! The answer of a page that requires sign-in to a visitor who is signed out: the message page, which leads to the
//! login page and from there back.

use super::html::MessagePage;
use super::visit::Visit;
use super::{headers, reply};
use crate::auth::next::Next;
use crate::auth::referer;
use crate::cgi::{HEADER_BLOCK_MAX, Response};
use crate::config::WhenSignedOut;
use crate::error::Error;

/// Seconds until the message page opens the login page.
const REFRESH: u32 = 3;

/// Room for links in the header block of a 401, in bytes. Everything else in the block takes less than 1,700.
const LINKS_MAX: usize = HEADER_BLOCK_MAX - 1700;

/// A 401. If the configuration says so, a browser is redirected to the login page instead, unless it seems to block
/// cookies.
pub fn signed_out(visit: &Visit<'_>) -> Result<Response, Error> {
    let (presentation, https) = (visit.presentation, visit.request.https);
    let texts = presentation.texts;
    let (wanted, stays) = wanted(&presentation.links.here, &presentation.query);
    let login_page = presentation.links.login();
    let login = login_with_next(&login_page, &wanted);
    if presentation.json {
        let problem = reply::problem(401, texts.not_signed_in, None)?;
        return headers::with_challenge(problem, presentation, https);
    }
    // A browser that comes from the login page without any cookie blocks cookies, and would be sent round in a circle.
    // A browser that has signed out is no such case: it still sends the cookie of its device, if the site has a
    // `secret`.
    let our_origin = &visit.config.http.origin;
    let blocked =
        visit.request.cookie.is_empty() && referer::is_from(visit.request, our_origin, &login_page);
    if visit.config.page.when_signed_out == WhenSignedOut::Redirect && !blocked {
        return reply::see_other(login);
    }
    let stay = format!(
        "{wanted}{}stay",
        if wanted.contains('?') { '&' } else { '?' }
    );
    let stays = stays || blocked;
    let page = MessagePage {
        look: presentation.look(),
        login: &login,
        stay: (!stays).then_some(&stay),
        notice: blocked.then_some(texts.no_cookies),
    };
    let mut response = reply::html(401, presentation, &page)?;
    if !stays {
        response = response.with("Refresh", format!("{REFRESH}; url={login}"))?;
    }
    headers::with_challenge(response, presentation, https)
}

/// The URL that the visitor wanted, and whether the message page shall stay. `stay` is the last part of the query, and
/// concerns only the message page.
fn wanted(here: &str, query: &str) -> (String, bool) {
    let without = match query {
        "stay" => Some(""),
        _ => query.strip_suffix("&stay"),
    };
    let wanted = match without.unwrap_or(query) {
        "" => here.to_owned(),
        query => format!("{here}?{query}"),
    };
    (wanted, without.is_some())
}

/// The URL of the login page, with `next` as the way back. The header block holds that URL twice, once with `next`; if
/// the block would be too long, `next` is left out.
pub fn login_with_next(login: &str, wanted: &str) -> String {
    let next = Next::parse(wanted).map(|next| next.in_query());
    match next.filter(|next| 2 * login.len() + next.len() <= LINKS_MAX) {
        Some(next) => format!("{login}?next={next}"),
        None => login.to_owned(),
    }
}
