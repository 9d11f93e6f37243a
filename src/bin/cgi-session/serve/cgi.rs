//! Runs a program for one request: starts its process, feeds it, reads its answer, and sees to its end.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use std::{fmt, io};

use hyper::StatusCode;
use hyper::body::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::oneshot::{self, Receiver};
use tokio::time::sleep;

use crate::print::{complain, printable};

/// How long a program may take. One that takes longer is killed, and the client gets 504.
const DEADLINE: Duration = Duration::from_secs(10);

/// Largest answer, in bytes, headers and body.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// Most of a program's stderr that is shown, in bytes; the rest is read and dropped.
const MAX_NOISE: u64 = 64 * 1024;

/// Longest line of a program's stderr, in characters.
const MAX_NOISE_LINE: usize = 4096;

/// Longest name of a program in the log, in characters.
const MAX_NAME: usize = 64;

/// A program about to be run.
pub struct Program {
    /// Its name, for the log.
    pub name: String,
    /// Its file, an absolute path. The process starts in the file's folder.
    pub file: PathBuf,
    /// Its whole environment.
    pub variables: Vec<(OsString, OsString)>,
    /// What it reads on stdin.
    pub body: Bytes,
}

/// Why a program's output is not used.
enum Failed {
    Start(io::Error),
    Talk(io::Error),
    AnswerTooLarge,
    Deadline,
    ClientLeft,
    /// A signal ended it, so that its answer may be cut short anywhere.
    Signal,
}

/// Runs a program and gives what it wrote. `turn` is given back when the process is gone.
///
/// The process has a task of its own, which outlives this future: if the client leaves, hyper drops this future, and
/// the process must still be killed and reaped.
///
/// # Errors
/// 504 past the deadline, 500 for everything else; the log says what.
pub async fn run(program: Program, turn: OwnedSemaphorePermit) -> Result<Vec<u8>, StatusCode> {
    let (_client_stays, client_left) = oneshot::channel();
    let task = tokio::spawn(async move {
        let _turn = turn;
        process(program, client_left).await
    });
    task.await.unwrap_or(Err(StatusCode::INTERNAL_SERVER_ERROR))
}

async fn process(program: Program, left: Receiver<Infallible>) -> Result<Vec<u8>, StatusCode> {
    let name = printable(&program.name, MAX_NAME);
    let mut noise = Vec::new();
    let done = match start(&program) {
        Ok(child) => attend(child, program.body, left, &mut noise).await,
        Err(error) => Err(Failed::Start(error)),
    };
    for line in String::from_utf8_lossy(&noise).lines() {
        complain(&format!("{name}: {}\n", printable(line, MAX_NOISE_LINE)));
    }
    done.map_err(|failed| {
        complain(&format!("{name}: {failed}\n"));
        failed.status()
    })
}

/// Starts the process, without arguments: RFC 3875, 4.4 would let a query string become some.
fn start(program: &Program) -> io::Result<Child> {
    let stdin = if program.body.is_empty() {
        Stdio::null()
    } else {
        Stdio::piped()
    };
    Command::new(&program.file)
        .current_dir(program.file.parent().unwrap_or(Path::new("/")))
        .env_clear()
        .envs(program.variables.iter().map(|(name, value)| (name, value)))
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

/// Sees a process to its end, whatever ends it.
async fn attend(
    mut child: Child,
    body: Bytes,
    left: Receiver<Infallible>,
    noise: &mut Vec<u8>,
) -> Result<Vec<u8>, Failed> {
    let done = tokio::select! {
        done = talk(&mut child, body, noise) => done,
        () = sleep(DEADLINE) => Err(Failed::Deadline),
        _ = left => Err(Failed::ClientLeft),
    };
    if done.is_err() {
        // SIGKILL, then wait: no zombie is left. It fails only if the process is gone already.
        let _ = child.kill().await;
    }
    done
}

/// Writes, reads and waits at the same time, so that no full pipe can make both sides wait for each other.
async fn talk(child: &mut Child, body: Bytes, noise: &mut Vec<u8>) -> Result<Vec<u8>, Failed> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (status, answer, (), ()) = tokio::try_join!(
        async { child.wait().await.map_err(Failed::Talk) },
        read_answer(stdout),
        read_noise(stderr, noise),
        async {
            feed(stdin, &body).await;
            Ok(())
        },
    )?;
    if status.code().is_none() {
        return Err(Failed::Signal);
    }
    Ok(answer)
}

/// A program need not read its body: what is left is dropped.
async fn feed(stdin: Option<ChildStdin>, body: &[u8]) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(body).await;
    }
}

async fn read_answer(stdout: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, Failed> {
    let mut answer = Vec::new();
    if let Some(stdout) = stdout {
        let cap = u64::try_from(MAX_ANSWER).unwrap_or(u64::MAX);
        let mut capped = stdout.take(cap.saturating_add(1));
        capped
            .read_to_end(&mut answer)
            .await
            .map_err(Failed::Talk)?;
    }
    if answer.len() > MAX_ANSWER {
        Err(Failed::AnswerTooLarge)
    } else {
        Ok(answer)
    }
}

async fn read_noise(
    stderr: Option<impl AsyncRead + Unpin>,
    noise: &mut Vec<u8>,
) -> Result<(), Failed> {
    if let Some(mut stderr) = stderr {
        let mut capped = (&mut stderr).take(MAX_NOISE);
        capped.read_to_end(noise).await.map_err(Failed::Talk)?;
        tokio::io::copy(&mut stderr, &mut tokio::io::sink())
            .await
            .map_err(Failed::Talk)?;
    }
    Ok(())
}

impl Failed {
    fn status(&self) -> StatusCode {
        match self {
            Self::Deadline => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => write!(f, "cannot be started: {error}"),
            Self::Talk(error) => write!(f, "cannot be talked to: {error}"),
            Self::AnswerTooLarge => write!(f, "killed: answer over {MAX_ANSWER} bytes"),
            Self::Deadline => write!(f, "killed: not done after {} s", DEADLINE.as_secs()),
            Self::ClientLeft => write!(f, "killed: its client left"),
            Self::Signal => write!(f, "ended by a signal: answer not forwarded"),
        }
    }
}
