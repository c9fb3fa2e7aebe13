//! Variables of the environment whose default isn't a text: `os.getenv("VERIFY", True)`.

use vansire_finding::Confidence;
use vansire_python::ir::{ArgumentKind, Call, Constant, Expr, ExprKind, Span};
use vansire_python::{ProgramFile, Symbol, walk};

use super::{Inspector, Names, Remark};

const RULE: &str = "environment-default-not-text";

impl Inspector<'_> {
    pub(super) fn environment(&mut self, file: &ProgramFile, names: &Names) {
        if !self.rules.contains_key(RULE) {
            return;
        }
        let words = ["getenv", "environ"].map(Symbol::new);
        for body in &file.ir.bodies {
            if !words.iter().any(|word| body.mentions.contains(word)) {
                continue;
            }
            let mut found: Vec<Span> = Vec::new();
            walk::statements(&body.block, &mut |statement| {
                walk::expressions(statement, &mut |expression| {
                    walk::within(expression, &mut |one| {
                        let ExprKind::Call(call) = &one.kind else { return };
                        let callee = names.plain(&call.callee);
                        if callee.is_some_and(|name| matches!(name.as_str(), "os.getenv" | "os.environ.get"))
                            && let Some(default) = default(call)
                            && is_truth(default)
                        {
                            found.push(default.span);
                        }
                    });
                });
            });
            for span in found {
                let message = "what is set is a text, and every text but the empty one is true";
                self.report(file, body.qualified_name, span, Remark::new(RULE, message, Confidence::Low));
            }
        }
    }
}

fn default(call: &Call) -> Option<&Expr> {
    let by_name = call
        .arguments
        .iter()
        .find(|one| matches!(one.kind, ArgumentKind::Keyword(name) if name.as_str() == "default"));
    by_name
        .or_else(|| call.arguments.get(1).filter(|one| one.kind == ArgumentKind::Positional))
        .map(|one| &one.value)
}

/// `True`, `False`, and what is written instead of them.
fn is_truth(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Constant(Constant::True | Constant::False | Constant::Integer(0 | 1)))
}
