//! Fixes of settings that are assigned: `DEBUG = True`, `context.check_hostname = False`.

use vansire_python::ir::{Constant, Expr, ExprKind, Span, Stmt, StmtKind, Target, TargetKind};

use super::{Change, Fixer, Proposal, change};
use vansire_python::walk;

impl<'a> Fixer<'a> {
    /// Assignments of one target within a place, or around it.
    fn assignments(&self, span: Span) -> Vec<(&'a Target, &'a Expr)> {
        let mut found = Vec::new();
        for body in &self.module.bodies {
            walk::statements(&body.block, &mut |statement: &'a Stmt| {
                let inner = span.start <= statement.span.start && statement.span.end <= span.end;
                let outer = statement.span.start <= span.start && span.end <= statement.span.end;
                if (inner || outer)
                    && let StmtKind::Assign { targets, value, .. } = &statement.kind
                    && let [target] = targets.as_slice()
                {
                    found.push((target, value));
                }
            });
        }
        found
    }

    /// The name of an attribute that is assigned.
    fn attribute(target: &'a Target) -> Option<&'static str> {
        match &target.kind {
            TargetKind::Attribute(_, name) => Some(name.as_str()),
            _ => None,
        }
    }

    /// `context.check_hostname = False` and `context.verify_mode = ssl.CERT_NONE`
    pub(super) fn verifying_context(&self, span: Span) -> Option<Proposal> {
        let body = self.body_of(span)?;
        let mut all = Vec::new();
        walk::statements(&body.block, &mut |statement: &'a Stmt| {
            if let StmtKind::Assign { targets, value, .. } = &statement.kind
                && let [target] = targets.as_slice()
            {
                all.push((target, value));
            }
        });
        let mode = |(target, value): (&'a Target, &'a Expr)| -> Option<Option<Change>> {
            (Self::attribute(target) == Some("verify_mode")).then(|| {
                let full = self.names.resolve(value)?;
                let ExprKind::Attribute(_, name) = &value.kind else { return None };
                let end = value.span.end;
                let start = end - name.as_str().len() as u32;
                (full == "ssl.CERT_NONE").then(|| change(Span { start, end }, "CERT_REQUIRED"))
            })
        };
        let mut changes = Vec::new();
        for (target, value) in self.assignments(span) {
            match Self::attribute(target) {
                Some("check_hostname" | "verify")
                    if matches!(value.kind, ExprKind::Constant(Constant::False)) =>
                {
                    changes.push(change(value.span, "True"));
                }
                Some("verify_mode") => changes.push(mode((target, value))??),
                _ => {}
            }
        }
        if changes.is_empty() {
            return None;
        }
        // Host names are checked only where certificates are: who switches one on needs the other.
        for assigned in all {
            if let Some(mended) = mode(assigned) {
                let mended = mended?;
                if !changes.iter().any(|one| one.span == mended.span) {
                    changes.push(mended);
                }
            }
        }
        let message = "verify certificates and host names";
        Some(Proposal { message, safe: true, changes })
    }

    /// A flag that is assigned, or written under a key: the other value.
    pub(super) fn flag(&self, span: Span, wanted: bool) -> Option<Vec<Change>> {
        let assigned = self.assignments(span);
        let [(_, value)] = assigned.as_slice() else { return None };
        let new = match value.kind {
            ExprKind::Constant(Constant::False) if wanted => "True",
            ExprKind::Constant(Constant::True) if !wanted => "False",
            _ => return None,
        };
        Some(vec![change(value.span, new)])
    }
}
