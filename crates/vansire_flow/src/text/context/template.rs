//! Sources of templates, and format strings.

use super::{After, CharSet, Hole, Scanner, Verdict, WORD, left};

/// The source of a template: Jinja2, Django, Mako, Tornado and their like.
#[derive(Default)]
pub(super) struct Template {
    last: char,
    /// Inside `{{ … }}`, `{% … %}`, `${ … }` or `<% … %>`.
    expression: bool,
}

impl Scanner for Template {
    fn literal(&mut self, text: &str) {
        for character in text.chars() {
            match (self.last, character) {
                ('{', '{' | '%') | ('$', '{') | ('<', '%') => self.expression = true,
                ('}' | '%', '}') | ('%', '>') => self.expression = false,
                _ => {}
            }
            self.last = character;
        }
    }

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        let chars = hole.chars;
        if self.expression {
            // A name alone reads a variable; to reach further it needs attributes, calls, filters, or to get out.
            let harmless = (WORD | CharSet::SPACE | CharSet::of("-+,")).with_other();
            return left(chars, !harmless, "inside an expression of a template");
        }
        let opens =
            chars.contains('{') || chars.contains('%') && (chars.contains('<') || chars.contains('\n'));
        if opens { left(chars, CharSet::of("{$<%"), "in the source of a template") } else { None }
    }

    fn pass(&mut self) {
        self.last = 'x';
    }
}

/// A format string, for `str.format` or `%`.
#[derive(Default)]
pub(super) struct Format {
    /// Inside `{…}`.
    field: bool,
    last: char,
}

impl Scanner for Format {
    fn literal(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                // A doubled brace stands for itself.
                '{' if self.last == '{' => {
                    self.field = false;
                    self.last = ' ';
                    continue;
                }
                '{' => self.field = true,
                '}' => self.field = false,
                _ => {}
            }
            self.last = character;
        }
    }

    fn judge(&self, hole: Hole, _after: After<'_>) -> Verdict {
        if self.field {
            return left(hole.chars, CharSet::of(".[{}"), "inside a field of a format string");
        }
        left(hole.chars, CharSet::of("{"), "in a format string")
    }

    fn pass(&mut self) {
        self.last = 'x';
    }
}
