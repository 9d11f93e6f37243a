//! What a page is: its name, its audience, the requests that it takes, and the function that answers.

use super::presentation::Presentation;
use super::signed_out::signed_out;
use super::visit::Visit;
use crate::cgi::{Called, Method, Response, Variables};
use crate::config::Config;
use crate::error::Error;
use crate::log::Log;
use crate::model::Session;
use crate::sandbox::{Confined, Need};
use crate::texts::Texts;

/// A page, which answers requests: who sees it, what it takes, and the function that answers. [`run`](crate::run) makes
/// a program of it.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    name: &'static str,
    audience: Audience,
    /// What checks a form before the page runs; `None` if the page takes no form.
    checks_form: Option<FormCheck>,
    /// Whether the page answers a URL whose path continues after the program's name.
    pub(super) takes_path_info: bool,
    /// Whether the page sends files, which may take long.
    pub(super) sends_files: bool,
    /// Set for a page that guards what is not ours: says how the server calls it.
    pub(super) guards: Option<fn(&Variables) -> Called>,
    /// The folders that the page still reaches once the store is open; `None` if nothing is given up.
    pub(super) reaches: Option<&'static [&'static str]>,
    /// What the page tells its visitor when the store does not answer.
    pub(super) unavailable: fn(&Texts) -> &'static str,
}

/// Refuses a form that the page must not get.
type FormCheck = fn(&Visit<'_>) -> Result<(), Error>;

/// Who may see a page, and the function that answers them.
#[derive(Debug, Clone, Copy)]
enum Audience {
    Everybody(fn(&mut Visit<'_>) -> Result<Response, Error>),
    SignedIn(fn(&mut Visit<'_>, &Session) -> Result<Response, Error>),
}

impl Page {
    /// A page for everybody. `name` is the program's name, for the log. The page may ask who is signed in:
    /// [`Visit::session`].
    #[must_use]
    pub const fn open(
        name: &'static str,
        answer: fn(&mut Visit<'_>) -> Result<Response, Error>,
    ) -> Self {
        Self::new(name, Audience::Everybody(answer))
    }

    /// A page that requires sign-in. A visitor who is signed out gets the message page or the login page, which lead
    /// back to this page, and `answer` does not run.
    #[must_use]
    pub const fn signed_in(
        name: &'static str,
        answer: fn(&mut Visit<'_>, &Session) -> Result<Response, Error>,
    ) -> Self {
        Self::new(name, Audience::SignedIn(answer))
    }

    const fn new(name: &'static str, audience: Audience) -> Self {
        Self {
            name,
            audience,
            checks_form: None,
            takes_path_info: false,
            sends_files: false,
            guards: None,
            reaches: Some(&[]),
            unavailable: |texts| texts.unavailable.1,
        }
    }

    /// The same page, which also takes a form by POST. Only the form's origin is checked: signing in and out need no
    /// more.
    pub(super) const fn with_form_of_ours(self) -> Self {
        self.with_form_checked_by(|_| Ok(()))
    }

    /// The same page, which also takes a form by POST, once `check` has let it pass.
    pub(super) const fn with_form_checked_by(mut self, check: FormCheck) -> Self {
        self.checks_form = Some(check);
        self
    }

    /// The same page, which tells its visitor `detail` when the store does not answer (503).
    #[doc(hidden)]
    #[must_use]
    pub const fn when_unavailable(mut self, detail: fn(&Texts) -> &'static str) -> Self {
        self.unavailable = detail;
        self
    }

    /// Whether the page sends files.
    #[doc(hidden)]
    #[must_use]
    pub const fn sends_files(&self) -> bool {
        self.sends_files
    }

    /// The program's name.
    #[doc(hidden)]
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the page guards what is not ours, so that no link is made from `SCRIPT_NAME`.
    pub(super) const fn guards(&self) -> bool {
        self.guards.is_some()
    }

    /// How an answer of the page to this request is presented.
    #[doc(hidden)]
    #[must_use]
    pub fn presentation(&self, variables: &Variables, config: &Config) -> Presentation {
        let own = Presentation::from_variables(variables, &config.page).at(&config.http.origin);
        match self.guards {
            Some(called) => own.guarding(variables, called(variables), &config.http.login),
            None => own,
        }
    }

    /// The log of the page's program.
    #[doc(hidden)]
    #[must_use]
    pub fn log(&self, config: &Config) -> Log {
        Log::new(self.name, config.log.to.clone()).in_format(config.log.format)
    }

    /// Whether the page answers `method`.
    pub(super) fn allows(&self, method: Method) -> bool {
        match method {
            Method::Get | Method::Head => true,
            Method::Post => self.checks_form.is_some(),
            Method::Other => false,
        }
    }

    /// The methods that the page answers, for the `Allow` header.
    pub(super) fn allow(&self) -> &'static str {
        if self.checks_form.is_some() {
            "GET, HEAD, POST"
        } else {
            "GET, HEAD"
        }
    }

    /// The page's own answer. If the page requires sign-in and the visitor is signed out, an answer that leads to the
    /// login page.
    pub(super) fn visited(&self, visit: &mut Visit<'_>) -> Result<Response, Error> {
        match self.reaches {
            Some(folders) => visit
                .needs
                .extend(folders.iter().map(|path| Need::Folder(path.into()))),
            None => visit.confine = |_| Ok(Confined::Wholly),
        }
        if let (Method::Post, Some(check)) = (visit.request.method, self.checks_form) {
            check(visit)?;
        }
        match self.audience {
            Audience::Everybody(answer) => answer(visit),
            Audience::SignedIn(answer) => match visit.session()? {
                Some(session) => answer(visit, &session),
                None => signed_out(visit),
            },
        }
    }
}
