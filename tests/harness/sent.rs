//! What `files` sent: any bytes, and headers that are not a page's.

use std::collections::HashMap;

use super::Program;

/// One whole answer of `files`.
pub struct Sent {
    pub status: u16,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
    /// stderr
    pub log: String,
}

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body[..self.body.len().min(200)]).into_owned();
        write!(
            f,
            "{} {:?} {} bytes {body:?}\nlog: {}",
            self.status,
            self.headers,
            self.body.len(),
            self.log
        )
    }
}

impl Sent {
    /// Runs the program, whose answer must be whole.
    #[track_caller]
    pub fn by(program: &Program) -> Self {
        let output = program.output();
        let log = String::from_utf8(output.stderr).expect("the log is text");
        assert!(output.status.success(), "{}: {log}", output.status);
        let sent = Self::read(&output.stdout, log);
        if let Some(length) = sent
            .header("content-length")
            .filter(|_| !sent.body.is_empty())
        {
            assert_eq!(length, sent.body.len().to_string(), "{sent:?}");
        }
        sent
    }

    /// Takes an answer apart.
    #[track_caller]
    pub fn read(bytes: &[u8], log: String) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no header block; log: {log}"));
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().strip_prefix("Status: ").unwrap();
        let mut headers = HashMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            let again = headers.insert(name.to_ascii_lowercase(), value.to_owned());
            assert!(again.is_none(), "{name} twice");
        }
        Self {
            status: status[..3].parse().unwrap(),
            headers,
            body: bytes[end + 4..].to_vec(),
            log,
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Asserts the status, and that the log has one line with this text in it; empty: no line.
    #[track_caller]
    pub fn is(&self, status: u16, logged: &str) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        let lines = usize::from(!logged.is_empty());
        assert!(
            self.log.lines().count() == lines && self.log.contains(logged),
            "no {logged:?}: {self:?}"
        );
        self
    }
}
