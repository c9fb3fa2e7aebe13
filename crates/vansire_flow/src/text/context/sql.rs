//! SQL statements: inside a literal the quote is needed, outside nearly anything else will do.

use super::{After, CharSet, Hole, Piece, Scanner, Verdict, WORD, left};

/// The longest delimiter `$tag$` that is looked for, so that a text full of dollar signs costs no more.
const TAG_LIMIT: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Outside,
    /// Inside `'…'`; with the number of characters read, and whether backslashes escape for sure (`E'…'`).
    Text {
        length: usize,
        escapes: bool,
    },
    /// Inside `"…"`: an identifier, in MySQL a text.
    Double,
    /// Inside a MySQL identifier in backticks.
    Backtick,
    /// Inside `[…]`, an identifier of SQL Server and SQLite.
    Bracket,
    LineComment,
    BlockComment,
    /// Inside `$tag$…$tag$`, with the whole delimiter.
    Dollar(String),
}

pub(super) struct Sql {
    state: State,
    /// The last characters read, as far as they can belong to a token that goes on.
    last: char,
    before_last: char,
    /// Something other than blanks was read.
    started: bool,
    /// The statement uses backticks, so it is MySQL's and backslashes escape in texts.
    mysql: bool,
}

impl Sql {
    pub(super) fn new(pieces: &[Piece]) -> Self {
        let mysql = pieces.iter().any(|piece| matches!(piece, Piece::Literal(text) if text.contains('`')));
        Self { state: State::Outside, last: ' ', before_last: ' ', started: false, mysql }
    }

    fn outside(&mut self, character: char, rest: &str) -> usize {
        match character {
            '\'' => {
                let escapes = matches!(self.last, 'E' | 'e') && !is_word(self.before_last);
                self.state = State::Text { length: 0, escapes };
            }
            '"' => self.state = State::Double,
            '`' => self.state = State::Backtick,
            '[' if !is_word(self.last) && !matches!(self.last, ']' | ')' | '"') => {
                self.state = State::Bracket;
            }
            '-' if self.last == '-' => self.state = State::LineComment,
            '*' if self.last == '/' => self.state = State::BlockComment,
            '$' if !is_word(self.last) => {
                // `rest` starts with the dollar sign.
                if let Some(end) = rest.bytes().take(TAG_LIMIT).skip(1).position(|byte| byte == b'$')
                    && is_tag(&rest[1..=end])
                {
                    let delimiter = &rest[..end + 2];
                    self.state = State::Dollar(delimiter.to_owned());
                    return delimiter.len();
                }
            }
            _ => {}
        }
        character.len_utf8()
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn is_tag(text: &str) -> bool {
    text.chars().all(is_word) && !text.starts_with(|character: char| character.is_ascii_digit())
}

impl Scanner for Sql {
    fn literal(&mut self, text: &str) {
        let mut position = 0;
        while let Some(character) = text[position..].chars().next() {
            let rest = &text[position..];
            let mut step = character.len_utf8();
            let state = std::mem::replace(&mut self.state, State::Outside);
            self.state = match state {
                State::Outside => {
                    step = self.outside(character, rest);
                    std::mem::replace(&mut self.state, State::Outside)
                }
                State::Text { length, escapes } => match character {
                    '\'' if rest[1..].starts_with('\'') => {
                        step = 2;
                        State::Text { length: length + 2, escapes }
                    }
                    '\'' => State::Outside,
                    // `ESCAPE '\'` is a whole text; elsewhere nobody writes `\'` but to escape it.
                    '\\' if rest[1..].starts_with('\'') && (escapes || length > 0) => {
                        step = 2;
                        State::Text { length: length + 2, escapes }
                    }
                    '\\' if escapes && rest[1..].starts_with('\\') => {
                        step = 2;
                        State::Text { length: length + 2, escapes }
                    }
                    _ => State::Text { length: length + 1, escapes },
                },
                State::Double if character == '"' => State::Outside,
                State::Backtick if character == '`' => State::Outside,
                State::Bracket if character == ']' => State::Outside,
                State::LineComment if character == '\n' => State::Outside,
                State::BlockComment if character == '/' && self.last == '*' => State::Outside,
                State::Dollar(delimiter) if rest.starts_with(&delimiter) => {
                    step = delimiter.len();
                    State::Outside
                }
                other => other,
            };
            self.before_last = self.last;
            // What closed a token is no part of the next one.
            self.last = if step == character.len_utf8() { character } else { ' ' };
            self.started |= !character.is_whitespace();
            position += step;
        }
    }

    fn judge(&self, hole: Hole, after: After<'_>) -> Verdict {
        let chars = hole.chars;
        match &self.state {
            State::Outside => {
                let context = if self.started || !after.end {
                    "outside quotes in an SQL statement"
                } else {
                    "as the SQL statement itself"
                };
                // Words alone name a column or a keyword, numbers alone make a list; together with blanks and
                // commas words make clauses.
                let harmless = if chars.intersects(CharSet::LETTERS) {
                    WORD.union(CharSet::of(".$-+:")).with_other()
                } else {
                    WORD.union(CharSet::SPACE).union(CharSet::of(".$-+:,")).with_other()
                };
                left(chars, !harmless, context)
            }
            State::Text { escapes, .. } => {
                let mut needed = CharSet::of("'");
                // A backslash alone swallows the closing quote, which helps only with another hole behind it.
                if *escapes || self.mysql && after.tainted {
                    needed = needed | CharSet::of("\\");
                }
                left(chars, needed, "inside an SQL string literal")
            }
            State::Double => left(chars, CharSet::of("\""), "inside double quotes in an SQL statement"),
            State::Backtick => left(chars, CharSet::of("`"), "inside a quoted SQL identifier"),
            State::Bracket => left(chars, CharSet::of("]"), "inside a quoted SQL identifier"),
            State::LineComment => left(chars, CharSet::of("\r\n"), "inside an SQL comment"),
            State::BlockComment if chars.contains('/') => {
                left(chars, CharSet::of("*"), "inside an SQL comment")
                    .map(|(context, _)| (context, CharSet::of("*/")))
            }
            State::BlockComment => None,
            State::Dollar(_) => left(chars, CharSet::of("$"), "inside an SQL string literal"),
        }
    }

    fn pass(&mut self) {
        match &mut self.state {
            State::Text { length, .. } => *length += 1,
            State::Outside => self.started = true,
            _ => {}
        }
        self.before_last = ' ';
        self.last = 'x';
    }
}
