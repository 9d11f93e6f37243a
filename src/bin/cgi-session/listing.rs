//! Lists: a table for people, JSON for programs.

use std::fmt::Write;

use cgi_session::store::Cursor;
use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, Table, Width};
use serde::Serialize;

use crate::command_error::CommandError;
use crate::print::{is_shown, print_part, printable};

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

    /// One text for each of [`Self::HEADS`]. It may come from a visitor: printing escapes it.
    fn cells(&self) -> Vec<String>;
}

impl Format {
    /// Prints a list page by page, so that it may have any length. `page` returns the lines at a cursor, and where the
    /// next page begins. An empty list is `[]`, or the column heads alone.
    ///
    /// # Errors
    /// What `page` fails with; also if a line has no JSON, or cannot be written.
    pub fn print<L: Line>(
        &self,
        mut page: impl FnMut(Option<&Cursor>) -> Result<(Vec<L>, Option<Cursor>), CommandError>,
    ) -> Result<(), CommandError> {
        let mut printer: Box<dyn Printer<L>> = if self.json {
            Box::new(Json { is_empty: true })
        } else {
            Box::new(Columns { widths: Vec::new() })
        };
        let mut from = None;
        loop {
            let (lines, next) = page(from.as_ref())?;
            let text = printer.page(&lines, next.is_none())?;
            let is_read = print_part(&text)?;
            from = next.filter(|_| is_read);
            if from.is_none() {
                return Ok(());
            }
        }
    }
}

/// Makes the text of a list, page by page.
trait Printer<L: Line> {
    /// The text of the next page.
    fn page(&mut self, lines: &[L], is_last: bool) -> Result<String, CommandError>;
}

/// Prints an array as `serde_json` does, which cannot print one line by line.
struct Json {
    is_empty: bool,
}

impl<L: Line> Printer<L> for Json {
    fn page(&mut self, lines: &[L], is_last: bool) -> Result<String, CommandError> {
        let mut text = String::new();
        for line in lines {
            let object = serde_json::to_string_pretty(line);
            let object = object
                .map_err(|error| CommandError::Refused(format!("cannot write JSON: {error}")))?;
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

/// Columns that are as wide as their widest cell so far: a later page may widen one, and none gets narrower.
struct Columns {
    widths: Vec<u16>,
}

impl<L: Line> Printer<L> for Columns {
    fn page(&mut self, lines: &[L], _is_last: bool) -> Result<String, CommandError> {
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

/// JSON with the same meaning that is safe on a terminal. Apart from line ends, characters that a terminal does not
/// show occur only in strings, where `\u` can stand for each of them.
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
