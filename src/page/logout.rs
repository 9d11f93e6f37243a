//! The sign-out page: GET shows a button and changes nothing, POST ends the session.

use super::html::SignOut;
use super::{Page, Visit, answer, failure, html};
use crate::auth::cookie::{self, Presented};
use crate::auth::session;
use crate::cgi::{Method, Response};
use crate::error::Error;
use crate::log::Event;
use crate::model::Digest;

/// The sign-out page.
pub const LOGOUT: Page = Page {
    name: "logout",
    takes_form: true,
    answer: logout,
};

fn logout(visit: &mut Visit<'_>) -> Result<Response, Error> {
    if visit.request.method == Method::Post {
        return sign_out(visit);
    }
    ask(visit, 200, None)
}

/// The button, and whose session it ends, where the browser has one and the store says whose.
fn ask(visit: &mut Visit<'_>, status: u16, notice: Option<&str>) -> Result<Response, Error> {
    let presented = cookie::presented(&visit.request.cookie, visit.request.https);
    let digest = match &presented {
        Presented::Token(token) => Some(Digest::of(token)),
        _ => None,
    };
    let session = digest.as_ref().and_then(|digest| visit.whose(digest));
    let links = &visit.manner.links;
    let form = SignOut {
        action: &links.here,
        ends: digest.as_ref().map(Digest::short),
        login_name: session
            .as_ref()
            .map(|session| session.user.login_name.as_str()),
    };
    let page = html::logout(&visit.manner.look(), &form, &links.protected(), notice);
    answer::html(status, visit.manner, page)
}

fn sign_out(visit: &mut Visit<'_>) -> Result<Response, Error> {
    let presented = visit.presented();
    let digests: Vec<Digest> = presented.tokens().iter().map(Digest::of).collect();
    // Our forms say which session they end. Where the browser has another one by now, somebody else may have
    // signed in. A script need not say it.
    let is_another = |ends: &str| digests.iter().all(|digest| digest.short() != ends);
    if !digests.is_empty() && visit.form.get("ends")?.is_some_and(is_another) {
        return another(visit);
    }
    if !digests.is_empty() {
        let mut store = visit.store()?;
        for digest in &digests {
            // Anybody can make tokens up: of those that end nothing, nothing is told.
            if session::sign_out(store.as_mut(), digest)? {
                let client = &visit.request.remote_addr;
                let session = digest.short();
                visit.log.event(&Event::SignedOut { session, client });
            }
        }
    }
    let response = if visit.manner.json {
        answer::no_content()?
    } else {
        answer::see_other(format!("{}?signed_out", visit.manner.links.login()))?
    };
    response.with("Set-Cookie", cookie::removal(visit.request.https))
}

/// The answer to a form of another session than the browser has: nothing ends unasked.
fn another(visit: &mut Visit<'_>) -> Result<Response, Error> {
    let why = visit.manner.texts().another_session;
    if visit.manner.json {
        failure::problem(409, why, None)
    } else {
        ask(visit, 409, Some(why))
    }
}
