//! What the author of a page may add to its definition.

use super::form_token;
use crate::page::Page;

impl Page {
    /// The same page, which also takes a form by POST: `application/x-www-form-urlencoded`, of at most `http.max_body`
    /// bytes.
    ///
    /// Before the page runs, the form is checked. A form that another site's page sent is refused (403). If the
    /// visitor's browser has a session, the form must also bring the session's form token, so that the page must put
    /// [`Visit::form_token_field`](crate::Visit::form_token_field) into each form. A script such as curl needs none.
    ///
    /// ```
    /// use cgi_session::{Error, Html, Page, Response, Visit};
    ///
    /// const CONTACT: Page = Page::open("contact", contact).with_form();
    ///
    /// fn contact(visit: &mut Visit<'_>) -> Result<Response, Error> {
    ///     if visit.is_post() {
    ///         let message = visit.form().get("message")?.unwrap_or_default();
    ///         return visit.page("Thank you", Html::trusted(format!("<p>{}</p>", Html::text(message))));
    ///     }
    ///     let token = visit.form_token_field();
    ///     visit.page("Contact", Html::trusted(format!(
    ///         "<form method=post>{token}<input name=message><button>Send</button></form>"
    ///     )))
    /// }
    /// ```
    #[must_use]
    pub const fn with_form(self) -> Self {
        self.with_form_checked_by(form_token::check)
    }

    /// The same page, which also answers a URL whose path continues after the program's name:
    /// [`Visit::path_info`](crate::Visit::path_info) is the rest.
    #[must_use]
    pub const fn with_path_info(mut self) -> Self {
        self.takes_path_info = true;
        self
    }
}
