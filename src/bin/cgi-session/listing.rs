//! Lists: a table for people, JSON for programs.

use std::fmt::Write;

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde::Serialize;

use crate::failure::Failure;
use crate::print::{is_shown, print, printable};

/// Longest text in a cell, in characters; JSON has all of it.
const CELL_MAX: usize = 60;

/// How a list is printed.
#[derive(Debug, clap::Args)]
pub struct Format {
    /// An array of objects instead of a table; times are RFC 3339, UTC
    #[arg(long)]
    json: bool,
}

/// A line of a list: its JSON object, and its cells.
pub trait Line: Serialize {
    /// Heads of the columns.
    const HEADS: &'static [&'static str];

    /// One text for each of [`Self::HEADS`], from anywhere.
    fn cells(&self) -> Vec<String>;
}

impl Format {
    /// Prints a list; an empty one is `[]`, or the heads alone.
    ///
    /// # Errors
    /// If there is no JSON for it, or it cannot be written.
    pub fn print<L: Line>(&self, lines: &[L]) -> Result<(), Failure> {
        let text = if self.json {
            json(lines)?
        } else {
            table(lines)
        };
        print(&format!("{text}\n"))
    }
}

fn json<L: Line>(lines: &[L]) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(lines);
    let text = text.map_err(|error| Failure::Refused(format!("cannot write JSON: {error}")))?;
    Ok(shown(&text))
}

/// JSON that means the same and is safe on a terminal: what is not shown stands in strings only, but
/// for the line ends between them, and `\u` may stand for any of it.
fn shown(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || is_shown(c) {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe
}

fn table<L: Line>(lines: &[L]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(L::HEADS.to_vec());
    for line in lines {
        table.add_row(line.cells().iter().map(|cell| printable(cell, CELL_MAX)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}
