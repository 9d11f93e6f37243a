//! Snippets of the README and of `cgi-session help TOPIC`, as a deployment would copy them.

use std::fs;
use std::path::Path;

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

/// The snippets of `cgi-session help TOPIC`, in order: lines that are indented by four blanks, below an empty one.
/// In a file of configuration they stand in comments.
pub fn help(topic: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/cgi-session/help");
    let text = fs::read_to_string(folder.join(format!("{topic}.txt"))).unwrap_or_else(|_| {
        let commented = fs::read_to_string(folder.join(format!("{topic}.conf"))).unwrap();
        let lines = commented.lines().map_while(|line| line.strip_prefix('#'));
        let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n")
    });
    indented(&text)
}

/// The snippets of a text that `help` prints.
pub fn indented(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let (mut is_in_a_block, mut empty_lines) = (false, 0);
    for line in text.lines() {
        match line.strip_prefix("    ") {
            Some(line) if is_in_a_block => {
                let block = blocks.last_mut().unwrap();
                block.extend(["\n".repeat(empty_lines).as_str(), line, "\n"]);
                empty_lines = 0;
            }
            Some(line) if empty_lines > 0 => {
                blocks.push(format!("{line}\n"));
                (is_in_a_block, empty_lines) = (true, 0);
            }
            _ if line.is_empty() => empty_lines += 1,
            _ => (is_in_a_block, empty_lines) = (false, 0),
        }
    }
    blocks
}

/// The same of a topic that has so many.
#[track_caller]
pub fn help_blocks<const N: usize>(topic: &str) -> [String; N] {
    let blocks = help(topic);
    let found = blocks.len();
    let wrong = |_| panic!("`help {topic}` has {found} snippets");
    blocks.try_into().unwrap_or_else(wrong)
}

/// Replaces the reader's values by those of this machine. Each must occur, so that a snippet that has lost
/// a line fails here.
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
