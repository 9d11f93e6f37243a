//! Snippets of the README, as a deployment would copy them.

use std::fs;

/// The fenced block of `language` in the section whose heading starts with `heading`.
pub fn snippet(heading: &str, language: &str) -> String {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let heading = format!("\n## {heading}");
    let (_, section) = readme
        .split_once(&heading)
        .unwrap_or_else(|| panic!("no section {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let fence = format!("\n```{language}\n");
    let (_, block) = section
        .split_once(&fence)
        .unwrap_or_else(|| panic!("no {fence} in {heading}"));
    block.split("\n```").next().unwrap().to_owned()
}

/// Puts what is of this machine in place of what is of the reader's. Each must stand there: a
/// snippet that has lost a line is found out here.
pub fn substitute(snippet: &str, replacements: &[(&str, &str)]) -> String {
    let mut text = snippet.to_owned();
    for (readers, ours) in replacements {
        assert!(
            text.contains(readers),
            "{readers:?} is not in the snippet:\n{snippet}"
        );
        text = text.replace(readers, ours);
    }
    text
}
