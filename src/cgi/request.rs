//! A request without its body: the method, and the variables that the pages need.

use ipnet::IpNet;

use super::Variables;
use super::client::{self, Client};
use crate::error::Error;

/// A request's method, as far as pages tell methods apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads, and changes nothing.
    Get,
    /// GET without the body.
    Head,
    /// Sends a form.
    Post,
    /// Any other method. Methods are case-sensitive (RFC 9110, 9.1), so `post` is one of these.
    Other,
}

/// A request without its body, made from the variables alone.
#[derive(Debug)]
pub struct Request {
    /// `REQUEST_METHOD`
    pub method: Method,
    /// Whether the request came over HTTPS, as the server or a trusted proxy reports.
    pub https: bool,
    /// Whether an untrusted sender claims HTTPS for a plain HTTP request. This only chooses the text of the refusal.
    pub claims_https: bool,
    /// The client's canonical address, as the server or a trusted proxy reports; `unknown` if there is none.
    pub remote_addr: String,
    /// Length of `SCRIPT_NAME`, in bytes.
    pub script_name_length: usize,
    /// Whether the URL's path continues after the program's name.
    pub path_info: bool,
    /// See [`Variables::query`].
    pub query_string: String,
    /// `Host`
    pub host: Option<String>,
    /// `Origin`
    pub origin: Option<String>,
    /// `Sec-Fetch-Site`
    pub sec_fetch_site: Option<String>,
    /// `Cookie`, unparsed; empty if there is none.
    pub cookie: String,
    /// `Referer`. It is read only if the request has no cookie, because no page needs it otherwise.
    pub referer: Option<String>,
    /// `User-Agent`
    pub user_agent: String,
    /// `CONTENT_TYPE`
    pub content_type: String,
    /// `CONTENT_LENGTH`, in bytes. `None` if there is no body, or if it is chunked: Apache sets no length then.
    pub content_length: Option<u64>,
}

impl Request {
    /// Reads the variables. `trusted` are the networks of proxies whose headers are believed.
    ///
    /// # Errors
    /// 400 if a variable that RFC 3875 requires is missing or malformed.
    pub fn read(variables: &Variables, trusted: &[IpNet]) -> Result<Self, Error> {
        let Client {
            address,
            https,
            claims_https,
        } = client::from_variables(variables, trusted);
        let required = |name| variables.text(name).ok_or(Error::VariableMissing(name));
        let cookie = variables.lossy("HTTP_COOKIE");
        let referer = cookie.is_empty().then(|| variables.bytes("HTTP_REFERER"));
        Ok(Self {
            method: method(required("REQUEST_METHOD")?),
            https,
            claims_https,
            remote_addr: address,
            script_name_length: required("SCRIPT_NAME")?.len(),
            path_info: variables.bytes("PATH_INFO").is_some(),
            query_string: variables.query().to_owned(),
            // A value that is not UTF-8 becomes text that matches nothing.
            host: variables.bytes("HTTP_HOST").map(lossy),
            origin: variables.bytes("HTTP_ORIGIN").map(lossy),
            sec_fetch_site: variables.bytes("HTTP_SEC_FETCH_SITE").map(lossy),
            cookie,
            referer: referer.flatten().map(lossy),
            user_agent: variables.lossy("HTTP_USER_AGENT"),
            content_type: variables.lossy("CONTENT_TYPE"),
            content_length: content_length(variables)?,
        })
    }
}

fn method(text: &str) -> Method {
    match text {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        _ => Method::Other,
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// RFC 3875, 4.1.2: `CONTENT_LENGTH = "" | 1*digit`. `u64::from_str` alone would accept `+5`. An empty value means that
/// there is no body. If the variable is absent, a body may still follow: a chunked one.
fn content_length(variables: &Variables) -> Result<Option<u64>, Error> {
    let invalid = || Error::VariableInvalid("CONTENT_LENGTH");
    let Some(bytes) = variables.raw("CONTENT_LENGTH") else {
        return Ok(None);
    };
    if bytes.is_empty() {
        return Ok(Some(0));
    }
    if !bytes.iter().all(u8::is_ascii_digit) {
        return Err(invalid());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| invalid())?;
    text.parse().map(Some).map_err(|_| invalid())
}
