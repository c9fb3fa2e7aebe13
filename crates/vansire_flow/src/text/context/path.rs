//! Paths of files.

use super::{After, CharSet, Form, Hole, Scanner, Verdict, left};

/// Whether a hole can lead out of where the text before it leads.
fn traverses(started: bool, hole: Hole) -> Verdict {
    if !hole.chars.contains('/') {
        // A name without a slash stays in its folder; a backslash is a separator on Windows only.
        return None;
    }
    if hole.form.has(Form::NO_PARENTS) && (started || hole.form.has(Form::RELATIVE)) {
        return None;
    }
    if !started {
        return left(hole.chars, CharSet::of("/."), "at the start of a path");
    }
    if !hole.chars.contains('.') {
        return None;
    }
    left(hole.chars, CharSet::of("/."), "in a path behind a fixed beginning")
}

#[derive(Default)]
pub(super) struct Path {
    started: bool,
}

impl Scanner for Path {
    fn literal(&mut self, text: &str) {
        self.started |= !text.is_empty();
    }

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        traverses(self.started, hole)
    }

    fn pass(&mut self) {
        self.started = true;
    }
}

/// A name inside an archive, or the archive itself.
#[derive(Default)]
pub(super) struct Archive {
    started: bool,
}

impl Scanner for Archive {
    fn literal(&mut self, text: &str) {
        self.started |= !text.is_empty();
    }

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        traverses(self.started, hole).map(|(_, left)| ("as a name in an archive", left))
    }

    fn pass(&mut self) {
        self.started = true;
    }
}

/// A file whose name and content are the user's: the ending decides what becomes of it.
#[derive(Default)]
pub(super) struct WritePath {
    started: bool,
}

impl Scanner for WritePath {
    fn literal(&mut self, text: &str) {
        self.started |= !text.is_empty();
    }

    fn judge(&self, hole: Hole, after: After<'_>) -> Verdict {
        if let Some(verdict) = traverses(self.started, hole) {
            return Some(verdict);
        }
        if after.literal.contains('.') {
            return None;
        }
        left(hole.chars, CharSet::of("."), "as the name and ending of a file that is written")
    }

    fn pass(&mut self) {
        self.started = true;
    }
}
