//! The sign-out page: GET shows a button and changes nothing, POST ends the session.

use super::{Page, Visit, answer, html};
use crate::auth::cookie;
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
    let links = &visit.manner.links;
    let page = html::logout(&visit.manner.look(), &links.here, &links.protected());
    answer::html(200, visit.manner, page)
}

fn sign_out(visit: &mut Visit<'_>) -> Result<Response, Error> {
    let presented = visit.presented();
    if !presented.tokens().is_empty() {
        let mut store = visit.store()?;
        for digest in presented.tokens().iter().map(Digest::of) {
            // Anybody can make tokens up: of those that end nothing, nothing is told.
            if session::sign_out(store.as_mut(), &digest)? {
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
