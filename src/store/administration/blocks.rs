//! Who has to wait for their next try, and how an administrator ends that.

use std::iter;

use super::pages::PAGE_MAX;
use crate::error::Error;
use crate::model::{Counted, Subject, Time};
use crate::store::attempts::CLEAR;
use crate::store::check_version::check_version;
use crate::store::database::Database;
use crate::store::retry::Commit;
use crate::store::sql_store::SqlStore;
use crate::store::value::{Row, Value, placeholders};

const BLOCKS: &str = "SELECT subject, blocked_until FROM attempts WHERE subject IN";

impl<D: Database> SqlStore<D> {
    /// Does [`super::Administration::blocked_until`]. If an account or a client has a row of its own, that row alone
    /// says whether it is blocked. Only without one does the shared row say it.
    pub fn list_blocks(&mut self, of: &[Counted], now: Time) -> Result<Vec<Option<Time>>, Error> {
        let rows = self.read_blocks(of)?;
        let row_of = |subject: &Subject| {
            rows.iter()
                .find(|row| row.text(0) == Some(subject.as_str()))
        };
        let blocked = |one: &Counted| {
            let row = row_of(&one.subject).or_else(|| row_of(one.shared.as_ref()?))?;
            row.int(1).map(Time).filter(|until| *until > now)
        };
        Ok(of.iter().map(blocked).collect())
    }

    fn read_blocks(&mut self, of: &[Counted]) -> Result<Vec<Row>, Error> {
        let subjects = of
            .iter()
            .flat_map(|one| iter::once(&one.subject).chain(&one.shared));
        let mut subjects: Vec<&str> = subjects.map(Subject::as_str).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let mut rows = Vec::new();
        for some in subjects.chunks(PAGE_MAX) {
            let sql = format!("{BLOCKS} {}", placeholders(some.len()));
            let values: Vec<Value> = some.iter().map(|&subject| subject.into()).collect();
            rows.extend(self.read_page("read tries", &sql, &values)?);
        }
        Ok(rows)
    }

    /// Does [`super::Administration::unlock`].
    pub fn clear_attempts(&mut self, counted: &Counted) -> Result<(), Error> {
        self.write("unlock a user", Commit::Repeat, |database| {
            check_version(database)?;
            for subject in iter::once(&counted.subject).chain(&counted.shared) {
                database.execute(CLEAR, &[subject.as_str().into()])?;
            }
            Ok(())
        })
    }
}
