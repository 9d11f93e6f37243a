//! The answer to an error. It tells the client a status, a text, and if the fault is ours the id of the log line.

use super::definition::Page;
use super::html::FailurePage;
use super::presentation::Presentation;
use super::reply;
use crate::cgi::Response;
use crate::deadline::QUEUEING;
use crate::error::Error;

/// Seconds after which the client may try again.
const RETRY_AFTER: &str = "5";

/// Seconds after which a client with too many visitors may try again. Their rows live for minutes at least.
const VISITORS_LEAVE_AFTER: &str = "60";

/// Seconds after which it may if the queue for hashing was full. By then, everybody who waits in the queue now has had
/// a turn or was refused.
const QUEUE_IS_FREE_AFTER: u64 = QUEUEING.as_secs();

/// The answer to an error of `page`.
///
/// # Errors
/// If that answer cannot be made either.
pub fn failure(
    page: &Page,
    presentation: &Presentation,
    error: &Error,
    id: &str,
) -> Result<Response, Error> {
    let status = error.http_status();
    let texts = presentation.texts;
    let (title, detail) = match error {
        Error::PlainHttp => texts.plain_http,
        Error::UnknownProxy(_) => texts.unknown_proxy,
        Error::FormOutOfDate => texts.form_out_of_date(),
        Error::Data(_) => texts.data_fault(status),
        Error::Status(..) => texts.told(status),
        _ if status == 503 => (texts.unavailable.0, (page.unavailable)(texts)),
        _ => texts.failure(status),
    };
    let id = (status >= 500).then_some(id);
    let response = if presentation.json {
        reply::problem(status, detail, id)?
    } else {
        let (again, here) = (presentation.again(), &*presentation.links.here);
        let link = match status {
            // Over plain HTTP, the same address would only fail again.
            _ if matches!(error, Error::PlainHttp | Error::UnknownProxy(_)) => None,
            // The request was right, so that it may succeed when it is repeated.
            408 | 503 => Some((&*again, texts.try_again)),
            _ => Some((here, texts.back)),
        };
        let page = FailurePage {
            look: presentation.look(),
            title,
            detail,
            id,
            link,
        };
        reply::html(status, presentation, &page)?
    };
    let response = presentation.with_new_cookie(response)?;
    match error {
        Error::Method(allow) => response.with("Allow", *allow),
        Error::QueueFull => response.with("Retry-After", QUEUE_IS_FREE_AFTER.to_string()),
        _ if status == 503 => response.with("Retry-After", RETRY_AFTER),
        _ if status == 429 => response.with("Retry-After", VISITORS_LEAVE_AFTER),
        _ => Ok(response),
    }
}
