//! How an answer is presented: as HTML or JSON, in which language, and under which name of the site.

use std::sync::{Arc, OnceLock};

use super::html::Look;
use super::links::Links;
use crate::cgi::{Variables, preferred_language, prefers_json};
use crate::config::PageConfig;
use crate::texts::{ENGLISH, LANGUAGES, Texts};

/// Longest name of a host, in bytes (RFC 1035, 2.3.4).
const HOST_MAX: usize = 255;

/// The parts of a request and of the configuration that shape every answer, failures included. Reading them never
/// fails, and happens before the request is checked.
#[derive(Debug, Clone)]
pub struct Presentation {
    /// Whether the answer is JSON instead of HTML.
    pub json: bool,
    /// Whether the method is HEAD, so that the answer has no body.
    pub head: bool,
    /// The texts in the visitor's language.
    pub texts: &'static Texts,
    /// The URLs of our programs.
    pub links: Links,
    /// The query, still encoded; empty if there is none. See [`Presentation::again`].
    pub(super) query: String,
    /// The host's name; empty if the site's owner has named the site.
    host: String,
    /// The settings of the site's owner.
    pub page: PageConfig,
    /// The `Set-Cookie` of the visitor's row that the page has made. Every answer from then on carries it, so that no
    /// row is left that the visitor cannot reach.
    pub(super) cookie: Arc<OnceLock<String>>,
}

impl Presentation {
    /// Reads the variables. If the configuration is broken, the caller passes the default as `page`.
    #[must_use]
    pub fn from_variables(variables: &Variables, page: &PageConfig) -> Self {
        let accepted = variables.lossy("HTTP_ACCEPT_LANGUAGE");
        let method = variables.bytes("REQUEST_METHOD").unwrap_or_default();
        let fixed = Texts::tagged(&page.language);
        Self {
            json: prefers_json(&variables.lossy("HTTP_ACCEPT")),
            head: method == b"HEAD",
            texts: fixed.unwrap_or_else(|| preferred(&accepted)),
            links: Links::from_script_name(variables.text("SCRIPT_NAME").unwrap_or_default()),
            query: variables.query().to_owned(),
            host: match page.title.as_str() {
                "" => host(variables.text("SERVER_NAME").unwrap_or_default()).to_owned(),
                _ => String::new(),
            },
            page: page.clone(),
            cookie: Arc::default(),
        }
    }

    /// The same presentation, for a site whose public address is `origin`; if that is empty, nothing changes. Behind a
    /// proxy, visitors may not know the server's own name.
    #[must_use]
    pub fn at(mut self, origin: &str) -> Self {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        if let Some(authority) = authority.filter(|_| self.page.title.is_empty()) {
            let name = match authority.rsplit_once(':') {
                Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
                _ => authority,
            };
            host(name).clone_into(&mut self.host);
        }
        self
    }

    /// The URL of the request, with its query. For a form, the URL to which the form was sent.
    pub(super) fn again(&self) -> String {
        match self.query.as_str() {
            "" => self.links.here.clone(),
            query => format!("{}?{query}", self.links.here),
        }
    }

    /// The part that the templates show.
    pub(super) fn look(&self) -> Look<'_> {
        Look {
            texts: self.texts,
            title: &self.page.title,
            host: &self.host,
            logo: &self.page.logo,
            stylesheet: &self.page.stylesheet,
        }
    }
}

/// The one of our languages that an `Accept-Language` header prefers.
fn preferred(accepted: &str) -> &'static Texts {
    let ranges = LANGUAGES.map(|texts| texts.range);
    let best = preferred_language(&ranges, accepted);
    let found = LANGUAGES
        .into_iter()
        .find(|texts| Some(texts.range) == best);
    found.unwrap_or(&ENGLISH)
}

/// The name, if it can be the name or the address of a host; else empty. The check is needed because Apache takes
/// `SERVER_NAME` from the client's `Host`.
fn host(name: &str) -> &str {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    if name.len() <= HOST_MAX && name.bytes().all(fits) {
        name
    } else {
        ""
    }
}
