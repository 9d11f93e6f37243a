//! A file that a text names is there: in the README, in the help, in comments and in scripts.

use std::fs;
use std::path::{Path, PathBuf};

use super::layers::root;

/// Where names of files begin.
const TOPS: [&str; 3] = ["src/", "sql/", "tests/"];

/// What is made by running something, placeholders, and a file of another project.
const NOT_THERE: [&str; 5] = ["node_modules", "artifacts", "NAME", "FOLDER", "src/test.c"];

/// The first version of the tables stays as it was released, and with it the names in it.
const RELEASED: &str = "001_tables.sql";

/// What texts are written in, but for corpora, lock files and pictures.
fn texts() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md"), root().join("Cargo.toml")];
    let mut folders = ["src", "cgi-bin", "sql", "tests"]
        .map(|top| root().join(top))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                if !matches!(name, "corpus" | "node_modules" | "artifacts") {
                    folders.push(path);
                }
            } else if !name.contains("lock") && name != RELEASED {
                found.push(path);
            }
        }
    }
    found
}

/// The paths in a text that begin at one of our folders.
fn named(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let words = text.split(|c| !is_part(c));
    let ours = words.filter(|word| TOPS.iter().any(|top| word.starts_with(top)));
    ours.map(|word| word.trim_end_matches(['.', '-'])).collect()
}

fn is_there(path: &str) -> bool {
    NOT_THERE.iter().any(|part| path.contains(part)) || root().join(Path::new(path)).exists()
}

#[test]
fn every_file_that_a_text_names_is_there() {
    let mut missing = Vec::new();
    let mut tried = 0;
    for file in texts() {
        let Ok(text) = fs::read_to_string(&file) else {
            continue;
        };
        let is_code = file.extension().is_some_and(|extension| extension == "rs");
        let lines = text.lines();
        // What stands in code may be a file that a test makes.
        let lines = lines.filter(|line| !is_code || line.trim_start().starts_with("//"));
        for path in lines.flat_map(named) {
            tried += 1;
            if !is_there(path) {
                missing.push(format!("{}: {path}", file.display()));
            }
        }
    }
    assert!(tried > 100, "{tried} paths");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
