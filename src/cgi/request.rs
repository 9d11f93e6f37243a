//! What the client asked for.

use ipnet::IpNet;

use super::client::{self, Client};
use super::{Form, Variables};
use crate::error::Error;

/// Longest `SCRIPT_NAME`, in bytes.
const SCRIPT_NAME_MAX: usize = 256;

/// The methods that any page knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Asks, and changes nothing.
    Get,
    /// GET without the body.
    Head,
    /// Carries a form.
    Post,
    /// Everything else. `post` is not POST (RFC 9110, 9.1: methods are case-sensitive).
    Other,
}

/// A request without its body: a pure function of the variables.
#[derive(Debug)]
pub struct Request {
    /// `REQUEST_METHOD`
    pub method: Method,
    /// Over HTTPS, as the server, or a trusted proxy, says.
    pub https: bool,
    /// Whether whoever is at the other end says so, and is not trusted. It decides on words alone.
    pub claims_https: bool,
    /// The client's address, canonical; a trusted proxy's word for it.
    pub remote_addr: String,
    /// Whether the path goes on behind the program's name.
    pub path_info: bool,
    /// See [`Variables::query`].
    pub query_string: String,
    /// `Host`
    pub host: Option<String>,
    /// `Origin`
    pub origin: Option<String>,
    /// `Sec-Fetch-Site`
    pub sec_fetch_site: Option<String>,
    /// `Cookie`, as it came.
    pub cookie: String,
    /// `Referer`, of a request without a cookie: only there does anybody ask.
    pub referer: Option<String>,
    /// `User-Agent`
    pub user_agent: String,
    /// `CONTENT_TYPE`
    pub content_type: String,
    /// `CONTENT_LENGTH`; `None`: chunked, read to the cap (Apache sends no length then).
    pub content_length: Option<u64>,
}

impl Request {
    /// Reads the variables.
    ///
    /// # Errors
    /// If one that RFC 3875 requires is missing or malformed: 400.
    pub fn read(variables: &Variables, trusted: &[IpNet]) -> Result<Self, Error> {
        let Client {
            address,
            https,
            claims_https,
        } = client::from_variables(variables, trusted);
        let required = |name| variables.text(name).ok_or(Error::VariableMissing(name));
        // Links made of a longer one would not fit into a header block.
        if required("SCRIPT_NAME")?.len() > SCRIPT_NAME_MAX {
            return Err(Error::VariableInvalid("SCRIPT_NAME"));
        }
        let cookie = variables.lossy("HTTP_COOKIE");
        let referer = cookie.is_empty().then(|| variables.bytes("HTTP_REFERER"));
        Ok(Self {
            method: method(required("REQUEST_METHOD")?),
            https,
            claims_https,
            remote_addr: address,
            path_info: variables.bytes("PATH_INFO").is_some(),
            query_string: variables.query().to_owned(),
            // One that is not UTF-8 becomes text that matches nothing.
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

    /// The fields of the query.
    ///
    /// # Errors
    /// If it is malformed: 400.
    pub fn query(&self) -> Result<Form, Error> {
        Form::parse(self.query_string.as_bytes())
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

/// RFC 3875, 4.1.2: `CONTENT_LENGTH = "" | 1*digit`. `u64::from_str` alone would let `+5` in. Absent
/// is another case than empty: chunked.
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
