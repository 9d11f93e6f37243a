//! How an answer is presented: HTML or JSON, in which language, under which name.

use super::html::Look;
use super::links::Links;
use crate::cgi::{Variables, best_of, prefers_json};
use crate::config::PageConfig;
use crate::texts::{ENGLISH, LANGUAGES, Texts};

/// Longest name of a host, in bytes (RFC 1035, 2.3.4).
const HOST_MAX: usize = 255;

/// What of a request and of the configuration shapes every answer, failures included. It is known before the request is
/// read, and reading it never fails.
#[derive(Debug, Clone)]
pub struct Presentation {
    /// JSON instead of HTML.
    pub json: bool,
    /// HEAD: no body.
    pub head: bool,
    /// Every sentence, in the visitor's language.
    pub texts: &'static Texts,
    /// Where our programs are.
    pub links: Links,
    /// The query as it came; empty if there is none. See [`Presentation::again`].
    query: String,
    /// The host's name; empty if the site has a name of its own.
    host: String,
    /// What the site's owner changed.
    pub page: PageConfig,
}

impl Presentation {
    /// Reads the variables. `page` is the default if the configuration is broken.
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
        }
    }

    /// The same for a site whose public address is `origin`, if that is not empty. Behind a proxy the server's own name
    /// may be one that no visitor knows.
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

    /// The URL that was asked for, with its query. For a form, the URL that the form was sent to.
    #[must_use]
    pub fn again(&self) -> String {
        match self.query.as_str() {
            "" => self.links.here.clone(),
            query => format!("{}?{query}", self.links.here),
        }
    }

    /// What the templates show of it.
    #[must_use]
    pub fn look(&self) -> Look<'_> {
        Look {
            texts: self.texts,
            title: &self.page.title,
            host: &self.host,
            logo: &self.page.logo,
            stylesheet: &self.page.stylesheet,
        }
    }
}

/// The language that an `Accept-Language` header likes best of ours.
fn preferred(accepted: &str) -> &'static Texts {
    let ranges = LANGUAGES.map(|texts| texts.range);
    let best = best_of(&ranges, accepted);
    let found = LANGUAGES
        .into_iter()
        .find(|texts| Some(texts.range) == best);
    found.unwrap_or(&ENGLISH)
}

/// `SERVER_NAME`, if it can be the name or the address of a host. On Apache it is the client's own `Host`.
fn host(name: &str) -> &str {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    if name.len() <= HOST_MAX && name.bytes().all(fits) {
        name
    } else {
        ""
    }
}
