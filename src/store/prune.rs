//! Deletes rows of sessions that are over, a step at a time.

use super::database::Database;
use super::retry::Commit;
use super::sql_store::SqlStore;
use super::value::{Row, Value, placeholders};
use crate::error::Error;
use crate::model::Time;

/// Rows of a step, at most. That is five times what a hundred sign-ins make, so that pruning once in a hundred
/// sign-ins keeps rows from piling up, and few enough that nobody waits for it.
pub const STEP_MAX: u32 = 500;

/// The rows are read first and deleted by their keys: SQLite's DELETE has no LIMIT, and MySQL would also lock the
/// gaps between the rows.
const OVER: &str = "SELECT session FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?";

const DELETE: &str = "DELETE FROM sessions WHERE expires_at <= ? AND session IN";

impl<D: Database> SqlStore<D> {
    /// Does [`super::Store::prune_some`].
    pub fn prune_once(&mut self, now: Time) -> Result<(), Error> {
        let doing = "prune sessions";
        let over = self.find_over(doing, now)?;
        self.delete_over(doing, now, over).map(drop)
    }

    /// The oldest sessions that are over, at most [`STEP_MAX`].
    pub fn find_over(&mut self, doing: &'static str, now: Time) -> Result<Vec<Row>, Error> {
        self.read(doing, OVER, &[now.0.into(), i64::from(STEP_MAX).into()])
    }

    /// Deletes the sessions that [`SqlStore::find_over`] found; how many.
    pub fn delete_over(
        &mut self,
        doing: &'static str,
        now: Time,
        over: Vec<Row>,
    ) -> Result<u64, Error> {
        self.delete_found(doing, DELETE, &[now.0.into()], over)
    }

    /// Deletes the rows whose keys are the first column of `found`; how many. `delete` ends with `IN`, and `values` are
    /// for its places before that.
    pub fn delete_found(
        &mut self,
        doing: &'static str,
        delete: &str,
        values: &[Value],
        found: Vec<Row>,
    ) -> Result<u64, Error> {
        if found.is_empty() {
            return Ok(0);
        }
        let sql = format!("{delete} {}", placeholders(found.len()));
        let keys = found.into_iter().filter_map(|row| row.0.into_iter().next());
        let values: Vec<Value> = values.iter().cloned().chain(keys).collect();
        self.write(doing, Commit::Repeat, |database| {
            database.execute(&sql, &values)
        })
    }
}
