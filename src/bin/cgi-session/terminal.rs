//! A question on the terminal, answered without echo.
//!
//! Ctrl-C, SIGTERM or Ctrl-Z at the question would leave the terminal without echo. So a thread waits for these
//! signals, from the first question until the program ends.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::process;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

/// The terminal of this program's session, wherever its standard streams lead.
const TERMINAL: &str = "/dev/tty";

/// Signals that end the program, as they would without the thread.
const ENDS: [Signal; 4] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM];

/// A shell expects this plus the signal's number as the exit status of a program that a signal has ended.
const ENDED_BY_SIGNAL: i32 = 128;

/// The question that waits for its answer.
static OPEN: Mutex<Option<Question>> = Mutex::new(None);

/// Whether the thread runs.
static WATCHED: OnceLock<()> = OnceLock::new();

struct Question {
    terminal: File,
    prompt: String,
    /// The terminal's modes before the question.
    shown: Termios,
    /// The same modes without echo, except that of the line end.
    hidden: Termios,
}

impl Question {
    fn open(prompt: &str) -> io::Result<Self> {
        let terminal = OpenOptions::new().read(true).write(true).open(TERMINAL)?;
        let shown = tcgetattr(&terminal)?;
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        hidden.local_modes.insert(LocalModes::ECHONL);
        Ok(Self {
            terminal,
            prompt: prompt.to_owned(),
            shown,
            hidden,
        })
    }

    /// Asks; what is typed from now on is not shown.
    fn hide(&self) -> io::Result<()> {
        tcsetattr(&self.terminal, OptionalActions::Now, &self.hidden)?;
        (&self.terminal).write_all(self.prompt.as_bytes())
    }

    fn show(&self) {
        // If it fails, the terminal is gone.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.shown);
    }
}

/// Asks on the terminal. The line's end is not part of the answer.
///
/// # Errors
/// If there is no terminal, or the answer is not UTF-8.
pub fn ask(prompt: &str) -> io::Result<String> {
    if WATCHED.get().is_none() {
        watch()?;
        let _ = WATCHED.set(());
    }
    let question = Question::open(prompt)?;
    let mut answers = BufReader::new(question.terminal.try_clone()?);
    let hidden = {
        let mut open = open();
        open.insert(question).hide()
    };
    let mut answer = String::new();
    let read = hidden.and_then(|()| answers.read_line(&mut answer));
    if let Some(question) = open().take() {
        question.show();
    }
    read?;
    let end = answer.trim_end_matches(['\r', '\n']).len();
    answer.truncate(end);
    Ok(answer)
}

fn open() -> MutexGuard<'static, Option<Question>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the thread. From here on it receives the signals, which no longer end the program by themselves.
fn watch() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let entered = runtime.enter();
    let kind = |signal: Signal| SignalKind::from_raw(signal.as_raw());
    let mut stops = signal(kind(Signal::TSTP))?;
    let mut goes_on = signal(kind(Signal::CONT))?;
    let mut ends = Vec::new();
    for end in ENDS {
        ends.push((end, signal(kind(end))?));
    }
    drop(entered);
    thread::Builder::new().spawn(move || {
        for (end, mut received) in ends {
            runtime.spawn(async move {
                received.recv().await;
                finish(end);
            });
        }
        runtime.block_on(async {
            while stops.recv().await.is_some() {
                pause();
                // The kernel stops the threads one after the other, so this one may run on for a moment.
                goes_on.recv().await;
                ask_again();
            }
        });
    })?;
    Ok(())
}

/// Ends the program as the signal would have.
fn finish(by: Signal) {
    if let Some(question) = &*open() {
        question.show();
        let _ = (&question.terminal).write_all(b"\n");
    }
    process::exit(ENDED_BY_SIGNAL + by.as_raw());
}

/// Stops the program until it is continued. What is typed in between goes to the shell.
fn pause() {
    if let Some(question) = &*open() {
        question.show();
    }
    // SIGTSTP would be delivered to the thread again.
    let _ = kill_process(getpid(), Signal::STOP);
}

fn ask_again() {
    if let Some(question) = &*open() {
        let _ = question.hide();
    }
}
