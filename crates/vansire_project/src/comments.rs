//! The comments of a Python file, and which lines make up a statement.
//!
//! A scan below the level of tokens: it knows strings (so that a `#` inside one is none), f-strings
//! with their replacement fields, brackets and continued lines, and nothing else. Only files with
//! findings are scanned.

use std::ops::Range;

/// What a scan gives. Lines count from 1.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Comments<'a> {
    /// Line and text, from the `#` on.
    pub comments: Vec<(u32, &'a str)>,
    /// First and last line of each logical line, in order.
    pub statements: Vec<(u32, u32)>,
}

impl Comments<'_> {
    /// The lines of the statement (of a compound one, its header) that a line belongs to.
    pub fn statement(&self, line: u32) -> (u32, u32) {
        let index = self.statements.partition_point(|&(first, _)| first <= line);
        match index.checked_sub(1).map(|index| self.statements[index]) {
            Some((first, last)) if line <= last => (first, last),
            _ => (line, line),
        }
    }

    /// The lines right above a line that hold nothing but comments.
    pub fn block_above(&self, line: u32) -> Range<u32> {
        let is_comment = |line: u32| {
            let has_comment = self.comments.binary_search_by_key(&line, |&(line, _)| line).is_ok();
            let index = self.statements.partition_point(|&(first, _)| first <= line);
            let is_code = index.checked_sub(1).is_some_and(|index| line <= self.statements[index].1);
            has_comment && !is_code
        };
        let mut first = line;
        while first > 1 && is_comment(first - 1) {
            first -= 1;
        }
        first..line
    }
}

/// A string that the scan is inside of.
#[derive(Clone, Copy)]
struct Quote {
    character: u8,
    triple: bool,
    raw: bool,
    /// Braces begin replacement fields.
    formatted: bool,
}

enum Mode {
    Code {
        brackets: u32,
        /// The string whose replacement field this is.
        field: bool,
    },
    Text(Quote),
    /// What stands after the colon of a replacement field: text in which fields can stand.
    Format,
}

/// Scans a text; a notebook's cells are one text here.
pub fn scan(text: &str) -> Comments<'_> {
    Scanner {
        bytes: text.as_bytes(),
        text,
        position: 0,
        line: 1,
        modes: vec![Mode::Code { brackets: 0, field: false }],
        statement: None,
        result: Comments::default(),
    }
    .run()
}

struct Scanner<'a> {
    bytes: &'a [u8],
    text: &'a str,
    position: usize,
    line: u32,
    modes: Vec<Mode>,
    /// The first line of the statement at hand.
    statement: Option<u32>,
    result: Comments<'a>,
}

