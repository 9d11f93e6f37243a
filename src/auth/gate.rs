//! How many hash at the same time: Argon2 takes 19 MiB, and a web server starts as many programs as it is asked
//! for. A slot is a locked file in `state`, so that one is free again when its process ends, however it ends.

use std::fs::File;
use std::path::Path;
use std::time::Duration;
use std::{io, thread};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, openat};
use rustix::process::{geteuid, getpid};
use rustix::thread::sched_getaffinity;

use crate::deadline::{Deadline, Phase};
use crate::error::Error;
use crate::ownership::{self, Doubt};

/// Slots for each processor: one hashes while another waits for the store.
const SLOTS_PER_CORE: u32 = 2;

/// Mode bits that the folder must not have: others may not write there.
const REFUSED_MODE: u32 = 0o022;

/// How often who waits looks for a free slot, at the least.
const RETRY: Duration = Duration::from_millis(16);

/// A place among those who hash; a password is looked at with one only.
#[derive(Debug)]
pub struct Slot {
    _lock: File,
}

/// Takes a slot in the folder `state`; where all are taken, waits for one, no longer than the deadline allows,
/// which then answers 503. Not with the store open: those who wait would take all its connections.
///
/// # Errors
/// If the folder is missing, or others may write there and could take all slots; if no file can be opened.
pub fn enter(state: &Path, deadline: &mut Deadline) -> Result<Slot, Error> {
    let folder = open_folder(state)?;
    if let Some(slot) = free(state, &folder)? {
        return Ok(slot);
    }
    deadline.enter(Phase::Queueing)?;
    loop {
        // Whichever is free next: the holder of a certain one may hang.
        thread::sleep(RETRY + Duration::from_millis(u64::from(number() % 16)));
        if let Some(slot) = free(state, &folder)? {
            deadline.enter(Phase::Answering)?;
            return Ok(slot);
        }
    }
}

/// Looks at the folder and makes nothing there: a file of root's would be a slot less.
///
/// # Errors
/// As [`enter`].
pub fn check(state: &Path) -> Result<(), Error> {
    open_folder(state).map(drop)
}

/// A slot that nobody has, if there is one. One that cannot be opened is one less.
fn free(state: &Path, folder: &File) -> Result<Option<Slot>, Error> {
    let slots = slots();
    // Those who come at the same moment look at different ones first.
    let first = number() % slots;
    let (mut taken, mut failure) = (false, None);
    for slot in (first..slots).chain(0..first) {
        match open_slot(folder, slot) {
            Err(why) => failure = Some(format!("cannot open hashing.{slot}: {why}")),
            Ok(file) if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() => {
                return Ok(Some(Slot { _lock: file }));
            }
            Ok(_) => taken = true,
        }
    }
    match failure {
        Some(why) if !taken => Err(refused(state, &why)),
        _ => Ok(None),
    }
}

fn refused(state: &Path, why: &str) -> Error {
    Error::Config(format!("state: {}: {why}", state.display()))
}

/// Another for each process.
fn number() -> u32 {
    getpid().as_raw_nonzero().get().unsigned_abs()
}

/// How many hash at the same time on this machine.
fn slots() -> u32 {
    let cores = sched_getaffinity(None).map_or(1, |cores| cores.count().max(1));
    cores * SLOTS_PER_CORE
}

/// The folder, if nobody else could keep the slots taken.
fn open_folder(state: &Path) -> Result<File, Error> {
    let refused = |why: String| refused(state, &why);
    let how = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(state, how, Mode::empty());
    let folder = folder.map(File::from).map_err(|why| {
        refused(format!(
            "cannot open: {why}; the web server needs it, mode 0700"
        ))
    })?;
    let about = folder.metadata();
    let about = about.map_err(|why| refused(format!("cannot stat: {why}")))?;
    let own = geteuid().as_raw();
    match ownership::doubt(&about, own, REFUSED_MODE) {
        None => Ok(folder),
        Some(Doubt::Mode(mode)) => Err(refused(format!(
            "mode {mode:04o} lets others write there: use 0700"
        ))),
        Some(Doubt::Owner(owner)) => Err(refused(format!(
            "user {owner} may write there: make it user {own}'s"
        ))),
    }
}

fn open_slot(folder: &File, slot: u32) -> io::Result<File> {
    let how = OFlags::RDONLY | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mode = Mode::RUSR | Mode::WUSR;
    Ok(openat(folder, format!("hashing.{slot}"), how, mode)?.into())
}
