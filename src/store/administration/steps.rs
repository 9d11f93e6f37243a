//! Work on many rows in short steps, so that nobody waits long for a row or for the database.

use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;

/// The shortest pause between two steps. A program that waits for SQLite's lock looks for it every few milliseconds.
const PAUSE: Duration = Duration::from_millis(20);

/// What a step did.
pub struct Step {
    /// Rows that it deleted.
    pub deleted: u64,
    /// Whether rows may be left.
    pub goes_on: bool,
}

/// Takes steps until none is left to take; how many rows they deleted. Each pause is as long as the step before it,
/// so that others have the database half of the time.
pub fn in_steps(mut step: impl FnMut() -> Result<Step, Error>) -> Result<u64, Error> {
    let mut deleted = 0;
    loop {
        let began = Instant::now();
        let done = step()?;
        deleted += done.deleted;
        if !done.goes_on {
            return Ok(deleted);
        }
        thread::sleep(PAUSE.max(began.elapsed()));
    }
}
