//! How the answers of a guarded place are presented: their links lead back to what was asked for.

use crate::cgi::{Called, UrlPath, Variables};
use crate::page::links::Links;
use crate::page::presentation::Presentation;

impl Presentation {
    /// The same presentation, for a program that guards other people's files and scripts. Its links lead back to what
    /// was asked for, not to the program. `login` is `http.login`; if it is empty, only a program that the server calls
    /// by a URL of its own knows where `login` is: beside it.
    #[must_use]
    pub fn guarding(mut self, variables: &Variables, called: Called, login: &str) -> Self {
        let target = variables.text("REQUEST_URI").unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let asked = UrlPath::from_target(path.as_bytes());
        let mut here = asked.map_or_else(
            || "/".to_owned(),
            |path| Links::from_script_name(path.as_str()).here,
        );
        // The normal form has no slash at the end, and without it a folder would cost a redirect.
        if path.ends_with('/') && here != "/" {
            here.push('/');
        }
        let is_plain = query.bytes().all(|b| b.is_ascii_graphic());
        self.query = if is_plain {
            query.to_owned()
        } else {
            String::new()
        };
        let own = match (login, called) {
            ("", Called::InItsPlace) => Links {
                folder: String::new(),
                ..self.links
            },
            ("", Called::AsItself | Called::ByAction) => self.links,
            (login, _) => Links::from_script_name(login),
        };
        self.links = Links { here, ..own };
        self
    }
}
