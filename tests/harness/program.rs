//! Runs a real executable as a web server does, and checks what every answer must be.
//!
//! The environment holds only what a test sets. A line on stderr that a test does not expect is a failure.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use super::{Answer, deployment};

/// How long to wait for a program: any answer takes at most 6 s, and more only on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// One run of one executable. Each method that changes something returns a new value.
#[must_use]
#[derive(Clone)]
pub struct Program {
    name: &'static str,
    wrapper: Vec<OsString>,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    stdin: Vec<u8>,
    stalls: bool,
    expected: Vec<String>,
}

/// The executable that cargo built for this test.
pub fn executable(name: &str) -> &'static str {
    match name {
        "login" => env!("CARGO_BIN_EXE_login"),
        "logout" => env!("CARGO_BIN_EXE_logout"),
        "protected" => env!("CARGO_BIN_EXE_protected"),
        "cgi-session-guard" => env!("CARGO_BIN_EXE_cgi-session-guard"),
        "files" => env!("CARGO_BIN_EXE_files"),
        name => deployment::example(name).leak().to_str().unwrap(),
    }
}

impl Program {
    /// A GET over HTTPS, with what a server always sets (RFC 3875, 4.1).
    pub fn new(name: &'static str) -> Self {
        let program = Self {
            name,
            wrapper: Vec::new(),
            arguments: Vec::new(),
            variables: Vec::new(),
            stdin: Vec::new(),
            stalls: false,
            expected: Vec::new(),
        };
        program
            .set("GATEWAY_INTERFACE", "CGI/1.1")
            .set("SERVER_PROTOCOL", "HTTP/1.1")
            .set("REQUEST_METHOD", "GET")
            .set("SCRIPT_NAME", format!("/cgi-bin/{name}"))
            .set("QUERY_STRING", "")
            .set("SERVER_NAME", "site.example")
            .set("HTTP_HOST", "site.example")
            .set("REMOTE_ADDR", "192.0.2.7")
            .set("HTTPS", "on")
    }

    /// Sets one variable.
    pub fn set(&self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let mut other = self.without(name);
        let pair = (name.into(), value.as_ref().to_owned());
        other.variables.push(pair);
        other
    }

    /// Removes one variable.
    pub fn without(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.variables.retain(|(key, _)| key != name);
        other
    }

    pub fn method(&self, method: &str) -> Self {
        self.set("REQUEST_METHOD", method)
    }

    pub fn query(&self, query: &str) -> Self {
        self.set("QUERY_STRING", query)
    }

    pub fn plain_http(&self) -> Self {
        self.without("HTTPS")
    }

    pub fn json(&self) -> Self {
        self.set("HTTP_ACCEPT", "application/json")
    }

    /// The session cookie of this request's scheme.
    pub fn cookie(&self, token: &str) -> Self {
        let https = self.variables.iter().any(|(key, _)| key == "HTTPS");
        let name = cgi_session::auth::session_cookie::name(https);
        self.set("HTTP_COOKIE", format!("{name}={token}"))
    }

    /// A POST with a form of these fields.
    pub fn post(&self, fields: &[(&str, &str)]) -> Self {
        self.body(encoded(fields))
    }

    /// A POST with this body, called a form.
    pub fn body(&self, body: impl AsRef<[u8]>) -> Self {
        let mut other = self.clone();
        other.stdin = body.as_ref().to_vec();
        let length = other.stdin.len().to_string();
        other
            .method("POST")
            .set("CONTENT_TYPE", "application/x-www-form-urlencoded")
            .set("CONTENT_LENGTH", length)
    }

    /// Sends the body, and then neither more bytes nor the end of stdin.
    pub fn stalls(&self) -> Self {
        let mut other = self.clone();
        other.stalls = true;
        other
    }

    /// Runs the executable as an argument of this command.
    pub fn under(&self, wrapper: &[&str]) -> Self {
        let mut other = self.clone();
        other.wrapper = wrapper.iter().map(OsString::from).collect();
        other
    }

