//! Deletes the rows of all sessions that are over.

use super::steps::{Step, in_steps};
use crate::error::Error;
use crate::model::Time;
use crate::store::check_version::check_version;
use crate::store::database::Database;
use crate::store::prune::STEP_MAX;
use crate::store::sql_store::SqlStore;

impl<D: Database> SqlStore<D> {
    /// Does [`super::Administration::prune`].
    pub fn prune_all(&mut self, now: Time) -> Result<u64, Error> {
        let doing = "delete old sessions";
        self.ask(doing, check_version)?;
        in_steps(|| {
            let over = self.find_over(doing, now)?;
            Ok(Step {
                goes_on: over.len() >= STEP_MAX as usize,
                deleted: self.delete_over(doing, now, over)?,
            })
        })
    }
}
