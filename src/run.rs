//! Runs a page as a CGI program. Of the library, only this module touches stdin, stdout and the exit status.

mod guard;
mod interpreter_line;
mod send_file;
mod stdin;
mod stdout;

use std::panic;
use std::process::{self, ExitCode};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

pub use self::guard::guard;
use crate::cgi::{Body, Response, Variables};
use crate::config::{Config, PageConfig};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::log::{Event, Log, Sink};
use crate::model::{self, Time};
use crate::page::{self, Context, LAST_RESORT, Page, Presentation};
use crate::sandbox;
use crate::store;

/// How long to wait for the rest of a body that nobody needs any more. Its size does not matter.
const DISCARDING: Duration = Duration::from_secs(2);

/// An answer that is ready to be written. It has two parts, because joining them would copy the page.
struct Answer {
    head: String,
    body: Body,
}

/// Answers the one request for which this process was started.
///
/// The exit status says whether an answer was *written*, whatever the answer was: after a complete 500 page it is
/// success.
#[must_use]
pub fn run(page: Page) -> ExitCode {
    sandbox::limit(page.sends_files());
    answer_panics(page, finish);
    let variables = Variables::from_env();
    let mut body = stdin::Body::new(&variables);
    let (answer, log) = match Config::find(|name| std::env::var_os(name)) {
        Ok(config) => configured(page, &variables, &mut body, &config),
        Err(error) => (unconfigured(&page, &variables, &error), to_stderr(&page)),
    };
    if finish(&answer, &log) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The answer of a page whose configuration could be read.
fn configured(
    page: Page,
    variables: &Variables,
    body: &mut stdin::Body,
    config: &Config,
) -> (Answer, Log) {
    let presentation = page.presentation(variables, config);
    let log = page.log(config);
    let mut deadline = deadline(page, presentation.clone(), page.log(config), finish);
    let context = Context {
        variables,
        body,
        config,
        presentation: &presentation,
        log: &log,
        clock: Time::now_and_millisecond,
        deadline: &mut deadline,
        confine: sandbox::confine,
    };
    let answered = page::answer(&page, context);
    let answered = answered.and_then(|response| finished(&presentation, response));
    // This must come before a failure is logged: if the deadline passed first, it has logged its own.
    deadline.answered();
    let answer = answered.unwrap_or_else(|error| failed(&page, &presentation, &log, &error));
    (answer, log)
}

/// Writes an answer, and returns whether it was written.
type Finish = fn(&Answer, &Log) -> bool;

/// The deadline of a request. If it passes, `finish` writes the answer, and the process ends.
fn deadline(page: Page, presentation: Presentation, log: Log, finish: Finish) -> Deadline {
    Deadline::new(move |error| {
        let late = failed(&page, &presentation, &log, error);
        process::exit(i32::from(!finish(&late, &log)));
    })
}

/// Answers if this program panics.
fn answer_panics(page: Page, finish: Finish) {
    panic::set_hook(Box::new(move |panic| {
        let at = panic.location().map(ToString::to_string);
        finish(&panicked(&page, &at.unwrap_or_default()), &to_stderr(&page));
    }));
}

/// The answer of a program that panics. `at` is the place in the source.
fn panicked(page: &Page, at: &str) -> Answer {
    let why = format!("panic at {at}");
    // The driver panics if a server breaks the protocol, for example by an empty packet.
    let error = if store::is_drivers() {
        Error::Unavailable("understand the server", why)
    } else {
        Error::Page(why)
    };
    unconfigured(page, &Variables::from_env(), &error)
}

/// The answer to an error without the configuration: in the site's default look, and logged to stderr.
fn unconfigured(page: &Page, variables: &Variables, error: &Error) -> Answer {
    let presentation = Presentation::from_variables(variables, &PageConfig::default());
    failed(page, &presentation, &to_stderr(page), error)
}

/// The log of a program that has no configuration.
fn to_stderr(page: &Page) -> Log {
    Log::new(page.name(), Sink::Stderr)
}

/// Logs the error, and tells the client what it may know.
fn failed(page: &Page, presentation: &Presentation, log: &Log, error: &Error) -> Answer {
    let id = &new_id();
    let (status, why) = (&error.http_status().to_string(), &error.to_string());
    log.event(&Event::Failed { id, status, why });
    page::failure(page, presentation, error, id)
        .and_then(|response| finished(presentation, response))
        .unwrap_or_else(|_| Answer {
            head: LAST_RESORT.to_owned(),
            body: Body::Bytes(Vec::new()),
        })
}

/// Makes an answer of a response. An answer to HEAD has no body.
fn finished(presentation: &Presentation, response: Response) -> Result<Answer, Error> {
    let head = response.head()?;
    let body = if presentation.head {
        Body::Bytes(Vec::new())
    } else {
        response.into_body()
    };
    Ok(Answer { head, body })
}

/// Writes the answer, then reads the rest of the request's body.
fn finish(answer: &Answer, log: &Log) -> bool {
    send(answer, log, u64::MAX, DISCARDING)
}

/// Writes the answer, then reads at most `most` bytes of the rest of the request's body, for at most `time`. Returns
/// whether the answer was written.
fn send(answer: &Answer, log: &Log, most: u64, time: Duration) -> bool {
    let head = answer.head.as_bytes();
    let written = match &answer.body {
        Body::Bytes(body) => stdout::write(head, body),
        Body::File(range) => stdout::write(head, &[]) && send_file::send(range, log),
    };
    if written {
        stdin::discard_rest(most, time);
    }
    written
}

/// An id that ties an answer to its log line. It needs no random source, whose failure must be logged too. It is a
/// hash, so that a client cannot read the clock or the process id from it.
fn new_id() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let digest = Sha256::digest(format!("{}.{}", now.as_nanos(), process::id()));
    model::hex(digest.get(..model::DIGITS_SHOWN / 2).unwrap_or_default())
}
