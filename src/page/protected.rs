//! The protected page, and the message page for whoever is signed out.

use serde::Serialize;

use super::html::{self, SignOut, SignedIn, SignedOut};
use super::{Page, Visit, answer, failure};
use crate::auth::cookie::Presented;
use crate::auth::next::Next;
use crate::auth::{referer, session};
use crate::cgi::{HEADER_BLOCK_MAX, Response};
use crate::config::WhenSignedOut;
use crate::error::Error;
use crate::model::{Digest, Session};

/// The protected page.
pub const PROTECTED: Page = Page {
    name: "protected",
    takes_form: false,
    answer: protected,
};

/// Seconds until the message page gives way to the login page.
const REFRESH: u32 = 3;

/// Room for links in the header block of a 401, in bytes; what else stands in it is under 1,700.
const LINKS_MAX: usize = HEADER_BLOCK_MAX - 1700;

#[derive(Serialize)]
struct SignedInJson<'a> {
    user: &'a str,
    signed_in_at: String,
    expires_at: String,
}

fn protected(visit: &mut Visit<'_>) -> Result<Response, Error> {
    let Presented::Token(token) = visit.presented() else {
        return signed_out(visit);
    };
    let digest = Digest::of(&token);
    let mut store = visit.store()?;
    let limits = &visit.config.session;
    let found = session::check(
        store.as_mut(),
        &digest,
        visit.now,
        limits,
        visit.log,
        visit.deadline,
    )?;
    match found {
        Some(session) => signed_in(visit, &session, &digest),
        None => signed_out(visit),
    }
}

fn signed_in(visit: &Visit<'_>, session: &Session, digest: &Digest) -> Result<Response, Error> {
    let user = session.user.login_name.as_str();
    let signed_in_at = session.created_at.to_string();
    let expires_at = session.expires_at.to_string();
    if visit.manner.json {
        let value = SignedInJson {
            user,
            signed_in_at,
            expires_at,
        };
        return answer::json(200, "application/json", &value);
    }
    let shown = SignedIn {
        login_name: user,
        since: &signed_in_at,
        until: &expires_at,
        sign_out: SignOut {
            action: &visit.manner.links.logout(),
            ends: Some(digest.short()),
            login_name: Some(user),
        },
    };
    answer::html(
        200,
        visit.manner,
        html::protected(&visit.manner.look(), &shown),
    )
}

fn signed_out(visit: &Visit<'_>) -> Result<Response, Error> {
    let manner = visit.manner;
    let (wanted, stays) = wanted(&manner.links.here, &visit.request.query_string);
    let login = login_with_next(&manner.links.login(), &wanted);
    if manner.json {
        let problem = failure::problem(401, manner.texts().not_signed_in, None)?;
        return answer::with_challenge(problem, manner, visit.request.https);
    }
    // Whoever comes from the sign-in without any cookie would go round in a circle. Who signed out brings the
    // cookie of the device, and is not meant.
    let our_origin = &visit.config.http.origin;
    let blocked = visit.request.cookie.is_empty()
        && referer::is(visit.request, our_origin, &manner.links.login());
    if visit.config.page.when_signed_out == WhenSignedOut::Redirect && !blocked {
        return answer::see_other(login);
    }
    let stay = format!(
        "{wanted}{}stay",
        if wanted.contains('?') { '&' } else { '?' }
    );
    let stays = stays || blocked;
    let shown = SignedOut {
        login: &login,
        stay: (!stays).then_some(&stay),
        notice: blocked.then_some(manner.texts().no_cookies),
    };
    let page = html::message(&manner.look(), &shown);
    let mut response = answer::html(401, manner, page)?;
    if !stays {
        response = response.with("Refresh", format!("{REFRESH}; url={login}"))?;
    }
    answer::with_challenge(response, manner, visit.request.https)
}

/// The page that was wanted, and whether the message page was asked to stay. `stay` stands last, and
/// is about the message page alone.
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

/// The login page, which is to lead back; without `next` where the header block would be too long: the
/// login page stands in it twice, and once with `next`.
fn login_with_next(login: &str, wanted: &str) -> String {
    let next = Next::parse(wanted).map(|next| next.in_query());
    match next.filter(|next| 2 * login.len() + next.len() <= LINKS_MAX) {
        Some(next) => format!("{login}?next={next}"),
        None => login.to_owned(),
    }
}
