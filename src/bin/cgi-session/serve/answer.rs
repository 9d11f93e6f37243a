//! From a program's output to an HTTP answer (RFC 3875, 6): whole, or not at all.
//!
//! It is stricter than lighttpd, which sends half-written headers to the client as a body, and than Apache, which
//! follows a `Location: /path` inside the server: these mistakes are a 500 here.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use hyper::{Method, Response, StatusCode};

/// What is sent to the client.
pub type Answer = Response<Full<Bytes>>;

/// Headers about the connection, which only the server may set (RFC 3875, 6.3.4).
const WITHHELD: [&str; 6] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers that may occur only once (RFC 3875, 6.3).
const SINGLE: [HeaderName; 3] = [CONTENT_LENGTH, CONTENT_TYPE, LOCATION];

/// Reads what a program wrote.
///
/// # Errors
/// What is wrong with it, for the log. Then nothing of it may reach the client.
pub fn parse(output: &[u8], method: &Method) -> Result<Answer, &'static str> {
    let (head, body) = split(output)?;
    let mut headers = HeaderMap::new();
    let mut status = None;
    for line in head {
        let (name, value) = field(line)?;
        if name == "status" {
            let again = status.replace(parse_status(&value)?).is_some();
            refuse(again, "Status stands twice")?;
        } else if !WITHHELD.contains(&name.as_str()) {
            refuse(
                SINGLE.contains(&name) && headers.contains_key(&name),
                "a header stands twice",
            )?;
            headers.append(name, value);
        }
    }
    let status = match status {
        Some(status) => status,
        None => implied(&headers)?,
    };
    check_length(&mut headers, body, method)?;
    let mut answer = Response::new(Full::new(Bytes::copy_from_slice(body)));
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}

/// The header lines, without their ends, and what comes after the blank one.
fn split(output: &[u8]) -> Result<(Vec<&[u8]>, &[u8]), &'static str> {
    let mut lines = Vec::new();
    let mut rest = output;
    loop {
        let end = rest
            .iter()
            .position(|&byte| byte == b'\n')
            .ok_or("no blank line after the headers")?;
        let (line, after) = rest
            .split_at_checked(end)
            .ok_or("no blank line after the headers")?;
        rest = after.get(1..).unwrap_or_default();
        match line.strip_suffix(b"\r").unwrap_or(line) {
            b"" => break,
            line => lines.push(line),
        }
    }
    refuse(lines.is_empty(), "no header")?;
    Ok((lines, rest))
}

fn field(line: &[u8]) -> Result<(HeaderName, HeaderValue), &'static str> {
    let colon = line
        .iter()
        .position(|&byte| byte == b':')
        .ok_or("a header line without a colon")?;
    let (name, value) = line
        .split_at_checked(colon)
        .ok_or("a header line without a colon")?;
    let value = value.get(1..).unwrap_or_default().trim_ascii();
    Ok((
        HeaderName::from_bytes(name).map_err(|_| "a header name that is no token")?,
        HeaderValue::from_bytes(value).map_err(|_| "a header value with a control character")?,
    ))
}

/// RFC 3875, 6.3.3: three digits, then perhaps a blank and a phrase. 1xx cannot be an answer.
fn parse_status(value: &HeaderValue) -> Result<StatusCode, &'static str> {
    let wrong = "Status is not what RFC 3875 allows";
    let (digits, phrase) = value.as_bytes().split_at_checked(3).ok_or(wrong)?;
    refuse(!matches!(phrase, [] | [b' ', ..]), wrong)?;
    let status = StatusCode::from_bytes(digits).map_err(|_| wrong)?;
    refuse(!(200..600).contains(&status.as_u16()), wrong)?;
    Ok(status)
}

/// The status of an answer that names none (RFC 3875, 6.2).
fn implied(headers: &HeaderMap) -> Result<StatusCode, &'static str> {
    match headers.get(LOCATION) {
        None if headers.contains_key(CONTENT_TYPE) => Ok(StatusCode::OK),
        None => Err("no Content-Type, Status or Location"),
        Some(to) if to.as_bytes().starts_with(b"/") => {
            Err("Location is a path and there is no Status: Apache would run that path instead")
        }
        Some(_) => Ok(StatusCode::FOUND),
    }
}

/// The program's length must be right; hyper then writes it itself. An answer to HEAD has a length and no body.
fn check_length(headers: &mut HeaderMap, body: &[u8], method: &Method) -> Result<(), &'static str> {
    if method == Method::HEAD {
        return Ok(());
    }
    match headers.remove(CONTENT_LENGTH) {
        Some(length) if length.as_bytes() != body.len().to_string().as_bytes() => {
            Err("Content-Length is not the length of the body")
        }
        _ => Ok(()),
    }
}

fn refuse(wrong: bool, why: &'static str) -> Result<(), &'static str> {
    if wrong { Err(why) } else { Ok(()) }
}
