//! Standard output: one answer, in one write if the pipe has room.

use std::fs::{self, File};
use std::io::{self, IoSlice, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{OFlags, fcntl_getfl, fstat};
use rustix::io::{retry_on_intr, writev};

/// Whether an answer is being written. The page, the deadline and the panic hook compete, and the first one writes.
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// Writes the answer, unless another one is being written. Returns whether this answer was written.
pub fn write(head: &[u8], body: &[u8]) -> bool {
    !ANSWERED.swap(true, Ordering::SeqCst) && !was_closed() && write_at_once(head, body).is_ok()
}

/// Writes around the standard library's stdout, which buffers lines: it would split an answer after its last line
/// break.
fn write_at_once(head: &[u8], body: &[u8]) -> io::Result<()> {
    let mut stdout = unbuffered()?;
    let both = [IoSlice::new(head), IoSlice::new(body)];
    let written = retry_on_intr(|| writev(&stdout, &both))?;
    // A pipe that is nearly full takes only a part at first.
    stdout.write_all(head.get(written..).unwrap_or_default())?;
    stdout.write_all(
        body.get(written.saturating_sub(head.len())..)
            .unwrap_or_default(),
    )
}

/// Stdout without the standard library's buffer.
pub fn unbuffered() -> io::Result<File> {
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

/// Whether stdout was closed when the process started, so that nobody gets the answer. The standard library then opens
/// `/dev/null` in its place, for reading and writing. A shell's `>/dev/null` opens it for writing only.
fn was_closed() -> bool {
    let stdout = io::stdout();
    // The cheap check comes first: a server's pipe is open for writing only.
    if !fcntl_getfl(&stdout).is_ok_and(|flags| flags.contains(OFlags::RDWR)) {
        return false;
    }
    let null = fs::metadata("/dev/null").map(|about| about.rdev());
    fstat(&stdout).is_ok_and(|about| null.is_ok_and(|null| about.st_rdev == null))
}
