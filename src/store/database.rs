//! What a database must be able to do.
//!
//! To add a database, write its tables in a folder of `sql/`, implement [`Database`] in a file beside `sqlite.rs` and
//! `mysql.rs`, implement `Maintenance` (`administration/maintenance.rs`), give it a form of `store` in
//! `src/config/store_url.rs`, and open it in `open.rs`. The queries are portable and stay as they are;
//! `tests/library/contract` says whether they hold.

#[cfg(feature = "sqlite")]
use std::time::Duration;

use super::fault::Fault;
use super::value::{Row, Value};
use crate::sandbox::Need;

/// The longest wait for a lock if the write can be left out: a person hardly notices it.
#[cfg(feature = "sqlite")]
pub const SOON: Duration = Duration::from_millis(200);

/// A database that is connected. Statements are portable SQL with `?` for each value.
pub trait Database {
    /// Begins a transaction that may write.
    fn begin(&mut self) -> Result<(), Fault>;

    /// Begins a transaction that may write the row that the query `SELECT {row}` finds. Gives up if another transaction
    /// holds a lock on it for longer than 0.2 s.
    fn begin_soon(&mut self, row: &str) -> Result<(), Fault>;

    /// Commits the transaction. After [`Fault::LinkLost`] its outcome is unknown.
    fn commit(&mut self) -> Result<(), Fault>;

    /// Rolls the transaction back. If that fails, there is no transaction any more: the database has rolled it back by
    /// itself, or it is lost with the connection.
    fn rollback(&mut self);

    /// Runs a statement and returns how many rows it matched.
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, Fault>;

    /// Runs a query. Without values it is one round trip.
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Fault>;

    /// Runs a query without values. On a cluster it sees everything that any node had committed before.
    fn query_latest(&mut self, sql: &str) -> Result<Vec<Row>, Fault> {
        self.query(sql, &[])
    }

    /// The files and ports that a write or a [`Database::reconnect`] needs.
    fn needs(&self) -> Vec<Need>;

    /// Connects again: to the other hosts in turn, if there are any, and to the present one last.
    fn reconnect(&mut self) -> Result<(), Fault>;

    /// How many other hosts there are.
    fn other_hosts(&self) -> usize;
}
