//! The sign-out page: GET shows a button and changes nothing, POST ends the session.

use super::definition::Page;
use super::html::{LogoutPage, SignOutForm};
use super::reply;
use super::visit::Visit;
use crate::auth::session;
use crate::auth::session_cookie;
use crate::cgi::{Method, Response};
use crate::error::Error;
use crate::log::Event;
use crate::model::Digest;

/// The sign-out page. If the store does not answer, the page says that the visitor is not signed out.
pub const LOGOUT: Page = Page::open("logout", logout)
    .with_form_of_ours()
    .when_unavailable(|texts| texts.not_signed_out);

fn logout(visit: &mut Visit<'_>) -> Result<Response, Error> {
    if visit.request.method == Method::Post {
        return sign_out(visit);
    }
    ask(visit, 200, None)
}

/// The page with the button. It names the user, if the browser has a session and the store answers.
fn ask(visit: &mut Visit<'_>, status: u16, notice: Option<&str>) -> Result<Response, Error> {
    let digest = visit.digest();
    let session = digest
        .as_ref()
        .and_then(|digest| visit.session_if_known(digest));
    let presentation = visit.presentation;
    let page = LogoutPage {
        look: presentation.look(),
        sign_out: SignOutForm {
            action: &presentation.links.here,
            ends: digest.as_ref().map(Digest::short),
            login_name: session
                .as_ref()
                .map(|session| session.user.login_name.as_str()),
        },
        back: &presentation.links.program("protected"),
        notice,
    };
    reply::html(status, presentation, &page)
}

fn sign_out(visit: &mut Visit<'_>) -> Result<Response, Error> {
    let presented = visit.presented();
    let digests: Vec<Digest> = presented.tokens().iter().map(Digest::from_token).collect();
    // Our forms name the session that they end. If the browser has another session by now, somebody else may have
    // signed in. A script need not name it.
    let is_another = |ends: &str| digests.iter().all(|digest| digest.short() != ends);
    if !digests.is_empty() && visit.form.get("ends")?.is_some_and(is_another) {
        return another(visit);
    }
    if !digests.is_empty() {
        let mut store = visit.store()?;
        for digest in &digests {
            // Anybody can make up tokens, so only a token that ended a session is logged.
            if session::sign_out(store.as_mut(), digest)? {
                let client = &visit.request.remote_addr;
                let session = digest.short();
                visit.log.event(&Event::SignedOut { session, client });
            }
        }
    }
    let response = if visit.presentation.json {
        reply::no_content()?
    } else {
        reply::see_other(format!("{}?signed_out", visit.presentation.links.login()))?
    };
    response.with("Set-Cookie", session_cookie::removal(visit.request.https))
}

/// The answer to a form that was made for a session that the browser no longer has. It ends no session, and asks again.
fn another(visit: &mut Visit<'_>) -> Result<Response, Error> {
    let why = visit.presentation.texts.another_session;
    if visit.presentation.json {
        reply::problem(409, why, None)
    } else {
        ask(visit, 409, Some(why))
    }
}
