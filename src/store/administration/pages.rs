//! Lists of any length come in pages. Each page is a query of its own that goes on behind the key of the last row, so
//! that neither side keeps a list in memory, and no writer waits for longer than one page takes.

use crate::error::Error;
use crate::store::check_version::check_version;
use crate::store::database::Database;
use crate::store::sql_store::SqlStore;
use crate::store::value::{Row, Value};

/// Rows of a page, at most.
pub const PAGE_MAX: usize = 500;

/// A page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// Where the next page begins; `None`: this is the last.
    pub next: Option<Cursor>,
}

/// Where a list goes on: behind the row with this key.
#[derive(Debug, Clone)]
pub struct Cursor(pub(super) Vec<Value>);

impl<D: Database> SqlStore<D> {
    /// Runs the query of a page.
    pub(super) fn read_page(
        &mut self,
        doing: &'static str,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<Row>, Error> {
        self.ask(doing, check_version)?;
        self.read(doing, sql, values)
    }
}

/// This many rows, as the LIMIT of a query.
pub fn limit(rows: usize) -> Value {
    i64::try_from(rows).unwrap_or(i64::MAX).into()
}

/// A cursor behind the last row, if the page is full and there may be another. `key` names the columns of the key.
pub fn cursor_behind(rows: &[Row], key: &[usize]) -> Option<Cursor> {
    let last = rows.last().filter(|_| rows.len() >= PAGE_MAX)?;
    Some(Cursor(
        key.iter().map(|column| last.value(*column)).collect(),
    ))
}
