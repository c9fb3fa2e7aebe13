//! Texts made of lines: headers, cookies, mails, logs.

use super::{After, CharSet, Hole, Scanner, Verdict, left};

const BREAKS: CharSet = CharSet::of("\r\n");

/// A text of which one line is meant to be.
pub(super) struct Lines {
    needed: CharSet,
    context: &'static str,
}

impl Lines {
    pub(super) fn header() -> Self {
        Self { needed: BREAKS, context: "in a header" }
    }

    pub(super) fn cookie() -> Self {
        Self { needed: BREAKS.union(CharSet::of(";")), context: "in a cookie" }
    }

    pub(super) fn log() -> Self {
        Self { needed: BREAKS, context: "in a log message" }
    }
}

impl Scanner for Lines {
    fn literal(&mut self, _text: &str) {}

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        left(hole.chars, self.needed, self.context)
    }

    fn pass(&mut self) {}
}

/// A header of a mail, or a whole mail as text: behind an empty line comes its body.
#[derive(Default)]
pub(super) struct Mail {
    body: bool,
    /// Line breaks one after the other, so far.
    breaks: u8,
}

impl Scanner for Mail {
    fn literal(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '\r' => {}
                '\n' => {
                    self.breaks = self.breaks.saturating_add(1);
                    self.body |= self.breaks == 2;
                }
                _ => self.breaks = 0,
            }
        }
    }

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        if self.body { None } else { left(hole.chars, BREAKS, "in a header of a mail") }
    }

    fn pass(&mut self) {
        self.breaks = 0;
    }
}
