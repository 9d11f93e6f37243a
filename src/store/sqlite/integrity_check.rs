//! Whether a file is damaged.

use std::path::Path;

use crate::store::fault::{Fault, RESTORE};
use crate::store::value::Row;

/// Checks every page and every entry of every index. A copy that was made while another process wrote may answer as if
/// all were well, although an index has lost rows: then even "end all sessions" misses those.
pub const QUERY: &str = "PRAGMA integrity_check(1)";

/// The first thing that is wrong with the file at `path`, by the answer to [`QUERY`].
pub fn defects(found: Result<Vec<Row>, Fault>, path: &Path) -> Result<Vec<String>, Fault> {
    let found = match found {
        Ok(rows) => rows.first().map(|row| row.shown(0)).unwrap_or_default(),
        Err(Fault::Damaged(why)) => why,
        Err(fault) => return Err(fault),
    };
    if found == "ok" {
        return Ok(Vec::new());
    }
    let path = path.display();
    let found = found.lines().collect::<Vec<_>>().join(" ");
    Ok(vec![format!(
        "{path} is damaged ({found}), as a plain copy of a file that is written becomes: {RESTORE}"
    )])
}
