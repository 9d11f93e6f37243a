//! The HTTP side: connections, limits, and which request runs which program.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
    RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::answer::Answer;
use super::cgi::Program;
use super::request::{Ends, Target};
use super::{Site, answer, cgi, limits, request};
use crate::print::{complain, printable};

/// Largest request body, in bytes; more is 413.
const MAX_BODY: usize = 1024 * 1024;

/// How long a client may take to send a header block, or a body.
const SENDING: Duration = Duration::from_secs(10);

/// How long a request waits for its turn before it is 503.
const WAITING: Duration = Duration::from_secs(10);

/// Longest path in the log, in characters.
const MAX_LOGGED_PATH: usize = 256;

/// Takes connections for ever.
pub async fn accept(listener: TcpListener, site: Arc<Site>) {
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                tokio::spawn(converse(stream, client, Arc::clone(&site)));
            }
            // Mostly it is out of descriptors, which come back when connections end.
            Err(error) => {
                complain(&format!("cannot take a connection: {error}\n"));
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// One connection, to its end. hyper drops the request's future when the client goes, and with it
/// the program.
async fn converse(stream: TcpStream, client: SocketAddr, site: Arc<Site>) {
    let Ok(server) = stream.local_addr() else {
        return;
    };
    let ends = Ends { client, server };
    let service = service_fn(|request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(logged(request, ends, &site).await) }
    });
    let end = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SENDING)
        .max_buf_size(2 * limits::MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    match end {
        Err(error) if error.is_parse() => {
            complain(&format!("not HTTP/1, from {}: {error}\n", client.ip()));
        }
        // The client went away: no fault of ours, and its request has its line.
        Ok(()) | Err(_) => {}
    }
}

/// One request's line in the log, written when the request is over, however it ends.
struct Line {
    method: Method,
    /// Without the query: it may hold what a form was filled with.
    path: String,
    started: Instant,
    /// `None`: the client left before the answer.
    status: Option<StatusCode>,
}

impl Drop for Line {
    fn drop(&mut self) {
        let status = self.status.as_ref().map_or("-", StatusCode::as_str);
        let method = printable(self.method.as_str(), limits::MAX_METHOD);
        let path = printable(&self.path, MAX_LOGGED_PATH);
        let ms = self.started.elapsed().as_millis();
        complain(&format!("{method} {path} {status} {ms} ms\n"));
    }
}

async fn logged(request: Request<Incoming>, ends: Ends, site: &Site) -> Answer {
    let mut line = Line {
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        started: Instant::now(),
        status: None,
    };
    let mut answer = respond(request, ends, site).await.unwrap_or_else(refusal);
    if line.method == Method::HEAD {
        *answer.body_mut() = Full::default();
    }
    line.status = Some(answer.status());
    answer
}

async fn respond(
    request: Request<Incoming>,
    ends: Ends,
    site: &Site,
) -> Result<Answer, StatusCode> {
    let (parts, body) = request.into_parts();
    let head = Request::from_parts(parts, ());
    limits::check(&head)?;
    request::check_host(&head)?;
    match request::target(head.uri().path(), &site.programs)? {
        Target::Root => Ok(redirect("/cgi-bin/protected")),
        Target::Program(script) => {
            let body = collect(body).await?;
            let variables = request::variables(&head, &script, ends, site, body.len());
            let program = Program {
                name: script.name.clone(),
                file: script.file,
                variables,
                body,
            };
            let turn = timeout(WAITING, Arc::clone(&site.turns).acquire_owned()).await;
            let turn = turn
                .ok()
                .and_then(Result::ok)
                .ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
            let output = cgi::run(program, turn).await?;
            forwarded(&output, &head, &script.name)
        }
    }
}

/// The program's answer, or 500 and none of it.
fn forwarded(output: &[u8], head: &Request<()>, program: &str) -> Result<Answer, StatusCode> {
    answer::parse(output, head.method()).map_err(|why| {
        complain(&format!("{program}: answer not forwarded: {why}\n"));
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

/// The whole body, so that `CONTENT_LENGTH` is exact even if the client sent it in chunks.
async fn collect(body: Incoming) -> Result<Bytes, StatusCode> {
    let cap = u64::try_from(MAX_BODY).unwrap_or(u64::MAX);
    if body.size_hint().lower() > cap {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match timeout(SENDING, Limited::new(body, MAX_BODY).collect()).await {
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
    }
}

fn redirect(to: &'static str) -> Answer {
    let mut answer = refusal(StatusCode::SEE_OTHER);
    answer
        .headers_mut()
        .insert(LOCATION, HeaderValue::from_static(to));
    answer
}

/// Headers of every answer of the server itself, which a browser must take for plain text.
const HEADERS: [(HeaderName, &str); 4] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'"),
    (CONTENT_TYPE, "text/plain; charset=utf-8"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

/// An answer of the server itself, in place of a program's.
fn refusal(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::from(format!("{status}\n")));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
    }
    answer
}
