//! How a transaction begins: with the settings that the SQL relies on, in one round trip.

use mysql::Conn;
use mysql::prelude::Queryable as _;

use super::failure::code;
use crate::store::engine::Fault;

/// Of a variable that the server does not have.
pub const UNKNOWN_VARIABLE: Option<u16> = Some(1193);

/// What the server, or its `init_connect`, may have set otherwise: a text that does not fit is an error and is never
/// cut, text is UTF-8, a DELETE needs no key, a SELECT has all its rows, and 1205 comes before the deadline.
macro_rules! settings {
    () => {
        "SET innodb_lock_wait_timeout = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
        sql_safe_updates = 0, sql_big_selects = 1, sql_select_limit = 18446744073709551615, foreign_key_checks = 1, autocommit = 1, NAMES utf8mb4"
    };
}

/// The settings alone, for work that is no transaction.
#[cfg(feature = "tools")]
pub const SETTINGS: &str = settings!();

/// On a Galera cluster what other nodes had committed is seen: a session that was opened through one ends through
/// another. Only MariaDB reads what stands in `/*M! */`.
const BEGIN: &str = concat!(
    settings!(),
    "/*M!, wsrep_sync_wait = 1 */; START TRANSACTION"
);

/// The same for a MariaDB that was built without Galera.
const BEGIN_ALONE: &str = concat!(settings!(), "; START TRANSACTION");

/// The statement behind it is interrupted after 0.2 s, whatever lock it waits for:
/// the timeouts of locks are whole seconds. Each server reads one of the two, and MySQL's is for a SELECT alone.
const SOON: &str =
    "/*M! SET STATEMENT max_statement_time = 0.2 FOR */ SELECT /*+ MAX_EXECUTION_TIME(200) */";

/// Begins a transaction.
pub fn begin(connection: &mut Conn) -> Result<(), Fault> {
    known(connection, str::to_owned)
}

/// The same, and locks what `row` names, what follows SELECT, or gives up soon.
pub fn begin_soon(connection: &mut Conn, row: &str) -> Result<(), Fault> {
    known(connection, |begin| {
        format!("{begin}; {SOON} {row} FOR UPDATE")
    })
}

/// Asks again where the server does not have the variable of a cluster.
fn known(connection: &mut Conn, ask: impl Fn(&str) -> String) -> Result<(), Fault> {
    match all(connection, &ask(BEGIN)) {
        Err(why) if code(&why) == UNKNOWN_VARIABLE => Ok(all(connection, &ask(BEGIN_ALONE))?),
        begun => Ok(begun?),
    }
}

/// Runs several statements in one round trip. The driver alone would tell the first one's failure and no other.
fn all(connection: &mut Conn, statements: &str) -> mysql::Result<()> {
    let mut results = connection.query_iter(statements)?;
    while let Some(rows) = results.iter() {
        for row in rows {
            row?;
        }
    }
    Ok(())
}
