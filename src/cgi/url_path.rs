//! The path of a URL in its one normal form, by which rules are compared.

/// A path in its normal form: decoded, it begins with `/`, and no segment is empty, `.` or `..`. A `/` at the end is
/// left out.
///
/// Some texts have no normal form, because servers and file systems disagree on what they name: a path with a NUL or
/// another control character, a backslash, an encoded slash, a `..` above the root, or bytes that are not UTF-8. Upper
/// and lower case differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlPath(String);

impl UrlPath {
    /// The path of a request's target as the client wrote it (RFC 9112, 3.2): of a path with its query, or of a whole
    /// URL. It is decoded once. `None` if it has no normal form.
    #[must_use]
    pub fn from_target(target: &[u8]) -> Option<Self> {
        let path = without_host(target)?.split(|b| *b == b'?').next()?;
        // No request has a fragment (RFC 9112, 3.2). One server cuts it off, another refuses it.
        if path.contains(&b'#') {
            return None;
        }
        Self::from_decoded(&decoded(path)?)
    }

    /// A path that is decoded already, as in `SCRIPT_NAME` and `PATH_INFO`. `None` if it has no normal form.
    #[must_use]
    pub fn from_decoded(path: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(path).ok()?;
        if !text.starts_with('/') || text.contains('\\') || text.chars().any(char::is_control) {
            return None;
        }
        let mut segments = Vec::new();
        for segment in text.split('/') {
            match segment {
                "" | "." => {}
                ".." => drop(segments.pop()?),
                segment => segments.push(segment),
            }
        }
        Some(Self(format!("/{}", segments.join("/"))))
    }

    /// The path, decoded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of the file `name` in the folder at this path. `name` is one segment.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        Self(format!("{}/{name}", self.0.trim_end_matches('/')))
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

/// The target without the scheme and the host of a whole URL. Apache passes a whole URL on as it came.
fn without_host(target: &[u8]) -> Option<&[u8]> {
    let schemes: [&[u8]; 2] = [b"http://", b"https://"];
    let is_of = |scheme: &&[u8]| {
        let start = target.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let Some(scheme) = schemes.into_iter().find(is_of) else {
        return Some(target);
    };
    let rest = target.get(scheme.len()..)?;
    match rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')) {
        Some(slash) if rest.get(slash) == Some(&b'/') => rest.get(slash..),
        _ => Some(b"/"),
    }
}

/// The path with each `%XX` decoded; `None` if a `%` is followed by anything else, or if a slash is encoded.
fn decoded(path: &[u8]) -> Option<Vec<u8>> {
    let mut pieces = path.split(|b| *b == b'%');
    let mut decoded = pieces.next()?.to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2)?;
        let digits = std::str::from_utf8(code).ok()?;
        // `from_str_radix` takes a sign as well.
        let byte = u8::from_str_radix(digits, 16)
            .ok()
            .filter(|_| code.iter().all(u8::is_ascii_hexdigit))?;
        if byte == b'/' {
            return None;
        }
        decoded.push(byte);
        decoded.extend(rest);
    }
    Some(decoded)
}
