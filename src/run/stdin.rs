//! Standard input: the body of the request, read once or thrown away.

use std::io::{self, Read, Stdin};
use std::process;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use crate::cgi::Variables;

/// How long a body is awaited that nobody needs any more.
const DISCARDING: Duration = Duration::from_secs(2);

/// How much of the body has been read.
static PROGRESS: AtomicU8 = AtomicU8::new(DONE);

/// All of it, or none was announced.
const DONE: u8 = 0;
/// Some of it may be left.
const LEFT: u8 = 1;
/// A read is waiting for more.
const WAITING: u8 = 2;

/// The body, as far as the request announces one. It records what of it was read.
pub struct Body {
    stdin: Stdin,
    /// Bytes that are left; `None` if no length is announced.
    left: Option<u64>,
}

impl Body {
    /// The body of the one request of this process.
    pub fn new(variables: &Variables) -> Self {
        let progress = if is_announced(variables) { LEFT } else { DONE };
        PROGRESS.store(progress, Ordering::SeqCst);
        let length = variables.text("CONTENT_LENGTH");
        Self {
            stdin: io::stdin(),
            left: length.and_then(|length| length.parse().ok()),
        }
    }
}

impl Read for Body {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        PROGRESS.store(WAITING, Ordering::SeqCst);
        let read = self.stdin.lock().read(to);
        let bytes = read.as_ref().map_or(0, |read| *read);
        self.left = self.left.map(|left| left.saturating_sub(bytes as u64));
        let ended = matches!(read, Ok(0)) || self.left == Some(0);
        PROGRESS.store(if ended { DONE } else { LEFT }, Ordering::SeqCst);
        read
    }
}

/// Whether a body follows the head of the request. If no length is given, a coding announces it, and so does a method
/// that has a body as a rule.
fn is_announced(variables: &Variables) -> bool {
    if let Some(length) = variables.raw("CONTENT_LENGTH") {
        return !matches!(length, b"" | b"0");
    }
    let method = variables.raw("REQUEST_METHOD").unwrap_or_default();
    !matches!(method, b"GET" | b"HEAD") || variables.raw("HTTP_TRANSFER_ENCODING").is_some()
}

/// Reads what is left of the body, for a moment. `mod_cgid` sends the body while the program answers, and if the program
/// is gone by then, the client loses the answer: the connection is reset (measured on 2.4.71). A read that waits already
/// has the lock on standard input, and has waited in vain.
pub fn discard_rest() {
    if PROGRESS.load(Ordering::SeqCst) != LEFT {
        return;
    }
    // With a size of our own: the standard library would ask the environment for one.
    let ends = thread::Builder::new().stack_size(512 << 10).spawn(move || {
        thread::sleep(DISCARDING);
        process::exit(0);
    });
    // Without that thread nothing may block.
    if ends.is_ok() {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
    }
}
