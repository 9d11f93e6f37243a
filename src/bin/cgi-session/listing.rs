//! Lists: a table for people, JSON for programs.

use std::fmt::Write;

use cgi_session::store::Cursor;
use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, Table, Width};
use serde::Serialize;

use crate::failure::Failure;
use crate::print::{is_shown, offer, printable};

/// Longest text in a cell, in characters; JSON has all of it.
const CELL_MAX: usize = 60;

/// Blanks between two columns.
const PADDING: u16 = 2;

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
    /// Prints a list as its parts come, so that it may be of any length. `part` gives the lines behind a cursor,
    /// and where the next part begins. An empty list is `[]`, or the heads alone.
    ///
    /// # Errors
    /// What `part` fails with; also if there is no JSON for a line, or it cannot be written.
    pub fn print<L: Line>(
        &self,
        mut part: impl FnMut(Option<&Cursor>) -> Result<(Vec<L>, Option<Cursor>), Failure>,
    ) -> Result<(), Failure> {
        let mut printer: Box<dyn Printer<L>> = if self.json {
            Box::new(Json { is_empty: true })
        } else {
            Box::new(Columns { widths: Vec::new() })
        };
        let mut from = None;
        loop {
            let (lines, next) = part(from.as_ref())?;
            let text = printer.part(&lines, next.is_none())?;
            let is_read = offer(&text)?;
            from = next.filter(|_| is_read);
            if from.is_none() {
                return Ok(());
            }
        }
    }
}

/// Makes the text of a list, part by part.
trait Printer<L: Line> {
    /// The text of the next part.
    fn part(&mut self, lines: &[L], is_last: bool) -> Result<String, Failure>;
}

/// As `serde_json` prints an array, which it could not do line by line.
struct Json {
    is_empty: bool,
}

impl<L: Line> Printer<L> for Json {
    fn part(&mut self, lines: &[L], is_last: bool) -> Result<String, Failure> {
        let mut text = String::new();
        for line in lines {
            let object = serde_json::to_string_pretty(line);
            let object =
                object.map_err(|error| Failure::Refused(format!("cannot write JSON: {error}")))?;
            text.push_str(if self.is_empty { "[\n  " } else { ",\n  " });
            // A line end within a string is escaped.
            text.push_str(&shown(&object).replace('\n', "\n  "));
            self.is_empty = false;
        }
        if is_last {
            text.push_str(if self.is_empty { "[]\n" } else { "\n]\n" });
        }
        Ok(text)
    }
}

/// Columns that are as wide as the widest cell so far: a later part may widen one, and none gets narrower.
struct Columns {
    widths: Vec<u16>,
}

impl<L: Line> Printer<L> for Columns {
    fn part(&mut self, lines: &[L], _is_last: bool) -> Result<String, Failure> {
        let mut table = Table::new();
        table.load_style(NOTHING);
        if self.widths.is_empty() {
            table.set_header(L::HEADS.to_vec());
        } else if lines.is_empty() {
            return Ok(String::new());
        }
        for line in lines {
            table.add_row(line.cells().iter().map(|cell| printable(cell, CELL_MAX)));
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, PADDING));
            if let Some(width) = self.widths.get(index) {
                let at_least = Width::Fixed(*width);
                column.set_constraint(ColumnConstraint::LowerBoundary(at_least));
            }
        }
        let widths = table.column_max_content_widths().into_iter();
        let before = self.widths.iter().copied().chain(std::iter::repeat(0));
        self.widths = widths
            .zip(before)
            .map(|(width, before)| before.max(width.saturating_add(PADDING)))
            .collect();
        Ok(table.trim_fmt() + "\n")
    }
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
