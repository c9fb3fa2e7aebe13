//! Lines and columns of places that come in the order of the text.

use super::Place;

/// Counts on from the last place that was asked for, so that all together cost one pass.
pub(super) struct Cursor<'a> {
    text: &'a str,
    offset: usize,
    line: u32,
    column: u32,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, offset: 0, line: 1, column: 1 }
    }

    /// The place of a span that begins at or behind the one before.
    pub(super) fn place(&mut self, start: usize, end: usize) -> Place {
        for character in self.text.get(self.offset..start).unwrap_or_default().chars() {
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.offset = self.offset.max(start);
        Place { line: self.line, column: self.column, start: start as u32, end: end as u32 }
    }
}
