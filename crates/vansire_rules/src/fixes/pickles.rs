//! `pickle` in a file that pickles nothing but plain data, and reads nothing but what it has pickled: JSON does the same.

use vansire_python::ir::{ArgumentKind, Call, Constant, Expr, ExprKind, Span, StringPart};

use super::{Fixer, Proposal, change};

/// Functions whose result is plain.
const PLAIN_FUNCTIONS: [&str; 5] = ["bool", "float", "int", "len", "str"];

impl Fixer<'_> {
    /// All of the file at once: what one side writes the other has to understand.
    pub(super) fn json_instead(&self) -> Option<Proposal> {
        let is_pickle = |one: &Expr| {
            self.names.resolve(one).is_some_and(|full| {
                full.strip_prefix("pickle.")
                    .or(full.strip_prefix("cPickle."))
                    .is_some_and(|name| !name.is_empty())
            })
        };
        let uses = self
            .expressions
            .iter()
            .filter(|one| matches!(one.kind, ExprKind::Attribute(..) | ExprKind::Name(..)) && is_pickle(one))
            .count();
        let mut changes = Vec::new();
        let (mut written, mut read) = (0, 0);
        for &whole in &self.expressions {
            let ExprKind::Call(call) = &whole.kind else { continue };
            if !is_pickle(&call.callee) {
                continue;
            }
            let [argument] = call.arguments.as_slice() else { return None };
            if argument.kind != ArgumentKind::Positional {
                return None;
            }
            match self.called(call)?.1.as_str() {
                "dumps" if self.is_plain(&argument.value) => {
                    written += 1;
                    let end = whole.span.end;
                    changes.push(change(call.callee.span, "json.dumps"));
                    changes.push(change(Span { start: end, end }, ".encode()"));
                }
                "loads" => {
                    read += 1;
                    changes.push(change(call.callee.span, "json.loads"));
                }
                _ => return None,
            }
        }
        // Other uses: a class that is derived from, an exception that is caught, a function that is handed over.
        if written == 0 || uses != written + read {
            return None;
        }
        changes.extend(self.import("json")?);
        let message = "use JSON: only plain data is stored; what was stored before has to be stored anew";
        Some(Proposal { message, safe: false, changes })
    }

    /// Whether a value comes out of JSON as it went in.
    fn is_plain(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Constant(constant) => {
                !matches!(constant, Constant::Bytes(_) | Constant::Complex | Constant::Ellipsis)
            }
            ExprKind::List(items) => items.iter().all(|item| self.is_plain(item)),
            ExprKind::Dict(items) => items.iter().all(|(key, value)| {
                let is_text = |key: &Expr| matches!(key.kind, ExprKind::Constant(Constant::String(_)));
                key.as_ref().is_some_and(is_text) && self.is_plain(value)
            }),
            ExprKind::Interpolated(parts) => {
                parts.iter().all(|part| matches!(part, StringPart::Literal(_) | StringPart::Value { .. }))
            }
            ExprKind::Call(call) => self.is_plain_call(call),
            _ => false,
        }
    }

    fn is_plain_call(&self, call: &Call) -> bool {
        let name = self.names.resolve(&call.callee).unwrap_or_default();
        PLAIN_FUNCTIONS.contains(&name.as_str()) && !self.is_taken(&name)
    }
}
