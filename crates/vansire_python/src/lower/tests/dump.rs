//! IR as text, for tests: `name@3` is slot 3, `name^0` a free variable, `name?3` a class's slot or a
//! global, and a bare `name` a global.

use std::fmt::Write;

use crate::Symbol;
use crate::ir::{
    Argument, ArgumentKind, Body, BodyKind, Captured, Comprehension, Constant, Expr, ExprKind, IrModule,
    ParameterKind, Pattern, PatternKind, Stmt, StmtKind, StringPart, Target, TargetKind, Variable,
};

pub(super) fn module(module: &IrModule) -> String {
    let mut out = String::new();
    for (index, body) in module.bodies.iter().enumerate() {
        write_body(&mut out, index, body);
    }
    out
}

fn write_body(out: &mut String, index: usize, body: &Body) {
    let kind = match body.kind {
        BodyKind::Module => "module",
        BodyKind::Class => "class",
        BodyKind::Function => "function",
        BodyKind::Lambda => "lambda",
    };
    let _ = write!(out, "#{index} {kind} {}", body.qualified_name);
    if matches!(body.kind, BodyKind::Function | BodyKind::Lambda) {
        let parameters: Vec<String> = body
            .parameters
            .iter()
            .map(|parameter| {
                let mut text = match parameter.kind {
                    ParameterKind::PositionalOnly => "/",
                    ParameterKind::Positional => "",
                    ParameterKind::Starred => "*",
                    ParameterKind::KeywordOnly => "=",
                    ParameterKind::DoubleStarred => "**",
                }
                .to_owned();
                text += parameter.name.as_str();
                if let Some(annotation) = &parameter.annotation {
                    let _ = write!(text, ": {}", expr(annotation));
                }
                if let Some(default) = &parameter.default {
                    let _ = write!(text, " = {}", expr(default));
                }
                text
            })
            .collect();
        let _ = write!(out, "({})", parameters.join(", "));
    }
    if body.kind == BodyKind::Class {
        let _ = write!(out, "({})", arguments(&body.bases));
    }
    if let Some(returns) = &body.returns {
        let _ = write!(out, " -> {}", expr(returns));
    }
    let slots: Vec<String> = body
        .slots
        .iter()
        .map(|slot| format!("{}{}", slot.name, if slot.captured { "*" } else { "" }))
        .collect();
    let _ = write!(out, " [{}]", slots.join(" "));
    for free in &body.free {
        match free.from {
            Captured::Slot(slot) => {
                let _ = write!(out, " {}<@{}", free.name, slot.0);
            }
            Captured::Free(index) => {
                let _ = write!(out, " {}<^{index}", free.name);
            }
        }
    }
    for name in &body.global_writes {
        let _ = write!(out, " global:{name}");
    }
    for decorator in &body.decorators {
        let _ = write!(out, " @{}", expr(decorator));
    }
    if body.is_async {
        out.push_str(" async");
    }
    if body.is_generator {
        out.push_str(" generator");
    }
    out.push('\n');
    block(out, &body.block, 1);
}

fn block(out: &mut String, statements: &[Stmt], depth: usize) {
    for statement in statements {
        stmt(out, statement, depth);
    }
}

fn line(out: &mut String, depth: usize, text: &str) {
    let _ = writeln!(out, "{}{text}", "  ".repeat(depth));
}

fn or_else(out: &mut String, statements: &[Stmt], depth: usize) {
    if !statements.is_empty() {
        line(out, depth, "else");
        block(out, statements, depth + 1);
    }
}

