//! Fixes of whole statements.

use vansire_python::ir::{Span, StmtKind};

use super::{Fixer, Proposal, change};
use crate::tree;

impl Fixer<'_> {
    /// `assert test, message` as a condition that stays when Python optimizes.
    pub(super) fn raise(&self, span: Span) -> Option<Proposal> {
        let mut found = None;
        for body in &self.module.bodies {
            tree::statements(&body.block, &mut |statement| {
                if statement.span == span
                    && let StmtKind::Assert { test, message } = &statement.kind
                {
                    found = Some((test, message));
                }
            });
        }
        let (test, message) = found?;
        let number = self.source.text_line(span.start);
        let line = self.source.line_text(number);
        let indentation = &line[..line.len() - line.trim_start().len()];
        // Alone on its lines, and in one of them: a condition that spans lines needs its own brackets.
        let start = self.source.offset(number, 1, None)?;
        let is_alone = start + indentation.len() as u32 == span.start && !line.contains(';');
        if !is_alone || self.source.text_line(span.end) != number || self.source.is_notebook() {
            return None;
        }
        let ending = if self.source.text.contains("\r\n") { "\r\n" } else { "\n" };
        let step = if indentation.contains('\t') { "\t" } else { "    " };
        let error = match message {
            Some(message) => format!("AssertionError({})", self.text(message)),
            None => "AssertionError".to_owned(),
        };
        let text = format!("if not ({}):{ending}{indentation}{step}raise {error}", self.text(test));
        let message = "raise what `assert` raises";
        Some(Proposal { message, safe: true, changes: vec![change(span, text)] })
    }
}
