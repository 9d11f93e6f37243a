//! Standard output: one answer, in one write.

use std::fs::{self, File};
use std::io::{self, IoSlice, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{OFlags, fcntl_getfl, fstat};
use rustix::io::{retry_on_intr, writev};

/// Whether somebody writes the answer: the page, the deadline or the panic hook, whoever is first.
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// Writes the answer, unless another is being written; whether it went out.
pub fn write(head: &[u8], body: &[u8]) -> bool {
    !ANSWERED.swap(true, Ordering::SeqCst) && !was_closed() && write_at_once(head, body).is_ok()
}

/// The standard library's stdout is a line buffer: it would keep what follows the last line's end for a second write.
fn write_at_once(head: &[u8], body: &[u8]) -> io::Result<()> {
    let mut stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let both = [IoSlice::new(head), IoSlice::new(body)];
    let written = retry_on_intr(|| writev(&stdout, &both))?;
    // A pipe that is nearly full takes a part of it at first.
    stdout.write_all(head.get(written..).unwrap_or_default())?;
    stdout.write_all(
        body.get(written.saturating_sub(head.len())..)
            .unwrap_or_default(),
    )
}

/// Whether nobody will get the answer. If the descriptor is closed when the process starts, the standard library opens
/// `/dev/null` for reading and writing, lest a file of ours become stdout. A shell's `>/dev/null` is for writing only.
fn was_closed() -> bool {
    let stdout = io::stdout();
    // First what is hardly ever so: a server's pipe is for writing only.
    if !fcntl_getfl(&stdout).is_ok_and(|flags| flags.contains(OFlags::RDWR)) {
        return false;
    }
    let null = fs::metadata("/dev/null").map(|about| about.rdev());
    fstat(&stdout).is_ok_and(|about| null.is_ok_and(|null| about.st_rdev == null))
}
