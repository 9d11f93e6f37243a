//! What a visitor or a script sees: one file a page, the texts, the templates.

mod answer;
mod failure;
pub mod html;
mod links;
mod login;
mod logout;
mod manner;
mod protected;
pub mod texts;

pub use failure::failure;
pub use links::Links;
pub use login::LOGIN;
pub use logout::LOGOUT;
pub use manner::Manner;
pub use protected::PROTECTED;

use crate::auth::cookie::{self, Presented};
use crate::auth::session;
use crate::cgi::{Form, Method, Request, Response};
use crate::config::Config;
use crate::confine::{Confined, Need};
use crate::deadline::{Deadline, Phase};
use crate::error::Error;
use crate::log::{Event, Log};
use crate::model::{Digest, Session, Time};
use crate::store::{self, Store};

/// A page: what answers a request.
#[derive(Debug)]
pub struct Page {
    /// The program's name, for the log.
    pub name: &'static str,
    /// Whether it takes a form; GET and HEAD it answers anyway.
    pub takes_form: bool,
    /// Answers a request that has passed the common checks.
    pub answer: fn(&mut Visit<'_>) -> Result<Response, Error>,
}

impl Page {
    /// Whether it knows `method`.
    #[must_use]
    pub fn allows(&self, method: Method) -> bool {
        match method {
            Method::Get | Method::Head => true,
            Method::Post => self.takes_form,
            Method::Other => false,
        }
    }

    /// The methods that it knows, as the `Allow` header lists them.
    #[must_use]
    pub fn allow(&self) -> &'static str {
        if self.takes_form {
            "GET, HEAD, POST"
        } else {
            "GET, HEAD"
        }
    }
}

/// One request, and what is needed to answer it.
#[derive(Debug)]
pub struct Visit<'a> {
    /// What the client asked for.
    pub request: &'a Request,
    /// The body's fields; none where the method has no body.
    pub form: &'a Form,
    /// The settings.
    pub config: &'a Config,
    /// How the answer looks and speaks.
    pub manner: &'a Manner,
    /// Where events go.
    pub log: &'a Log,
    /// Now, the same for the whole request.
    pub now: Time,
    /// The millisecond of that second, for a page that must differ from the one before it.
    pub millisecond: u32,
    /// Until when.
    pub deadline: &'a mut Deadline,
    /// Gives up everything but what is needed, once the store is open: the process's business, not a page's.
    pub confine: fn(&[Need]) -> Result<Confined, String>,
}

impl Visit<'_> {
    /// The token in the cookie; what is no token is logged, for only an attack or a fault sends it.
    fn presented(&self) -> Presented {
        let presented = cookie::presented(&self.request.cookie, self.request.https);
        if matches!(presented, Presented::Malformed(_)) {
            let client = &self.request.remote_addr;
            self.log.event(&Event::CookieMalformed { client });
        }
        presented
    }

    /// Whose session this is, for a page that only says so: where the store does not answer, it says nothing.
    fn whose(&mut self, session: &Digest) -> Option<Session> {
        let mut store = self.store().ok()?;
        let (now, limits) = (self.now, &self.config.session);
        let found = session::check(
            store.as_mut(),
            session,
            now,
            limits,
            self.log,
            self.deadline,
        );
        found.ok().flatten()
    }

    /// Opens the store, under its deadline where that may wait for somebody.
    fn store(&mut self) -> Result<Box<dyn Store>, Error> {
        let waited = store::is_waited_for(&self.config.store);
        if waited {
            self.deadline.enter(Phase::Connecting)?;
        }
        let store = store::open(&self.config.store)?;
        if waited {
            self.deadline.enter(Phase::Answering)?;
        }
        self.confine(store.needs());
        Ok(store)
    }

    /// Gives up all files but `needs` and the log's. Where that cannot be, a form's answer says so in the log; a
    /// site has too many checks for that.
    fn confine(&self, mut needs: Vec<Need>) {
        needs.extend(self.log.needs());
        if let Err(why) = (self.confine)(&needs)
            && self.request.method == Method::Post
        {
            self.log.event(&Event::Unconfined { why: &why });
        }
    }
}
