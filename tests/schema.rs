//! The two engines' files make the same tables, and every column says what it is.

use std::fs;
use std::path::{Path, PathBuf};

use cgi_session::store::SCHEMA_VERSION;

/// What a file says of a column: its name, and whether a comment stands above it.
#[derive(Debug, PartialEq, Eq)]
struct Column {
    name: String,
    has_comment: bool,
}

/// A table's name and its columns.
type Table = (String, Vec<Column>);

fn files(engine: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("sql")
        .join(engine);
    let entries = fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// As far as our own files go: one column a line, a constraint in upper case.
fn tables(file: &Path) -> Vec<Table> {
    let text = fs::read_to_string(file).unwrap();
    let mut tables: Vec<Table> = Vec::new();
    let (mut inside, mut has_comment) = (false, false);
    for line in text.lines() {
        let word = line.split_whitespace().next().unwrap_or_default();
        if let Some(rest) = line.strip_prefix("CREATE TABLE IF NOT EXISTS ") {
            assert!(has_comment, "{}: {line}", file.display());
            tables.push((rest.trim_end_matches(" (").to_owned(), Vec::new()));
            inside = true;
        } else if line.starts_with(')') {
            inside = false;
        } else if inside && word.starts_with(|first: char| first.is_ascii_lowercase()) {
            let name = word.to_owned();
            let columns = &mut tables.last_mut().unwrap().1;
            columns.push(Column { name, has_comment });
        }
        has_comment = word == "--";
    }
    tables
}

#[test]
fn both_engines_have_the_same_tables_and_columns_in_the_same_order() {
    let names = |engine: &str| {
        let files = files(engine);
        let names = files
            .iter()
            .map(|file| file.file_name().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names("mysql"), names("sqlite"));
    for (mysql, sqlite) in files("mysql").iter().zip(files("sqlite")) {
        let tables = tables(mysql);
        assert!(!tables.is_empty());
        assert_eq!(tables, self::tables(&sqlite), "{}", sqlite.display());
    }
}

#[test]
fn every_column_has_a_comment() {
    for file in ["mysql", "sqlite"].into_iter().flat_map(files) {
        for (table, columns) in tables(&file) {
            assert!(!columns.is_empty(), "{table}");
            for column in columns {
                let name = format!("{}: {table}.{}", file.display(), column.name);
                assert!(column.has_comment, "{name} has no comment above it");
            }
        }
    }
}

#[test]
fn the_version_is_the_number_of_files() {
    for engine in ["mysql", "sqlite"] {
        let files = files(engine);
        assert_eq!(i64::try_from(files.len()).unwrap(), SCHEMA_VERSION);
        for (number, file) in (1..).zip(&files) {
            let name = file.file_name().unwrap().to_string_lossy();
            assert!(name.starts_with(&format!("{number:03}_")), "{name}");
            assert!(name.ends_with(".sql"), "{name}");
        }
    }
}

/// Before 3.51.3 a database in WAL mode could lose what was committed (<https://sqlite.org/wal.html>).
/// Ours is not in it, but an administrator may set it.
#[cfg(feature = "sqlite")]
#[test]
fn the_bundled_sqlite_loses_nothing_in_wal_mode() {
    let version = rusqlite::version_number();
    assert!(version >= 3_051_003, "{}", rusqlite::version());
}
