//! The log: one line for each event. Nothing else in the library writes to a log.
//!
//! `time=2026-11-23T07:31:00Z program=login event=sign_in_failed user=demo client=192.0.2.7`
//!
//! The table in `src/log/event.rs` lists every event and its meaning.
//!
//! A client can choose the values, so each value is escaped and capped. Nobody can forge a line, or send control codes
//! to a terminal that shows it (`mod_cgid` copies stderr byte for byte). If the log cannot be written, the pages still
//! decide and answer as before.

mod administration;
mod event;
mod fields;
mod line;

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags, fstat};
use rustix::process::{Resource, getrlimit};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::sandbox::Need;

pub use event::{About, EVENTS, Event};
pub use fields::FIELDS;
pub use line::{Format, MAX_LINE, MAX_VALUE};

/// The socket where syslog daemons listen.
const SYSLOG: &str = "/dev/log";

/// Facility `auth` (4), severity `info` (6): RFC 5424, 6.2.1.
const SYSLOG_PRIORITY: u8 = 4 * 8 + 6;

/// Bytes that must remain below the limit on a file's size: a line from each of 16 programs.
const ROOM: u64 = 16 * MAX_LINE as u64;

/// The destination of the lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Sink {
    /// The web server's error log.
    #[default]
    Stderr,
    /// The datagram socket `/dev/log`.
    Syslog,
    /// A file. If it is missing, it is created with mode 0600.
    File(PathBuf),
}

impl From<String> for Sink {
    fn from(text: String) -> Self {
        match text.as_str() {
            "stderr" => Self::Stderr,
            "syslog" => Self::Syslog,
            _ => Self::File(text.into()),
        }
    }
}

impl fmt::Display for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stderr => f.write_str("stderr"),
            Self::Syslog => f.write_str("syslog"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Writes the events of one program.
#[derive(Debug)]
pub struct Log {
    program: &'static str,
    sink: Sink,
    format: Format,
    /// Flags with which a file is opened.
    how: OFlags,
}

impl Log {
    /// A log of `program` that writes logfmt to `sink`.
    #[must_use]
    pub fn new(program: &'static str, sink: Sink) -> Self {
        Self {
            program,
            sink,
            format: Format::Logfmt,
            how: OFlags::CREATE,
        }
    }

    /// The same log in another format.
    #[must_use]
    pub fn in_format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// Writes one event. If the sink fails, the event goes to stderr; if that fails too, it is lost.
    pub fn event(&self, event: &Event<'_>) {
        let line = self.line(event);
        let written = match &self.sink {
            Sink::Stderr => Err(io::ErrorKind::Unsupported.into()),
            Sink::Syslog => to_syslog(&line),
            Sink::File(path) => append(path, self.how).and_then(|mut file| {
                fits(&file)?;
                file.write_all(line.as_bytes())
            }),
        };
        if written.is_err() {
            to_stderr(&line);
        }
    }

    /// What the log needs in the sandbox: the file, or its folder if the file does not exist yet.
    #[must_use]
    pub fn needs(&self) -> Option<Need> {
        let Sink::File(path) = &self.sink else {
            return None;
        };
        if path.exists() {
            return Some(Need::Write(path.clone()));
        }
        path.parent().map(|folder| Need::Folder(folder.into()))
    }

    fn line(&self, event: &Event<'_>) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let now = i64::try_from(now.as_secs()).unwrap_or_default();
        let now = OffsetDateTime::from_unix_timestamp(now).ok();
        let now = now.and_then(|now| now.format(&Rfc3339).ok());
        let own = [
            ("time", now.as_deref().unwrap_or("-")),
            ("program", self.program),
            ("event", event.name()),
        ];
        self.format.line(&own, &event.fields())
    }
}

/// Opens a file to append to. The open does not block: a pipe that nobody reads would hold up every request.
fn append(path: &Path, how: OFlags) -> io::Result<File> {
    let how = how | OFlags::WRONLY | OFlags::APPEND | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, how | OFlags::NONBLOCK, Mode::RUSR | Mode::WUSR)?;
    Ok(file.into())
}

/// Checks that a file may grow by a few lines. A write past `RLIMIT_FSIZE` does not fail: the kernel sends SIGXFSZ,
/// which ends the program. Other programs write to the same file at the same time, so [`ROOM`] is for a line from each.
///
/// # Errors
/// If the limit is so near that a write could end this program.
fn fits(file: impl AsFd) -> io::Result<()> {
    let Some(limit) = getrlimit(Resource::Fsize).current else {
        return Ok(());
    };
    let about = fstat(file)?;
    let size = u64::try_from(about.st_size).unwrap_or(u64::MAX);
    let is_file = FileType::from_raw_mode(about.st_mode) == FileType::RegularFile;
    if is_file && size.saturating_add(ROOM) > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(())
}

/// Writes to stderr if that does not block. A web server may not read the stderr of its programs, or its log may be a
/// pipe that nobody reads; neither must hold up a request.
fn to_stderr(line: &str) {
    let stderr = io::stderr();
    let mut ready = [PollFd::new(&stderr, PollFlags::OUT)];
    if poll(&mut ready, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
        && fits(&stderr).is_ok()
    {
        let _ = stderr.lock().write_all(line.as_bytes());
    }
}

/// Sends RFC 3164 as syslog daemons accept it on their local socket. The daemon adds time and host.
fn to_syslog(line: &str) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    let message = format!(
        "<{SYSLOG_PRIORITY}>cgi-session[{}]: {}",
        std::process::id(),
        line.trim_end()
    );
    socket.send_to(message.as_bytes(), SYSLOG).map(drop)
}
