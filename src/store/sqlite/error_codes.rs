//! From SQLite's error codes to [`Fault`].

use rusqlite::ffi;

use crate::store::fault::Fault;

/// Whether opening the file for writing may help: a writer that was killed left its journal, and a reader may not roll
/// it back.
pub fn needs_a_writer(why: &rusqlite::Error) -> bool {
    let code = why.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(
            ffi::SQLITE_READONLY_ROLLBACK
                | ffi::SQLITE_READONLY_RECOVERY
                | ffi::SQLITE_READONLY_CANTINIT
                | ffi::SQLITE_CANTOPEN
        )
    )
}

impl From<rusqlite::Error> for Fault {
    fn from(why: rusqlite::Error) -> Self {
        let text = why.to_string();
        let code = match &why {
            // An error whose message names a byte of the statement.
            rusqlite::Error::SqlInputError { error, .. } => Some(error.extended_code),
            _ => why.sqlite_error().map(|error| error.extended_code),
        };
        match code {
            Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
                Fault::Duplicate
            }
            Some(code) if matches!(code & 0xff, ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB) => {
                Fault::Damaged(text)
            }
            Some(ffi::SQLITE_ERROR) if text.contains("no such table") => Fault::Schema(None),
            Some(ffi::SQLITE_ERROR) if text.contains("no such column") => Fault::Column(text),
            _ => Fault::Other(text),
        }
    }
}
