//! Copies a part of a file to standard output, in constant memory.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::FileExt as _;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl, sendfile};
use rustix::io::Errno;

use super::stdout;
use crate::cgi::FileRange;
use crate::log::{Event, Log};
use crate::sandbox;

/// Seconds without progress after which a copy ends.
const PATIENCE: i64 = 30;

/// Most bytes that one call copies. The kernel copies a little less than 2 GiB at most.
const STEP: u64 = 1 << 30;

/// Bytes of the buffer, if the kernel does not copy from this file or to this output by itself.
const BUFFER: usize = 32 << 10;

/// Why a copy ended early.
enum Cut {
    /// The file has become shorter.
    Shrunk,
    /// Nobody took anything for [`PATIENCE`].
    Stalled,
    /// The client is gone. That is no fault.
    Gone,
    /// Reading or writing failed.
    Failed(io::Error),
}

/// Copies the part to stdout, once the header block is out. The limits of a check no longer bind. Returns whether all
/// of it was written. If not, the connection must end, so that the client sees that its file is cut.
pub fn send(range: &FileRange, log: &Log) -> bool {
    sandbox::lift_processor_limit();
    let Err(cut) = copy(range) else {
        return true;
    };
    let why = match cut {
        Cut::Gone => return false,
        Cut::Shrunk => "the file became shorter while it was sent".to_owned(),
        Cut::Stalled => format!("the client took nothing for {PATIENCE} s"),
        Cut::Failed(why) => format!("cannot copy the file: {why}"),
    };
    log.event(&Event::FileCut { why: &why });
    false
}

fn copy(range: &FileRange) -> Result<(), Cut> {
    let mut out = stdout::unbuffered().map_err(Cut::Failed)?;
    let had = fcntl_getfl(&out).map_err(|why| Cut::Failed(why.into()))?;
    // A write that blocks could not be ended after a while.
    fcntl_setfl(&out, had | OFlags::NONBLOCK).map_err(|why| Cut::Failed(why.into()))?;
    let end = range.from.saturating_add(range.length);
    let mut at = range.from;
    let copied = match by_the_kernel(&mut out, &range.file, &mut at, end) {
        // This file system, or this kind of output, has no such call.
        Err(Cut::Failed(why)) if is_unsupported(&why) => by_hand(&mut out, &range.file, at, end),
        copied => copied,
    };
    // Whoever shares this output with us expects it as it was.
    let _ = fcntl_setfl(&out, had);
    copied
}

fn by_the_kernel(out: &mut File, file: &File, at: &mut u64, end: u64) -> Result<(), Cut> {
    while *at < end {
        let step = usize::try_from((end - *at).min(STEP)).unwrap_or(BUFFER);
        match sendfile(&*out, file, Some(at), step) {
            Ok(0) => return Err(Cut::Shrunk),
            Ok(_) | Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => wait(out)?,
            Err(why) => return Err(cut(why.into())),
        }
    }
    Ok(())
}

fn by_hand(out: &mut File, file: &File, mut at: u64, end: u64) -> Result<(), Cut> {
    let mut buffer = vec![0; BUFFER];
    while at < end {
        let most = usize::try_from(end - at).unwrap_or(BUFFER).min(BUFFER);
        let read = match file.read_at(buffer.get_mut(..most).unwrap_or_default(), at) {
            Ok(0) => return Err(Cut::Shrunk),
            Ok(read) => read,
            Err(why) if why.kind() == ErrorKind::Interrupted => continue,
            Err(why) => return Err(Cut::Failed(why)),
        };
        at += read as u64;
        write(out, buffer.get(..read).unwrap_or_default())?;
    }
    Ok(())
}

fn write(out: &mut File, mut bytes: &[u8]) -> Result<(), Cut> {
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Err(why) if why.kind() == ErrorKind::WouldBlock => wait(out)?,
            Err(why) => return Err(cut(why)),
        }
    }
    Ok(())
}

/// Waits until the output takes something.
fn wait(out: &File) -> Result<(), Cut> {
    let patience = Timespec {
        tv_sec: PATIENCE,
        tv_nsec: 0,
    };
    match poll(&mut [PollFd::new(out, PollFlags::OUT)], Some(&patience)) {
        Ok(0) => Err(Cut::Stalled),
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(why) => Err(Cut::Failed(why.into())),
    }
}

fn cut(why: io::Error) -> Cut {
    match why.kind() {
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => Cut::Gone,
        _ => Cut::Failed(why),
    }
}

fn is_unsupported(why: &io::Error) -> bool {
    let code = why.raw_os_error();
    [Errno::INVAL, Errno::NOSYS, Errno::PERM, Errno::OPNOTSUPP]
        .iter()
        .any(|unsupported| code == Some(unsupported.raw_os_error()))
}
