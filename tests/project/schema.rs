//! The two engines' files make the same tables, and every column says what it is.

use std::fs;
use std::path::{Path, PathBuf};

use cgi_session::store::SCHEMA_VERSION;
use sha2::{Digest as _, Sha256};

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

/// What an engine's files make, one after the other. As far as our own files go: one column a line, a
/// constraint in upper case.
fn tables(engine: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for file in files(engine) {
        let text = fs::read_to_string(&file).unwrap();
        let (mut inside, mut has_comment) = (None, false);
        for line in text.lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            let word = words.first().copied().unwrap_or_default();
            match words[..] {
                ["CREATE", "TABLE", "IF", "NOT", "EXISTS", table, "("]
                | ["CREATE", "TABLE", table, "("] => {
                    assert!(has_comment, "{}: {line}", file.display());
                    inside = Some(tables.len());
                    tables.push((table.to_owned(), Vec::new()));
                }
                ["ALTER", "TABLE", table, "ADD", "COLUMN"] => inside = Some(place(&tables, table)),
                ["DROP", "TABLE", table] => {
                    tables.remove(place(&tables, table.trim_end_matches(';')));
                }
                ["ALTER", "TABLE", table, "RENAME", "TO", name] => {
                    let renamed = place(&tables, table);
                    name.trim_end_matches(';')
                        .clone_into(&mut tables[renamed].0);
                }
                _ if word.starts_with(|first: char| first.is_ascii_lowercase()) => {
                    if let Some(table) = inside {
                        let name = word.to_owned();
                        tables[table].1.push(Column { name, has_comment });
                    }
                }
                _ => {}
            }
            if line.ends_with(';') && word != "--" {
                inside = None;
            }
            has_comment = word == "--";
        }
    }
    tables.sort_by(|one, other| one.0.cmp(&other.0));
    tables
}

#[track_caller]
fn place(tables: &[Table], name: &str) -> usize {
    let found = tables.iter().position(|(table, _)| table == name);
    found.unwrap_or_else(|| panic!("no table {name}"))
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
    let tables = tables("mysql");
    assert_eq!(tables.len(), 5);
    assert_eq!(tables, self::tables("sqlite"));
    let (_, users) = &tables[place(&tables, "users")];
    assert_eq!(
        users.last().unwrap().name,
        "epoch",
        "the last file's columns are seen"
    );
}

#[test]
fn every_column_has_a_comment() {
    for engine in ["mysql", "sqlite"] {
        for (table, columns) in tables(engine) {
            assert!(!columns.is_empty(), "{table}");
            for column in columns {
                let name = format!("{engine}: {table}.{}", column.name);
                assert!(column.has_comment, "{name} has no comment above it");
            }
        }
    }
}

/// Databases were made of it: what changes is another file.
#[test]
fn the_first_version_stays_as_it_was_released() {
    for (engine, released) in [
        (
            "mysql",
            "63ae2231e12a958e05afe42b239a8f0f6a9ade6a8c1c038ba83cba5df1ec9bf7",
        ),
        (
            "sqlite",
            "84f76a05e7325a22a8534eabbf769bb2d5f31b96ad6cdb3b1ecc97c9529f6fe7",
        ),
    ] {
        let text = fs::read(&files(engine)[0]).unwrap();
        assert_eq!(format!("{:x}", Sha256::digest(text)), released, "{engine}");
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
