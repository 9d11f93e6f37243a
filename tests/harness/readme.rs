//! Snippets of the README, as a deployment would copy them.

use std::fs;

/// A fenced block.
pub struct Block {
    /// Of the section it stands in, without `##`.
    pub heading: String,
    /// What stands behind the fence.
    pub language: String,
    pub text: String,
}

/// All fenced blocks, in order.
pub fn blocks() -> Vec<Block> {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let mut heading = String::new();
    let mut blocks = Vec::new();
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("## ") {
            text.clone_into(&mut heading);
        } else if let Some(language) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(Block {
                heading: heading.clone(),
                language: language.to_owned(),
                text: text.join("\n") + "\n",
            });
        }
    }
    blocks
}

/// The blocks of `language` in the section `heading`.
pub fn snippets(heading: &str, language: &str) -> Vec<String> {
    blocks()
        .into_iter()
        .filter(|block| block.heading == heading && block.language == language)
        .map(|block| block.text)
        .collect()
}

/// The only one.
#[track_caller]
pub fn snippet(heading: &str, language: &str) -> String {
    let found = snippets(heading, language);
    assert_eq!(found.len(), 1, "blocks of {language} in {heading:?}");
    found.concat()
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
