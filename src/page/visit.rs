//! One visit to a page: the request, and what the page can ask for, such as the session.

use super::presentation::Presentation;
use crate::auth::session;
use crate::auth::session_cookie::{self, Presented};
use crate::cgi::{Form, Method, Request, Variables};
use crate::config::Config;
use crate::deadline::{Deadline, Phase};
use crate::error::Error;
use crate::log::{Event, Log};
use crate::model::{Digest, Session, Time, Token};
use crate::sandbox::{Confined, Need};
use crate::store::{self, Store};

/// One request, and what a page needs to answer it: what the visitor sent, their session and its data, and the kinds of
/// answers.
pub struct Visit<'a> {
    pub(super) request: &'a Request,
    /// The meta-variables, for a page that guards what is not ours.
    pub(super) variables: &'a Variables,
    /// The fields of the body; empty unless the method is POST.
    pub(super) form: &'a Form,
    pub(super) config: &'a Config,
    pub(super) presentation: &'a Presentation,
    pub(super) log: &'a Log,
    /// The time that counts for the whole request.
    pub(super) now: Time,
    /// The millisecond within that second, for a page that must differ from the previous one.
    pub(super) millisecond: u32,
    pub(super) deadline: &'a mut Deadline,
    /// What the page itself still needs once the store is open.
    pub(super) needs: Vec<Need>,
    /// Gives up every file and port but these, once the store is open. It affects the whole process, so `run` passes it
    /// in.
    pub(super) confine: fn(&[Need]) -> Result<Confined, String>,
    /// The store, if a call has opened it and no other call uses it at present.
    pub(super) open: Option<Box<dyn Store>>,
    /// Whether a call has found the row of the browser's token. If it is gone later, it has ended meanwhile.
    pub(super) found: bool,
    /// The token of the visitor's row that this visit has made. See [`Presentation::cookie`].
    pub(super) made: Option<Token>,
}

impl Visit<'_> {
    /// The session of the visitor, if they are signed in. A page that [requires sign-in](crate::Page::signed_in) has it
    /// already.
    ///
    /// # Errors
    /// If the store cannot answer.
    pub fn session(&mut self) -> Result<Option<Session>, Error> {
        match self.presented() {
            Presented::Token(token) => self.session_of(&Digest::from_token(&token)),
            _ => Ok(None),
        }
    }

    /// The digest of the token in the cookie, if it holds one.
    pub(super) fn digest(&self) -> Option<Digest> {
        match session_cookie::presented(&self.request.cookie, self.request.https) {
            Presented::Token(token) => Some(Digest::from_token(&token)),
            _ => None,
        }
    }

    /// The session with this digest, for a page that only mentions it. `None` also if the store does not answer.
    pub(super) fn session_if_known(&mut self, digest: &Digest) -> Option<Session> {
        self.session_of(digest).ok().flatten()
    }

    fn session_of(&mut self, digest: &Digest) -> Result<Option<Session>, Error> {
        let mut store = self.store()?;
        let limits = &self.config.session;
        let (log, deadline) = (self.log, &mut *self.deadline);
        let session = session::check(store.as_mut(), digest, self.now, limits, log, deadline);
        self.open = Some(store);
        self.found |= matches!(session, Ok(Some(_)));
        session
    }

    /// What the session cookie holds. A malformed or repeated cookie is logged, because only an attack or a fault sends
    /// one.
    pub(super) fn presented(&self) -> Presented {
        let presented = session_cookie::presented(&self.request.cookie, self.request.https);
        if matches!(presented, Presented::Malformed(_)) {
            let client = &self.request.remote_addr;
            self.log.event(&Event::CookieMalformed { client });
        }
        presented
    }

    /// The store. The first call opens it, then gives up all files and ports that are no longer needed. If the store may
    /// keep the process waiting, connecting has its own deadline, and the deadline of the whole request covers the rest.
    ///
    /// The caller puts it back into [`Visit::open`] if a later call may need it: a visit has one connection.
    pub(super) fn store(&mut self) -> Result<Box<dyn Store>, Error> {
        if let Some(store) = self.open.take() {
            return Ok(store);
        }
        let waits = store::is_waited_for(&self.config.store);
        if waits {
            self.deadline.enter(Phase::Connecting)?;
        }
        let store = store::open(&self.config.store)?;
        if waits {
            self.deadline.enter(Phase::Answering)?;
        }
        let mut needs = store.needs();
        needs.append(&mut self.needs);
        self.confine(needs);
        Ok(store)
    }

    /// Gives up all files and ports but `needs` and the log's. A failure is logged only if the request is a form: a
    /// site has too many checks of sessions to log it for each.
    fn confine(&self, mut needs: Vec<Need>) {
        needs.extend(self.log.needs());
        if let Err(why) = (self.confine)(&needs)
            && self.request.method == Method::Post
        {
            self.log.event(&Event::Unconfined { why: &why });
        }
    }
}
