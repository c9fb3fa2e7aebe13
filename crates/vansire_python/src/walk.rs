//! Walks through what lowering keeps of a file, for whoever looks at code without interpreting it.
//!
//! Outer ones come before what stands in them; the bodies of functions, classes and lambdas are bodies of their
//! own and aren't entered.

use crate::ir::{
    Argument, Body, Expr, ExprKind, IrModule, Pattern, PatternKind, Stmt, StmtKind, StringPart, Target,
    TargetKind,
};

/// Every expression of a file, those of all its bodies.
pub fn file<'a>(module: &'a IrModule, see: &mut dyn FnMut(&'a Expr)) {
    for body in &module.bodies {
        in_body(body, &mut |expression| within(expression, see));
    }
}

/// Every statement of a body, inner blocks included.
pub fn statements<'a>(block: &'a [Stmt], see: &mut dyn FnMut(&'a Stmt)) {
    for statement in block {
        see(statement);
        blocks(statement, &mut |inner| statements(inner, see));
    }
}

/// Every expression of a block's statements, inner blocks included.
pub fn block<'a>(block: &'a [Stmt], see: &mut dyn FnMut(&'a Expr)) {
    outermost(block, &mut |expression| within(expression, see));
}

/// The outermost expressions of a block's statements, inner blocks included.
pub fn outermost<'a>(block: &'a [Stmt], see: &mut dyn FnMut(&'a Expr)) {
    statements(block, &mut |statement| expressions(statement, see));
}

/// An expression and all that stand in it.
pub fn within<'a>(expression: &'a Expr, see: &mut dyn FnMut(&'a Expr)) {
    see(expression);
    children(expression, &mut |inner| within(inner, see));
}

fn in_body<'a>(body: &'a Body, see: &mut dyn FnMut(&'a Expr)) {
    body.decorators.iter().for_each(&mut *see);
    body.bases.iter().for_each(|argument| see(&argument.value));
    for parameter in &body.parameters {
        parameter.default.iter().chain(&parameter.annotation).for_each(&mut *see);
    }
    body.returns.iter().for_each(|returns| see(returns));
    statements(&body.block, &mut |statement| expressions(statement, see));
}

/// The outermost expressions that stand in a statement itself, not in its blocks.
pub fn expressions<'a>(statement: &'a Stmt, see: &mut dyn FnMut(&'a Expr)) {
    match &statement.kind {
        StmtKind::Expr(value) => see(value),
        StmtKind::Return(value) => value.iter().for_each(see),
        StmtKind::Assign { targets, value, .. } => {
            targets.iter().for_each(|target| in_target(target, see));
            see(value);
        }
        StmtKind::AugmentedAssign { target, value, .. } => {
            in_target(target, see);
            see(value);
        }
        StmtKind::Annotate { target, .. } => in_target(target, see),
        StmtKind::Delete(targets) => targets.iter().for_each(|target| in_target(target, see)),
        StmtKind::Raise { exception, cause } => exception.iter().chain(cause).for_each(see),
        StmtKind::Assert { test, message } => {
            see(test);
            message.iter().for_each(see);
        }
        StmtKind::If { test, .. } | StmtKind::While { test, .. } => see(test),
        StmtKind::For { target, iterable, .. } => {
            in_target(target, see);
            see(iterable);
        }
        StmtKind::Try { handlers, .. } => {
            handlers.iter().filter_map(|handler| handler.exception.as_ref()).for_each(see);
        }
        StmtKind::With { items, .. } => {
            for (context, target) in items {
                see(context);
                target.iter().for_each(|target| in_target(target, see));
            }
        }
        StmtKind::Match { subject, cases } => {
            see(subject);
            for case in cases {
                in_pattern(&case.pattern, see);
                case.guard.iter().for_each(&mut *see);
            }
        }
        StmtKind::Function { .. }
        | StmtKind::Class { .. }
        | StmtKind::Import { .. }
        | StmtKind::ImportFrom { .. }
        | StmtKind::ImportStar { .. }
        | StmtKind::Pass
        | StmtKind::Break
        | StmtKind::Continue => {}
    }
}

