//! From a request to its response: first the checks that all pages share, then the page.

use std::io::Read;

use super::definition::Page;
use super::presentation::Presentation;
use super::visit::Visit;
use crate::auth::origin;
use crate::cgi::{Form, Method, Request, Response, Variables};
use crate::config::Config;
use crate::deadline::{Deadline, Phase};
use crate::error::Error;
use crate::log::Log;
use crate::model::Time;
use crate::sandbox::{Confined, Need};

/// Longest `SCRIPT_NAME`, in bytes. Links made from a longer name would not fit into a header block.
const SCRIPT_NAME_MAX: usize = 256;

/// Everything on which an answer depends, except the files and the store that the configuration names.
pub struct Context<'a> {
    /// The meta-variables of the request.
    pub variables: &'a Variables,
    /// The body of the request. It is read only for a POST to a page that takes a form.
    pub body: &'a mut dyn Read,
    /// The settings.
    pub config: &'a Config,
    /// How the answer looks and speaks.
    pub presentation: &'a Presentation,
    /// The log that receives the events.
    pub log: &'a Log,
    /// The time, and the millisecond within its second. It is asked once, when the body is there, and the answer counts
    /// for the whole request.
    pub clock: fn() -> (Time, u32),
    /// The time limits, and what happens when one passes.
    pub deadline: &'a mut Deadline,
    /// Gives up every file and port but these, as [`crate::sandbox::confine`] does.
    pub confine: fn(&[Need]) -> Result<Confined, String>,
}

/// The answer of `page`. It reads no environment variable, no standard input and no other clock, so that a CGI process
/// and a test get the same answer.
///
/// # Errors
/// If a common check refuses the request, or the page fails. `failure` makes a response of the error.
pub fn answer(page: &Page, mut context: Context<'_>) -> Result<Response, Error> {
    let (config, presentation) = (context.config, context.presentation);
    let request = &Request::read(context.variables, &config.http.trusted_proxies)?;
    admit(page, request, config)?;
    let mut form = Form::default();
    if request.method == Method::Post {
        context.deadline.enter(Phase::Reading)?;
        form = Form::read(request, &mut *context.body, config.http.max_body)?;
        context.deadline.enter(Phase::Answering)?;
    }
    let response = page.visited(&mut visit(request, &form, &mut context))?;
    presentation.with_new_cookie(response)
}

/// The visit of a request that was admitted. It asks the clock.
pub(super) fn visit<'a>(
    request: &'a Request,
    form: &'a Form,
    context: &'a mut Context<'_>,
) -> Visit<'a> {
    let (now, millisecond) = (context.clock)();
    Visit {
        request,
        variables: context.variables,
        form,
        config: context.config,
        presentation: context.presentation,
        log: context.log,
        now,
        millisecond,
        deadline: context.deadline,
        needs: Vec::new(),
        confine: context.confine,
        open: None,
        found: false,
        made: None,
    }
}

/// Refuses a request that the page must not answer, with the cheapest check first.
fn admit(page: &Page, request: &Request, config: &Config) -> Result<(), Error> {
    if request.script_name_length > SCRIPT_NAME_MAX && !page.guards() {
        return Err(Error::VariableInvalid("SCRIPT_NAME"));
    }
    if !page.allows(request.method) {
        return Err(Error::Method(page.allow()));
    }
    if request.path_info && !page.takes_path_info {
        return Err(Error::PathInfo);
    }
    admit_scheme(request, config)?;
    if origin::is_cross_origin(request, &config.http.origin) {
        return Err(Error::CrossOrigin);
    }
    Ok(())
}

/// Refuses plain HTTP, where the configuration does not allow it.
pub(super) fn admit_scheme(request: &Request, config: &Config) -> Result<(), Error> {
    if request.https || config.http.allow_http {
        Ok(())
    } else if request.claims_https {
        Err(Error::UnknownProxy(request.remote_addr.clone()))
    } else {
        Err(Error::PlainHttp)
    }
}
