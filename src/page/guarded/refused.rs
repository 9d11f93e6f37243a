//! The answers to visitors who are not admitted to a guarded place.

use askama::Template;

use crate::auth::rules::Rule;
use crate::cgi::{GuardedRequest, Response};
use crate::error::Error;
use crate::log::Event;
use crate::model::Session;
use crate::page::headers::{STRICTEST, secured, with_challenge};
use crate::page::html::{Look, STYLE};
use crate::page::reply;
use crate::page::signed_out::{login_with_next, signed_out};
use crate::page::visit::Visit;

/// The page for a visitor who may not reach a guarded place.
#[derive(Debug, Template)]
#[template(path = "forbidden.html", config = "src/page/askama.toml")]
struct ForbiddenPage<'a> {
    /// The site.
    look: Look<'a>,
    /// What went wrong, in a few words.
    title: &'a str,
    /// Why.
    detail: &'a str,
    /// The login name that is signed in; empty if none.
    login_name: &'a str,
    /// URL of the login page, with its `next`; empty if no sign-in helps.
    login: &'a str,
}

/// A 401 that leads to the login page and from there back. A part of a page gets one without a body, and no redirect.
pub fn sign_in_first(visit: &Visit<'_>, request: &GuardedRequest) -> Result<Response, Error> {
    expect_login(visit)?;
    if request.is_part && !visit.presentation.json {
        return with_challenge(bare(401)?, visit.presentation, visit.request.https);
    }
    signed_out(visit)
}

/// A 403 that says who the visitor is signed in as, and leads to a sign-in as somebody else. `rule` is the one that
/// does not allow them. Nobody else would be allowed, either, if the visitor is signed out.
pub fn forbidden(
    visit: &Visit<'_>,
    request: &GuardedRequest,
    rule: Option<&Rule>,
    session: Option<&Session>,
) -> Result<Response, Error> {
    if session.is_some() {
        expect_login(visit)?;
    }
    let presentation = visit.presentation;
    let user = session.map_or("", |session| &session.user.login_name);
    visit.log.event(&Event::NotAllowed {
        user,
        client: &visit.request.remote_addr,
        rule: rule.map_or("", |rule| rule.path.as_str()),
    });
    let (title, detail) = presentation.texts.forbidden;
    if presentation.json {
        let who = session.map(|_| format!(" {} {user}", presentation.texts.signed_in_as));
        return reply::problem(403, &(detail.to_owned() + &who.unwrap_or_default()), None);
    }
    if request.is_part {
        return bare(403);
    }
    let login = session
        .map(|_| login_with_next(&presentation.links.login(), &presentation.again()))
        .unwrap_or_default();
    let page = ForbiddenPage {
        look: presentation.look(),
        title,
        detail,
        login_name: user,
        login: &login,
    };
    reply::html(403, presentation, &page)
}

/// Checks that the address of the login page is known.
fn expect_login(visit: &Visit<'_>) -> Result<(), Error> {
    if !visit.presentation.links.folder.is_empty() {
        return Ok(());
    }
    Err(Error::Config(
        "http.login is empty: set it to the URL path of the login program, as in \"/cgi-bin/login\", to which a \
         guarded place elsewhere leads its visitors"
            .to_owned(),
    ))
}

/// An answer that has nothing to show.
fn bare(status: u16) -> Result<Response, Error> {
    secured(Response::new(status, ""), STRICTEST)?.with("Content-Type", "text/plain; charset=utf-8")
}
