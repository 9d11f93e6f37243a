//! The bound of the table `attempts`. Counting all its rows would take longer than a try may. So they are counted in
//! 256 parts, by the first two digits of their key: a keyed hash, which spreads the rows evenly and which nobody can
//! choose.

use crate::error::Error;
use crate::model::{FORGETTING, IN_A_ROW_MAX, Subject, Time};
use crate::store::database::Database;
use crate::store::retry::Commit;
use crate::store::sql_store::SqlStore;
use crate::store::value::Value;

/// Rows in each of the 256 parts, which is about 100,000 in all. A part may exceed it by as many rows as are made in
/// the same moment, by the shared rows, and by rows that only somebody with a password can make: those of devices and
/// of sign-ins.
const PART_MAX: i64 = 390;

/// Seconds after the end of its block at which a full part gives up even a row that is never forgotten: 30 days.
const ABANDONED: i64 = 30 * 86_400;

/// Counts the rows of a part, and those that may go because they are forgotten or abandoned. A row with so many
/// failures that it is never forgotten always has a block, so one without a block can be forgotten whatever its count
/// is.
const COUNT: &str = "\
    SELECT COUNT(*), SUM(CASE WHEN \
    ((failures < ? OR blocked_until IS NULL) AND window_started + failures * ? <= ?) OR blocked_until <= ? \
    THEN 1 ELSE 0 END) FROM attempts WHERE subject >= ? AND subject < ?";

const EVICT: &str = "\
    DELETE FROM attempts WHERE subject >= ? AND subject < ? AND \
    (((failures < ? OR blocked_until IS NULL) AND window_started + failures * ? <= ?) OR blocked_until <= ?)";

impl<D: Database> SqlStore<D> {
    /// Whether the table has no room for this row. Removes rows that may go if the part is full.
    pub(super) fn is_full(&mut self, subject: &Subject, now: Time) -> Result<bool, Error> {
        let doing = "make room for tries";
        let may_go: [Value; 4] = [
            i64::from(IN_A_ROW_MAX).into(),
            FORGETTING.into(),
            now.0.into(),
            now.plus(-ABANDONED).0.into(),
        ];
        let first = subject.part();
        // `g` follows the last digit.
        let behind = format!("{first}g");
        let part: [Value; 2] = [first.into(), behind.as_str().into()];
        // The rows are counted first: a DELETE would lock them even if there is nothing to delete.
        let asked: Vec<Value> = may_go.iter().chain(&part).cloned().collect();
        let rows = self.read(doing, COUNT, &asked)?;
        let count = |column| rows.first().and_then(|row| row.int(column)).unwrap_or(0);
        let (all, forgotten) = (count(0), count(1));
        if all < PART_MAX || forgotten == 0 {
            return Ok(all >= PART_MAX);
        }
        let deleted: Vec<Value> = part.iter().chain(&may_go).cloned().collect();
        let gone = self.write(doing, Commit::Repeat, |database| {
            database.execute(EVICT, &deleted)
        })?;
        let left = all.saturating_sub(i64::try_from(gone).unwrap_or(i64::MAX));
        Ok(left >= PART_MAX)
    }
}
