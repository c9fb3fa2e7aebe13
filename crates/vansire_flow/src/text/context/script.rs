//! JavaScript, as far as quotes and comments go: for script blocks, event handlers and `$where`.

use super::{CharSet, WORD};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    #[default]
    Code,
    Single,
    Double,
    /// Inside a template literal.
    Backtick,
    Regex,
    LineComment,
    BlockComment,
}

/// Follows a script.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    state: State,
    last: char,
    /// The last character of code that is no blank: decides whether `/` divides or opens a regular expression.
    significant: char,
    escaped: bool,
    /// For each `${` that is open, the braces open inside it.
    holes: Vec<u32>,
}

impl Script {
    pub(super) fn read(&mut self, character: char) {
        if self.escaped {
            self.escaped = false;
            self.last = ' ';
            return;
        }
        let quoted = matches!(self.state, State::Single | State::Double | State::Backtick | State::Regex);
        if quoted && character == '\\' {
            self.escaped = true;
            return;
        }
        let was = self.state;
        self.state = match (was, character) {
            (State::Code, '/') if self.last == '/' => State::LineComment,
            (State::Code, '*') if self.last == '/' => State::BlockComment,
            // Only the character behind a slash tells a regular expression from a comment.
            (State::Code, other)
                if self.last == '/'
                    && other != '='
                    && matches!(self.significant, '(' | '=' | ',' | ':' | '!' | '?') =>
            {
                self.escaped = other == '\\';
                State::Regex
            }
            (State::Code, '\'') => State::Single,
            (State::Code, '"') => State::Double,
            (State::Code, '`') => State::Backtick,
            (State::Code, '{') => {
                if let Some(braces) = self.holes.last_mut() {
                    *braces += 1;
                }
                State::Code
            }
            (State::Code, '}') => self.close_brace(),
            (State::Single, '\'' | '\n')
            | (State::Double, '"' | '\n')
            | (State::Backtick, '`')
            | (State::Regex, '/' | '\n')
            | (State::LineComment, '\n') => State::Code,
            (State::Backtick, '{') if self.last == '$' => {
                self.holes.push(0);
                State::Code
            }
            (State::BlockComment, '/') if self.last == '*' => State::Code,
            (state, _) => state,
        };
        if was != State::Code && self.state == State::Code {
            // The slash that ended a comment or a regular expression begins nothing, and a value was complete.
            self.last = ' ';
            match was {
                State::LineComment | State::BlockComment => {}
                // Behind `${` a value begins.
                State::Backtick if character == '{' => self.significant = '(',
                _ => self.significant = 'x',
            }
            return;
        }
        if self.state == State::Code && !character.is_whitespace() && character != '/' {
            self.significant = character;
        }
        self.last = character;
    }

    fn close_brace(&mut self) -> State {
        match self.holes.last_mut() {
            Some(0) => {
                self.holes.pop();
                State::Backtick
            }
            Some(braces) => {
                *braces -= 1;
                State::Code
            }
            None => State::Code,
        }
    }

    pub(super) fn pass(&mut self) {
        self.escaped = false;
        self.last = 'x';
        if self.state == State::Code {
            self.significant = 'x';
        }
    }

    pub(super) fn in_code(&self) -> bool {
        self.state == State::Code
    }

    /// The characters by which text gets out of where it stands. `more`: another hole follows, so that a
    /// backslash that swallows the closing quote makes code of it.
    pub(super) fn needed(&self, chars: CharSet, more: bool) -> CharSet {
        let quote = match self.state {
            State::Code => {
                // Words alone read a variable, lists of numbers are data.
                let harmless = WORD.union(CharSet::SPACE).union(CharSet::of(".,-+:"));
                return !harmless.with_other();
            }
            State::LineComment => return CharSet::of("\r\n"),
            State::BlockComment if chars.contains('*') => return CharSet::of("/"),
            State::BlockComment => return CharSet::EMPTY,
            State::Single => CharSet::of("'"),
            State::Double => CharSet::of("\""),
            State::Regex => CharSet::of("/"),
            State::Backtick if chars.contains('{') => CharSet::of("`$"),
            State::Backtick => CharSet::of("`"),
        };
        if more { quote | CharSet::of("\\") } else { quote }
    }
}
