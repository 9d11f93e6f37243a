//! Brings the tables forward by one version. MySQL commits each statement by itself.

use mysql::Conn;
use mysql::prelude::Queryable as _;

use super::error_codes::code;
use crate::store::fault::Fault;

/// The server's error number for adding a column that exists.
const DUPLICATE_COLUMN: Option<u16> = Some(1060);

/// The server's error number for a table or a row that another transaction held for too long.
const LOCKED: Option<u16> = Some(1205);

/// What to do about [`LOCKED`].
const OTHER_USER: &str =
    "; another connection is using the table (a dump?): run init again when it has ended";

/// Makes a statement fail after a second if another transaction holds its table. While a statement waits for a table,
/// requests wait behind it, and they wait less than two seconds.
const LOCK_TABLES_WITHIN: &str = "SET lock_wait_timeout = 1";

/// Runs a file's statements. A column that exists already is left as it is.
pub fn run(connection: &mut Conn, statements: &[String]) -> Result<(), Fault> {
    connection.query_drop(LOCK_TABLES_WITHIN)?;
    // One by one: if several are in one query, the driver reports no failure but the first one's.
    for statement in statements {
        match connection.query_drop(statement) {
            Err(why) if code(&why) == DUPLICATE_COLUMN => {}
            Err(why) if code(&why) == LOCKED => {
                return Err(Fault::LockWait(format!("{}{OTHER_USER}", Fault::from(why))));
            }
            done => done?,
        }
    }
    Ok(())
}
