//! A page's answer without a web server, for a test.

use std::path::Path;

use crate::cgi::{Response, Variables};
use crate::config::Config;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::model::Time;
use crate::page::{Context, Page, answer, failure};
use crate::sandbox::Confined;

/// The id that the page of an error shows.
const ID: &str = "test";

impl Page {
    /// The page's answer to a request, without a web server, for a test.
    ///
    /// `variables` are those that the web server would set (RFC 3875, 4.1), `body` is a form's, and `configuration` is
    /// the file that `CGI_SESSION_CONFIG` would name. The page of an error is an answer, too. Nothing is confined, and
    /// no time limit ends the test.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use cgi_session::{Error, Html, Page, Response, Session, Visit};
    /// # use std::os::unix::fs::OpenOptionsExt as _;
    /// # use std::io::Write as _;
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("cgi-session.toml");
    /// # let mut options = std::fs::OpenOptions::new();
    /// # let mut new = options.write(true).create(true).mode(0o600).open(&file)?;
    /// # new.write_all(b"store = \"sqlite:/nowhere/sessions.sqlite\"\n")?;
    ///
    /// const HELLO: Page = Page::signed_in("hello", hello);
    ///
    /// fn hello(visit: &mut Visit<'_>, session: &Session) -> Result<Response, Error> {
    ///     let name = Html::text(session.login_name());
    ///     visit.page("Hello", Html::trusted(format!("<p>Hello, {name}</p>")))
    /// }
    ///
    /// // A visitor who is not signed in does not see the page.
    /// let request = [
    ///     ("REQUEST_METHOD", "GET"),
    ///     ("SCRIPT_NAME", "/cgi-bin/hello"),
    ///     ("HTTPS", "on"),
    /// ];
    /// let response = HELLO.answer(&request, "", &file)?;
    /// assert_eq!(response.status(), 401);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "sqlite"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// If the configuration cannot be read, or a failure has no page.
    pub fn answer(
        &self,
        variables: &[(&str, &str)],
        body: &str,
        configuration: &Path,
    ) -> Result<Response, Error> {
        let config = &Config::load(configuration)?;
        let pairs = variables
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()));
        let variables = &pairs.collect::<Variables>();
        let presentation = &self.presentation(variables, config);
        let context = Context {
            variables,
            body: &mut body.as_bytes(),
            config,
            presentation,
            log: &self.log(config),
            clock: Time::now_and_millisecond,
            deadline: &mut Deadline::new(|_| ()),
            confine: |_| Ok(Confined::Wholly),
        };
        answer(self, context).or_else(|error| failure(self, presentation, &error, ID))
    }
}
