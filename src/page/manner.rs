//! How an answer looks and speaks.

use super::html::Look;
use super::links::Links;
use super::texts::{Language, Texts};
use crate::cgi::{Variables, best_of, prefers_json};
use crate::config::PageConfig;

/// Longest name of a host, in bytes (RFC 1035, 2.3.4).
const HOST_MAX: usize = 255;

/// What of a request and the configuration shapes any answer, failures included: known before the
/// request is, and never an error.
#[derive(Debug, Clone)]
pub struct Manner {
    /// JSON instead of HTML.
    pub json: bool,
    /// HEAD: no body.
    pub head: bool,
    /// Of every sentence.
    pub language: Language,
    /// Where our programs are.
    pub links: Links,
    /// The query, as it came; empty where it is none. See [`Manner::again`].
    query: String,
    /// The host's name, where the site has none of its own.
    host: String,
    /// What the site's owner changed.
    pub page: PageConfig,
}

impl Manner {
    /// Reads the variables; `page` is the default where the configuration is broken.
    #[must_use]
    pub fn of(variables: &Variables, page: &PageConfig) -> Self {
        let accepted = variables.lossy("HTTP_ACCEPT_LANGUAGE");
        let wanted = match page.language.as_str() {
            "" => best_of(&["en", "zh"], &accepted),
            fixed => Some(fixed),
        };
        let method = variables.bytes("REQUEST_METHOD").unwrap_or_default();
        Self {
            json: prefers_json(&variables.lossy("HTTP_ACCEPT")),
            head: method == b"HEAD",
            language: match wanted {
                Some("zh" | "zh-CN") => Language::Chinese,
                _ => Language::English,
            },
            links: Links::of(variables.text("SCRIPT_NAME").unwrap_or_default()),
            query: variables.query().to_owned(),
            host: match page.title.as_str() {
                "" => host(variables.text("SERVER_NAME").unwrap_or_default()).to_owned(),
                _ => String::new(),
            },
            page: page.clone(),
        }
    }

    /// The same, for a site whose public address is `origin`, if that is not empty: behind a proxy the
    /// server's own name may be one that no visitor knows.
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

    /// The URL that was asked for, with its query; where a form was sent, the one that it was sent to.
    #[must_use]
    pub fn again(&self) -> String {
        match self.query.as_str() {
            "" => self.links.here.clone(),
            query => format!("{}?{query}", self.links.here),
        }
    }

    /// The sentences.
    #[must_use]
    pub fn texts(&self) -> &'static Texts {
        self.language.texts()
    }

    /// For the templates.
    #[must_use]
    pub fn look(&self) -> Look<'_> {
        Look {
            language: self.language,
            title: &self.page.title,
            host: &self.host,
            logo: &self.page.logo,
            stylesheet: &self.page.stylesheet,
        }
    }
}

/// `SERVER_NAME`, which on Apache is the client's own `Host`, if it could be a host's name or address.
fn host(name: &str) -> &str {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    if name.len() <= HOST_MAX && name.bytes().all(fits) {
        name
    } else {
        ""
    }
}
