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

    /// The same page, which also reads and writes the files in these folders, and below.
    ///
    /// As a second line of defence, a program gives up every other file, every TCP port but the store's, and running
    /// programs, if the kernel has Landlock. It does so when the session is first asked for: before a page that
    /// [requires sign-in](Page::signed_in) runs, and at the first [`Visit::session`](crate::Visit::session),
    /// [`Visit::data`](crate::Visit::data) or [`Visit::update`](crate::Visit::update) of any other.
    ///
    /// ```
    /// use cgi_session::{Error, Html, Page, Response, Session, Visit};
    ///
    /// const REPORT: Page = Page::signed_in("report", report).reaching(&["/srv/reports"]);
    ///
    /// fn report(visit: &mut Visit<'_>, _: &Session) -> Result<Response, Error> {
    ///     let file = std::fs::read_to_string("/srv/reports/today.html");
    ///     let file = file.map_err(|why| Error::status(500, format!("cannot read the report: {why}")))?;
    ///     visit.document(Html::trusted(file))
    /// }
    /// ```
    #[must_use]
    pub const fn reaching(mut self, folders: &'static [&'static str]) -> Self {
        self.reaches = Some(folders);
        self
    }

    /// The same page, which gives up no file and no port: for one that asks another server, or runs a program.
    #[must_use]
    pub const fn unconfined(mut self) -> Self {
        self.reaches = None;
        self
    }
}
