//! Process and page: in a CGI program the only place that touches stdin, stdout and the exit status.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt;
use std::panic;
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{OFlags, fcntl_getfl, fstat};
use sha2::{Digest as _, Sha256};

use crate::auth::origin;
use crate::cgi::{Form, Method, Request, Response, Variables};
use crate::config::{Config, PageConfig};
use crate::confine;
use crate::deadline::{Deadline, Phase};
use crate::error::Error;
use crate::log::{Event, Log, Sink};
use crate::model::{self, Time};
use crate::page::{self, Manner, Page, Visit};

/// What is left to say when not even a failure's page could be made.
const LAST_RESORT: &str = "Status: 500 Internal Server Error\r\n\
    Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n\
    Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'\r\n\
    Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\n\
    Referrer-Policy: same-origin\r\nVary: Accept, Accept-Language, Cookie\r\n\
    X-Content-Type-Options: nosniff\r\n\r\nInternal Server Error\n";

/// How long a body is awaited that nobody needs any more.
const DISCARDING: Duration = Duration::from_secs(2);

/// Whether somebody writes the answer: the page, the deadline or the panic hook, whoever is first.
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// Whether a body was announced that nobody has read, nor waited for in vain.
static BODY_UNREAD: AtomicBool = AtomicBool::new(false);

/// Answers the one request this process was started for.
///
/// The exit status says whether an answer was *written*, not whether it was a 200: after a complete
/// 500 page it is still success.
#[must_use]
pub fn run(page: &'static Page) -> ExitCode {
    confine::limit();
    panic::set_hook(Box::new(move |panic| {
        let at = panic.location().map(ToString::to_string);
        finish(&panicked(page, &at.unwrap_or_default()));
    }));
    let variables = Variables::from_env();
    BODY_UNREAD.store(announces_body(&variables), Ordering::SeqCst);
    let answer = match Config::find(|name| std::env::var_os(name)) {
        Ok(config) => configured(page, &variables, &config),
        Err(error) => {
            let manner = Manner::of(&variables, &PageConfig::default());
            failed(page, &manner, &Log::new(page.name, Sink::Stderr), &error)
        }
    };
    if finish(&answer) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Whether a body follows the head of the request. Where no length is given, a coding announces it, and
/// so does a method that has a body as a rule.
fn announces_body(variables: &Variables) -> bool {
    if let Some(length) = variables.raw("CONTENT_LENGTH") {
        return !matches!(length, b"" | b"0");
    }
    let method = variables.raw("REQUEST_METHOD").unwrap_or_default();
    !matches!(method, b"GET" | b"HEAD") || variables.raw("HTTP_TRANSFER_ENCODING").is_some()
}

/// The answer as it is written.
fn configured(page: &'static Page, variables: &Variables, config: &Config) -> Vec<u8> {
    let manner = Manner::of(variables, &config.page).at(&config.http.origin);
    let log = || Log::new(page.name, config.log.to.clone()).in_format(config.log.format);
    let (late_manner, late_log, log) = (manner.clone(), log(), log());
    let mut deadline = Deadline::new(move |error| {
        let written = finish(&failed(page, &late_manner, &late_log, error));
        process::exit(i32::from(!written));
    });
    let answered = answer(page, variables, config, &manner, &log, &mut deadline)
        .and_then(|response| bytes(&manner, response));
    // Before the failure is logged: where the deadline was first, it has been.
    deadline.answered();
    answered.unwrap_or_else(|error| failed(page, &manner, &log, &error))
}

/// The checks that every page has in common, cheapest first, then the page.
fn answer(
    page: &Page,
    variables: &Variables,
    config: &Config,
    manner: &Manner,
    log: &Log,
    deadline: &mut Deadline,
) -> Result<Response, Error> {
    let request = &Request::read(variables, &config.http.trusted_proxies)?;
    if !page.allows(request.method) {
        return Err(Error::Method(page.allow()));
    }
    if request.path_info {
        return Err(Error::PathInfo);
    }
    if !request.https && !config.http.allow_http {
        return Err(if request.claims_https {
            Error::UnknownProxy(request.remote_addr.clone())
        } else {
            Error::PlainHttp
        });
    }
    if origin::is_cross_origin(request, &config.http.origin) {
        return Err(Error::CrossOrigin);
    }
    let mut form = Form::default();
    if request.method == Method::Post {
        deadline.enter(Phase::Reading)?;
        BODY_UNREAD.store(false, Ordering::SeqCst);
        let read = Form::read(request, io::stdin().lock(), config.http.max_body);
        // What was refused may not have arrived whole.
        BODY_UNREAD.store(read.is_err(), Ordering::SeqCst);
        form = read?;
        deadline.enter(Phase::Answering)?;
    }
    let form = &form;
    let (now, millisecond) = Time::now_and_millisecond();
    (page.answer)(&mut Visit {
        request,
        form,
        config,
        manner,
        log,
        now,
        millisecond,
        deadline,
        confine: confine::confine,
    })
}

/// The answer of a program that panics `at` a place in the source.
fn panicked(page: &Page, at: &str) -> Vec<u8> {
    let why = format!("panic at {at}");
    // The driver panics where a server breaks the protocol, as by a packet with nothing in it.
    let error = if at.contains("/mysql") {
        Error::Unavailable("understand the server", why)
    } else {
        Error::Page(why)
    };
    let manner = Manner::of(&Variables::from_env(), &PageConfig::default());
    failed(page, &manner, &Log::new(page.name, Sink::Stderr), &error)
}

/// Logs the error, and tells the client what it may know.
fn failed(page: &Page, manner: &Manner, log: &Log, error: &Error) -> Vec<u8> {
    let id = &new_id();
    let (status, why) = (&error.status().to_string(), &error.to_string());
    log.event(&Event::Failed { id, status, why });
    page::failure(page.name, manner, error, id)
        .and_then(|response| bytes(manner, response))
        .unwrap_or_else(|_| LAST_RESORT.into())
}

fn bytes(manner: &Manner, response: Response) -> Result<Vec<u8>, Error> {
    let response = if manner.head {
        response.without_body()
    } else {
        response
    };
    response.to_bytes()
}

/// Writes the answer and reads what is left of the body; whether the answer went out.
fn finish(answer: &[u8]) -> bool {
    let written = write(answer);
    if written && BODY_UNREAD.load(Ordering::SeqCst) {
        discard_body();
    }
    written
}

/// Writes the answer, in one go, unless another has; whether it went out.
fn write(bytes: &[u8]) -> bool {
    !ANSWERED.swap(true, Ordering::SeqCst) && !stdout_was_closed() && write_at_once(bytes).is_ok()
}

/// One write for all of it. The standard library's stdout is a line buffer, and would keep what follows
/// the last line's end for a second one.
fn write_at_once(bytes: &[u8]) -> io::Result<()> {
    let stdout = io::stdout().as_fd().try_clone_to_owned()?;
    File::from(stdout).write_all(bytes)
}

/// Whether nobody will get the answer. For a descriptor that is closed at the start, the standard
/// library opens `/dev/null`, for reading and writing, lest a file of ours become stdout; a shell's
/// `>/dev/null` is for writing only.
fn stdout_was_closed() -> bool {
    let stdout = io::stdout();
    // First what is hardly ever so: a server's pipe is for writing only.
    if !fcntl_getfl(&stdout).is_ok_and(|flags| flags.contains(OFlags::RDWR)) {
        return false;
    }
    let null = fs::metadata("/dev/null").map(|about| about.rdev());
    fstat(&stdout).is_ok_and(|about| null.is_ok_and(|null| about.st_rdev == null))
}

/// Ties an answer to its log line. No randomness: it is needed where that failed, too; and no clock
/// or process number that a client could read.
fn new_id() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let digest = Sha256::digest(format!("{}.{}", now.as_nanos(), process::id()));
    model::hex(digest.get(..4).unwrap_or_default())
}

/// Reads what is left of the body, for a moment. `mod_cgid` sends it while we answer, and a program that
/// is gone by then costs the client the answer: the connection is reset (measured on 2.4.71).
fn discard_body() {
    // A thread's default size is asked of the environment.
    let ends = thread::Builder::new().stack_size(512 << 10).spawn(move || {
        thread::sleep(DISCARDING);
        process::exit(0);
    });
    // Without it nothing may block.
    if ends.is_ok() {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
    }
}
