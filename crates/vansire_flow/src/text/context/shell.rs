//! Commands for a POSIX shell: quotes, substitutions, and where the program's name stands.

use super::{After, CharSet, Hole, LETTERS_OR_OTHER, Scanner, SinkKind, Verdict, left};

/// Metacharacters outside quotes, except blanks and line breaks. A tilde gives the name of a folder, no more.
const META: CharSet = CharSet::of(";&|`$()<>{}*?[]!#'\"\\");
const IN_DOUBLE: CharSet = CharSet::of("\"$`\\");
const BLANKS: CharSet = CharSet::of(" \t");

/// Words behind which a program's name stands again.
const PREFIXES: &[&str] = &[
    "sudo", "exec", "nohup", "command", "env", "time", "eval", "then", "do", "else", "if", "while", "until",
    "!",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
    Backtick,
    /// Inside `$(…)` or `(…)`.
    Parenthesis,
    /// Inside `${…}`.
    Brace,
    Comment,
}

/// Follows a command.
#[derive(Default)]
pub(super) struct Shell {
    /// The quotes and substitutions that are open, the innermost last.
    open: Vec<Quote>,
    /// The word so far, as far as it is known.
    word: String,
    /// The word has a part that isn't known, or an empty pair of quotes.
    word_started: bool,
    /// A word of the command was complete before this one: arguments follow.
    program_named: bool,
    last: char,
}

impl Shell {
    fn top(&self) -> Quote {
        self.open.last().copied().unwrap_or(Quote::None)
    }

    fn end_word(&mut self) {
        if self.word.is_empty() && !self.word_started {
            return;
        }
        // `NAME=value` before a program, and words such as `sudo`, leave the program still to come.
        let assignment = self.word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty()
                && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
        });
        let prefix = PREFIXES.contains(&self.word.as_str());
        if !(self.program_named || assignment || prefix) {
            self.program_named = true;
        }
        self.word.clear();
        self.word_started = false;
    }

    fn end_command(&mut self) {
        self.word.clear();
        self.word_started = false;
        self.program_named = false;
    }

    fn plain(&mut self, character: char) {
        match character {
            '\'' => self.open_quote(Quote::Single),
            '"' => self.open_quote(Quote::Double),
            '`' if self.top() == Quote::Backtick => self.close(),
            '`' => self.open_substitution(Quote::Backtick),
            '(' => self.open_substitution(Quote::Parenthesis),
            ')' if self.top() == Quote::Parenthesis => self.close(),
            '{' if self.last == '$' => self.open.push(Quote::Brace),
            '}' if self.top() == Quote::Brace => self.close(),
            ';' | '\n' | '|' => self.end_command(),
            // `2>&1` and `&>` are redirections.
            '&' if self.last != '>' => self.end_command(),
            '<' | '>' => {
                self.end_word();
                self.program_named = true;
            }
            '#' if self.word.is_empty() && !self.word_started => self.open.push(Quote::Comment),
            character if character.is_whitespace() => self.end_word(),
            character => self.word.push(character),
        }
    }

    fn open_quote(&mut self, quote: Quote) {
        self.open.push(quote);
        self.word_started = true;
    }

    fn open_substitution(&mut self, quote: Quote) {
        self.end_command();
        self.open.push(quote);
    }

    fn close(&mut self) {
        self.open.pop();
        // What was substituted is part of a word of the outer command, whose program is taken as named.
        self.word.clear();
        self.word_started = true;
        self.program_named = true;
    }
}

impl Scanner for Shell {
    fn literal(&mut self, text: &str) {
        for character in text.chars() {
            let escaped = self.last == '\\';
            match self.top() {
                Quote::Single => match character {
                    '\'' => {
                        self.open.pop();
                    }
                    _ => self.word.push(character),
                },
                Quote::Double if escaped => self.word.push(character),
                Quote::Double => match character {
                    '"' => {
                        self.open.pop();
                    }
                    '`' => self.open_substitution(Quote::Backtick),
                    '(' if self.last == '$' => self.open_substitution(Quote::Parenthesis),
                    '{' if self.last == '$' => self.open.push(Quote::Brace),
                    _ => self.word.push(character),
                },
                Quote::Comment => {
                    if character == '\n' {
                        self.open.pop();
                        self.end_command();
                    }
                }
                _ if escaped => self.word.push(character),
                _ => self.plain(character),
            }
            // An escaped backslash escapes nothing, and in single quotes none does.
            self.last =
                if character == '\\' && (escaped || self.top() == Quote::Single) { ' ' } else { character };
        }
    }

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        let quoted = hole.cleared.contains(SinkKind::Shell);
        match self.top() {
            Quote::Single if quoted => {
                // The quotes that were put around it close the ones of the command.
                left(hole.chars, META.minus(CharSet::of("'")), "inside single quotes in a shell command")
            }
            Quote::Single => left(hole.chars, CharSet::of("'"), "inside single quotes in a shell command"),
            Quote::Double => left(hole.chars, IN_DOUBLE, "inside double quotes in a shell command"),
            Quote::Comment => left(hole.chars, CharSet::of("\n"), "in a comment of a shell command"),
            _ if quoted => None,
            _ => self.unquoted(hole.chars),
        }
    }

    fn pass(&mut self) {
        self.word_started = true;
        self.last = 'x';
    }

    fn cleared_everywhere(&self) -> bool {
        // A text that was quoted as one word is one only outside quotes.
        false
    }
}

impl Shell {
    fn unquoted(&self, chars: CharSet) -> Verdict {
        let mut needed = META;
        let names = chars.intersects(LETTERS_OR_OTHER) || chars.contains('/');
        // Numbers on lines of their own, or apart by blanks, run nothing and are no options.
        if names {
            needed = needed | CharSet::of("\n");
            if chars.contains('-') {
                needed = needed | BLANKS;
            }
        }
        if let Some(verdict) = left(chars, needed, "unquoted in a shell command") {
            return Some(verdict);
        }
        if self.program_named {
            return None;
        }
        // The program itself: any name will do, behind a constant beginning only one that leaves its folder.
        if self.word.is_empty() && !self.word_started {
            return left(chars, LETTERS_OR_OTHER | CharSet::of("/"), "as the program of a shell command");
        }
        if self.word.contains('=') || self.word_started || !chars.contains('.') {
            return None;
        }
        left(chars, CharSet::of("/"), "in the program of a shell command")
    }
}