fn in_target<'a>(target: &'a Target, see: &mut dyn FnMut(&'a Expr)) {
    match &target.kind {
        TargetKind::Name(..) | TargetKind::Invalid => {}
        TargetKind::Attribute(base, _) => see(base),
        TargetKind::Subscript(base, index) => {
            see(base);
            see(index);
        }
        TargetKind::Sequence(all) => all.iter().for_each(|one| in_target(one, see)),
        TargetKind::Starred(one) => in_target(one, see),
    }
}

fn in_pattern<'a>(pattern: &'a Pattern, see: &mut dyn FnMut(&'a Expr)) {
    match &pattern.kind {
        PatternKind::Value(value) => see(value),
        PatternKind::Singleton(_) | PatternKind::Star(_) => {}
        PatternKind::Sequence(all) | PatternKind::Or(all) => all.iter().for_each(|one| in_pattern(one, see)),
        PatternKind::Mapping { entries, .. } => {
            for (key, value) in entries {
                see(key);
                in_pattern(value, see);
            }
        }
        PatternKind::Class { class, positional, keywords } => {
            see(class);
            positional.iter().chain(keywords.iter().map(|(_, one)| one)).for_each(|one| in_pattern(one, see));
        }
        PatternKind::As { pattern, .. } => pattern.iter().for_each(|one| in_pattern(one, see)),
    }
}

/// The blocks directly within a statement.
pub fn blocks<'a>(statement: &'a Stmt, see: &mut dyn FnMut(&'a [Stmt])) {
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
            handlers.iter().for_each(|handler| see(&handler.body));
            see(or_else);
            see(finally);
        }
        StmtKind::Match { cases, .. } => cases.iter().for_each(|case| see(&case.body)),
        _ => {}
    }
}

/// The expressions directly within one.
pub fn children<'a>(expression: &'a Expr, see: &mut dyn FnMut(&'a Expr)) {
    match &expression.kind {
        ExprKind::Attribute(inner, _)
        | ExprKind::Unary(_, inner)
        | ExprKind::Starred(inner)
        | ExprKind::Named(_, _, inner)
        | ExprKind::YieldFrom(inner)
        | ExprKind::Await(inner) => see(inner),
        ExprKind::Yield(value) => value.iter().for_each(|value| see(value)),
        ExprKind::Subscript(left, right) | ExprKind::Binary(_, left, right) => {
            see(left);
            see(right);
        }
        ExprKind::Slice(lower, upper, step) => {
            [lower, upper, step].into_iter().flatten().for_each(|part| see(part));
        }
        ExprKind::Call(call) => {
            see(&call.callee);
            call.arguments.iter().for_each(|Argument { value, .. }| see(value));
        }
        ExprKind::Boolean(_, items)
        | ExprKind::Tuple(items)
        | ExprKind::List(items)
        | ExprKind::Set(items) => {
            items.iter().for_each(see);
        }
        ExprKind::Compare(left, rest) => {
            see(left);
            rest.iter().for_each(|(_, right)| see(right));
        }
        ExprKind::Conditional { test, body, or_else } => {
            [test, body, or_else].into_iter().for_each(|part| see(part));
        }
        ExprKind::Dict(items) => {
            for (key, value) in items {
                key.iter().for_each(&mut *see);
                see(value);
            }
        }
        ExprKind::Comprehension(comprehension) => {
            comprehension.key.iter().for_each(&mut *see);
            see(&comprehension.element);
            for clause in &comprehension.clauses {
                in_target(&clause.target, see);
                see(&clause.iterable);
                clause.conditions.iter().for_each(&mut *see);
            }
        }
        ExprKind::Interpolated(parts) | ExprKind::Template(parts) => in_parts(parts, see),
        ExprKind::Constant(_) | ExprKind::Name(..) | ExprKind::Lambda(_) | ExprKind::Invalid => {}
    }
}

fn in_parts<'a>(parts: &'a [StringPart], see: &mut dyn FnMut(&'a Expr)) {
    for part in parts {
        if let StringPart::Value { value, format, .. } = part {
            see(value);
            in_parts(format, see);
        }
    }
}
