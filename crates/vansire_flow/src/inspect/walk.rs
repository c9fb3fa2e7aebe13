//! Statements and expressions, one after the other.

use vansire_python::ir::{Expr, Stmt, StmtKind, Target, TargetKind};

use crate::solve::place;

/// Every statement of a block, inner blocks included.
pub(crate) fn statements<'p>(block: &'p [Stmt], see: &mut dyn FnMut(&'p Stmt)) {
    for statement in block {
        see(statement);
        blocks(statement, &mut |inner| statements(inner, see));
    }
}

/// The blocks directly within a statement.
pub(crate) fn blocks<'p>(statement: &'p Stmt, see: &mut dyn FnMut(&'p [Stmt])) {
    match &statement.kind {
        StmtKind::If { body, or_else, .. }
        | StmtKind::While { body, or_else, .. }
        | StmtKind::For { body, or_else, .. } => {
            see(body);
            see(or_else);
        }
        StmtKind::With { body, .. } => see(body),
        StmtKind::Try { body, handlers, or_else, finally, .. } => {
            see(body);
            for handler in handlers {
                see(&handler.body);
            }
            see(or_else);
            see(finally);
        }
        StmtKind::Match { cases, .. } => {
            for case in cases {
                see(&case.body);
            }
        }
        _ => {}
    }
}

/// The expressions that stand in a statement itself, not in its blocks.
pub(crate) fn expressions<'p>(statement: &'p Stmt, see: &mut dyn FnMut(&'p Expr)) {
    match &statement.kind {
        StmtKind::Expr(value) | StmtKind::Return(Some(value)) | StmtKind::AugmentedAssign { value, .. } => {
            see(value);
        }
        StmtKind::Assign { targets, value, .. } => {
            targets.iter().for_each(|target| in_target(target, see));
            see(value);
        }
        StmtKind::If { test, .. } | StmtKind::While { test, .. } => see(test),
        StmtKind::For { iterable, .. } => see(iterable),
        StmtKind::With { items, .. } => items.iter().for_each(|(item, _)| see(item)),
        StmtKind::Match { subject, .. } => see(subject),
        StmtKind::Raise { exception, cause } => exception.iter().chain(cause).for_each(see),
        StmtKind::Assert { test, message } => {
            [Some(test), message.as_ref()].into_iter().flatten().for_each(see);
        }
        _ => {}
    }
}

fn in_target<'p>(target: &'p Target, see: &mut dyn FnMut(&'p Expr)) {
    match &target.kind {
        TargetKind::Subscript(base, index) => {
            see(base);
            see(index);
        }
        TargetKind::Attribute(base, _) => see(base),
        TargetKind::Sequence(all) => all.iter().for_each(|one| in_target(one, see)),
        TargetKind::Starred(one) => in_target(one, see),
        TargetKind::Name(..) | TargetKind::Invalid => {}
    }
}

/// An expression and all that stand in it.
pub(crate) fn within<'p>(expression: &'p Expr, see: &mut dyn FnMut(&'p Expr)) {
    see(expression);
    place::inner(expression, &mut |one| within(one, see));
}
