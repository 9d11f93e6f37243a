//! Tells a panic of a database driver from one of ours.
//!
//! A driver panics if a server breaks the protocol, as with a packet that is empty. That is the server's fault, and the
//! answer is 503, not 500.

use std::sync::atomic::{AtomicBool, Ordering};

static DRIVER_AT_WORK: AtomicBool = AtomicBool::new(false);

/// Whether a panic at this moment is a driver's.
#[must_use]
pub fn is_drivers() -> bool {
    DRIVER_AT_WORK.load(Ordering::Relaxed)
}

/// Lets a driver work: a panic until it is done is the driver's.
pub(super) fn driver_works<T>(work: impl FnOnce() -> T) -> T {
    DRIVER_AT_WORK.store(true, Ordering::Relaxed);
    let done = work();
    DRIVER_AT_WORK.store(false, Ordering::Relaxed);
    done
}
