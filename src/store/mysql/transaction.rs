//! Begins a transaction, with the settings that the SQL relies on, in one round trip.

use mysql::Conn;
use mysql::prelude::Queryable as _;

use super::error_codes::code;
use crate::store::fault::Fault;

/// The server's error number for a variable that it does not have.
pub const UNKNOWN_VARIABLE: Option<u16> = Some(1193);

/// Settings that the server, or its `init_connect`, may have set differently. With these a text that does not fit is an
/// error and is never cut, text is UTF-8, a DELETE needs no key, a SELECT returns all its rows, and the error 1205
/// comes before the program's deadline.
macro_rules! settings {
    () => {
        "SET innodb_lock_wait_timeout = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
        sql_safe_updates = 0, sql_big_selects = 1, sql_select_limit = 18446744073709551615, foreign_key_checks = 1, autocommit = 1, NAMES utf8mb4"
    };
}

/// The settings alone, for work that is no transaction.
#[cfg(feature = "tools")]
pub const SETTINGS: &str = settings!();

/// On a Galera cluster the transaction sees what other nodes had committed, so that a session that was opened through
/// one node ends through another. Only MariaDB reads what is between `/*M!` and `*/`.
const BEGIN: &str = concat!(
    settings!(),
    "/*M!, wsrep_sync_wait = 1 */; START TRANSACTION"
);

/// The same for a MariaDB that was built without Galera, which has no such variable.
const BEGIN_ALONE: &str = concat!(settings!(), "; START TRANSACTION");

/// After 0.2 s, interrupts the query that this begins, whatever lock it waits for; timeouts of locks are whole seconds.
/// Each server reads one of the two limits. MySQL's is for a SELECT only.
const SOON: &str =
    "/*M! SET STATEMENT max_statement_time = 0.2 FOR */ SELECT /*+ MAX_EXECUTION_TIME(200) */";

/// Begins a transaction.
pub fn begin(connection: &mut Conn) -> Result<(), Fault> {
    with_known_variables(connection, str::to_owned)
}

/// Begins a transaction and locks the row that the query `SELECT {row}` finds, or gives up soon.
pub fn begin_soon(connection: &mut Conn, row: &str) -> Result<(), Fault> {
    with_known_variables(connection, |begin| {
        format!("{begin}; {SOON} {row} FOR UPDATE")
    })
}

/// Sends the query that `ask` makes of the statements that begin a transaction. If the server does not know the
/// variable of a cluster, sends it again without that variable.
fn with_known_variables(connection: &mut Conn, ask: impl Fn(&str) -> String) -> Result<(), Fault> {
    match run_all(connection, &ask(BEGIN)) {
        Err(why) if code(&why) == UNKNOWN_VARIABLE => Ok(run_all(connection, &ask(BEGIN_ALONE))?),
        begun => Ok(begun?),
    }
}

/// Runs several statements in one round trip. Every result is read, because the driver itself reports no failure but
/// the first one's.
fn run_all(connection: &mut Conn, statements: &str) -> mysql::Result<()> {
    let mut results = connection.query_iter(statements)?;
    while let Some(rows) = results.iter() {
        for row in rows {
            row?;
        }
    }
    Ok(())
}
