//! From an HTTP request to RFC 3875's meta-variables: pure, no process and no socket.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use hyper::header::{CONTENT_TYPE, COOKIE, HOST, HeaderName, HeaderValue};
use hyper::{Request, StatusCode, Uri, Version};

use super::Site;
use super::programs::Programs;

/// Where the programs are on this server.
const FOLDER: &str = "/cgi-bin/";

/// Headers that are about the connection, or that no program may see. `Proxy` would become `HTTP_PROXY`, which HTTP
/// clients obey (httpoxy). RFC 3875, 4.1.18 leaves out credentials, and headers that have a variable of their own.
const WITHHELD: [&str; 13] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "keep-alive",
    "proxy",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The two ends of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Ends {
    /// The client's.
    pub client: SocketAddr,
    /// Ours.
    pub server: SocketAddr,
}

/// What a path asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// `/`
    Root,
    /// `/cgi-bin/NAME...`
    Program(Script),
}

/// A program and the rest of the path.
#[derive(Debug, PartialEq, Eq)]
pub struct Script {
    /// The name in the path, decoded.
    pub name: String,
    /// The executable.
    pub file: PathBuf,
    /// Percent-decoded, as RFC 3875, 4.1.5 has it; empty or with a slash in front.
    pub path_info: Vec<u8>,
}

/// What a path asks for; 404 if there is no such thing, 403 if it is not executable.
pub fn target(path: &str, programs: &Programs) -> Result<Target, StatusCode> {
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
    // No variable can hold a NUL.
    if decoded.contains(&0) {
        return Err(StatusCode::BAD_REQUEST);
    }
    if decoded == b"/" {
        return Ok(Target::Root);
    }
    let rest = decoded
        .strip_prefix(FOLDER.as_bytes())
        .ok_or(StatusCode::NOT_FOUND)?;
    let end = rest
        .iter()
        .position(|&byte| byte == b'/')
        .unwrap_or(rest.len());
    let (name, path_info) = rest.split_at_checked(end).unwrap_or((rest, b""));
    let name = std::str::from_utf8(name).map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(Target::Program(Script {
        file: programs.find(name)?,
        name: name.to_owned(),
        path_info: path_info.to_vec(),
    }))
}

/// RFC 9112, 3.2: exactly one `Host` with HTTP/1.1, and a valid one.
pub fn check_host(head: &Request<()>) -> Result<(), StatusCode> {
    let mut hosts = head.headers().get_all(HOST).iter();
    let valid = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host_name(host).is_some(),
        (None, _) => head.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    };
    if valid {
        Ok(())
    } else {
        Err(StatusCode::BAD_REQUEST)
    }
}

/// The program's whole environment. `body` is the length of what it gets on stdin, in bytes.
pub fn variables(
    head: &Request<()>,
    script: &Script,
    ends: Ends,
    site: &Site,
    body: usize,
) -> Vec<(OsString, OsString)> {
    let mut all = server_variables(ends, site, script);
    all.push(("SERVER_NAME".into(), server_name(head, ends).into()));
    all.extend(request_variables(head, body));
    all.extend(header_variables(head));
    all
}

fn server_variables(ends: Ends, site: &Site, script: &Script) -> Vec<(OsString, OsString)> {
    let mut all: Vec<(OsString, OsString)> = vec![
        ("CGI_SESSION_CONFIG".into(), site.config.clone().into()),
        ("DOCUMENT_ROOT".into(), site.programs.ours.clone().into()),
        ("GATEWAY_INTERFACE".into(), "CGI/1.1".into()),
        ("REMOTE_ADDR".into(), ends.client.ip().to_string().into()),
        ("REMOTE_PORT".into(), ends.client.port().to_string().into()),
        ("REQUEST_SCHEME".into(), "http".into()),
        ("SCRIPT_FILENAME".into(), script.file.clone().into()),
        (
            "SCRIPT_NAME".into(),
            format!("{FOLDER}{}", script.name).into(),
        ),
        ("SERVER_ADDR".into(), ends.server.ip().to_string().into()),
        ("SERVER_PORT".into(), ends.server.port().to_string().into()),
        (
            "SERVER_SOFTWARE".into(),
            concat!("cgi-session/", env!("CARGO_PKG_VERSION")).into(),
        ),
    ];
    if !script.path_info.is_empty() {
        let info = OsStr::from_bytes(&script.path_info);
        let mut translated = site.programs.ours.clone().into_os_string();
        translated.push(info);
        all.push(("PATH_INFO".into(), info.to_owned()));
        all.push(("PATH_TRANSLATED".into(), translated));
    }
    all
}

fn request_variables(head: &Request<()>, body: usize) -> Vec<(OsString, OsString)> {
    let uri = head
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let mut all: Vec<(OsString, OsString)> = vec![
        (
            "QUERY_STRING".into(),
            head.uri().query().unwrap_or("").into(),
        ),
        ("REQUEST_METHOD".into(), head.method().as_str().into()),
        ("REQUEST_URI".into(), uri.into()),
        (
            "SERVER_PROTOCOL".into(),
            format!("{:?}", head.version()).into(),
        ),
    ];
    // RFC 3875, 4.1.2: set if and only if there is a body.
    let announced = ["content-length", "transfer-encoding"];
    if announced
        .into_iter()
        .any(|name| head.headers().contains_key(name))
    {
        all.push(("CONTENT_LENGTH".into(), body.to_string().into()));
    }
    if let Some(kind) = joined(head, &CONTENT_TYPE) {
        all.push(("CONTENT_TYPE".into(), kind));
    }
    all
}

/// The name by which the client called this server, without the port (RFC 3875, 4.1.14): from `Host`, as in lighttpd.
fn server_name(head: &Request<()>, ends: Ends) -> String {
    let host = head.headers().get(HOST).and_then(host_name);
    host.unwrap_or_else(|| ends.server.ip().to_string())
}

/// The name in a `Host` header; `None` if the header is not `uri-host [":" port]`.
fn host_name(host: &HeaderValue) -> Option<String> {
    let whole = Uri::builder()
        .scheme("http")
        .authority(host.as_bytes())
        .path_and_query("/");
    let name = whole.build().ok()?.host()?.to_owned();
    let plain = !name.is_empty() && !host.as_bytes().contains(&b'@');
    plain.then_some(name)
}

/// The variables `HTTP_*`. Headers of [`WITHHELD`] are left out, and those with an underscore in their name:
/// `X_Forwarded_For` would become the same variable as `X-Forwarded-For`.
fn header_variables(head: &Request<()>) -> Vec<(OsString, OsString)> {
    let passed =
        |name: &&HeaderName| !WITHHELD.contains(&name.as_str()) && !name.as_str().contains('_');
    head.headers()
        .keys()
        .filter(passed)
        .filter_map(|name| {
            let variable = name.as_str().to_ascii_uppercase().replace('-', "_");
            Some((format!("HTTP_{variable}").into(), joined(head, name)?))
        })
        .collect()
}

/// All values of a header as one, byte for byte (RFC 3875, 4.1.18; RFC 9110, 5.3).
fn joined(head: &Request<()>, name: &HeaderName) -> Option<OsString> {
    let separator: &[u8] = if name == COOKIE { b"; " } else { b", " };
    let values: Vec<&[u8]> = head
        .headers()
        .get_all(name)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if values.is_empty() {
        return None;
    }
    Some(OsString::from_vec(values.join(separator)))
}
