//! Sinks in which the place within the text matters little.

use super::{After, CharSet, HEXADECIMAL, Hole, LETTERS_OR_OTHER, Scanner, Verdict, WORD, left};

/// Dangerous by the characters alone.
pub(super) struct Any {
    needed: CharSet,
    /// A text of nothing but these is harmless.
    harmless: CharSet,
    context: &'static str,
    numbers: bool,
}

impl Any {
    pub(super) fn serialized() -> Self {
        // A single word decodes to itself at most.
        let needed = !WORD.union(CharSet::of("-"));
        Self { needed, harmless: CharSet::EMPTY, context: "in data that is deserialized", numbers: false }
    }

    pub(super) fn regex() -> Self {
        // Groups, repetitions and classes change what matches, and how long it takes.
        Self {
            needed: CharSet::of("()*+{["),
            harmless: CharSet::EMPTY,
            context: "in a regular expression",
            numbers: false,
        }
    }

    pub(super) fn session_key() -> Self {
        Self {
            needed: CharSet::ALL,
            harmless: HEXADECIMAL,
            context: "as a key of the session",
            numbers: false,
        }
    }

    pub(super) fn session_value() -> Self {
        Self {
            needed: CharSet::ALL,
            harmless: HEXADECIMAL,
            context: "as a value in the session",
            numbers: false,
        }
    }

    pub(super) fn compressed() -> Self {
        Self {
            needed: CharSet::ALL,
            harmless: WORD,
            context: "as data that is decompressed without a limit",
            numbers: false,
        }
    }

    pub(super) fn token() -> Self {
        Self {
            needed: CharSet::ALL,
            harmless: CharSet::EMPTY,
            context: "as a token whose signature is not verified",
            numbers: false,
        }
    }

    pub(super) fn fields() -> Self {
        Self {
            needed: LETTERS_OR_OTHER,
            harmless: HEXADECIMAL,
            context: "as names of its fields",
            numbers: false,
        }
    }

    pub(super) fn origin() -> Self {
        Self {
            needed: LETTERS_OR_OTHER,
            harmless: CharSet::EMPTY,
            context: "as the origin whose pages may read answers",
            numbers: false,
        }
    }

    pub(super) fn comparison() -> Self {
        Self { needed: CharSet::ALL, harmless: CharSet::EMPTY, context: "with a secret", numbers: false }
    }

    pub(super) fn subject() -> Self {
        Self {
            needed: CharSet::ALL,
            harmless: CharSet::EMPTY,
            context: "with a pattern that can take exponential time",
            numbers: false,
        }
    }

    pub(super) fn size() -> Self {
        Self { needed: CharSet::DIGITS, harmless: CharSet::EMPTY, context: "as a size", numbers: true }
    }
}

impl Scanner for Any {
    fn literal(&mut self, _text: &str) {}

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        if hole.chars.is_subset_of(self.harmless) {
            return None;
        }
        left(hole.chars, self.needed, self.context)
    }

    fn pass(&mut self) {}

    fn numbers_matter(&self, _chars: CharSet) -> bool {
        self.numbers
    }
}

/// A name that is imported or looked up: a constant beginning confines it to what was made for that.
#[derive(Default)]
pub(super) struct Reflection {
    confined: bool,
}

impl Scanner for Reflection {
    fn literal(&mut self, text: &str) {
        // `__` + x + `__` confines nothing.
        self.confined |= text.chars().any(char::is_alphanumeric);
    }

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        if self.confined || hole.chars.is_subset_of(HEXADECIMAL) {
            return None;
        }
        left(hole.chars, LETTERS_OR_OTHER, "as a name that is looked up")
    }

    fn pass(&mut self) {
        self.confined = true;
    }
}

/// An XML document: entities are declared before its first element.
#[derive(Default)]
pub(super) struct Xml {
    last: char,
    element: bool,
}

impl Scanner for Xml {
    fn literal(&mut self, text: &str) {
        for character in text.chars() {
            self.element |= self.last == '<' && (character.is_alphabetic() || character == '_');
            self.last = character;
        }
    }

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        if self.element || !hole.chars.contains('!') {
            return None;
        }
        left(hole.chars, CharSet::of("<"), "in an XML document")
            .map(|(context, _)| (context, CharSet::of("<!")))
    }

    fn pass(&mut self) {
        // `<{tag}>`, and unknown text in general, may already be the first element; what matters is that an
        // attacker's text that comes first is judged first.
        self.element |= self.last == '<';
        self.last = 'x';
    }
}
