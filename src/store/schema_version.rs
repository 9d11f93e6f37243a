//! Which versions of the tables this program makes and serves.

/// Version of the tables that `init` makes: the number of files in `sql/mysql` and in `sql/sqlite`. It is also this
/// program's own version in the terms of `schema_version.oldest_program`: newer tables are served if the oldest program
/// that they allow is not newer than this one.
pub const SCHEMA_VERSION: i64 = 2;

/// The oldest version of the tables that this program serves.
pub const OLDEST_TABLES: i64 = 2;
