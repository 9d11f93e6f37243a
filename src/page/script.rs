//! The door of a script that is not ours: who may enter, and what the script may know of them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use super::answer::{Context, admit_scheme};
use super::definition::Page;
use super::guarded::{Admission, Admitted, admission};
use super::script_variables::Visitor;
use super::visit::Visit;
use crate::auth::session_cookie::{self, Presented};
use crate::auth::{origin, session_key};
use crate::cgi::{Form, Request, Response, UrlPath, Variables};
use crate::error::Error;

/// Names the guard in the log and in the pages of errors. It answers nothing itself.
pub const SCRIPT: Page = Page::open("cgi-session-guard", |_| Err(Error::PathInfo));

/// Methods that change nothing (RFC 9110, 9.2.1). No server passes on TRACE.
const SAFE_METHODS: [&[u8]; 3] = [b"GET", b"HEAD", b"OPTIONS"];

/// Whether the script runs.
#[derive(Debug)]
pub enum Entry {
    /// It does, for this visitor; `None` if it is for everyone and the visitor is signed out.
    Open(Option<Visitor>),
    /// It does not, and the visitor gets this answer.
    Shut(Response),
}

/// Whether the visitor may start the script. The body is not read, because it is the script's, whatever its length and
/// type.
///
/// # Errors
/// If the request comes over plain HTTP or from another site's page, if it has no path, or if the store cannot answer.
pub fn entry(context: Context<'_>) -> Result<Entry, Error> {
    let Context {
        variables,
        config,
        presentation,
        log,
        clock,
        deadline,
        confine,
        ..
    } = context;
    let request = &Request::read(&without_length(variables), &config.http.trusted_proxies)?;
    admit_scheme(request, config)?;
    let method = variables.raw("REQUEST_METHOD").unwrap_or_default();
    if !SAFE_METHODS.contains(&method)
        && !config.guard.cross_origin
        && origin::is_from_elsewhere(request, &config.http.origin)
    {
        return Err(Error::CrossOrigin);
    }
    let (asked, resolved) = paths(variables)?;
    let (now, millisecond) = clock();
    let visit = &mut Visit {
        request,
        form: &Form::default(),
        config,
        presentation,
        log,
        now,
        millisecond,
        deadline,
        confine,
    };
    Ok(match admission(visit, &asked, &resolved)? {
        Admission::Admitted(admitted) => Entry::Open(visitor(request, admitted)?),
        Admission::Refused(response) => Entry::Shut(response),
    })
}

/// The variables without the length of the body. What is wrong with it is the script's to judge.
fn without_length(variables: &Variables) -> Variables {
    let pairs = variables.pairs();
    let others = pairs.filter(|(name, _)| *name != "CONTENT_LENGTH");
    let owned = others.map(|(name, value)| (name.to_owned(), OsString::from_vec(value.to_vec())));
    owned.collect()
}

/// What the script may know of an admitted visitor; `None` if they are signed out.
fn visitor(request: &Request, admitted: Admitted) -> Result<Option<Visitor>, Error> {
    let Some(session) = admitted.session else {
        return Ok(None);
    };
    let Presented::Token(token) = session_cookie::presented(&request.cookie, request.https) else {
        return Err(Error::Page("a session without its cookie".to_owned()));
    };
    Ok(Some(Visitor {
        login_name: session.user.login_name,
        groups: admitted.groups,
        expires_at: session.expires_at,
        key: session_key::for_session(&token),
    }))
}

/// The path that was asked for, and the one that the server made of it.
fn paths(variables: &Variables) -> Result<(UrlPath, UrlPath), Error> {
    let uri = variables.raw("REQUEST_URI");
    let asked = UrlPath::from_uri(uri.ok_or(Error::VariableMissing("REQUEST_URI"))?)?;
    let part = |name| variables.raw(name).unwrap_or_default();
    let resolved = UrlPath::from_decoded(&[part("SCRIPT_NAME"), part("PATH_INFO")].concat())?;
    Ok((asked, resolved))
}
