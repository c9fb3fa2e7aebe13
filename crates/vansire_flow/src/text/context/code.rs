//! Python code that is evaluated.

use super::{After, CharSet, Hole, Scanner, Verdict, WORD, left};

/// What words need besides themselves to do something: a call, a statement, a comprehension.
const ACTIVE: CharSet = CharSet::SPACE.union(CharSet::of("([{;=:@\"'\\"));

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Outside,
    Comment,
    Text { quote: char, triple: bool, raw: bool, formatted: bool },
}

pub(super) struct Code {
    state: State,
    /// The word before the current character: may be a prefix of a literal.
    word: String,
    escaped: bool,
}

impl Default for Code {
    fn default() -> Self {
        Self { state: State::Outside, word: String::new(), escaped: false }
    }
}

impl Scanner for Code {
    fn literal(&mut self, text: &str) {
        let mut position = 0;
        while let Some(character) = text[position..].chars().next() {
            let rest = &text[position..];
            let mut step = character.len_utf8();
            match self.state {
                State::Outside => match character {
                    '#' => self.state = State::Comment,
                    '"' | '\'' => {
                        let prefix = self.word.to_ascii_lowercase();
                        let known =
                            prefix.len() <= 2 && prefix.chars().all(|letter| "rbuft".contains(letter));
                        let triple = is_triple(rest, character);
                        step = if triple { 3 } else { 1 };
                        self.state = State::Text {
                            quote: character,
                            triple,
                            raw: known && prefix.contains('r'),
                            formatted: known && (prefix.contains('f') || prefix.contains('t')),
                        };
                        self.escaped = false;
                        self.word.clear();
                    }
                    _ if character.is_alphanumeric() || character == '_' => {
                        if self.word.len() < 4 {
                            self.word.push(character);
                        }
                    }
                    _ => self.word.clear(),
                },
                State::Comment => {
                    if character == '\n' {
                        self.state = State::Outside;
                    }
                }
                State::Text { quote, triple, .. } => {
                    if self.escaped {
                        self.escaped = false;
                    } else if character == '\\' {
                        self.escaped = true;
                    } else if character == quote && !triple {
                        self.state = State::Outside;
                    } else if character == quote && is_triple(rest, quote) {
                        step = 3;
                        self.state = State::Outside;
                    }
                }
            }
            position += step;
        }
    }

    fn judge(&self, hole: Hole, after: After<'_>) -> Verdict {
        let chars = hole.chars;
        match self.state {
            State::Outside => {
                // Without letters there are no names: arithmetic at most. Names alone do nothing.
                if !chars.intersects(WORD.minus(CharSet::DIGITS).with_other()) {
                    return None;
                }
                left(chars, ACTIVE, "in Python code that is evaluated")
            }
            State::Comment => left(chars, CharSet::of("\r\n"), "in a comment of Python code"),
            State::Text { quote, raw, formatted, .. } => {
                let mut needed = if quote == '\'' { CharSet::of("'") } else { CharSet::of("\"") };
                if formatted {
                    needed = needed | CharSet::of("{");
                }
                // A backslash swallows the closing quote, which helps only with another hole behind it.
                if !raw && after.tainted {
                    needed = needed | CharSet::of("\\");
                }
                left(chars, needed, "inside a string literal in Python code")
            }
        }
    }

    fn pass(&mut self) {
        self.word.clear();
        self.word.push_str("name");
        self.escaped = false;
    }
}

fn is_triple(rest: &str, quote: char) -> bool {
    let mut characters = rest.chars();
    (0..3).all(|_| characters.next() == Some(quote))
}
