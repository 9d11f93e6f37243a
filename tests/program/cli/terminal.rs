//! A prompt on a terminal: what it says, what it shows of what is typed, and how it leaves the terminal.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::harness::{ADMINISTRATION, Site};

/// Longest wait for the program.
const PATIENCE: Duration = Duration::from_secs(20);

/// The program, and both ends of the terminal that it was started on.
struct Terminal {
    keys: File,
    line: File,
    child: Child,
}

impl Terminal {
    fn start(site: &Site, arguments: &[&str]) -> Self {
        let keys = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&keys).unwrap();
        unlockpt(&keys).unwrap();
        let name = ptsname(&keys, Vec::new()).unwrap().into_string().unwrap();
        let line = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(i32::try_from(OFlags::NOCTTY.bits()).unwrap())
            .open(name)
            .unwrap();
        let stream = || line.try_clone().unwrap();
        let child = Command::new("setsid")
            .args(["--ctty", ADMINISTRATION, "--config"])
            .arg(site.path("cgi-session.toml"))
            .args(arguments)
            .stdin(stream())
            .stdout(stream())
            .stderr(stream())
            .spawn()
            .unwrap();
        let keys = keys.into();
        Self { keys, line, child }
    }

    fn type_in(&self, text: &str) {
        (&self.keys).write_all(text.as_bytes()).unwrap();
    }

    fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn echoes(&self) -> bool {
        let modes = tcgetattr(&self.line).unwrap().local_modes;
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    fn is_stopped(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        stat.rsplit(") ").next().unwrap().starts_with('T')
    }

    #[track_caller]
    fn wait_until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < PATIENCE, "not {what}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    #[track_caller]
    fn wait_until_hidden(&self) {
        self.wait_until("hidden", |terminal| !terminal.echoes());
    }

    /// How it ended, and all that stood on the terminal.
    #[track_caller]
    fn end(mut self) -> (ExitStatus, String) {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if began.elapsed() > PATIENCE {
                self.child.kill().unwrap();
                panic!("it goes on: {}", self.shown());
            }
            thread::sleep(Duration::from_millis(2));
        };
        assert!(self.echoes(), "{status}: the terminal is left without echo");
        (status, self.shown())
    }

    fn shown(self) -> String {
        drop(self.line);
        let (mut keys, mut shown) = (self.keys, Vec::new());
        // Reading ends with an error, because no process has the terminal open any more.
        let _ = keys.read_to_end(&mut shown);
        String::from_utf8(shown).unwrap()
    }
}

const ADD: [&str; 3] = ["user", "add", "alice"];

#[test]
fn a_prompt_says_the_rule_first_and_shows_nothing_of_what_is_typed() {
    let site = Site::made_by_init();
    let terminal = Terminal::start(&site, &ADD);
    terminal.wait_until_hidden();
    terminal.type_in("correct horse battery staple\n");
    terminal.wait_until_hidden();
    terminal.type_in("correct horse battery staple\n");

    let (status, shown) = terminal.end();

    assert!(status.success(), "{status}: {shown}");
    let (rule, rest) = shown.split_once("New password: ").unwrap();
    assert!(rule.contains("needs 15 characters or more"), "{shown}");
    assert!(rest.contains("Again: "), "{shown}");
    assert!(rest.ends_with("added alice\r\n"), "{shown}");
    assert!(!shown.contains("correct"), "{shown}");
}

#[test]
fn what_ends_a_prompt_leaves_the_terminal_as_it_was() {
    let site = Site::made_by_init();
    for (key, signal) in [
        (Some("\u{3}"), Signal::INT),
        (Some("\u{1c}"), Signal::QUIT),
        (None, Signal::INT),
        (None, Signal::TERM),
        (None, Signal::HUP),
    ] {
        let terminal = Terminal::start(&site, &ADD);
        terminal.wait_until_hidden();
        match key {
            Some(key) => terminal.type_in(key),
            None => terminal.send(signal),
        }
        let (status, shown) = terminal.end();
        let code = status
            .signal()
            .map_or(status.code(), |number| Some(128 + number));
        assert_eq!(code, Some(128 + signal.as_raw()), "{shown}");
    }
    assert!(!site.good(&["user", "list"], "").contains("alice"));
}

#[test]
fn a_prompt_that_is_stopped_gives_the_terminal_back_until_it_goes_on() {
    let site = Site::made_by_init();
    let terminal = Terminal::start(&site, &ADD);
    terminal.wait_until_hidden();
    for _ in 0..2 {
        terminal.type_in("\u{1a}");
        terminal.wait_until("stopped", Terminal::is_stopped);
        assert!(terminal.echoes(), "stopped without echo");
        terminal.send(Signal::CONT);
        terminal.wait_until_hidden();
    }
    terminal.type_in("correct horse battery staple\n");
    terminal.wait_until_hidden();
    terminal.type_in("correct horse battery staple\n");

    let (status, shown) = terminal.end();

    assert!(status.success(), "{status}: {shown}");
    assert_eq!(
        shown.matches("New password: ").count(),
        3,
        "asked again: {shown}"
    );
    assert!(!shown.contains("correct"), "{shown}");
}