impl<'a> Scanner<'a> {
    fn run(mut self) -> Comments<'a> {
        while let Some(&byte) = self.bytes.get(self.position) {
            match self.modes.last() {
                Some(&Mode::Text(quote)) => self.in_text(byte, quote),
                Some(Mode::Format) => self.in_format(byte),
                Some(&Mode::Code { brackets, field }) => self.in_code(byte, brackets, field),
                None => break,
            }
        }
        self.end_statement();
        self.result
    }

    fn peek(&self, offset: usize) -> Option<u8> {
        self.bytes.get(self.position + offset).copied()
    }

    /// Moves past a line end, if there is one here.
    fn line_end(&mut self) -> bool {
        match self.peek(0) {
            Some(b'\n') => self.position += 1,
            Some(b'\r') => self.position += if self.peek(1) == Some(b'\n') { 2 } else { 1 },
            _ => return false,
        }
        self.line += 1;
        true
    }

    fn end_statement(&mut self) {
        if let Some(first) = self.statement.take() {
            self.result.statements.push((first, self.line));
        }
    }

    fn in_code(&mut self, byte: u8, brackets: u32, field: bool) {
        let set = |modes: &mut Vec<Mode>, brackets: u32| {
            if let Some(last) = modes.last_mut() {
                *last = Mode::Code { brackets, field };
            }
        };
        match byte {
            b'\n' | b'\r' => {
                if brackets == 0 && !field {
                    self.end_statement();
                }
                self.line_end();
                return;
            }
            b'#' => {
                let range = self.until_line_end();
                self.result.comments.push((self.line, &self.text[range]));
                return;
            }
            b' ' | b'\t' | b'\x0c' => {
                self.position += 1;
                return;
            }
            _ => {}
        }
        self.statement.get_or_insert(self.line);
        match byte {
            b'\\' => {
                self.position += 1;
                self.line_end();
            }
            b'"' | b'\'' => self.open_string(byte, ""),
            b'(' | b'[' | b'{' => {
                set(&mut self.modes, brackets + 1);
                self.position += 1;
            }
            b'}' if field && brackets == 0 => {
                self.modes.pop();
                self.position += 1;
            }
            b')' | b']' | b'}' => {
                set(&mut self.modes, brackets.saturating_sub(1));
                self.position += 1;
            }
            b':' if field && brackets == 0 => {
                if let Some(last) = self.modes.last_mut() {
                    *last = Mode::Format;
                }
                self.position += 1;
            }
            _ if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 => {
                let start = self.position;
                while self
                    .peek(0)
                    .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80)
                {
                    self.position += 1;
                }
                if let Some(quote @ (b'"' | b'\'')) = self.peek(0) {
                    let prefix = &self.text[start..self.position];
                    self.open_string(quote, prefix);
                }
            }
            _ => self.position += 1,
        }
    }

    fn until_line_end(&mut self) -> Range<usize> {
        let start = self.position;
        while self.peek(0).is_some_and(|byte| byte != b'\n' && byte != b'\r') {
            self.position += 1;
        }
        start..self.position
    }

    fn open_string(&mut self, character: u8, prefix: &str) {
        let triple = self.peek(1) == Some(character) && self.peek(2) == Some(character);
        let has = |letter: char| prefix.contains([letter, letter.to_ascii_uppercase()]);
        // A longer word before a quote is no prefix, but an error of the file's.
        let formatted = prefix.len() <= 2 && (has('f') || has('t'));
        self.position += if triple { 3 } else { 1 };
        self.modes.push(Mode::Text(Quote { character, triple, raw: has('r'), formatted }));
    }

    fn in_text(&mut self, byte: u8, quote: Quote) {
        match byte {
            b'\\' => {
                self.position += 1;
                // A backslash keeps a quote from ending the string even where the string is raw.
                // Before a brace of a raw f-string it is only a character.
                if self.line_end() {
                    return;
                }
                let brace = matches!(self.peek(0), Some(b'{' | b'}'));
                if self.peek(0).is_some() && !(brace && quote.formatted) {
                    self.position += 1;
                    // `\N{DASH}` is no replacement field.
                    if !quote.raw
                        && quote.formatted
                        && self.bytes[self.position - 1] == b'N'
                        && self.peek(0) == Some(b'{')
                    {
                        self.position += 1;
                    }
                }
            }
            b'\n' | b'\r' => {
                if !quote.triple {
                    // An unterminated string: the file is broken here, the next line may not be.
                    self.leave_strings();
                    return;
                }
                self.line_end();
            }
            b'{' if quote.formatted => {
                if self.peek(1) == Some(b'{') {
                    self.position += 2;
                } else {
                    self.position += 1;
                    self.modes.push(Mode::Code { brackets: 0, field: true });
                }
            }
            _ if byte == quote.character => {
                if !quote.triple {
                    self.modes.pop();
                    self.position += 1;
                } else if self.peek(1) == Some(byte) && self.peek(2) == Some(byte) {
                    self.modes.pop();
                    self.position += 3;
                } else {
                    self.position += 1;
                }
            }
            _ => self.position += 1,
        }
    }

    fn in_format(&mut self, byte: u8) {
        match byte {
            b'{' => {
                self.position += 1;
                self.modes.push(Mode::Code { brackets: 0, field: true });
            }
            b'}' => {
                self.modes.pop();
                self.position += 1;
            }
            b'\n' | b'\r' => {
                self.line_end();
            }
            // Before Python 3.12 a quote can only end the string; since then a format holds none
            // either, outside fields.
            b'"' | b'\'' => {
                self.modes.pop();
            }
            _ => self.position += 1,
        }
    }

    fn leave_strings(&mut self) {
        self.modes.truncate(1);
        if let Some(Mode::Code { brackets, .. }) = self.modes.first_mut() {
            *brackets = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::scan;

    fn comments(text: &str) -> Vec<(u32, &str)> {
        scan(text).comments
    }

    #[test]
    fn a_hash_in_a_string_is_no_comment() {
        assert_eq!(
            comments("a = '# no' # yes\nb = \"\"\"\n# no\n\"\"\" # also\n"),
            [(1, "# yes"), (4, "# also")]
        );
        assert_eq!(comments(r"a = r'\' # no' # yes"), [(1, "# yes")]);
        assert_eq!(comments("a = 'it\\'s # no' # yes"), [(1, "# yes")]);
    }

    #[test]
    fn formatted_strings() {
        assert_eq!(comments("f'{a[\"#\"]:>{w}} # no' # yes"), [(1, "# yes")]);
        assert_eq!(comments("f'{a['#']}' # yes"), [(1, "# yes")]);
        assert_eq!(comments("f'{{ # no' # yes\n"), [(1, "# yes")]);
        assert_eq!(comments("f'''{\n a # inside\n} # no''' # yes"), [(2, "# inside"), (3, "# yes")]);
        assert_eq!(comments("f'\\N{DASH} # no {x!r}' # yes"), [(1, "# yes")]);
        assert_eq!(comments("rf'\\{x}' # yes"), [(1, "# yes")]);
        assert_eq!(comments("f'{x:#x}' # yes"), [(1, "# yes")]);
    }

    #[test]
    fn a_broken_string_ends_with_its_line() {
        assert_eq!(comments("a = 'oops # no\nb = 1 # yes"), [(2, "# yes")]);
    }

    #[test]
    fn statements_span_lines() {
        let text =
            "a = f(\n  1,\n) # end\nb = 1 + \\\n  2\r\nwith x:\r\n    pass\n'''\ndoc\n'''\n\n# alone\n";
        let comments = scan(text);
        assert_eq!(comments.statements, [(1, 3), (4, 5), (6, 6), (7, 7), (8, 10)]);
        assert_eq!(comments.statement(2), (1, 3));
        assert_eq!(comments.statement(11), (11, 11));
    }

    #[test]
    fn a_string_in_brackets_keeps_the_statement_open() {
        assert_eq!(scan("f('''\n''',\n)\ng()\n").statements, [(1, 3), (4, 4)]);
    }
}
