//! Which versions of the tables this program makes and serves.

/// Version of the tables that `init` makes: the number of files in `sql/mysql` and in `sql/sqlite`. It is also the
/// version of this program, as the tables know programs: newer tables are served if they say that this version may
/// use them.
pub const SCHEMA_VERSION: i64 = 2;

/// The oldest version of the tables that this program serves.
pub const OLDEST_TABLES: i64 = 2;
