//! Everything in the README that can be copied is run by a test.

use std::fs;
use std::path::Path;

use crate::harness::readme::blocks;

/// Section, language, and the test that runs the blocks of it.
const RUN: &[(&str, &str, &str)] = &[
    ("Try it", "console", "system::try_it::leads_to_a_login_page"),
    ("Try it", "sh", "system::try_it::leads_to_a_login_page"),
    (
        "Deploy on MySQL behind Apache",
        "console",
        "system::deployment::deploys_behind_apache",
    ),
    (
        "Deploy on MySQL behind Apache",
        "sql",
        "system::deployment::deploys_behind_apache",
    ),
    (
        "Deploy on MySQL behind Apache",
        "apache",
        "system::deployment::deploys_behind_apache",
    ),
    (
        "Deploy on MySQL behind lighttpd",
        "lighttpd",
        "system::deployment::deploys_behind_lighttpd",
    ),
    (
        "Deploy on MySQL behind lighttpd",
        "console",
        "system::deployment::deploys_behind_lighttpd",
    ),
];

#[test]
fn every_block_is_run_by_a_test() {
    for block in blocks() {
        let is_run = RUN
            .iter()
            .any(|(heading, language, _)| *heading == block.heading && *language == block.language);
        // "text" is shown, not copied.
        assert!(
            is_run || block.language == "text",
            "no test runs the {:?} of {:?}:\n{}",
            block.language,
            block.heading,
            block.text
        );
    }
}

#[test]
fn every_named_test_is_there() {
    for (_, _, name) in RUN {
        assert!(is_a_test(name), "there is no test {name}");
    }
}

/// Whether `FOLDER::FILE::FUNCTION` is a test in a file that `tests/FOLDER/mod.rs` names.
fn is_a_test(name: &str) -> bool {
    let (path, function) = name.rsplit_once("::").unwrap();
    let (folder, file) = path.split_once("::").unwrap();
    let tests = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"));
    let folder = tests.join(folder);
    let main = fs::read_to_string(folder.join("mod.rs")).unwrap();
    let Ok(source) = fs::read_to_string(folder.join(file).with_extension("rs")) else {
        return false;
    };
    let lines: Vec<&str> = source.lines().collect();
    let head = format!("fn {function}() {{");
    let at = lines.iter().position(|line| *line == head);
    let above = at.map_or(&[][..], |at| &lines[..at]);
    let mut attributes = above.iter().rev().take_while(|line| line.starts_with("#["));
    main.lines().any(|line| line == format!("mod {file};"))
        && attributes.any(|line| *line == "#[test]")
}
