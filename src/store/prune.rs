//! Deleting the rows of sessions that are over, in steps, so that nobody waits long for one.

#[cfg(feature = "tools")]
use std::thread;
#[cfg(feature = "tools")]
use std::time::{Duration, Instant};

use super::engine::{Engine, Value};
use super::retry::Commit;
use super::rows::Rows;
use crate::error::Error;
use crate::model::Time;

/// Rows of a step, however many end in the same second. Five times what a hundred sign-ins make, so that rows never
/// pile up, and few enough that nobody waits for it.
pub const PRUNE_MAX: u32 = 500;

/// Shortest pause between two steps: whoever waits for SQLite's lock looks for it every few milliseconds.
#[cfg(feature = "tools")]
pub const PAUSE: Duration = Duration::from_millis(20);

/// Read first, and deleted by their keys: a DELETE has no LIMIT on SQLite, and MySQL would lock what lies between.
const OVER: &str = "SELECT session FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?";

const DELETE: &str = "DELETE FROM sessions WHERE expires_at <= ? AND session IN";

impl<E: Engine> Rows<E> {
    /// Deletes the oldest, at most [`PRUNE_MAX`]; how many, or `None` where there was none.
    pub fn prune_step(&mut self, doing: &'static str, now: Time) -> Result<Option<u64>, Error> {
        let over = self.read(doing, OVER, &[now.0.into(), i64::from(PRUNE_MAX).into()])?;
        if over.is_empty() {
            return Ok(None);
        }
        let marks = vec!["?"; over.len()].join(", ");
        let sql = format!("{DELETE} ({marks})");
        let keys = over.into_iter().filter_map(|row| row.0.into_iter().next());
        let values: Vec<Value> = [now.0.into()].into_iter().chain(keys).collect();
        self.write(doing, Commit::Repeat, |engine| {
            engine.execute(&sql, &values)
        })
        .map(Some)
    }

    /// Deletes all of them; how many there were. Each pause is as long as the step before it, so that others have the
    /// database half of the time.
    #[cfg(feature = "tools")]
    pub fn prune_all(&mut self, now: Time) -> Result<u64, Error> {
        let doing = "delete old sessions";
        self.ask(doing, super::rows::check_version)?;
        let mut deleted = 0;
        loop {
            let began = Instant::now();
            let Some(step) = self.prune_step(doing, now)? else {
                return Ok(deleted);
            };
            deleted += step;
            thread::sleep(PAUSE.max(began.elapsed()));
        }
    }
}
