//! The development server as a CGI/1.1 host: real processes, and bytes on a socket.
//!
//! `cgi-session` is put into a folder of its own beside small shell programs, since it runs whatever
//! is called as one of our programs beside it.

mod answer;
mod cgi_bin;
mod process;
mod request;
mod start;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::harness::deployment::{place, script};

/// The programs that a test has nothing to say about.
const QUIET: &str = "printf 'Content-Type: text/plain\\n\\nquiet\\n'";

/// Shows how it was called.
const SHOW: &str = "printf 'Content-Type: text/plain\\n\\narguments=%s folder=%s\\n' $# \"$PWD\"\n\
                    /usr/bin/env\necho \"body=$(/usr/bin/od -An -tx1 | /usr/bin/tr -d ' \\n')\"";

/// A folder with the server's file and its programs.
fn site(login: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("cgi-session");
    place(Path::new(env!("CARGO_BIN_EXE_cgi-session")), &own);
    for (name, commands) in [
        ("login", login),
        ("logout", QUIET),
        ("protected", QUIET),
        ("files", QUIET),
    ] {
        script(
            &folder.path().join(name),
            &format!("#!/bin/sh\n{commands}\n"),
        );
    }
    folder
}

/// `cgi-session serve` of a site, with its data in the same folder.
fn command(folder: &Path) -> Command {
    serve(&folder.join("cgi-session"), &folder.join("var"))
}

/// `program serve`, as if nothing but it had been started, and not by cargo.
fn serve(program: &Path, data: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("serve").arg("--data").arg(data);
    command
        .env_remove("CARGO")
        .env("NOT_FOR_PROGRAMS", "secret");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

struct Server {
    child: Child,
    /// `127.0.0.1:PORT`
    address: String,
    /// What is printed behind `login   `.
    login: String,
    log: Option<JoinHandle<String>>,
}

impl Server {
    #[track_caller]
    fn start(folder: &Path) -> Self {
        Self::of(&mut command(folder))
    }

    /// Waits until it has printed where it is.
    #[track_caller]
    fn of(command: &mut Command) -> Self {
        Self::at("127.0.0.1:0", command)
    }

    /// The same at an address of one's own.
    #[track_caller]
    fn at(address: &str, command: &mut Command) -> Self {
        let mut child = command.args(["--listen", address]).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().unwrap_or_else(|| panic!("no line")).unwrap();
        assert_eq!(line(), "cgi-session serve");
        let page = line();
        let address = page
            .strip_prefix("  page    http://")
            .and_then(|rest| rest.strip_suffix("/cgi-bin/protected"))
            .unwrap_or_else(|| panic!("{page}"))
            .to_owned();
        let login = line().strip_prefix("  login   ").unwrap().to_owned();
        Self {
            child,
            address,
            login,
            log: Some(log),
        }
    }

    fn connect(&self) -> TcpStream {
        connect(&self.address)
    }

    /// The answer to these bytes, as bytes.
    fn raw(&self, request: &[u8]) -> Vec<u8> {
        raw(&self.address, request)
    }

    /// The answer to a request line with these header lines, as text.
    fn ask(&self, line: &str, headers: &str) -> String {
        ask(&self.address, line, headers)
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Processes that it has started and not reaped.
    fn children(&self) -> String {
        let pid = self.child.id();
        fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap()
    }

    /// Ends it as an administrator would; its log.
    #[track_caller]
    fn stop(mut self) -> String {
        assert_eq!(self.children(), "", "a program was left");
        kill_process(self.pid(), Signal::TERM).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

fn raw(address: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = connect(address);
    // The server may refuse and close before it has read everything.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

fn ask(address: &str, line: &str, headers: &str) -> String {
    let request =
        format!("{line} HTTP/1.1\r\nHost: site.test:80\r\nConnection: close\r\n{headers}\r\n");
    String::from_utf8(raw(address, request.as_bytes())).unwrap()
}

/// The log with the times taken out.
fn untimed(log: &str) -> String {
    log.lines()
        .map(|line| {
            match line
                .strip_suffix(" ms")
                .and_then(|line| line.rsplit_once(' '))
            {
                Some((line, _)) => format!("{line}\n"),
                None => format!("{line}\n"),
            }
        })
        .collect()
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or(answer)
}

#[track_caller]
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "not after 5 s: {what}"
        );
        sleep(Duration::from_millis(10));
    }
}
