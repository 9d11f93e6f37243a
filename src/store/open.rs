//! Opens the store that the configuration names. This is the one place that chooses a database.

use super::Store;
#[cfg(feature = "tools")]
use super::administration::Administration;
use super::driver_panic::driver_works;
#[cfg(feature = "mysql")]
use super::mysql;
use super::sql_store::SqlStore;
#[cfg(feature = "sqlite")]
use super::sqlite;
use crate::config::StoreUrl;
use crate::error::Error;

/// Opens a store for a CGI program.
///
/// # Errors
/// If it cannot be reached, or is a file that others may read or write.
pub fn open(url: &StoreUrl) -> Result<Box<dyn Store>, Error> {
    driver_works(|| connect(url))
}

fn connect(url: &StoreUrl) -> Result<Box<dyn Store>, Error> {
    match url {
        #[cfg(feature = "sqlite")]
        StoreUrl::Sqlite(path) => Ok(Box::new(SqlStore(sqlite::Sqlite::open(path)?))),
        #[cfg(feature = "mysql")]
        StoreUrl::Mysql(url) => Ok(Box::new(SqlStore(mysql::Mysql::open(url)?))),
        #[cfg(not(all(feature = "sqlite", feature = "mysql")))]
        _ => Err(no_such_store()),
    }
}

/// Opens a store for the administration. A missing SQLite file is made.
///
/// # Errors
/// As [`open`].
#[cfg(feature = "tools")]
pub fn open_administration(url: &StoreUrl) -> Result<Box<dyn Administration>, Error> {
    match url {
        #[cfg(feature = "sqlite")]
        StoreUrl::Sqlite(path) => Ok(Box::new(SqlStore(sqlite::Sqlite::create(path)?))),
        #[cfg(feature = "mysql")]
        StoreUrl::Mysql(url) => {
            let database = mysql::Mysql::open_administration(url)?;
            Ok(Box::new(SqlStore(database)))
        }
        #[cfg(not(all(feature = "sqlite", feature = "mysql")))]
        _ => Err(no_such_store()),
    }
}

/// Whether opening and reading the store may wait for another process: always for a server, and for a file while it
/// is being written. If a writer comes only later, a reader waits at most 3 s in all, for its lock.
#[must_use]
pub fn is_waited_for(url: &StoreUrl) -> bool {
    match url {
        #[cfg(feature = "sqlite")]
        StoreUrl::Sqlite(path) => sqlite::is_being_written(path),
        _ => true,
    }
}

#[cfg(not(all(feature = "sqlite", feature = "mysql")))]
fn no_such_store() -> Error {
    Error::Config("this build has no such store".to_owned())
}
