//! The table's bound. To count all rows takes longer than a try may, so that they are counted in 256 parts: by the
//! first two digits of their keyed hash, which spreads them evenly, and which nobody can choose.

use crate::error::Error;
use crate::model::{FORGETTING, IN_A_ROW_MAX, Subject, Time};
use crate::store::engine::{Engine, Value};
use crate::store::retry::Commit;
use crate::store::rows::Rows;

/// Rows in each of the 256 parts, at most; more only by as many as are made in the same moment, by those that are
/// shared, and by what anybody cannot make: rows of devices and of sign-ins. In all there are 100,000.
const PART_MAX: i64 = 390;

/// Seconds after which even a row that is never forgotten goes, where its part is full: 30 days.
const ABANDONED: i64 = 30 * 86_400;

/// The rows of a part, and those that may go: forgotten, or abandoned. Of the rows with so many failures that they are
/// never forgotten each has a block.
const COUNT: &str = "\
    SELECT COUNT(*), SUM(CASE WHEN \
    ((failures < ? OR blocked_until IS NULL) AND window_started + failures * ? <= ?) OR blocked_until <= ? \
    THEN 1 ELSE 0 END) FROM attempts WHERE subject >= ? AND subject < ?";

const EVICT: &str = "\
    DELETE FROM attempts WHERE subject >= ? AND subject < ? AND \
    (((failures < ? OR blocked_until IS NULL) AND window_started + failures * ? <= ?) OR blocked_until <= ?)";

impl<E: Engine> Rows<E> {
    /// Whether there is no room for this row, and none could be made.
    pub(super) fn is_full(&mut self, subject: &Subject, now: Time) -> Result<bool, Error> {
        let doing = "make room for tries";
        let may_go: [Value; 4] = [
            i64::from(IN_A_ROW_MAX).into(),
            FORGETTING.into(),
            now.0.into(),
            now.plus(-ABANDONED).0.into(),
        ];
        let first = subject.part();
        // Behind the last digit.
        let behind = format!("{first}g");
        let part: [Value; 2] = [first.into(), behind.as_str().into()];
        // Asked first: to delete would lock the rows, even where there is nothing to delete.
        let asked: Vec<Value> = may_go.iter().chain(&part).cloned().collect();
        let rows = self.read(doing, COUNT, &asked)?;
        let count = |column| rows.first().and_then(|row| row.int(column)).unwrap_or(0);
        let (all, forgotten) = (count(0), count(1));
        if all < PART_MAX || forgotten == 0 {
            return Ok(all >= PART_MAX);
        }
        let deleted: Vec<Value> = part.iter().chain(&may_go).cloned().collect();
        let gone = self.write(doing, Commit::Repeat, |engine| {
            engine.execute(EVICT, &deleted)
        })?;
        let left = all.saturating_sub(i64::try_from(gone).unwrap_or(i64::MAX));
        Ok(left >= PART_MAX)
    }
}
