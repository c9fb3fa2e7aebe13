//! Arguments of a call: finding them, adding one, taking one out. Comments stay where they are.

use vansire_python::ir::{Argument, ArgumentKind, Call, ComprehensionKind, Expr, ExprKind, Span};

use super::{Change, Fixer, change};

/// What follows an argument, up to the next one or the closing bracket of the call.
struct After {
    /// The end of the argument with the brackets around it: `f((a))`.
    end: u32,
    comma: Option<u32>,
}

impl<'a> Fixer<'a> {
    pub(super) fn keyword(call: &'a Call, wanted: &str) -> Option<&'a Argument> {
        call.arguments
            .iter()
            .find(|argument| matches!(argument.kind, ArgumentKind::Keyword(name) if name.as_str() == wanted))
    }

    /// Whether there may be keywords that aren't seen.
    pub(super) fn is_open(call: &Call) -> bool {
        call.arguments.iter().any(|argument| argument.kind == ArgumentKind::DoubleStarred)
    }

    fn between(&self, start: u32, end: u32) -> &'a str {
        self.source.text_of(Span { start, end })
    }

    fn after(&self, value_end: u32, close: u32) -> After {
        let text = self.between(value_end, close);
        let mut end = value_end;
        let mut characters = text.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '#' => {
                    characters.by_ref().find(|&(_, character)| matches!(character, '\n' | '\r'));
                }
                ')' => end = value_end + at as u32 + 1,
                ',' => return After { end, comma: Some(value_end + at as u32) },
                character if character.is_whitespace() || character == '\\' => {}
                _ => break,
            }
        }
        After { end, comma: None }
    }

    /// Adds a keyword to a call.
    pub(super) fn add_argument(&self, call: &Call, whole: &Expr, argument: &str) -> Option<Change> {
        // Right before the closing bracket, or after the last argument: a comma may stand between.
        let close = whole.span.end - 1;
        let Some(last) = call.arguments.last() else {
            return Some(change(Span { start: close, end: close }, argument));
        };
        // `f(x for x in y)` has to have brackets of its own before something can follow.
        if self.is_bare_generator(&last.value) {
            return None;
        }
        let After { end, comma } = self.after(last.value.span.end, close);
        let Some(comma) = comma else {
            return Some(change(Span { start: end, end }, format!(", {argument}")));
        };
        let rest = self.between(comma + 1, close);
        let Some(line_end) = rest.find(['\n', '\r']) else {
            return Some(change(Span { start: comma + 1, end: comma + 1 }, format!(" {argument}")));
        };
        // `f(\n    a,  # why\n)`: another line of the same form, after what the comment is about.
        let at = comma + 1 + line_end as u32;
        let text = format!("{}{argument},", self.indentation(last.value.span.start));
        Some(change(Span { start: at, end: at }, text))
    }

    fn is_bare_generator(&self, value: &Expr) -> bool {
        matches!(&value.kind, ExprKind::Comprehension(one) if one.kind == ComprehensionKind::Generator)
            && !self.text(value).starts_with('(')
    }

    /// A line end and the indentation of the line that an offset is on.
    pub(super) fn indentation(&self, offset: u32) -> String {
        let line = self.source.line_text(self.source.text_line(offset));
        let width = line.len() - line.trim_start().len();
        format!("{}{}", self.line_end(), &line[..width])
    }

    /// How lines end in this file.
    pub(super) fn line_end(&self) -> &'static str {
        if self.source.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    /// Takes an argument out of a call, with its name and the comma that belongs to it.
    pub(super) fn remove_argument(&self, call: &Call, whole: &Expr, argument: &Argument) -> Option<Change> {
        let index = call.arguments.iter().position(|one| std::ptr::eq(one, argument))?;
        let close = whole.span.end - 1;
        let After { end, comma } = self.after(argument.value.span.end, close);
        let start = self.start_of(call, argument, end)?;
        let line_start = self.source.text[..start as usize].rfind('\n').map_or(0, |at| at as u32 + 1);
        let before = self.between(line_start, start);
        let spaces = before.len() - before.trim_end_matches([' ', '\t']).len();
        if let Some(comma) = comma {
            let rest = self.between(comma + 1, close);
            let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            let next = &rest[blank..];
            let ends_line = next.starts_with(['\n', '\r']);
            if spaces == before.len() && line_start > call.callee.span.end {
                // Alone on its line.
                let line_end = if next.starts_with("\r\n") { 2 } else { 1 };
                let end = comma + 1 + blank as u32;
                return Some(if ends_line {
                    change(Span { start: line_start, end: end + line_end }, "")
                } else if next.starts_with('#') {
                    change(Span { start, end: comma + 1 }, "")
                } else {
                    change(Span { start, end }, "")
                });
            }
            let closes_line = ends_line || next.is_empty() || next.starts_with('#');
            let span = if closes_line && index > 0 {
                Span { start: start - spaces as u32, end: comma + 1 }
            } else if closes_line {
                Span { start, end: comma + 1 }
            } else {
                Span { start, end: comma + 1 + blank as u32 }
            };
            return Some(change(span, ""));
        }
        if index == 0 {
            return Some(change(Span { start, end }, ""));
        }
        let previous = &call.arguments[index - 1];
        let comma = self.after(previous.value.span.end, start).comma?;
        let between = self.between(comma + 1, start);
        if !between.contains('#') {
            return Some(change(Span { start: comma, end }, ""));
        }
        // The comment is about what comes before: it stays, and so does the comma.
        let follows = self.between(end, close).trim_start_matches([' ', '\t']);
        let start = if follows.starts_with(['\n', '\r']) {
            comma + 1 + between.trim_end().len() as u32
        } else {
            start
        };
        Some(change(Span { start, end }, ""))
    }

    /// Where an argument of a call begins.
    pub(super) fn start_of_argument(&self, call: &Call, whole: &Expr, argument: &Argument) -> Option<u32> {
        let After { end, .. } = self.after(argument.value.span.end, whole.span.end - 1);
        self.start_of(call, argument, end)
    }

    /// Where an argument begins, its name and the brackets around it included.
    fn start_of(&self, call: &Call, argument: &Argument, end: u32) -> Option<u32> {
        let value = argument.value.span;
        match argument.kind {
            ArgumentKind::Keyword(name) => {
                let before = self.between(call.callee.span.end, value.start);
                let at = before.rfind(name.as_str())?;
                Some(call.callee.span.end + at as u32)
            }
            ArgumentKind::Positional => {
                let mut brackets = self.between(value.end, end).matches(')').count();
                let mut start = value.start;
                let before = self.between(call.callee.span.end, value.start);
                for (at, character) in before.char_indices().rev() {
                    if brackets == 0 {
                        break;
                    }
                    if character == '(' {
                        brackets -= 1;
                        start = call.callee.span.end + at as u32;
                    } else if !character.is_whitespace() {
                        return None;
                    }
                }
                Some(start)
            }
            _ => None,
        }
    }
}
