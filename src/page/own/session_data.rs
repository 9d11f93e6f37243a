//! The data that a page keeps with a session.

use std::process;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::auth::session_cookie::{self, Presented};
use crate::auth::session_data;
use crate::cgi::Response;
use crate::deadline::Phase;
use crate::error::{DataFault, Error};
use crate::model::{Digest, Kept, Token};
use crate::page::{Presentation, Visit};
use crate::store::Store;

/// How often a change is tried if other requests are faster each time. With [`PAUSE_MAX`] after each, the deadline of
/// the request comes sooner.
const TRIES_MAX: u32 = 1000;

/// The longest pause before the next try, in milliseconds.
const PAUSE_MAX: u64 = 32;

impl Visit<'_> {
    /// What the visitor's session keeps, or `T`'s default if it keeps nothing. A visitor who is not signed in may have
    /// data, too, which [`Visit::update`] saved. Reading saves nothing.
    ///
    /// The data is one JSON object for each session. Several programs of a site can share it if each has keys of its
    /// own, and its type says `#[serde(default)]`.
    ///
    /// ```
    /// use cgi_session::{Error, Html, Response, Visit};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Default, Serialize, Deserialize)]
    /// #[serde(default)]
    /// struct Counter {
    ///     visits: u32,
    /// }
    ///
    /// fn visits(visit: &mut Visit<'_>) -> Result<Response, Error> {
    ///     let Counter { visits } = visit.data()?;
    ///     visit.page("Visits", Html::trusted(format!("<p>{visits}</p>")))
    /// }
    /// ```
    ///
    /// # Errors
    /// 500 if the data is not what `T` reads: it was saved by another program, or by an older version of this one. 503
    /// if the store does not answer.
    pub fn data<T: DeserializeOwned + Default>(&mut self) -> Result<T, Error> {
        let kept = self.with_store(Self::kept)?;
        session_data::parsed(kept.and_then(|kept| kept.data).as_deref())
    }

    /// Changes what the visitor's session keeps, and saves it, then returns what `change` returns. Two requests at the
    /// same time lose nothing: if another one has saved since this one read, `change` runs again, with the new data. It
    /// must do nothing else, because it may run several times, and nothing may be saved in the end.
    ///
    /// If the visitor is not signed in and has no data yet, this opens an anonymous session, whose cookie the page's
    /// answer sets. It signs nobody in. It ends when nothing was saved in it for the time of `session.idle`; a visitor
    /// who signs in takes its data along. There are at most 100 such sessions for a client (an IPv4
    /// address, or an IPv6 /64), 200 for an IPv6 /56, 500 for a /48 or an IPv4 /24, and 2,000 in all.
    ///
    /// A link to your page can stand in any other site, and a browser follows it by GET with the cookie: update only
    /// if [`Visit::is_post`].
    ///
    /// ```
    /// # use cgi_session::{Error, Visit};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Default, Serialize, Deserialize)]
    /// # #[serde(default)]
    /// # struct Counter {
    /// #     visits: u32,
    /// # }
    /// fn count(visit: &mut Visit<'_>) -> Result<u32, Error> {
    ///     visit.update(|counter: &mut Counter| {
    ///         counter.visits += 1;
    ///         counter.visits
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    /// Nothing was saved, unless the status is 503 and the log says that this is not known. As for [`Visit::data`]; also
    /// 400 if the browser sends several session cookies, 409 if the session has ended since the request began, 413 if
    /// the data would be more than 64 KiB of JSON, 429 or 503 if there are too many visitors who are not signed in, and
    /// 500 if a `T` does not become a JSON object.
    pub fn update<T, R>(&mut self, mut change: impl FnMut(&mut T) -> R) -> Result<R, Error>
    where
        T: DeserializeOwned + Default + Serialize,
    {
        self.with_store(|visit, store| {
            // A write waits for the disk, and for other requests.
            visit.deadline.enter(Phase::Answering)?;
            for tried in 0..TRIES_MAX {
                let kept = visit.kept(store)?;
                let stored = kept.as_ref().and_then(|kept| kept.data.as_deref());
                let (result, text) = session_data::changed(stored, &mut change)?;
                if visit.save(store, kept.as_ref(), &text)? {
                    return Ok(result);
                }
                thread::sleep(pause(tried));
            }
            Err(DataFault::Busy.into())
        })
    }

    /// The token that the browser will have after this answer: that of the row which this visit has made, or the one in
    /// the cookie. Nothing says that the cookie's is more than a guess.
    pub(in crate::page) fn token(&self) -> Option<Token> {
        if self.made.is_some() {
            return self.made.clone();
        }
        match session_cookie::presented(&self.request.cookie, self.request.https) {
            Presented::Token(token) => Some(token),
            _ => None,
        }
    }

    /// Writes the text over what was read, or into a new visitor's row if there was nothing to read; `false` if somebody
    /// else was faster.
    fn save(
        &mut self,
        store: &mut dyn Store,
        read: Option<&Kept>,
        text: &str,
    ) -> Result<bool, Error> {
        let limits = &self.config.session;
        match read {
            Some(read) => session_data::write(store, read, text, self.now, limits),
            None if self.found => Err(DataFault::Ended.into()),
            None => {
                session_data::refuse_several_cookies(&self.request.cookie, self.request.https)?;
                let client = &self.request.remote_addr;
                let token = session_data::begin(store, text, client, self.now, limits)?;
                let cookie = session_cookie::set(&token, self.request.https, None);
                // A visit makes one row: from then on, it is the row of its token.
                let _ = self.presentation.cookie.set(cookie);
                self.made = Some(token);
                Ok(true)
            }
        }
    }

    /// The row of the browser's token with its data, unless it is over.
    fn kept(&mut self, store: &mut dyn Store) -> Result<Option<Kept>, Error> {
        let Some(token) = self.token() else {
            // A malformed cookie is logged.
            self.presented();
            return Ok(None);
        };
        let digest = Digest::from_token(&token);
        let limits = &self.config.session;
        let (log, deadline) = (self.log, &mut *self.deadline);
        let kept = session_data::read(store, &digest, self.now, limits, log, deadline)?;
        self.found |= kept.is_some();
        Ok(kept)
    }

    /// Calls `call` with the store, which later calls use, too.
    fn with_store<R>(
        &mut self,
        call: impl FnOnce(&mut Self, &mut dyn Store) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut store = self.store()?;
        let done = call(self, store.as_mut());
        self.open = Some(store);
        done
    }
}

impl Presentation {
    /// The answer, with the cookie of the visitor's row that the page has made, if it has made one.
    pub(in crate::page) fn with_new_cookie(&self, response: Response) -> Result<Response, Error> {
        match self.cookie.get() {
            Some(cookie) => response.with("Set-Cookie", cookie),
            None => Ok(response),
        }
    }
}

/// How long to wait before the next try: longer after each, and different in each process, so that those who clashed
/// come one by one. It needs no random source.
fn pause(tried: u32) -> Duration {
    let most = 1_u64.checked_shl(tried).unwrap_or(PAUSE_MAX).min(PAUSE_MAX) * 1000;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let mixed = u64::from(now.unwrap_or_default().subsec_nanos()) ^ u64::from(process::id()) << 7;
    Duration::from_micros(mixed % most)
}
