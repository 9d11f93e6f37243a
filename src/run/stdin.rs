//! Standard input: the body of the request, which is read once or discarded.

use std::io::{self, Read, Stdin};
use std::process;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use crate::cgi::Variables;

/// How much of the body has been read.
static PROGRESS: AtomicU8 = AtomicU8::new(DONE);

/// The whole body was read, or none was announced.
const DONE: u8 = 0;
/// A part of the body may be left.
const LEFT: u8 = 1;
/// A read is waiting for more of the body.
const WAITING: u8 = 2;

/// The body of the request. It records in [`PROGRESS`] how much has been read.
pub struct Body {
    stdin: Stdin,
    /// Bytes that are left; `None` if no length was announced.
    left: Option<u64>,
}

impl Body {
    /// The body of this process's one request.
    pub fn new(variables: &Variables) -> Self {
        let length = variables.text("CONTENT_LENGTH");
        let left = length.and_then(|length| length.parse().ok());
        let is_there = left != Some(0) && is_announced(variables);
        PROGRESS.store(if is_there { LEFT } else { DONE }, Ordering::SeqCst);
        Self {
            stdin: io::stdin(),
            left,
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

/// Whether the request has a body. Without a length, a transfer coding announces one, and so does any method but GET
/// and HEAD.
fn is_announced(variables: &Variables) -> bool {
    if let Some(length) = variables.raw("CONTENT_LENGTH") {
        return !matches!(length, b"" | b"0");
    }
    let method = variables.raw("REQUEST_METHOD").unwrap_or_default();
    !matches!(method, b"GET" | b"HEAD") || variables.raw("HTTP_TRANSFER_ENCODING").is_some()
}

/// Reads the rest of a body that nobody needs any more: at most `bytes` of it, and for at most `time`. `mod_cgid` may
/// still be sending the body when the program has answered. If the program has ended by then, the connection is reset
/// and the client loses the answer (measured on 2.4.71). If another read is already waiting, it holds the lock on
/// standard input, and nothing more is read.
pub fn discard_rest(bytes: u64, time: Duration) {
    if PROGRESS.load(Ordering::SeqCst) != LEFT {
        return;
    }
    // An explicit stack size, because otherwise the standard library looks for one in the environment.
    let ends = thread::Builder::new().stack_size(512 << 10).spawn(move || {
        thread::sleep(time);
        process::exit(0);
    });
    // Without that thread, reading could block for ever.
    if ends.is_ok() {
        let _ = io::copy(&mut io::stdin().lock().take(bytes), &mut io::sink());
    }
}
