//! One deadline for everything that a request waits for. A driver's timeouts do not cover a blocked `connect` on a
//! socket, a stalled body and a write to a slow disk alike. A disk on which even reading hangs needs no deadline: no
//! program starts from it.

use std::fmt;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;

/// Time for the body to arrive.
const READING: Duration = Duration::from_secs(3);

/// Time for the store to accept a connection.
pub const CONNECTING: Duration = Duration::from_secs(2);

/// Time to wait in the queue for hashing.
pub const QUEUEING: Duration = Duration::from_secs(2);

/// Time for the whole request, from the start of the program.
const ANSWERING: Duration = Duration::from_secs(5);

/// What the program is doing, which decides how long it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading the body.
    Reading,
    /// Waiting in the queue for hashing.
    Queueing,
    /// Connecting to the store.
    Connecting,
    /// Everything else.
    Answering,
}

type Expire = Box<dyn Fn(&Error) + Send>;

/// Ends the process if a phase takes too long. A thread watches the time. Starting it costs a tenth of a session check,
/// so it starts with the first phase: a request that waits for nothing enters no phase and has no thread.
pub struct Deadline {
    began: Instant,
    watch: Arc<Watch>,
    expire: Option<Expire>,
}

struct Watch {
    current: Mutex<Option<(Phase, Instant)>>,
    changed: Condvar,
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Deadline({:?})", self.began)
    }
}

impl Deadline {
    /// A deadline that counts from now. `expire` must write the answer and end the process; it must not return.
    pub fn new(expire: impl Fn(&Error) + Send + 'static) -> Self {
        let watch = Watch {
            current: Mutex::new(None),
            changed: Condvar::new(),
        };
        Self {
            began: Instant::now(),
            watch: Arc::new(watch),
            expire: Some(Box::new(expire)),
        }
    }

    /// Enters a phase. Its time starts now, and never lasts beyond that of the whole request.
    ///
    /// # Errors
    /// If the watching thread cannot be started: without it, the program must not block.
    pub fn enter(&mut self, phase: Phase) -> Result<(), Error> {
        let everything = self.began + ANSWERING;
        let until = match phase {
            Phase::Reading => everything.min(Instant::now() + READING),
            Phase::Queueing => everything.min(Instant::now() + QUEUEING),
            Phase::Connecting => everything.min(Instant::now() + CONNECTING),
            Phase::Answering => everything,
        };
        self.watch.set(Some((phase, until)));
        let Some(expire) = self.expire.take() else {
            return Ok(());
        };
        let watch = Arc::clone(&self.watch);
        let thread = thread::Builder::new().stack_size(256 << 10);
        let started = thread.spawn(move || watch.run(&expire));
        started
            .map(drop)
            .map_err(|why| Error::Io("start a thread", why))
    }

    /// Stops the watch, because the answer is ready. If the deadline has passed, this never returns: the watching
    /// thread holds the lock until the process ends, so that only one of the two writes an answer.
    pub fn answered(&self) {
        self.watch.set(None);
    }
}

impl Watch {
    fn set(&self, next: Option<(Phase, Instant)>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let before = mem::replace(&mut *current, next);
        // The watching thread wakes at the earlier end by itself, and then sees a later one. Only an earlier one must
        // wake it.
        if let (Some((_, before)), Some((_, next))) = (before, next)
            && next < before
        {
            self.changed.notify_one();
        }
    }

    fn run(&self, expire: &Expire) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((phase, until)) = *current {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                expire(&error(phase));
                return;
            }
            let waited = self.changed.wait_timeout(current, left);
            current = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn error(phase: Phase) -> Error {
    match phase {
        Phase::Reading => Error::BodySlow,
        Phase::Queueing => Error::Crowded,
        Phase::Connecting => {
            Error::Unavailable("connect", format!("no answer within {CONNECTING:?}"))
        }
        Phase::Answering => Error::Unavailable("answer", format!("not done within {ANSWERING:?}")),
    }
}
