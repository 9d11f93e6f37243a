//! The error of a page of one's own.

use super::Error;

impl Error {
    /// An error of a page of one's own. The client gets the status `code`, from 400 to 599, and the site's page with a
    /// generic text for it. `why` is for the log alone; it should hold nothing that a client sent, since it may be a
    /// secret. Any other code counts as 500.
    ///
    /// ```
    /// use cgi_session::{Error, Html, Response, Visit};
    ///
    /// fn article(visit: &mut Visit<'_>) -> Result<Response, Error> {
    ///     match visit.query()?.get("number")? {
    ///         Some("1") => visit.page("The first", Html::default()),
    ///         _ => Err(Error::status(404, "no article of this number")),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn status(code: u16, why: impl Into<String>) -> Self {
        let code = if (400..600).contains(&code) {
            code
        } else {
            500
        };
        Self::Status(code, why.into())
    }
}
