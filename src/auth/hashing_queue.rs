//! The queue for hashing. Argon2 takes 19 MiB, and a web server starts as many programs as there are requests. So only
//! a few sign-ins may hash at the same time, and the others wait in turn.
//!
//! The queue is made of locked files in the folder `state`. The kernel serves the processes that wait for a lock in the
//! order in which they came, and frees a lock when its process ends, however it ends. A sign-in takes, in this order:
//!
//! 1. a *waiting place*. There is a fixed number of them, and each network may use only a few, which a keyed hash
//!    chooses. If none of its few is free, the answer is 503 after a second. So a crowd neither fills the queue nor
//!    takes the processors by asking again and again;
//! 2. the locks of its own *lines*: the client's, then its network's. The sign-in that is first in a line keeps the
//!    line's lock until its hash is done, so that a client has one place at a time, however many connections it opens;
//! 3. the *front* of the queue, whose holder alone looks for a free slot;
//! 4. a *slot*. With it, the sign-in gives up the front and its waiting place.
//!
//! Devices that are known to be an account's have a queue and slots of their own, in which all devices of one account
//! stand in one line. Strangers cannot get in their way, and an account that opens many connections only gets in its
//! own. If all of the account's waiting places are taken, its device waits as a stranger does. The slots of the two
//! queues bound the memory in use, however many accounts and devices there are.

mod folder;
mod places;

use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::{Errno, retry_on_intr};
use rustix::thread::sched_getaffinity;

use self::folder::Folder;
use self::places::Queue;
use crate::config::Secret;
use crate::deadline::{Deadline, Phase};
use crate::error::Error;
use crate::model::LoginName;

/// Slots for each processor: one hashes while another waits for the store.
const SLOTS_PER_CORE: u32 = 2;

/// How often the sign-in at the front looks for a free slot. A hash takes ten times as long.
const PAUSE: Duration = Duration::from_millis(2);

/// How long a refusal is held back. A client that is refused at once comes back at once: over 128 connections it
/// started 700 programs a second, which took the processors from those who hash.
const REFUSAL: Duration = Duration::from_secs(1);

/// A place among the sign-ins that hash. No password is hashed without one.
#[derive(Debug)]
pub struct Slot {
    _locks: Vec<File>,
}

/// Who comes to sign in, as far as it is known before the store is opened.
#[derive(Debug, Clone, Copy)]
pub struct Arriving<'a> {
    /// The client's address.
    pub client: &'a str,
    /// The account that this device has signed in to before, if its cookie proves it.
    pub known_as: Option<&'a LoginName>,
}

/// Waits for a slot in the folder `state`. If that takes longer than the deadline allows, the deadline answers 503. The
/// store must not be open meanwhile: the sign-ins that wait would take all its connections.
///
/// # Errors
/// [`Error::QueueFull`] if no waiting place is free. Also if the folder is missing, if others may write there and could
/// take all slots, or if no file can be opened.
pub fn enter(
    state: &Path,
    secret: &Secret,
    who: &Arriving<'_>,
    deadline: &mut Deadline,
) -> Result<Slot, Error> {
    let folder = Folder::open(state)?;
    let known = who.known_as.map(|name| Queue::of_account(name, secret));
    let anybody = Queue::of_client(who.client, secret);
    for queue in known.into_iter().chain([anybody]) {
        if let Some(place) = first_free(&folder, &queue.places)? {
            let mut turn = Turn {
                folder,
                deadline,
                waits: false,
            };
            return turn.come(&queue, place);
        }
    }
    deadline.enter(Phase::Queueing)?;
    thread::sleep(REFUSAL);
    Err(Error::QueueFull)
}

/// Checks the folder, and makes nothing there: the web server could not open a lock that root made, and would have one
/// slot fewer.
///
/// # Errors
/// If the folder is missing, or others may write there.
pub fn check(state: &Path) -> Result<(), Error> {
    Folder::open(state).map(drop)
}

/// One sign-in's way to a slot.
struct Turn<'a> {
    folder: Folder,
    deadline: &'a mut Deadline,
    waits: bool,
}

impl Turn<'_> {
    /// Keeps `place` until there is a slot.
    fn come(&mut self, queue: &Queue, place: File) -> Result<Slot, Error> {
        let mut locks = Vec::new();
        for line in &queue.lines {
            locks.extend(self.stand(line)?);
        }
        let front = self.stand(&queue.front())?;
        let slots: Vec<String> = (0..slots()).map(|slot| queue.slot(slot)).collect();
        loop {
            // Whichever slot is free, rather than one chosen beforehand, whose holder may hang.
            if let Some(slot) = first_free(&self.folder, &slots)? {
                locks.push(slot);
                break;
            }
            self.wait()?;
            thread::sleep(PAUSE);
        }
        drop((front, place));
        if self.waits {
            self.deadline.enter(Phase::Answering)?;
        }
        // The locks are dropped in order: the slot, the network's line, the client's line. So somebody else in the
        // network moves up before this client's next sign-in can.
        locks.reverse();
        Ok(Slot { _locks: locks })
    }

    /// Waits until everybody who came before has left the line. `None` if it cannot be locked: the order is lost then,
    /// but the bounds hold.
    fn stand(&mut self, line: &str) -> Result<Option<File>, Error> {
        let Ok(file) = self.folder.lock_file(line) else {
            return Ok(None);
        };
        let locked = match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => {
                self.wait()?;
                let locked = retry_on_intr(|| flock(&file, FlockOperation::LockExclusive));
                // The sign-in that left this line has left the next, wider one as well, where somebody else may be
                // waiting already. The pause lets them go first.
                thread::sleep(PAUSE);
                locked
            }
            other => other,
        };
        Ok(locked.is_ok().then_some(file))
    }

    /// Tells the deadline, the first time, that this sign-in is waiting for others.
    fn wait(&mut self) -> Result<(), Error> {
        if !self.waits {
            self.deadline.enter(Phase::Queueing)?;
            self.waits = true;
        }
        Ok(())
    }
}

/// The first of these locks that nobody holds, if there is one. A lock that cannot be opened or taken is passed over.
/// If that is so and no lock is held by anybody, the fault is the folder's and not a crowd's: that is an error.
fn first_free(folder: &Folder, names: &[String]) -> Result<Option<File>, Error> {
    let (mut taken, mut failure) = (false, None);
    for name in names {
        match folder.lock_file(name) {
            Err(why) => failure = Some(format!("cannot open {name}: {why}")),
            Ok(file) => match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Some(file)),
                Err(Errno::WOULDBLOCK) => taken = true,
                Err(why) => failure = Some(format!("cannot lock {name}: {why}")),
            },
        }
    }
    match failure {
        Some(why) if !taken => Err(folder.refused(&why)),
        _ => Ok(None),
    }
}

/// How many sign-ins hash at the same time on this machine, in each of the two queues.
fn slots() -> u32 {
    let cores = sched_getaffinity(None).map_or(1, |cores| cores.count().max(1));
    cores * SLOTS_PER_CORE
}
