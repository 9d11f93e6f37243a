//! What a site keeps with a session, before sign-in and after it: how long it lives, and how much there may be.
//!
//! A visitor who never signed in has a row of `sessions`, too, but without a user: it signs nobody in. It is made when
//! data is saved, never when it is read, and its token is always a new one.

mod networks;
mod object;

use networks::counted_together;
pub use object::{DATA_MAX, changed, parsed};

use super::lifetime::CLOCK_SKEW;
use super::new_token::new_token;
use super::{session, session_cookie};
use crate::cgi::cookie_header;
use crate::config::SessionConfig;
use crate::deadline::Deadline;
use crate::error::{DataFault, Error};
use crate::log::Log;
use crate::model::{Added, Digest, Holder, Kept, NewVisitor, Time, Token};
use crate::store::Store;

/// How many visitors' rows there may be. With [`DATA_MAX`] bytes in each, they take 128 MiB of the store. Adding a row
/// counts those of the client's networks, which reads all visitors' rows once there are more than one client may have.
/// Measured for 2,000 rows: 3 ms of processor time on SQLite if each is small, and 70 ms if each is as large as it may
/// be; 10 ms on MariaDB.
pub const VISITORS: i64 = 2_000;

/// The data of the row with this digest of a token, unless the row is over: a user's by the rules of
/// [`session::check`], which is also told of the visit; a visitor's [`SessionConfig::idle`] seconds after data was last
/// saved.
///
/// # Errors
/// If the store cannot answer.
pub fn read(
    store: &mut dyn Store,
    digest: &Digest,
    now: Time,
    limits: &SessionConfig,
    log: &Log,
    deadline: &mut Deadline,
) -> Result<Option<Kept>, Error> {
    let Some(kept) = store.data(digest)? else {
        return Ok(None);
    };
    let lives = match kept.holder {
        Holder::User => session::check(store, digest, now, limits, log, deadline)?.is_some(),
        Holder::Visitor {
            seen_at,
            expires_at,
        } => {
            let end = expires_at.min(seen_at.plus(limits.idle));
            now < end && seen_at <= now.plus(CLOCK_SKEW)
        }
    };
    Ok(Some(kept).filter(|_| lives))
}

/// Writes `data` over what was read; `false`, and nothing is written, if the row is gone, or somebody else was faster.
///
/// # Errors
/// If the store cannot answer.
pub fn write(
    store: &mut dyn Store,
    read: &Kept,
    data: &str,
    now: Time,
    limits: &SessionConfig,
) -> Result<bool, Error> {
    store.write_data(read, data, now, now.plus(limits.idle))
}

/// Refuses a browser that sent several cookies of our name. A new cookie would not replace them, so each form would make
/// a row that no later request finds. A single malformed cookie is no such case: the new one replaces it.
///
/// # Errors
/// If there are several.
pub fn refuse_several_cookies(cookies: &str, https: bool) -> Result<(), Error> {
    let name = session_cookie::name(https);
    if cookie_header::named(cookies, name).count() > 1 {
        return Err(DataFault::TwoCookies(name).into());
    }
    Ok(())
}

/// Saves data for a visitor who has no row, and returns the new row's token.
///
/// # Errors
/// If a network of the client, or all visitors together, have as many rows as they may have. Also if the random source
/// fails, or the store cannot answer.
pub fn begin(
    store: &mut dyn Store,
    data: &str,
    remote_addr: &str,
    now: Time,
    limits: &SessionConfig,
) -> Result<Token, Error> {
    let token = new_token()?;
    // As a sign-in does now and then. Many visitors may never sign in.
    store.prune_some(now.plus(-CLOCK_SKEW))?;
    let added = store.add_visitor(&NewVisitor {
        session: &Digest::from_token(&token),
        data,
        now,
        expires_at: now.plus(limits.idle),
        networks: &counted_together(remote_addr),
        in_all: VISITORS,
    })?;
    match added {
        Added::Made => Ok(token),
        Added::NetworkFull(most) => Err(DataFault::NetworkFull(most).into()),
        Added::AllFull => Err(DataFault::AllFull(VISITORS).into()),
    }
}
