//! The protected page: it shows who is signed in, since when, and until when.

use serde::Serialize;

use super::definition::Page;
use super::html::{ProtectedPage, SignOutForm};
use super::reply;
use super::visit::Visit;
use crate::cgi::Response;
use crate::error::Error;
use crate::model::Session;

/// The protected page.
pub const PROTECTED: Page = Page::signed_in("protected", protected);

#[derive(Serialize)]
struct SignedInJson<'a> {
    user: &'a str,
    signed_in_at: String,
    expires_at: String,
}

fn protected(visit: &mut Visit<'_>, session: &Session) -> Result<Response, Error> {
    let presentation = visit.presentation;
    let user = session.user.login_name.as_str();
    let signed_in_at = session.created_at.to_string();
    let expires_at = session.expires_at.to_string();
    if presentation.json {
        let value = SignedInJson {
            user,
            signed_in_at,
            expires_at,
        };
        return reply::json(200, "application/json", &value);
    }
    let page = ProtectedPage {
        look: presentation.look(),
        login_name: user,
        since: &signed_in_at,
        until: &expires_at,
        sign_out: SignOutForm {
            action: &presentation.links.program("logout"),
            ends: Some(session.digest.short()),
            login_name: Some(user),
        },
    };
    reply::html(200, presentation, &page)
}
