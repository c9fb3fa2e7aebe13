//! Programs that are run without a shell: their name, and their arguments.

use super::{After, CharSet, Form, HEXADECIMAL, Hole, LETTERS_OR_OTHER, Scanner, Verdict, left};

/// The program of an argument vector.
#[derive(Default)]
pub(super) struct Program {
    /// Text stands before: the name starts with it.
    started: bool,
    /// The text before has a folder in it.
    folder: bool,
}

impl Scanner for Program {
    fn literal(&mut self, text: &str) {
        self.started |= !text.is_empty();
        self.folder |= text.contains('/');
    }

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        let context = "as the program that is run";
        if !self.started {
            return left(hole.chars, LETTERS_OR_OTHER | CharSet::of("/"), context);
        }
        if !self.folder && !hole.chars.contains('/') {
            // `git-` + x: one of the programs of that name.
            return None;
        }
        if hole.chars.contains('.') { left(hole.chars, CharSet::of("/"), context) } else { None }
    }

    fn pass(&mut self) {
        self.started = true;
        self.folder = true;
    }
}

/// One argument of a program.
#[derive(Default)]
pub(super) struct Argument {
    started: bool,
}

impl Scanner for Argument {
    fn literal(&mut self, text: &str) {
        self.started |= !text.is_empty();
    }

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        // A negative number, or the dashes in a UUID, make no option.
        if self.started
            || hole.form.has(Form::NO_DASH)
            || hole.chars.is_subset_of(HEXADECIMAL)
            || !hole.chars.intersects(LETTERS_OR_OTHER)
        {
            return None;
        }
        left(hole.chars, CharSet::of("-"), "at the start of an argument of a program")
    }

    fn pass(&mut self) {
        self.started = true;
    }
}
