//! The error of a page of one's own.

use super::Error;

impl Error {
    /// An error of a page of one's own. The client gets the status `code`, from 400 to 599, and the site's page with a
    /// generic text for it. `why` is for the log alone; it should hold nothing that a client sent, since it may be a
    /// secret. Any other code counts as 500.
    ///
    /// ```
    /// use cgi_session::{Error, Response, Visit};
    ///
    /// fn report(visit: &mut Visit<'_>) -> Result<Response, Error> {
    ///     let file = std::fs::read_to_string("/srv/report.html");
    ///     let file = file.map_err(|why| Error::status(500, format!("cannot read the report: {why}")))?;
    ///     visit.document(cgi_session::Html::trusted(file))
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
