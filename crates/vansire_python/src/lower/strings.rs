//! Lowering of f-strings and t-strings.

use ruff_python_ast as ast;

use super::Lowerer;
use crate::ir::{Constant, ExprKind, StringPart};

impl Lowerer<'_> {
    pub(super) fn f_string(&mut self, node: &ast::ExprFString) -> ExprKind {
        let mut parts = Vec::new();
        for part in &node.value {
            match part {
                ast::FStringPart::Literal(literal) => push_literal(&mut parts, &literal.value),
                ast::FStringPart::FString(string) => self.elements(&string.elements, &mut parts),
            }
        }
        match parts.as_mut_slice() {
            [] => ExprKind::Constant(Constant::String("".into())),
            [StringPart::Literal(text)] => ExprKind::Constant(Constant::String(std::mem::take(text))),
            _ => ExprKind::Interpolated(parts),
        }
    }

    pub(super) fn t_string(&mut self, node: &ast::ExprTString) -> ExprKind {
        let mut parts = Vec::new();
        for string in &node.value {
            self.elements(&string.elements, &mut parts);
        }
        ExprKind::Template(parts)
    }

    fn elements(&mut self, elements: &ast::InterpolatedStringElements, parts: &mut Vec<StringPart>) {
        for element in elements {
            match element {
                ast::InterpolatedStringElement::Literal(literal) => push_literal(parts, &literal.value),
                ast::InterpolatedStringElement::Interpolation(node) => {
                    let mut conversion = node.conversion.to_char();
                    if let Some(debug) = &node.debug_text {
                        // `f"{x=}"` is `x=` and then the representation, unless a format is given.
                        push_literal(parts, debug.as_str());
                        if conversion.is_none() && node.format_spec.is_none() {
                            conversion = Some('r');
                        }
                    }
                    let value = self.expression(&node.expression);
                    let mut format = Vec::new();
                    if let Some(specification) = &node.format_spec {
                        self.elements(&specification.elements, &mut format);
                    }
                    parts.push(StringPart::Value { value, conversion, format });
                }
            }
        }
    }
}

/// Literal text next to literal text is one part.
fn push_literal(parts: &mut Vec<StringPart>, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(StringPart::Literal(last)) = parts.last_mut() {
        *last = [last, text].concat().into_boxed_str();
    } else {
        parts.push(StringPart::Literal(text.into()));
    }
}