fn stmt(out: &mut String, statement: &Stmt, depth: usize) {
    let text = match &statement.kind {
        StmtKind::Expr(value) => expr(value),
        StmtKind::Assign { targets, value, annotation } => {
            let annotation =
                annotation.as_ref().map(|annotation| format!(": {}", expr(annotation))).unwrap_or_default();
            format!("{}{annotation} = {}", join(targets, target, " = "), expr(value))
        }
        StmtKind::Annotate { target: name, annotation } => {
            format!("{}: {}", target(name), expr(annotation))
        }
        StmtKind::AugmentedAssign { target: name, operator, value } => {
            format!("{} {operator:?}= {}", target(name), expr(value))
        }
        StmtKind::Delete(targets) => format!("del {}", join(targets, target, ", ")),
        StmtKind::Return(value) => format!("return {}", optional(value.as_ref())),
        StmtKind::Raise { exception, cause } => {
            format!("raise {} from {}", optional(exception.as_ref()), optional(cause.as_ref()))
        }
        StmtKind::Assert { test, message } => {
            format!("assert {}, {}", expr(test), optional(message.as_ref()))
        }
        StmtKind::If { test, body, or_else: other } => {
            line(out, depth, &format!("if {}", expr(test)));
            block(out, body, depth + 1);
            or_else(out, other, depth);
            return;
        }
        StmtKind::While { test, body, or_else: other } => {
            line(out, depth, &format!("while {}", expr(test)));
            block(out, body, depth + 1);
            or_else(out, other, depth);
            return;
        }
        StmtKind::For { target: name, iterable, body, or_else: other, is_async } => {
            let keyword = if *is_async { "async for" } else { "for" };
            line(out, depth, &format!("{keyword} {} in {}", target(name), expr(iterable)));
            block(out, body, depth + 1);
            or_else(out, other, depth);
            return;
        }
        StmtKind::Try { body, handlers, or_else: other, finally, is_star } => {
            line(out, depth, "try");
            block(out, body, depth + 1);
            for handler in handlers {
                let name = handler
                    .name
                    .map(|(variable, name)| format!(" as {}", name_of(variable, name)))
                    .unwrap_or_default();
                let keyword = if *is_star { "except*" } else { "except" };
                line(out, depth, &format!("{keyword} {}{name}", optional(handler.exception.as_ref())));
                block(out, &handler.body, depth + 1);
            }
            or_else(out, other, depth);
            if !finally.is_empty() {
                line(out, depth, "finally");
                block(out, finally, depth + 1);
            }
            return;
        }
        StmtKind::With { items, body, is_async } => {
            let keyword = if *is_async { "async with" } else { "with" };
            let item = |(context, name): &(Expr, Option<Target>)| {
                let name = name.as_ref().map(|name| format!(" as {}", target(name))).unwrap_or_default();
                format!("{}{name}", expr(context))
            };
            line(out, depth, &format!("{keyword} {}", join(items, item, ", ")));
            block(out, body, depth + 1);
            return;
        }
        StmtKind::Match { subject, cases } => {
            line(out, depth, &format!("match {}", expr(subject)));
            for case in cases {
                let guard =
                    case.guard.as_ref().map(|guard| format!(" if {}", expr(guard))).unwrap_or_default();
                line(out, depth + 1, &format!("case {}{guard}", pattern(&case.pattern)));
                block(out, &case.body, depth + 2);
            }
            return;
        }
        StmtKind::Function { body, target } => format!("{} = function #{}", variable(*target), body.0),
        StmtKind::Class { body, target } => format!("{} = class #{}", variable(*target), body.0),
        StmtKind::Import { module, alias, target } => {
            format!("{} = {} {module}", variable(*target), if *alias { "import as" } else { "import" })
        }
        StmtKind::ImportFrom { level, module, name, target } => {
            format!("{} = from {level}:{module} import {name}", variable(*target))
        }
        StmtKind::ImportStar { level, module } => format!("from {level}:{module} import *"),
        StmtKind::Pass => "pass".to_owned(),
        StmtKind::Break => "break".to_owned(),
        StmtKind::Continue => "continue".to_owned(),
    };
    line(out, depth, &text);
}

fn join<T>(items: &[T], function: impl Fn(&T) -> String, separator: &str) -> String {
    items.iter().map(function).collect::<Vec<_>>().join(separator)
}

