//! What a page of one's own answers. Each answer carries the headers that all pages do.

use askama::Template;
use serde::Serialize;

use super::Html;
use crate::auth::next::Next;
use crate::cgi::Response;
use crate::error::Error;
use crate::page::Visit;
use crate::page::headers::{policy, secured};
use crate::page::html::{Look, STYLE};
use crate::page::reply;

/// A page of one's own, in the site's layout.
#[derive(Debug, Template)]
#[template(path = "own.html", config = "src/page/askama.toml")]
struct OwnPage<'a> {
    look: Look<'a>,
    title: &'a str,
    html: Html,
}

impl Visit<'_> {
    /// A page in the site's layout, with its look and in its language: `html` under the heading `title`, which is
    /// escaped.
    ///
    /// Its content security policy allows no script and no style but the site's, images of this site, and forms to this
    /// site; [`Response::policy`] sets another one.
    ///
    /// # Errors
    /// If the page cannot be made.
    pub fn page(&self, title: &str, html: Html) -> Result<Response, Error> {
        let page = OwnPage {
            look: self.presentation.look(),
            title,
            html,
        };
        reply::html(200, self.presentation, &page)
    }

    /// A whole HTML document of the author's own, from `<!DOCTYPE html>` on, with the same content security policy as
    /// [`Visit::page`].
    ///
    /// # Errors
    /// If the answer cannot be made.
    pub fn document(&self, html: Html) -> Result<Response, Error> {
        let response = Response::new(200, html.into_string());
        secured(response, policy(self.presentation))?
            .with("Content-Type", "text/html; charset=utf-8")
    }

    /// A value as JSON, for a script.
    ///
    /// # Errors
    /// If the value has no form in JSON, such as a map whose keys are no strings.
    pub fn json(&self, value: &impl Serialize) -> Result<Response, Error> {
        reply::json(200, "application/json", value)
    }

    /// A redirect (303) to a path of this site, which the browser then asks for by GET. A form is best answered so, since
    /// loading that page again does not send the form again.
    ///
    /// # Errors
    /// If `path` is not a path of this site that begins with one `/`, as it stands in a URL, of at most 2,048 bytes. A
    /// path that a visitor chose can therefore lead to no other site.
    pub fn redirect(&self, path: &str) -> Result<Response, Error> {
        let path = Next::parse(path).ok_or_else(|| {
            Error::Page("a redirect to what is not a path of this site, from one `/` on".to_owned())
        })?;
        reply::see_other(path.as_str())
    }
}
