//! How an answer looks and speaks.

use super::html::Look;
use super::links::Links;
use super::texts::{Language, Texts};
use crate::cgi::{Variables, best_of, prefers_json};
use crate::config::PageConfig;

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
            page: page.clone(),
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
            logo: &self.page.logo,
            stylesheet: &self.page.stylesheet,
        }
    }
}
