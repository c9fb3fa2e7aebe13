//! Fixes of whole statements.

use vansire_python::ir::{CompareOperator, Expr, ExprKind, Span, StmtKind, UnaryOperator};

use super::{Fixer, Proposal, change};
use vansire_python::walk;

impl Fixer<'_> {
    /// The opposite of a condition, as somebody would write it.
    fn negated(&self, test: &Expr) -> String {
        match &test.kind {
            ExprKind::Call(_) | ExprKind::Name(..) | ExprKind::Attribute(..) | ExprKind::Subscript(..) => {
                format!("not {}", self.text(test))
            }
            ExprKind::Unary(UnaryOperator::Not, inner) => self.text(inner).to_owned(),
            ExprKind::Compare(left, rest) => {
                let opposite = match rest.as_slice() {
                    [(CompareOperator::Is, right)] => Some(("is not", right)),
                    [(CompareOperator::IsNot, right)] => Some(("is", right)),
                    [(CompareOperator::In, right)] => Some(("not in", right)),
                    [(CompareOperator::NotIn, right)] => Some(("in", right)),
                    _ => None,
                };
                match opposite {
                    Some((word, right)) => format!("{} {word} {}", self.whole(left), self.whole(right)),
                    None => format!("not ({})", self.text(test)),
                }
            }
            _ => format!("not ({})", self.text(test)),
        }
    }

    /// The text of an operand: in brackets where those around it may be lost.
    fn whole(&self, operand: &Expr) -> String {
        match &operand.kind {
            ExprKind::Call(_)
            | ExprKind::Name(..)
            | ExprKind::Attribute(..)
            | ExprKind::Subscript(..)
            | ExprKind::Constant(_)
            | ExprKind::List(_)
            | ExprKind::Set(_)
            | ExprKind::Dict(_) => self.text(operand).to_owned(),
            // A tuple's place includes its brackets, where it has some.
            ExprKind::Tuple(_) if self.text(operand).starts_with('(') => self.text(operand).to_owned(),
            _ => format!("({})", self.text(operand)),
        }
    }

    /// `assert test, message` as a condition that stays when Python optimizes.
    pub(super) fn raise(&self, span: Span) -> Option<Proposal> {
        let mut found = None;
        for body in &self.module.bodies {
            walk::statements(&body.block, &mut |statement| {
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
        if !is_alone || self.source.text_line(span.end) != number {
            return None;
        }
        let ending = self.line_end();
        let step = if indentation.contains('\t') { "\t" } else { "    " };
        let error = match message {
            Some(message) => format!("AssertionError({})", self.text(message)),
            None => "AssertionError".to_owned(),
        };
        let condition = self.negated(test);
        let text = format!("if {condition}:{ending}{indentation}{step}raise {error}");
        let message = "raise what `assert` raises";
        Some(Proposal { message, safe: true, changes: vec![change(span, text)] })
    }
}
