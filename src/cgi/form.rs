//! Fields in `application/x-www-form-urlencoded`, from a body or a query. The two are never merged.

use std::io::Read;

use percent_encoding::percent_decode;

use super::Request;
use crate::error::Error;

/// Most fields in a form. A field can be as short as two bytes in the body, and takes far more memory than that.
const FIELDS_MAX: usize = 10_000;

/// The fields of a form or of a query: names and values, in the order in which they arrived.
#[derive(Debug, Default)]
pub struct Form(Vec<(String, String)>);

#[doc(hidden)]
impl Form {
    /// Reads a request's body: exactly `CONTENT_LENGTH` bytes, or everything if no length is given. A body may hold at
    /// most `limit` bytes.
    ///
    /// # Errors
    /// 413 if the body is over the limit, 415 if it is not a form, 400 if it is short or malformed.
    pub fn read(request: &Request, body: impl Read, limit: u64) -> Result<Self, Error> {
        if request.content_length.is_some_and(|length| length > limit) {
            return Err(Error::BodyTooLarge(limit));
        }
        // `curl -X POST` without data sends neither a content type nor a body.
        if !request.content_type.is_empty() && !is_form(&request.content_type) {
            return Err(Error::NotAForm);
        }
        let wanted = request.content_length.unwrap_or(limit + 1);
        let mut bytes = Vec::new();
        let read = body.take(wanted).read_to_end(&mut bytes);
        let read = read.map_err(|why| Error::Io("read the body", why))? as u64;
        match request.content_length {
            Some(length) if read < length => return Err(Error::BodyShort(read, length)),
            None if read > limit => return Err(Error::BodyTooLarge(limit)),
            _ => {}
        }
        if !bytes.is_empty() && request.content_type.is_empty() {
            return Err(Error::NotAForm);
        }
        Self::parse(&bytes)
    }

    /// Reads `a=1&b=2`.
    ///
    /// # Errors
    /// 400 if there are too many fields, a percent sign lacks its two hex digits, or the text is not UTF-8. If invalid
    /// bytes were replaced, two different passwords could become the same.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes
            .iter()
            .filter(|b| **b == b'&')
            .nth(FIELDS_MAX - 1)
            .is_some()
        {
            return Err(Error::FormInvalid("more than 10000 fields"));
        }
        if !escapes_are_whole(bytes) {
            return Err(Error::FormInvalid("a percent sign without two hex digits"));
        }
        // The separators are ASCII, so the whole text is UTF-8 exactly if each part is.
        if percent_decode(bytes).decode_utf8().is_err() {
            return Err(Error::FormInvalid("not UTF-8"));
        }
        Ok(Self(form_urlencoded::parse(bytes).into_owned().collect()))
    }

    /// Reads the query of a request.
    ///
    /// # Errors
    /// 400 if the query is malformed.
    pub fn from_query(request: &Request) -> Result<Self, Error> {
        Self::parse(request.query_string.as_bytes())
    }
}

impl Form {
    /// A field's value, if the field is present.
    ///
    /// # Errors
    /// 400 if the field occurs twice. Which value counts would be a guess, and a proxy may guess differently.
    pub fn get(&self, name: &str) -> Result<Option<&str>, Error> {
        let mut values = self
            .0
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value);
        let first = values.next();
        if values.next().is_some() {
            return Err(Error::FormInvalid("a field twice"));
        }
        Ok(first.map(String::as_str))
    }
}

/// Whether this is a form's type. Parameters are ignored: browsers add `charset`, which has no meaning here.
fn is_form(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn escapes_are_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes.split(|b| *b == b'%');
    rest.next();
    rest.all(|part| part.len() >= 2 && part.iter().take(2).all(u8::is_ascii_hexdigit))
}
