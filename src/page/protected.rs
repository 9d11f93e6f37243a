//! The protected page, and the message page for whoever is signed out.

use serde::Serialize;

use super::html::{self, SignedIn, SignedOut};
use super::{Page, Visit, answer, failure};
use crate::auth::cookie::Presented;
use crate::auth::next::Next;
use crate::auth::session;
use crate::cgi::{Form, Response};
use crate::config::WhenSignedOut;
use crate::error::Error;
use crate::model::Session;

/// The protected page.
pub const PROTECTED: Page = Page {
    name: "protected",
    allow: "GET, HEAD",
    answer: protected,
};

/// Seconds until the message page gives way to the login page.
const REFRESH: u32 = 3;

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
    let mut store = visit.store()?;
    let limits = &visit.config.session;
    match session::check(store.as_mut(), &token, visit.now, limits, visit.log)? {
        Some(session) => signed_in(visit, &session),
        None => signed_out(visit),
    }
}

fn signed_in(visit: &Visit<'_>, session: &Session) -> Result<Response, Error> {
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
        logout: &visit.manner.links.logout(),
    };
    answer::html(
        200,
        visit.manner,
        html::protected(&visit.manner.look(), &shown),
    )
}

fn signed_out(visit: &Visit<'_>) -> Result<Response, Error> {
    let manner = visit.manner;
    // A query that cannot be read is no reason to show an error instead of the way in.
    let query = visit.request.query().unwrap_or_default();
    let stays = query.get("stay").is_ok_and(|stay| stay.is_some());
    let login = login_with_next(visit, &query);
    if manner.json {
        let problem = failure::problem(401, manner.texts().not_signed_in, None)?;
        return answer::with_challenge(problem, manner, visit.request.https);
    }
    if visit.config.page.when_signed_out == WhenSignedOut::Redirect {
        return answer::see_other(login);
    }
    let stay = format!("{}?stay", manner.links.here);
    let shown = SignedOut {
        login: &login,
        stay: (!stays).then_some(&stay),
    };
    let page = html::message(&manner.look(), &shown);
    let mut response = answer::html(401, manner, page)?;
    if !stays {
        response = response.with("Refresh", format!("{REFRESH}; url={login}"))?;
    }
    answer::with_challenge(response, manner, visit.request.https)
}

/// The login page, which is to lead back here; without `next` where it would be too long.
fn login_with_next(visit: &Visit<'_>, query: &Form) -> String {
    let links = &visit.manner.links;
    let mut wanted = links.here.clone();
    // `stay` is about the message page, not about the page that was wanted.
    if !visit.request.query_string.is_empty() && !query.get("stay").is_ok_and(|stay| stay.is_some())
    {
        wanted = format!("{wanted}?{}", visit.request.query_string);
    }
    match Next::parse(&wanted) {
        Some(next) => format!("{}?next={}", links.login(), next.in_query()),
        None => links.login(),
    }
}
