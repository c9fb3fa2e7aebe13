//! What one user's request leaves for those of others: variables of a module that views write to.

use vansire_finding::Confidence;
use vansire_python::ir::{Body, BodyKind, Expr, ExprKind, Span, StmtKind, TargetKind, Variable};
use vansire_python::{ProgramFile, Symbol};

use super::exposure::is_view;
use super::{Inspector, Remark, last_name};
use crate::solve::place::names_within;
use crate::solve::purpose::words;
use vansire_python::walk;

const RULE: &str = "shared-request-state";

/// Methods that put something into a container.
const ADDING: [&str; 6] = ["append", "add", "update", "extend", "insert", "setdefault"];

/// Words for what belongs to one user.
const PERSONAL: [&str; 14] = [
    "user", "username", "email", "password", "session", "account", "profile", "cart", "basket", "address",
    "phone", "login", "customer", "member",
];

impl Inspector<'_> {
    pub(super) fn shared_state(&mut self, file: &ProgramFile) {
        if !self.rules.contains_key(RULE) || file.is_test {
            return;
        }
        let mut containers: Option<Vec<Symbol>> = None;
        for body in &file.ir.bodies {
            if body.kind != BodyKind::Function || !is_view(file, body) {
                continue;
            }
            let containers = containers.get_or_insert_with(|| containers_of(&file.ir.bodies[0]));
            let mut found: Vec<(Span, Symbol)> = Vec::new();
            walk::statements(&body.block, &mut |statement| match &statement.kind {
                StmtKind::Assign { targets, value, .. } => {
                    for target in targets {
                        match &target.kind {
                            // Under a key of the user's own it is found by that user only.
                            TargetKind::Name(Variable::Global(_), name)
                                if body.global_writes.contains(name) && is_personal(value) =>
                            {
                                found.push((statement.span, *name));
                            }
                            TargetKind::Subscript(base, index) => {
                                if let Some(name) = global(base)
                                    && containers.contains(&name)
                                    && matches!(index.kind, ExprKind::Constant(_))
                                    && is_personal(value)
                                {
                                    found.push((statement.span, name));
                                }
                            }
                            _ => {}
                        }
                    }
                }
                StmtKind::Expr(value) => {
                    if let ExprKind::Call(call) = &value.kind
                        && let ExprKind::Attribute(base, method) = &call.callee.kind
                        && ADDING.contains(&method.as_str())
                        && let Some(name) = global(base)
                        && containers.contains(&name)
                        && call.arguments.iter().any(|argument| is_personal(&argument.value))
                    {
                        found.push((statement.span, name));
                    }
                }
                _ => {}
            });
            for (span, name) in found {
                let message = format!(
                    "`{name}` belongs to the process: what one user's request leaves in it, those of others find"
                );
                self.report(file, body.qualified_name, span, Remark::new(RULE, message, Confidence::Low));
            }
        }
    }
}

fn global(expression: &Expr) -> Option<Symbol> {
    match &expression.kind {
        ExprKind::Name(Variable::Global(_), name) => Some(*name),
        _ => None,
    }
}

/// The variables of a module that hold a container that was made there.
fn containers_of(module: &Body) -> Vec<Symbol> {
    let mut all = Vec::new();
    for statement in &module.block {
        let StmtKind::Assign { targets, value, .. } = &statement.kind else { continue };
        let is_container = match &value.kind {
            ExprKind::Dict(_) | ExprKind::List(_) | ExprKind::Set(_) => true,
            ExprKind::Call(call) => last_name(&call.callee).is_some_and(|name| {
                matches!(name.as_str(), "dict" | "list" | "set" | "defaultdict" | "deque" | "OrderedDict")
            }),
            _ => false,
        };
        for target in targets {
            if let (true, TargetKind::Name(_, name)) = (is_container, &target.kind) {
                all.push(*name);
            }
        }
    }
    all
}

/// Last words of names of what is about users, and belongs to none.
const IMPERSONAL: [&str; 16] = [
    "url", "path", "count", "total", "model", "class", "form", "backend", "template", "factory", "manager",
    "type", "types", "agent", "required", "schema",
];

/// Whether an expression names what belongs to one user.
fn is_personal(expression: &Expr) -> bool {
    let mut names = Vec::new();
    names_within(expression, &mut names);
    // A session of a database is nobody's.
    let mut is_query = false;
    walk::within(expression, &mut |one| {
        if let ExprKind::Call(call) = &one.kind
            && let ExprKind::Attribute(base, method) = &call.callee.kind
        {
            is_query |= last_name(base).is_some_and(|name| name.as_str() == "session")
                && matches!(method.as_str(), "query" | "execute" | "scalar" | "scalars");
        }
    });
    names.iter().any(|name| {
        let words = words(name.as_str());
        // `UserHandler`: a class.
        let is_class =
            name.as_str().starts_with(char::is_uppercase) && name.as_str().contains(char::is_lowercase);
        let is_about = words.last().is_some_and(|word| IMPERSONAL.contains(&word.as_str()));
        !is_class
            && !is_about
            && words.iter().any(|word| PERSONAL.contains(&word.as_str()) && !(is_query && word == "session"))
    })
}
