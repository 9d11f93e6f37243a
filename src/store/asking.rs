//! Whether the database is being asked at this moment.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Whether a driver is at work. A panic then is the driver's: what the database sent made no sense to it.
#[must_use]
pub fn is_asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// Lets a driver work.
pub(super) fn asking<T>(work: impl FnOnce() -> T) -> T {
    ASKED.store(true, Ordering::Relaxed);
    let done = work();
    ASKED.store(false, Ordering::Relaxed);
    done
}
