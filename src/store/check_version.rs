//! Refuses tables that this program may not use.

use super::database::Database;
use super::fault::Fault;
use super::schema_version::{OLDEST_TABLES, SCHEMA_VERSION};
use super::value::Row;

const VERSION: &str = "SELECT version, oldest_program FROM schema_version";

/// Tables of every version have this column.
const FOUND_VERSION: &str = "SELECT version FROM schema_version";

/// The version of the tables; fails if this program may not use them.
pub fn check_version(database: &mut impl Database) -> Result<i64, Fault> {
    let row = versioned(database.query(VERSION, &[])?)?;
    row.int(0).ok_or(Fault::Schema(None))
}

/// The version of the tables, whether or not this program may use them.
pub fn found_version(database: &mut impl Database) -> Result<Option<i64>, Fault> {
    let rows = database.query(FOUND_VERSION, &[])?;
    Ok(rows.iter().filter_map(|row| row.int(0)).max())
}

/// The one row of a query whose first two columns are those of `schema_version`.
pub fn versioned(rows: Vec<Row>) -> Result<Row, Fault> {
    let version = rows.iter().filter_map(|row| row.int(0)).max();
    match <[Row; 1]>::try_from(rows) {
        Ok([row]) if is_served(version, row.int(1)) => Ok(row),
        Ok([row]) if version == Some(SCHEMA_VERSION) => Err(for_newer_programs(row.int(1))),
        Err(rows) if rows.len() > 1 => Err(Fault::Other(format!(
            "schema_version must hold one row, and holds {}: delete those of other versions than the tables",
            rows.len()
        ))),
        _ => Err(Fault::Schema(version)),
    }
}

/// Why this program may not use tables although they have its own version.
fn for_newer_programs(oldest_program: Option<i64>) -> Fault {
    Fault::Other(match oldest_program {
        Some(oldest) => format!(
            "the tables are for programs of version {oldest} or newer, and this is one of version {SCHEMA_VERSION}: install newer programs"
        ),
        None => "schema_version.oldest_program is no number".to_owned(),
    })
}

/// Whether this program may use tables of this version, which name the oldest program that may.
fn is_served(version: Option<i64>, oldest_program: Option<i64>) -> bool {
    version.is_some_and(|version| version >= OLDEST_TABLES)
        && oldest_program.is_some_and(|oldest| oldest <= SCHEMA_VERSION)
}
