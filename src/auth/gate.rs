//! How many hash at the same time: Argon2 takes 19 MiB, and a web server starts as many programs as it is asked
//! for. A slot is a locked file in `state`, so that one is free again when its process ends, however it ends.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, Mode, OFlags, flock, openat};
use rustix::process::{geteuid, getpid};
use rustix::thread::sched_getaffinity;

use crate::deadline::{Deadline, Phase};
use crate::error::Error;

/// Slots for each processor: one hashes while another waits for the store.
const SLOTS_PER_CORE: u32 = 2;

/// A place among those who hash; a password is looked at with one only.
#[derive(Debug)]
pub struct Slot {
    _lock: File,
}

/// Takes a slot in the folder `state`; where all are taken, waits for one, no longer than the deadline allows,
/// which then answers 503. Not with the store open: those who wait would take all its connections.
///
/// # Errors
/// If the folder is missing, or others may write there and could take all slots; if a file cannot be locked.
pub fn enter(state: &Path, deadline: &mut Deadline) -> Result<Slot, Error> {
    let refused = |why: String| Error::Config(format!("state: {}: {why}", state.display()));
    let folder = open_folder(state).map_err(refused)?;
    let slots = slots();
    // Those who come at the same moment look at different ones first.
    let first = getpid().as_raw_nonzero().get().unsigned_abs() % slots;
    let mut taken = None;
    for slot in (first..slots).chain(0..first) {
        let file = open_slot(&folder, slot)
            .map_err(|why| refused(format!("cannot open hashing.{slot}: {why}")))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Slot { _lock: file }),
            Err(_) => taken = taken.or(Some(file)),
        }
    }
    let file = taken.ok_or_else(|| refused("no slots".to_owned()))?;
    deadline.enter(Phase::Queueing)?;
    flock(&file, FlockOperation::LockExclusive)
        .map_err(|why| Error::Io("lock a file in `state`", why.into()))?;
    Ok(Slot { _lock: file })
}

/// How many hash at the same time on this machine.
fn slots() -> u32 {
    let cores = sched_getaffinity(None).map_or(1, |cores| cores.count().max(1));
    cores * SLOTS_PER_CORE
}

/// The folder, if nobody else could keep the slots taken.
fn open_folder(state: &Path) -> Result<File, String> {
    let how = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(state, how, Mode::empty())
        .map(File::from)
        .map_err(|why| format!("cannot open: {why}; the web server needs it, mode 0700"))?;
    let about = folder
        .metadata()
        .map_err(|why| format!("cannot stat: {why}"))?;
    let (mode, owner) = (about.mode() & 0o777, about.uid());
    if mode & 0o022 != 0 {
        return Err(format!("mode {mode:04o} lets others write there: use 0700"));
    }
    let own = geteuid().as_raw();
    if own != 0 && owner != 0 && owner != own {
        return Err(format!(
            "user {owner} may write there: make it user {own}'s"
        ));
    }
    Ok(folder)
}

fn open_slot(folder: &File, slot: u32) -> io::Result<File> {
    let how = OFlags::RDONLY | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mode = Mode::RUSR | Mode::WUSR;
    Ok(openat(folder, format!("hashing.{slot}"), how, mode)?.into())
}
