//! Whether a file is whole.

use super::Sqlite;
use crate::store::engine::{Engine as _, Fault, RESTORE};

/// Looks at every page and at every entry of every index. A copy that was made while somebody wrote may answer as if
/// all were well, and hide rows that an index has lost: to "end all sessions", too.
const LOOK: &str = "PRAGMA integrity_check(1)";

/// The first thing that is wrong with it.
pub fn of(store: &mut Sqlite) -> Result<Vec<String>, Fault> {
    let found = match store.query(LOOK, &[]) {
        Ok(rows) => rows.first().map(|row| row.shown(0)).unwrap_or_default(),
        Err(Fault::Damaged(why)) => why,
        Err(fault) => return Err(fault),
    };
    if found == "ok" {
        return Ok(Vec::new());
    }
    let path = store.path.display();
    let found = found.lines().collect::<Vec<_>>().join(" ");
    Ok(vec![format!(
        "{path} is damaged ({found}), as a plain copy of a file that is written becomes: {RESTORE}"
    )])
}
