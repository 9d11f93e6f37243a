//! What a database must be able to do for the administration, beside what every program needs of it.

use crate::store::database::Database;
use crate::store::fault::Fault;

/// A database whose tables can be made and checked.
pub trait Maintenance: Database {
    /// The SQL files that make the tables. The first makes them from nothing, each of the others brings them forward
    /// by one version.
    fn migrations(&self) -> &'static [&'static str];

    /// Runs the statements of one such file, in one transaction if the database can. A column that exists already is
    /// left as it is, so that the next run finishes a file that was cut short.
    fn migrate(&mut self, statements: &[String]) -> Result<(), Fault>;

    /// Why the tables cannot be made here: sentences, each of which says what to do.
    fn obstacles(&mut self) -> Result<Vec<String>, Fault>;

    /// What is wrong with the tables, the file or the server for the programs that use them: sentences, each of which
    /// says what to do.
    fn defects(&mut self) -> Result<Vec<String>, Fault>;

    /// The time by the database's clock in Unix seconds; `None` if it has no clock but this machine's.
    fn clock(&mut self) -> Result<Option<i64>, Fault>;
}