    /// Lets strace put a fault into its system calls: what stands behind `-e`.
    pub fn with_fault(&self, inject: &str) -> Self {
        self.under(&[
            "/usr/bin/strace",
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            inject,
        ])
    }

    /// Arguments, as Apache makes them of a query (RFC 3875, 4.4).
    pub fn arguments(&self, arguments: &[&str]) -> Self {
        let mut other = self.clone();
        other.arguments = arguments.iter().map(OsString::from).collect();
        other
    }

    /// Expects exactly these lines in the log, in this order, each with this text in it.
    pub fn logs(&self, lines: &[&str]) -> Self {
        let mut other = self.clone();
        other.expected = lines.iter().map(ToString::to_string).collect();
        other
    }

    /// Runs it, and checks that what comes back is an answer.
    #[track_caller]
    pub fn answer(&self) -> Answer {
        let output = self.output();
        let log = String::from_utf8(output.stderr).expect("the log is text");
        let what = format!("{} {:?}\nlog: {log}", self.name, self.variables);
        assert!(output.status.success(), "{}: {what}", output.status);
        let lines: Vec<_> = log.lines().filter(|line| !is_this_kernels(line)).collect();
        assert_eq!(lines.len(), self.expected.len(), "{what}");
        for (line, expected) in lines.iter().zip(&self.expected) {
            assert!(line.contains(expected), "no {expected:?}: {what}");
        }
        let head = self.variables.iter().any(|(_, value)| value == "HEAD");
        Answer::read(output.stdout, log, head).unwrap_or_else(|why| panic!("{why}: {what}"))
    }

    /// The same, without a look at the log.
    #[track_caller]
    pub fn answer_whatever_is_logged(&self) -> Answer {
        let output = self.output();
        assert!(output.status.success(), "{output:?}");
        let head = self.variables.iter().any(|(_, value)| value == "HEAD");
        let answer = Answer::read(output.stdout, String::new(), head);
        answer.unwrap_or_else(|why| panic!("{why}: {:?}", self.variables))
    }

    /// Runs it, and checks nothing.
    #[track_caller]
    pub fn output(&self) -> Output {
        let mut command = self.command();
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("cannot start");
        let mut pipe = child.stdin.take().unwrap();
        let (stdin, stalls) = (self.stdin.clone(), self.stalls);
        // A program need not read its body, so that the pipe may be closed.
        let feeder = thread::spawn(move || {
            let _ = pipe.write_all(&stdin);
            stalls.then_some(pipe)
        });
        let id = child.id();
        let waiter = thread::spawn(move || child.wait_with_output());
        let began = Instant::now();
        while !waiter.is_finished() {
            assert!(began.elapsed() < PATIENCE, "process {id} hangs");
            thread::sleep(Duration::from_millis(1));
        }
        drop(feeder.join());
        waiter.join().unwrap().unwrap()
    }

    /// The command, not started.
    pub fn command(&self) -> Command {
        let mut words = self.wrapper.clone();
        words.push(executable(self.name).into());
        words.extend(self.arguments.clone());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_clear();
        // Coverage is measured through this file.
        command.envs(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)));
        command.envs(self.variables.clone());
        command
    }
}

/// Whether a line only says that this machine's kernel has no Landlock.
fn is_this_kernels(line: &str) -> bool {
    line.contains("event=unconfined") && !has_landlock()
}

/// Whether this machine's kernel has Landlock. A thread tries it, because only that thread is then confined.
pub fn has_landlock() -> bool {
    let tried = thread::spawn(|| {
        let _ = rustix::thread::set_no_new_privs(true);
        cgi_session::sandbox::confine(&[]).is_ok()
    });
    tried.join().unwrap()
}

/// `a=1&b=2`
pub fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// Writes a file with a mode, whatever the umask.
pub fn write_with_mode(path: &Path, text: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
