//! Checks that the tables are as the SQL relies on. A server may make tables that differ from what it was asked for,
//! and give no more than a warning.

use mysql::Conn;
use mysql::prelude::Queryable as _;

use crate::store::fault::Fault;

/// Our tables.
const TABLES: [&str; 5] = [
    "users",
    "sessions",
    "memberships",
    "attempts",
    "schema_version",
];

/// Columns that must be compared by their bytes, because other collations take different spellings for equal: table,
/// column, collation, type.
const COMPARED: [(&str, &str, &str, &str); 5] = [
    ("users", "login_name", "utf8mb4_bin", "VARCHAR(255)"),
    ("users", "password", "ascii_bin", "VARCHAR(255)"),
    ("sessions", "session", "ascii_bin", "CHAR(64)"),
    ("memberships", "group_name", "utf8mb4_bin", "VARCHAR(64)"),
    ("attempts", "subject", "ascii_bin", "CHAR(64)"),
];

const ENGINES: &str = "SELECT table_name, engine FROM information_schema.tables \
    WHERE table_schema = DATABASE()";

const COLLATIONS: &str = "SELECT table_name, column_name, collation_name FROM information_schema.columns \
    WHERE table_schema = DATABASE() AND collation_name IS NOT NULL";

const REFERENCES: &str = "SELECT table_name, delete_rule FROM information_schema.referential_constraints \
    WHERE constraint_schema = DATABASE() AND referenced_table_name = 'users'";

/// What programs cannot rely on.
pub fn defects(connection: &mut Conn) -> Result<Vec<String>, Fault> {
    let mut found = engines(connection)?;
    found.extend(collations(connection)?);
    Ok(found)
}

/// Storage engines, and the foreign keys that keep `sessions` and `memberships` free of rows whose user is gone.
fn engines(connection: &mut Conn) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    let rows: Vec<(String, Option<String>)> = connection.query(ENGINES)?;
    let references: Vec<(String, String)> = connection.query(REFERENCES)?;
    for (table, engine) in rows.iter().filter(|(table, _)| is_ours(table)) {
        let engine = engine.as_deref().unwrap_or("none");
        if !engine.eq_ignore_ascii_case("InnoDB") {
            found.push(format!(
                "the table {table} has the engine {engine}, without transactions: ALTER TABLE {table} ENGINE = InnoDB"
            ));
        }
        let needs = matches!(table.as_str(), "sessions" | "memberships");
        let has = |(from, rule): &(String, String)| from == table && rule == "CASCADE";
        if needs && !references.iter().any(has) {
            found.push(format!(
                "the table {table} keeps rows of users who are deleted: ALTER TABLE {table} \
                ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE"
            ));
        }
    }
    Ok(found)
}

fn is_ours(table: &str) -> bool {
    TABLES.contains(&table)
}

fn collations(connection: &mut Conn) -> Result<Vec<String>, Fault> {
    let rows: Vec<(String, String, String)> = connection.query(COLLATIONS)?;
    let wrong = rows.iter().filter_map(|(table, column, is)| {
        let known = COMPARED.iter().find(|known| (known.0, known.1) == (table, column));
        if let Some((_, _, needed, kind)) = known.filter(|known| known.2 != is) {
            let charset = needed.trim_end_matches("_bin");
            return Some(format!(
                "{table}.{column} is compared by {is}, where other spellings are the same: ALTER TABLE {table} \
                MODIFY {column} {kind} CHARACTER SET {charset} COLLATE {needed} NOT NULL"
            ));
        }
        let kind = match (table.as_str(), column.as_str()) {
            ("sessions", "user_agent") => "VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL DEFAULT ''",
            ("sessions", "data") => "MEDIUMTEXT CHARACTER SET utf8mb4",
            _ => return None,
        };
        (!is.starts_with("utf8mb4")).then(|| {
            format!(
                "{table}.{column} is {is} and cannot hold every character: \
                ALTER TABLE {table} MODIFY {column} {kind}"
            )
        })
    });
    Ok(wrong.collect())
}
