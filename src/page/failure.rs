//! What the client learns of an error: a status, a sentence, and the log line's id.

use serde::Serialize;

use super::answer;
use super::html::{self, Failure};
use super::manner::Manner;
use crate::cgi::{Response, reason};
use crate::deadline::QUEUEING;
use crate::error::Error;

/// After how many seconds trying again is sensible.
const RETRY_AFTER: &str = "5";

/// The same where the queue is full: whoever waits now has had their turn by then, or has given up.
const QUEUE_IS_FREE_AFTER: u64 = QUEUEING.as_secs();

/// RFC 9457. `about:blank` says that the status tells all there is; its title then is the status's.
#[derive(Serialize)]
pub struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// A problem for a script.
pub fn problem(status: u16, detail: &str, id: Option<&str>) -> Result<Response, Error> {
    let problem = Problem {
        kind: "about:blank",
        title: reason(status),
        status,
        detail,
        id,
    };
    answer::json(status, "application/problem+json", &problem)
}

/// The answer to an error of the program `name`.
///
/// # Errors
/// If even that cannot be made.
pub fn failure(name: &str, manner: &Manner, error: &Error, id: &str) -> Result<Response, Error> {
    let status = error.status();
    let texts = manner.texts();
    let (title, detail) = match error {
        Error::PlainHttp => texts.plain_http,
        Error::UnknownProxy(_) => texts.unknown_proxy,
        _ if status == 503 && name == "logout" => (texts.unavailable.0, texts.not_signed_out),
        _ => manner.language.failure(status),
    };
    let id = (status >= 500).then_some(id);
    let response = if manner.json {
        problem(status, detail, id)?
    } else {
        let (again, here) = (manner.again(), &*manner.links.here);
        let link = match status {
            // Over plain HTTP the same address would only say the same again.
            _ if matches!(error, Error::PlainHttp | Error::UnknownProxy(_)) => None,
            // Nothing was wrong with what was asked for.
            408 | 503 => Some((&*again, texts.try_again)),
            _ => Some((here, texts.back)),
        };
        let page = html::failure(
            &manner.look(),
            &Failure {
                title,
                detail,
                id,
                link,
            },
        );
        answer::html(status, manner, page)?
    };
    match error {
        Error::Method(allow) => response.with("Allow", *allow),
        Error::QueueFull => response.with("Retry-After", QUEUE_IS_FREE_AFTER.to_string()),
        _ if status == 503 => response.with("Retry-After", RETRY_AFTER),
        _ => Ok(response),
    }
}
