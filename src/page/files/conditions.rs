//! Conditional requests, in the order of RFC 9110, 13.2.2.

use std::time::UNIX_EPOCH;

use super::validators::Validators;
use crate::cgi::Variables;

/// What the conditions of a request come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The client has the file already: 304.
    NotModified,
    /// The file is not the one that the client means: 412.
    Failed,
    /// The file is sent. Whether a `Range` counts.
    Send {
        /// `false` if `If-Range` names another version of the file.
        range: bool,
    },
}

/// What the conditions in `variables` come to for a file.
#[must_use]
pub fn outcome(variables: &Variables, file: &Validators) -> Outcome {
    let header = |name| variables.bytes(name);
    if let Some(list) = header("HTTP_IF_MATCH") {
        if !names(list, file, Comparison::Strong) {
            return Outcome::Failed;
        }
    } else if header("HTTP_IF_UNMODIFIED_SINCE")
        .and_then(date)
        .is_some_and(|then| file.modified > then)
    {
        return Outcome::Failed;
    }
    if let Some(list) = header("HTTP_IF_NONE_MATCH") {
        if names(list, file, Comparison::Weak) {
            return Outcome::NotModified;
        }
    } else if header("HTTP_IF_MODIFIED_SINCE")
        .and_then(date)
        .is_some_and(|then| file.modified <= then)
    {
        return Outcome::NotModified;
    }
    let range = header("HTTP_IF_RANGE").is_none_or(|condition| is_the_same(condition, file));
    Outcome::Send { range }
}

/// How two entity tags are compared (RFC 9110, 8.8.3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    /// Both must be strong.
    Strong,
    /// `W/` does not count.
    Weak,
}

/// Whether a list of entity tags, or `*`, names the file.
fn names(list: &[u8], file: &Validators, how: Comparison) -> bool {
    if list.trim_ascii() == b"*" {
        return true;
    }
    // Our tags hold neither commas nor blanks, so that a foreign tag with a comma in it is cut, and matches nothing.
    list.split(|b| *b == b',').any(|tag| {
        let tag = tag.trim_ascii();
        let opaque = tag.strip_prefix(b"W/");
        let is_weak = file.weak || opaque.is_some();
        opaque.unwrap_or(tag) == file.tag.as_bytes() && !(is_weak && how == Comparison::Strong)
    })
}

/// Whether `If-Range` names this very version, by a strong tag or by the exact date (RFC 9110, 13.1.5).
fn is_the_same(condition: &[u8], file: &Validators) -> bool {
    let condition = condition.trim_ascii();
    if condition.starts_with(b"\"") || condition.starts_with(b"W/") {
        return names(condition, file, Comparison::Strong);
    }
    !file.weak && date(condition) == Some(file.modified)
}

/// Seconds since 1970. A date that is malformed does not count (RFC 9110, 13.1.3).
fn date(value: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(value).ok()?;
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    let since = date.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::{Outcome, outcome};
    use crate::cgi::Variables;
    use crate::page::files::validators::Validators;

    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const SAME_IN_ANOTHER_FORM: &str = "Sunday, 06-Nov-94 08:49:37 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn asked(headers: &[(&str, &str)], weak: bool) -> Outcome {
        let file = Validators {
            tag: "\"a\"".to_owned(),
            weak,
            modified: 784_111_777,
        };
        let pairs = headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()));
        outcome(&pairs.collect::<Variables>(), &file)
    }

    #[test]
    fn conditions_are_met_in_the_order_of_rfc_9110() {
        use Outcome::{Failed, NotModified, Send};
        let (whole, part) = (Send { range: false }, Send { range: true });
        let (if_match, if_none) = ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH");
        let (unmodified, modified) = ("HTTP_IF_UNMODIFIED_SINCE", "HTTP_IF_MODIFIED_SINCE");
        let if_range = "HTTP_IF_RANGE";
        let cases: &[(&[(&str, &str)], Outcome)] = &[
            (&[], part),
            (&[(if_match, "\"a\"")], part),
            (&[(if_match, "\"b\" , \"a\"")], part),
            (&[(if_match, "*")], part),
            (&[(if_match, "\"b\"")], Failed),
            (&[(if_match, "W/\"a\"")], Failed),
            // If-Match counts, and If-Unmodified-Since does not.
            (&[(if_match, "\"a\""), (unmodified, BEFORE)], part),
            (&[(unmodified, BEFORE)], Failed),
            (&[(unmodified, SAME)], part),
            (&[(unmodified, "yesterday")], part),
            (&[(if_none, "\"a\"")], NotModified),
            (&[(if_none, "W/\"a\"")], NotModified),
            (&[(if_none, "*")], NotModified),
            (&[(if_none, "\"b\"")], part),
            // If-None-Match counts, and If-Modified-Since does not.
            (&[(if_none, "\"b\""), (modified, AFTER)], part),
            (&[(if_match, "\"b\""), (if_none, "\"a\"")], Failed),
            (&[(modified, BEFORE)], part),
            (&[(modified, SAME)], NotModified),
            (&[(modified, SAME_IN_ANOTHER_FORM)], NotModified),
            (&[(modified, AFTER)], NotModified),
            (&[(modified, "yesterday")], part),
            (&[(if_range, "\"a\"")], part),
            (&[(if_range, "W/\"a\"")], whole),
            (&[(if_range, "\"b\"")], whole),
            (&[(if_range, SAME)], part),
            (&[(if_range, BEFORE)], whole),
            (&[(if_range, AFTER)], whole),
            (&[(if_range, "yesterday")], whole),
        ];
        for (headers, expected) in cases {
            assert_eq!(asked(headers, false), *expected, "{headers:?}");
        }
        // A weak tag matches only where a weak one will do.
        assert_eq!(asked(&[(if_match, "\"a\"")], true), Failed);
        assert_eq!(asked(&[(if_none, "\"a\"")], true), NotModified);
        assert_eq!(asked(&[(if_range, "\"a\"")], true), whole);
        assert_eq!(asked(&[(if_range, SAME)], true), whole);
    }
}
