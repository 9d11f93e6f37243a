//! The door of a script that is not ours: who may enter, and what the script may know of them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use super::answer::{Context, admit_scheme, visit};
use super::definition::Page;
use super::guarded::{Admission, Admitted, Told, admission};
use super::script_variables::Visitor;
use crate::auth::session_cookie::{self, Presented};
use crate::auth::{origin, session_key};
use crate::cgi::{Called, Form, Request, Response, Variables};
use crate::error::Error;
use crate::model::GroupName;

/// Names the guard in the log and in the pages of errors. It answers nothing itself.
pub const SCRIPT: Page =
    Page::open("cgi-session-guard", |_| Err(Error::PathInfo)).guarding(|_| Called::InItsPlace);

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
pub fn entry(mut context: Context<'_>) -> Result<Entry, Error> {
    let (variables, config) = (context.variables, context.config);
    let request = &Request::read(&without_length(variables), &config.http.trusted_proxies)?;
    admit_scheme(request, config)?;
    let method = variables.raw("REQUEST_METHOD").unwrap_or_default();
    if !SAFE_METHODS.contains(&method)
        && !config.guard.cross_origin
        && origin::is_from_elsewhere(request, &config.http.origin)
    {
        return Err(Error::CrossOrigin);
    }
    let form = Form::default();
    let visit = &mut visit(request, &form, &mut context);
    // Under Apache's `Action`, the path behind the script's own name is that of a file. Its rules count, too.
    if variables.bytes("REDIRECT_HANDLER").is_some()
        && let Admission::Refused(response) = admission(visit, Called::ByAction, Told::Who)?
    {
        return Ok(Entry::Shut(response));
    }
    Ok(match admission(visit, Called::InItsPlace, Told::Who)? {
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
    let groups = admitted.groups.iter();
    Ok(Some(Visitor {
        login_name: session.user.login_name,
        groups: groups.map(GroupName::as_str).collect::<Vec<_>>().join(" "),
        expires_at: session.expires_at,
        key: session_key::for_session(&token),
    }))
}
