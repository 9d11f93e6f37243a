//! The path of a URL in its one normal form, by which rules are compared.

use percent_encoding::percent_decode;

use crate::error::Error;

/// A decoded path in its normal form: it begins with `/`, no segment is empty, `.` or `..`, and no byte is a NUL, a
/// backslash or invalid UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlPath(String);

impl UrlPath {
    /// The path of `REQUEST_URI`, which the client wrote: decoded once, without its query.
    ///
    /// # Errors
    /// 400 if the path has no normal form.
    pub fn from_uri(uri: &[u8]) -> Result<Self, Error> {
        let path = uri.split(|b| *b == b'?').next().unwrap_or_default();
        let upper = path.to_ascii_uppercase();
        if ["%2F", "%5C", "%00"]
            .iter()
            .any(|code| upper.windows(3).any(|three| three == code.as_bytes()))
        {
            return Err(Error::VariableInvalid("REQUEST_URI"));
        }
        let decoded: Vec<u8> = percent_decode(path).collect();
        Self::from_decoded(&decoded).map_err(|_| Error::VariableInvalid("REQUEST_URI"))
    }

    /// A path that the server has decoded, as in `SCRIPT_NAME` and `PATH_INFO`.
    ///
    /// # Errors
    /// 400 if the path has no normal form.
    pub fn from_decoded(path: &[u8]) -> Result<Self, Error> {
        let invalid = || Error::VariableInvalid("PATH_INFO");
        let text = std::str::from_utf8(path).map_err(|_| invalid())?;
        if !text.starts_with('/') || text.contains(['\0', '\\']) {
            return Err(invalid());
        }
        let mut segments = Vec::new();
        for segment in text.split('/') {
            match segment {
                "" | "." => {}
                ".." => drop(segments.pop().ok_or_else(invalid)?),
                segment => segments.push(segment),
            }
        }
        Ok(Self(format!("/{}", segments.join("/"))))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this path is `other` or lies below it.
    #[must_use]
    pub fn is_at_or_below(&self, other: &Self) -> bool {
        match self.0.strip_prefix(&other.0) {
            Some(rest) => rest.is_empty() || rest.starts_with('/') || other.0 == "/",
            None => false,
        }
    }
}
