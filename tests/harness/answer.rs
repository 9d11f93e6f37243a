//! An answer, parsed more strictly than any server parses it.

use std::collections::HashMap;

/// One whole answer. [`Answer::read`] checks what all answers have in common, so that a header that is missing from one
/// page fails the first test that sees the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: String,
    /// The cookie that makes a device known, which a sign-in sets beside the session's.
    pub device: Option<String>,
    /// stderr
    pub log: String,
}

impl Answer {
    /// Takes `bytes` apart: `Status: 200 OK`, headers, a blank line, the body (RFC 3875, 6).
    ///
    /// # Errors
    /// Says which rule the answer breaks.
    pub fn read(bytes: Vec<u8>, log: String, head: bool) -> Result<Self, String> {
        let text = String::from_utf8(bytes).map_err(|_| "not UTF-8")?;
        let (block, body) = text
            .split_once("\r\n\r\n")
            .ok_or_else(|| format!("no blank line: {text:?}"))?;
        // PIPE_BUF: a server never reads half of the headers.
        if block.len() + 4 > 4096 {
            return Err(format!("header block of {} bytes", block.len() + 4));
        }
        let mut lines = block.split("\r\n");
        let status = status(lines.next().unwrap_or_default())?;
        let (mut headers, mut device) = (HashMap::new(), None);
        for line in lines {
            let (name, value) = header(line)?;
            let is_device = ["__Host-device=", "cgi-session-device="]
                .iter()
                .any(|of| value.starts_with(of));
            if name == "Set-Cookie" && is_device && device.is_none() {
                device = Some(value);
                continue;
            }
            if headers.insert(name.to_ascii_lowercase(), value).is_some() {
                return Err(format!("{name} twice"));
            }
        }
        let answer = Self {
            status,
            headers,
            body: timeless(body),
            device,
            log,
        };
        answer.check(head).map(|()| answer)
    }

    /// Takes the answer of `files` apart, if it is a file; what pages have in common does not hold for it.
    pub fn of_a_file(bytes: &[u8], log: &str) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (block, body) = text.split_once("\r\n\r\n")?;
        let mut lines = block.split("\r\n");
        let status = status(lines.next()?).ok()?;
        let headers =
            lines.map(|line| header(line).map(|(name, value)| (name.to_ascii_lowercase(), value)));
        let headers: HashMap<_, _> = headers.collect::<Result<_, _>>().ok()?;
        let is_file = headers
            .get("cache-control")
            .is_some_and(|value| value == "private, no-cache");
        is_file.then(|| Self {
            status,
            headers,
            body: body.to_owned(),
            device: None,
            log: log.to_owned(),
        })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(&name.to_ascii_lowercase())
            .map(String::as_str)
    }

    /// Value and attributes of the cookie that is set.
    pub fn cookie(&self) -> Option<(&str, &str)> {
        let (_, rest) = self.header("Set-Cookie")?.split_once('=').unwrap();
        Some(rest.split_once("; ").unwrap())
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    /// The body without the style sheet, which is the same in every page.
    pub fn shown(&self) -> String {
        let (before, rest) = self.body.split_once("<style>").unwrap_or((&self.body, ""));
        let (_, after) = rest.split_once("</style>").unwrap_or_default();
        format!("{before}{after}")
    }

    /// Asserts that an error page shows the id of its line in the log, and nothing else from inside.
    #[track_caller]
    pub fn tells_only_its_id(&self) {
        let id = self
            .log
            .split("id=")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        let id = id.unwrap_or_else(|| panic!("no id: {}", self.log));
        assert!(
            id.len() == 8 && self.body.contains(id),
            "{id}: {}",
            self.body
        );
        let told = format!("{:?}{}", self.headers, self.shown());
        let told = told.replace("no-store", "").to_lowercase();
        let inside = [
            "toml",
            "config",
            "store",
            "sql",
            "/tmp",
            "src/",
            ".rs",
            "schema",
            "table",
            "select",
            "session.",
            "panic",
            "os error",
            "backtrace",
            "argon",
            "version",
            "rust",
            env!("CARGO_PKG_VERSION"),
        ];
        for word in inside {
            assert!(!told.contains(word), "{word}: {told}");
        }
    }

    fn is(&self, name: &str, value: &str) -> Result<(), String> {
        match self.header(name) {
            Some(found) if found == value => Ok(()),
            found => Err(format!("{name}: {found:?} is not {value:?}")),
        }
    }

    fn check(&self, head: bool) -> Result<(), String> {
        self.is("Cache-Control", "no-store")?;
        self.is("X-Content-Type-Options", "nosniff")?;
        self.is("Referrer-Policy", "same-origin")?;
        self.is("Cross-Origin-Opener-Policy", "same-origin")?;
        self.is("Cross-Origin-Resource-Policy", "same-origin")?;
        self.is("Vary", "Accept, Accept-Language, Cookie")?;
        let policy = self.header("Content-Security-Policy").unwrap_or_default();
        let strict = policy.starts_with("default-src 'none'; ")
            && policy.contains("frame-ancestors 'none'; base-uri 'none'")
            && !policy.contains("script-src")
            && !policy.contains("unsafe");
        let kind = self.header("Content-Type");
        let typed = kind.is_some_and(|kind| kind.ends_with("; charset=utf-8"));
        let rules = [
            (strict, "the policy is loose"),
            (typed || self.status == 204, "no type with its charset"),
            (self.body.is_empty() || !head, "a body for HEAD"),
            (!self.body.contains("<script"), "a script"),
            (
                (self.status == 401) == self.header("WWW-Authenticate").is_some(),
                "WWW-Authenticate goes with 401",
            ),
            (
                matches!(self.status, 429 | 503) == self.header("Retry-After").is_some(),
                "Retry-After goes with 429 and 503",
            ),
            (
                (self.status == 405) == self.header("Allow").is_some(),
                "Allow goes with 405",
            ),
            (
                (self.status == 303) == self.header("Location").is_some(),
                "Location goes with 303",
            ),
            (
                self.status < 400 || self.header("Set-Cookie").is_none(),
                "a cookie with an error",
            ),
        ];
        let broken = rules.iter().find(|(holds, _)| !holds);
        broken.map_or(Ok(()), |(_, rule)| Err(format!("{rule}: {self:?}")))
    }
}

/// The login form changes every second, so that a browser does not fill it in. Here two answers to one request must be
/// equal.
fn timeless(body: &str) -> String {
    match body.split_once("name=\"at-") {
        Some((before, rest)) => {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before}name=\"at-{rest}")
        }
        None => body.to_owned(),
    }
}

fn status(line: &str) -> Result<u16, String> {
    let rest = line.strip_prefix("Status: ");
    let (code, reason) = rest
        .and_then(|rest| rest.split_once(' '))
        .ok_or_else(|| format!("no status first: {line:?}"))?;
    let known = code.len() == 3 && reason == cgi_session::cgi::reason(code.parse().unwrap_or(0));
    known
        .then(|| code.parse().unwrap())
        .ok_or_else(|| format!("no such status: {line:?}"))
}

/// RFC 9110, 5.1 and 5.5: a token, and visible ASCII.
fn header(line: &str) -> Result<(&str, String), String> {
    let (name, value) = line
        .split_once(": ")
        .ok_or_else(|| format!("no header: {line:?}"))?;
    let token = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let visible = |b: u8| b == b' ' || b.is_ascii_graphic();
    if name.is_empty() || !name.bytes().all(token) || !value.bytes().all(visible) {
        return Err(format!("a header with what it must not hold: {line:?}"));
    }
    Ok((name, value.to_owned()))
}