fn optional(value: Option<&Expr>) -> String {
    value.map_or_else(|| "-".to_owned(), expr)
}

fn variable(variable: Variable) -> String {
    match variable {
        Variable::Local(slot) => format!("@{}", slot.0),
        Variable::Free(index) => format!("^{index}"),
        Variable::Global(name) => format!("global {name}"),
        Variable::ClassThenGlobal(slot) => format!("?{}", slot.0),
    }
}

fn name_of(variable: Variable, name: Symbol) -> String {
    match variable {
        Variable::Local(slot) => format!("{name}@{}", slot.0),
        Variable::Free(index) => format!("{name}^{index}"),
        Variable::Global(global) => {
            assert_eq!(global, name);
            name.to_string()
        }
        Variable::ClassThenGlobal(slot) => format!("{name}?{}", slot.0),
    }
}

fn target(target: &Target) -> String {
    match &target.kind {
        TargetKind::Name(variable, name) => name_of(*variable, *name),
        TargetKind::Attribute(value, name) => format!("{}.{name}", expr(value)),
        TargetKind::Subscript(value, index) => format!("{}[{}]", expr(value), expr(index)),
        TargetKind::Sequence(targets) => format!("({})", join(targets, self::target, ", ")),
        TargetKind::Starred(inner) => format!("*{}", self::target(inner)),
        TargetKind::Invalid => "<invalid>".to_owned(),
    }
}

fn constant(constant: &Constant) -> String {
    match constant {
        Constant::None => "None".to_owned(),
        Constant::True => "True".to_owned(),
        Constant::False => "False".to_owned(),
        Constant::Ellipsis => "...".to_owned(),
        Constant::Integer(value) => value.to_string(),
        Constant::BigInteger => "<big>".to_owned(),
        Constant::Float(value) => format!("{value:?}"),
        Constant::Complex => "<complex>".to_owned(),
        Constant::String(value) => format!("{value:?}"),
        Constant::Bytes(value) => format!("b{:?}", String::from_utf8_lossy(value)),
    }
}

fn arguments(arguments: &[Argument]) -> String {
    let argument = |argument: &Argument| {
        let value = expr(&argument.value);
        match argument.kind {
            ArgumentKind::Positional => value,
            ArgumentKind::Starred => format!("*{value}"),
            ArgumentKind::Keyword(name) => format!("{name}={value}"),
            ArgumentKind::DoubleStarred => format!("**{value}"),
        }
    };
    join(arguments, argument, ", ")
}

fn comprehension(node: &Comprehension) -> String {
    let key = node.key.as_ref().map(|key| format!("{}: ", expr(key))).unwrap_or_default();
    let mut text = format!("{:?}({key}{}", node.kind, expr(&node.element));
    for clause in &node.clauses {
        let keyword = if clause.is_async { "async for" } else { "for" };
        let _ = write!(text, " {keyword} {} in {}", target(&clause.target), expr(&clause.iterable));
        for condition in &clause.conditions {
            let _ = write!(text, " if {}", expr(condition));
        }
    }
    text + ")"
}

fn parts(parts: &[StringPart]) -> String {
    let part = |part: &StringPart| match part {
        StringPart::Literal(text) => format!("{text:?}"),
        StringPart::Value { value, conversion, format } => {
            let conversion = conversion.map(|conversion| format!("!{conversion}")).unwrap_or_default();
            let format = if format.is_empty() { String::new() } else { format!(":{}", self::parts(format)) };
            format!("{{{}{conversion}{format}}}", expr(value))
        }
    };
    join(parts, part, " ")
}

