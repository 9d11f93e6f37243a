//! The kinds of responses that a page makes.

use askama::Template;
use serde::Serialize;

use super::headers::{STRICTEST, policy, secured};
use super::presentation::Presentation;
use crate::cgi::{Response, reason};
use crate::error::Error;

/// An HTML page.
pub fn html(
    status: u16,
    presentation: &Presentation,
    page: &impl Template,
) -> Result<Response, Error> {
    let body = page.render().map_err(|why| Error::Page(why.to_string()))?;
    secured(Response::new(status, body), policy(presentation))?
        .with("Content-Type", "text/html; charset=utf-8")?
        .with("Content-Language", presentation.texts.tag)
}

/// A JSON value for a script.
pub fn json(status: u16, kind: &str, value: &impl Serialize) -> Result<Response, Error> {
    let body = serde_json::to_vec(value).map_err(|why| Error::Page(why.to_string()))?;
    secured(Response::new(status, body), STRICTEST)?
        .with("Content-Type", format!("{kind}; charset=utf-8"))
}

/// A problem of RFC 9457. The type `about:blank` says that it means no more than its status, whose reason phrase is the
/// title.
#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// An error for a script.
pub fn problem(status: u16, detail: &str, id: Option<&str>) -> Result<Response, Error> {
    let problem = Problem {
        kind: "about:blank",
        title: reason(status),
        status,
        detail,
        id,
    };
    json(status, "application/problem+json", &problem)
}

/// A redirect to another page, which the browser asks for with GET (RFC 9110, 15.4.4).
pub fn see_other(to: impl Into<String>) -> Result<Response, Error> {
    secured(Response::new(303, ""), STRICTEST)?
        .with("Location", to)?
        .with("Content-Type", "text/plain; charset=utf-8")
}

/// A success that has nothing to show.
pub fn no_content() -> Result<Response, Error> {
    secured(Response::new(204, ""), STRICTEST)
}
