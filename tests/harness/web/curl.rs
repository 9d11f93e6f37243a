//! The real `curl` as a child process: a client that shares no code with us.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::harness::tls::HOST;

/// One browser: a cookie jar, and how to reach the server.
pub struct Curl {
    folder: TempDir,
    /// `http://127.0.0.1:PORT` or `https://www.example.org:PORT`.
    base: String,
    options: Vec<String>,
    /// The command that runs curl, and what stands before it.
    command: Vec<String>,
}

/// What the server sent.
pub struct Reply {
    pub status: u16,
    /// In order, names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Curl {
    /// A browser without cookies. `authority` is the certificate that signs the server's.
    pub fn new(base: &str, authority: Option<PathBuf>) -> Self {
        let mut options = vec!["--connect-to".to_owned(), format!("{HOST}::127.0.0.1:")];
        if let Some(authority) = authority {
            options.push("--cacert".to_owned());
            options.push(authority.display().to_string());
        }
        Self {
            folder: TempDir::new().unwrap(),
            base: base.to_owned(),
            options,
            command: vec!["curl".to_owned()],
        }
    }

    /// The same, where the server's name leads to another address than 127.0.0.1.
    pub fn at(mut self, address: &str) -> Self {
        self.options[1] = format!("{HOST}::{address}:");
        self
    }

    /// The same, run by another command: [`super::WebServer::inside`].
    pub fn inside(mut self, inside: &[String]) -> Self {
        self.command = [inside, &self.command].concat();
        self
    }

    /// GET, with further curl options.
    pub fn get(&self, path: &str, options: &[&str]) -> Reply {
        self.run(path, options)
    }

    /// POST of a form, with further curl options.
    pub fn post(&self, path: &str, fields: &[(&str, &str)], options: &[&str]) -> Reply {
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut arguments = vec!["--request", "POST"];
        if fields.is_empty() {
            arguments.extend(["--data", ""]);
        }
        for field in &fields {
            arguments.extend(["--data-urlencode", field]);
        }
        arguments.extend(options);
        self.run(path, &arguments)
    }

    /// Downloads into a file, with further curl options. Whether curl took it for whole, and what it wrote to stdout.
    pub fn download(&self, path: &str, to: &Path, options: &[&str]) -> (bool, String) {
        let output = self
            .curl("120")
            .arg("--output")
            .arg(to)
            .args(options)
            .arg(format!("{}{path}", self.base))
            .output()
            .expect("curl");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.success(), said)
    }

    /// The value of a cookie in the jar.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let jar = fs::read_to_string(self.jar()).unwrap_or_default();
        // Netscape's format: seven columns apart by tabs, the name and the value last.
        jar.lines().find_map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            (columns.len() == 7 && columns[5] == name).then(|| columns[6].to_owned())
        })
    }

    fn jar(&self) -> PathBuf {
        self.folder.path().join("jar")
    }

    /// curl with what every request has: a limit in seconds, the cookies, and the way to the server.
    fn curl(&self, seconds: &str) -> Command {
        let mut command = Command::new(&self.command[0]);
        command
            .args(&self.command[1..])
            .env_clear()
            .args(["--disable", "--silent", "--http1.1"])
            .args(["--max-time", seconds, "--noproxy", "*", "--cookie"])
            .arg(self.jar())
            .args(&self.options);
        command
    }

    fn run(&self, path: &str, arguments: &[&str]) -> Reply {
        let output = self
            .curl("30")
            .args(["--show-error", "--include", "--path-as-is"])
            .args(["--header", "Expect:"])
            .arg("--cookie-jar")
            .arg(self.jar())
            .args(arguments)
            .arg(format!("{}{path}", self.base))
            .output()
            .expect("curl");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "curl {arguments:?} {}{path}: {errors}",
            self.base
        );
        Reply::parse(&output.stdout)
    }
}

/// Leaves out the head of a page, which is one long style sheet.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}\n{}", self.status, self.headers, self.main())
    }
}

impl Reply {
    /// The part of a page that is read; the whole body where it is no page.
    pub fn main(&self) -> &str {
        self.body.split("<main>").nth(1).unwrap_or(&self.body)
    }

    fn parse(answer: &[u8]) -> Self {
        let answer = String::from_utf8_lossy(answer);
        let (head, body) = answer.split_once("\r\n\r\n").expect("a header block");
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers = lines
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Self {
            status,
            headers,
            body: body.to_owned(),
        }
    }

    /// The value of a header that comes once.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let values: Vec<&str> = self.headers(name).collect();
        assert!(
            values.len() < 2,
            "{name} comes {} times: {self:?}",
            values.len()
        );
        values.first().copied()
    }

    /// The values of a header that may come more than once, as `set-cookie`.
    pub fn headers<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(have, _)| have == name)
            .map(|(_, value)| value.as_str())
    }
}