pub(super) fn expr(expression: &Expr) -> String {
    match &expression.kind {
        ExprKind::Constant(value) => constant(value),
        ExprKind::Name(variable, name) => name_of(*variable, *name),
        ExprKind::Attribute(value, name) => format!("{}.{name}", expr(value)),
        ExprKind::Subscript(value, index) => format!("{}[{}]", expr(value), expr(index)),
        ExprKind::Slice(lower, upper, step) => {
            let [lower, upper, step] = [lower, upper, step].map(|part| optional(part.as_deref()));
            format!("{lower}:{upper}:{step}")
        }
        ExprKind::Call(call) => format!("{}({})", expr(&call.callee), arguments(&call.arguments)),
        ExprKind::Binary(operator, left, right) => {
            format!("({} {operator:?} {})", expr(left), expr(right))
        }
        ExprKind::Unary(operator, value) => format!("({operator:?} {})", expr(value)),
        ExprKind::Boolean(is_and, values) => {
            format!("({})", join(values, expr, if *is_and { " and " } else { " or " }))
        }
        ExprKind::Compare(left, rest) => {
            let part = |(operator, right): &(_, Expr)| format!(" {operator:?} {}", expr(right));
            let rest = join(rest, part, "");
            format!("({}{rest})", expr(left))
        }
        ExprKind::Conditional { test, body, or_else } => {
            format!("({} if {} else {})", expr(body), expr(test), expr(or_else))
        }
        ExprKind::Tuple(values) => format!("({},)", join(values, expr, ", ")),
        ExprKind::List(values) => format!("[{}]", join(values, expr, ", ")),
        ExprKind::Set(values) => format!("{{{}}}", join(values, expr, ", ")),
        ExprKind::Dict(items) => {
            let item = |(key, value): &(Option<Expr>, Expr)| match key {
                Some(key) => format!("{}: {}", expr(key), expr(value)),
                None => format!("**{}", expr(value)),
            };
            format!("{{{}}}", join(items, item, ", "))
        }
        ExprKind::Starred(value) => format!("*{}", expr(value)),
        ExprKind::Lambda(body) => format!("lambda #{}", body.0),
        ExprKind::Comprehension(node) => comprehension(node),
        ExprKind::Interpolated(values) => format!("f<{}>", parts(values)),
        ExprKind::Template(values) => format!("t<{}>", parts(values)),
        ExprKind::Named(variable, name, value) => {
            format!("({} := {})", name_of(*variable, *name), expr(value))
        }
        ExprKind::Yield(value) => format!("yield {}", optional(value.as_deref())),
        ExprKind::YieldFrom(value) => format!("yield from {}", expr(value)),
        ExprKind::Await(value) => format!("await {}", expr(value)),
        ExprKind::Invalid => "<invalid>".to_owned(),
    }
}

fn pattern(node: &Pattern) -> String {
    let capture = |capture: &Option<(Variable, Symbol)>| {
        capture.map_or_else(|| "_".to_owned(), |(variable, name)| name_of(variable, name))
    };
    match &node.kind {
        PatternKind::Value(value) => expr(value),
        PatternKind::Singleton(value) => format!("is {}", constant(value)),
        PatternKind::Sequence(patterns) => format!("[{}]", join(patterns, pattern, ", ")),
        PatternKind::Mapping { entries, rest } => {
            let entry = |(key, value): &(Expr, Pattern)| format!("{}: {}", expr(key), pattern(value));
            let rest = rest.map(|rest| format!(" **{}", capture(&Some(rest)))).unwrap_or_default();
            format!("{{{}{rest}}}", join(entries, entry, ", "))
        }
        PatternKind::Class { class, positional, keywords } => {
            let keyword = |(name, value): &(Symbol, Pattern)| format!("{name}={}", pattern(value));
            let separator = if positional.is_empty() || keywords.is_empty() { "" } else { ", " };
            format!(
                "{}({}{separator}{})",
                expr(class),
                join(positional, pattern, ", "),
                join(keywords, keyword, ", ")
            )
        }
        PatternKind::Star(name) => format!("*{}", capture(name)),
        PatternKind::As { pattern: None, name } => capture(name),
        PatternKind::As { pattern: Some(inner), name } => format!("{} as {}", pattern(inner), capture(name)),
        PatternKind::Or(patterns) => join(patterns, pattern, " | "),
    }
}
