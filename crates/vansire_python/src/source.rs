//! A source file: its text as Python would read it, and how offsets map to lines and columns.

use std::sync::OnceLock;

use crate::decode;
use crate::ir::Span;
use crate::notebook::{self, Cell};

/// A file of Python, decoded. For a notebook, the text is that of its code cells, one after the
/// other.
#[derive(Debug, Default)]
pub struct SourceFile {
    /// Relative to the root of the scan, with `/` between its parts.
    pub path: String,
    /// The decoded text, without a byte order mark.
    pub text: String,
    cells: Vec<Cell>,
    // Lines are needed for the few files that have something to report, so the index is made late.
    lines: OnceLock<Lines>,
}

#[derive(Debug)]
struct Lines {
    /// The offset at which each line starts.
    starts: Vec<u32>,
    /// Columns of ASCII text are bytes.
    ascii: bool,
}

/// Something wrong with a file, short of its syntax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceProblem {
    /// From 1; none when the whole file is meant.
    pub line: Option<u32>,
    pub message: String,
}

impl SourceProblem {
    pub(crate) fn of_file(message: impl Into<String>) -> Self {
        Self { line: None, message: message.into() }
    }
}

impl SourceFile {
    /// A file whose text is already decoded; a notebook's path has no special meaning here.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), cells: Vec::new(), lines: OnceLock::new() }
    }

    /// Decodes a file as Python would. What can't be read is reported, and the text is then a best
    /// effort or empty.
    pub fn from_bytes(path: impl Into<String>, bytes: &[u8]) -> (Self, Vec<SourceProblem>) {
        let path = path.into();
        let mut problems = Vec::new();
        // Offsets are 32 bits, and nobody writes four gigabytes of Python.
        if u32::try_from(bytes.len()).is_err() {
            problems.push(SourceProblem::of_file("is too large to be read"));
            return (Self::new(path, ""), problems);
        }
        if has_extension(&path, "ipynb") {
            let (text, cells) = notebook::read(bytes, &mut problems);
            let mut file = Self::new(path, text);
            file.cells = cells;
            return (file, problems);
        }
        let text = decode::decode(bytes, &mut problems);
        if u32::try_from(text.len()).is_err() {
            problems.push(SourceProblem::of_file("is too large to be read"));
            return (Self::new(path, ""), problems);
        }
        (Self::new(path, text), problems)
    }

    pub fn is_notebook(&self) -> bool {
        has_extension(&self.path, "ipynb")
    }

    pub fn is_stub(&self) -> bool {
        has_extension(&self.path, "pyi")
    }

    /// The code cells of a notebook; empty for other files.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Start line, start column, end line, end column (the one after the last character), and for a
    /// notebook the number of the cell, in which lines then count. All from 1; columns count
    /// characters.
    pub fn location(&self, span: Span) -> (u32, u32, u32, u32, Option<u32>) {
        let (start_line, start_column) = self.line_column(span.start);
        let (end_line, end_column) = self.line_column(span.end.max(span.start));
        let Some(cell) = self.cell_at(span.start) else {
            return (start_line, start_column, end_line, end_column, None);
        };
        let before = self.text_line(cell.start) - 1;
        (start_line - before, start_column, end_line - before, end_column, Some(cell.number))
    }

    /// The line of the text that holds this offset, from 1. In a notebook it counts through all
    /// cells.
    pub fn text_line(&self, offset: u32) -> u32 {
        self.line_column(offset).0
    }

    /// A line of the text without its end, by its number from 1; empty when there is no such line.
    /// In a notebook lines count through all cells, as in [`Self::text_line`].
    pub fn line_text(&self, line_in_text: u32) -> &str {
        let starts = &self.lines().starts;
        let index = line_in_text as usize;
        let Some(&start) = index.checked_sub(1).and_then(|index| starts.get(index)) else { return "" };
        let end = starts.get(index).map_or(self.text.len(), |&end| end as usize);
        self.text.get(start as usize..end).unwrap_or_default().trim_end_matches(['\r', '\n'])
    }

    /// How many lines the text has; an empty last line counts.
    pub fn line_count(&self) -> u32 {
        self.lines().starts.len() as u32
    }

    /// The text a span covers; empty when the span is not one of this file.
    pub fn text_of(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The offset of a place that [`Self::location`] gave; the end of the line for columns beyond it, none where there
    /// is no such line.
    pub fn offset(&self, line: u32, column: u32, cell: Option<u32>) -> Option<u32> {
        let before = match cell {
            None => 0,
            Some(number) => {
                let cell = self.cells.iter().find(|cell| cell.number == number)?;
                self.text_line(cell.start) - 1
            }
        };
        let lines = self.lines();
        let start = *lines.starts.get((line + before).checked_sub(1)? as usize)?;
        let text = self.line_text(line + before);
        let skipped: usize = text.chars().take(column.checked_sub(1)? as usize).map(char::len_utf8).sum();
        Some(start + skipped as u32)
    }

    /// Line and column of an offset, both from 1. Offsets past the end stand at the end; those
    /// inside a character at its start.
    fn line_column(&self, offset: u32) -> (u32, u32) {
        let lines = self.lines();
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = lines.starts.partition_point(|&start| start as usize <= offset);
        let start = lines.starts[line - 1] as usize;
        let column = if lines.ascii { offset - start } else { self.text[start..offset].chars().count() };
        (line as u32, column as u32 + 1)
    }

    fn cell_at(&self, offset: u32) -> Option<&Cell> {
        let index = self.cells.partition_point(|cell| cell.start <= offset);
        self.cells.get(index.checked_sub(1)?)
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let mut starts = Vec::with_capacity(bytes.len() / 32 + 1);
            starts.push(0);
            for (index, &byte) in bytes.iter().enumerate() {
                // A lone carriage return ends a line as well, as in Python.
                if byte == b'\n' || (byte == b'\r' && bytes.get(index + 1) != Some(&b'\n')) {
                    starts.push(index as u32 + 1);
                }
            }
            Lines { starts, ascii: self.text.is_ascii() }
        })
    }
}

pub(crate) fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, found)| found.eq_ignore_ascii_case(extension))
}

#[cfg(test)]
mod tests;
