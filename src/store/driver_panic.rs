//! Tells a panic of a database driver from one of ours.
//!
//! A driver panics if a server breaks the protocol, as with a packet that is empty. That is the server's fault, and the
//! answer is 503, not 500.

use std::cell::Cell;

thread_local! {
    static DRIVER_WORKS: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread, at this moment, is a driver's.
#[must_use]
pub fn is_drivers() -> bool {
    DRIVER_WORKS.get()
}

/// Lets a driver work: a panic of this thread until it is done is the driver's.
pub(super) fn driver_works<T>(work: impl FnOnce() -> T) -> T {
    DRIVER_WORKS.set(true);
    let done = work();
    DRIVER_WORKS.set(false);
    done
}
