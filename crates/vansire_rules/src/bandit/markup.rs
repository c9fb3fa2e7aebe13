//! Tests of text that is declared to be safe HTML: whether what `mark_safe` is given is put together from constants.

use vansire_finding::{Confidence, Severity};
use vansire_python::Symbol;
use vansire_python::ir::{
    ArgumentKind, BinaryOperator, Body, BodyKind, Call, Expr, ExprKind, ParameterKind, Span, Stmt, StmtKind,
    TargetKind,
};

use super::calls::Site;
use super::names::Package;
use super::walk::{Checker, Node};

const SAFE_TEXTS: [&str; 5] = ["mark_safe", "SafeText", "SafeUnicode", "SafeString", "SafeBytes"];

/// How many variables are followed for one call. Bandit has no bound, and can take for ever.
const MAXIMUM_STEPS: usize = 10_000;

/// Where the test gives up without a word.
struct GivenUp;

type Answer = Result<bool, GivenUp>;

impl<'a> Checker<'a> {
    pub(super) fn markup(&mut self, site: &Site<'_, 'a>) {
        let is_markup = matches!(site.full.as_str(), "markupsafe.Markup" | "flask.Markup");
        if is_markup || self.options.markup_names.contains(&site.full) {
            let first = site
                .call
                .arguments
                .iter()
                .find(|one| matches!(one.kind, ArgumentKind::Positional | ArgumentKind::Starred));
            let is_constant = first.is_none_or(|one| {
                one.kind == ArgumentKind::Positional
                    && matches!(one.value.kind, ExprKind::Constant(_))
                    && !self.is_formatted(one.value.span)
            });
            let is_allowed = first.is_some_and(|one| self.is_allowed_call(one.kind, &one.value));
            if !is_constant && !is_allowed {
                let message = "The text isn't escaped any more";
                self.report_call(site, "B704", Severity::Medium, Confidence::High, None, message);
            }
        }
        if !SAFE_TEXTS.contains(&site.name()) || !self.imports.has_package(Package::DjangoSafeString) {
            return;
        }
        let Some(text) = site.arguments.positional().next() else { return };
        if site.arguments.first().is_some_and(|first| self.is_string(first)) {
            return;
        }
        let mut around = Some(site.parents);
        let parent = loop {
            let Some(parents) = around else { return };
            match parents.node {
                Node::Module(body) => break body,
                Node::Function(body) if !body.is_async => break body,
                _ => around = parents.above(),
            }
        };
        let mut evaluation = Evaluation { checker: self, parent, steps: 0 };
        let is_safe = match (&text.kind, site.arguments.first().is_some()) {
            (_, false) => Ok(false),
            (ExprKind::Name(_, name), _) => evaluation.variable(*name, site.span.start),
            (ExprKind::Call(call), _) => evaluation.call(call, text.span.start),
            (ExprKind::Binary(BinaryOperator::Modulo, left, right), _)
                if evaluation.checker.is_string(left) =>
            {
                evaluation.values(&tuple(right), text.span.start)
            }
            _ => Ok(false),
        };
        if matches!(is_safe, Ok(false)) {
            let message = "The text isn't made of constants, and isn't escaped";
            self.report_call(site, "B703", Severity::Medium, Confidence::High, None, message);
        }
    }
}

impl Checker<'_> {
    /// Whether what is handed over is the result of a function that the settings name.
    fn is_allowed_call(&self, kind: ArgumentKind, value: &Expr) -> bool {
        let (ArgumentKind::Positional, ExprKind::Call(call)) = (kind, &value.kind) else { return false };
        let mut name = String::new();
        self.imports.qualify(&call.callee, &mut name);
        self.options.allowed_calls.contains(&name)
    }
}

/// The elements of a tuple, or the one value.
fn tuple(expression: &Expr) -> Vec<&Expr> {
    match &expression.kind {
        ExprKind::Tuple(items) => items.iter().collect(),
        _ => vec![expression],
    }
}

struct Evaluation<'c, 'a> {
    checker: &'c Checker<'a>,
    parent: &'a Body,
    steps: usize,
}

/// What a variable is assigned.
#[derive(Clone, Copy)]
enum Assigned<'a> {
    Value(&'a Expr),
    /// By something that isn't looked into.
    Unknown,
}

/// What a statement assigns to a variable.
enum Found<'a> {
    Nothing,
    One(Assigned<'a>),
    Several(Vec<Assigned<'a>>),
}

impl<'a> Evaluation<'_, 'a> {
    fn line(&self, offset: u32) -> u32 {
        self.checker.source.text_line(offset)
    }

    /// Whether a variable has only constants before a line.
    fn variable(&mut self, name: Symbol, until: u32) -> Answer {
        self.steps += 1;
        if self.steps > MAXIMUM_STEPS {
            return Err(GivenUp);
        }
        let named =
            |one: &vansire_python::ir::Parameter| one.kind == ParameterKind::Positional && one.name == name;
        if self.parent.kind == BodyKind::Function && self.parent.parameters.iter().any(named) {
            return Ok(false);
        }
        let last_line = self.line(until);
        let mut is_safe = false;
        for statement in &self.parent.block {
            if self.line(statement.span.start) >= last_line {
                break;
            }
            match self.assigned(name, statement)? {
                Found::Nothing => {}
                Found::One(Assigned::Unknown) => return Ok(false),
                Found::One(Assigned::Value(value)) => match &value.kind {
                    _ if self.checker.is_string(value) => is_safe = true,
                    ExprKind::Name(_, other) => is_safe = self.variable(*other, value.span.start)?,
                    ExprKind::Call(call) => is_safe = self.call(call, value.span.start)?,
                    _ => return Ok(false),
                },
                Found::Several(values) => {
                    for one in values {
                        let is_constant = match one {
                            Assigned::Unknown => false,
                            Assigned::Value(value) => match &value.kind {
                                _ if self.checker.is_string(value) => true,
                                ExprKind::Name(_, other) => self.variable(*other, statement.span.start)?,
                                _ => false,
                            },
                        };
                        if !is_constant {
                            return Ok(false);
                        }
                    }
                    is_safe = true;
                }
            }
        }
        Ok(is_safe)
    }

    /// Whether a call is that of `format` on a constant with nothing but constants.
    fn call(&mut self, call: &'a Call, at: u32) -> Answer {
        let ExprKind::Attribute(receiver, method) = &call.callee.kind else { return Ok(false) };
        let is_constant =
            matches!(receiver.kind, ExprKind::Constant(_)) && !self.checker.is_formatted(receiver.span);
        let has_keywords = call
            .arguments
            .iter()
            .any(|one| matches!(one.kind, ArgumentKind::Keyword(_) | ArgumentKind::DoubleStarred));
        if !is_constant || method.as_str() != "format" || has_keywords {
            return Ok(false);
        }
        let mut values = Vec::new();
        let mut spread = Vec::new();
        for argument in &call.arguments {
            match (argument.kind, &argument.value.kind) {
                (ArgumentKind::Starred, ExprKind::List(items) | ExprKind::Tuple(items)) => {
                    spread.extend(items);
                }
                (ArgumentKind::Starred, _) => return Ok(false),
                _ => values.push(&argument.value),
            }
        }
        values.extend(spread);
        self.values(&values, at)
    }

    fn values(&mut self, values: &[&'a Expr], at: u32) -> Answer {
        for &value in values {
            let is_constant = match &value.kind {
                _ if self.checker.is_string(value) => true,
                ExprKind::Name(_, name) => self.variable(*name, at)?,
                ExprKind::Call(call) => self.call(call, value.span.start)?,
                ExprKind::Starred(inner) => match &inner.kind {
                    ExprKind::List(items) | ExprKind::Tuple(items) => {
                        self.values(&items.iter().collect::<Vec<_>>(), at)?
                    }
                    _ => false,
                },
                _ => false,
            };
            if !is_constant {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn assigned(&self, name: Symbol, statement: &'a Stmt) -> Result<Found<'a>, GivenUp> {
        let within = |blocks: &[&'a [Stmt]]| -> Result<Found<'a>, GivenUp> {
            let mut all = Vec::new();
            for block in blocks {
                for statement in *block {
                    match self.assigned(name, statement)? {
                        Found::Nothing => {}
                        Found::One(one) => all.push(one),
                        Found::Several(several) => all.extend(several),
                    }
                }
            }
            Ok(if all.is_empty() { Found::Nothing } else { Found::Several(all) })
        };
        match &statement.kind {
            StmtKind::Function { body, .. } => {
                let Some(body) = self.checker.body(*body).filter(|body| !body.is_async) else {
                    return Ok(Found::Nothing);
                };
                within(&[&body.block])
            }
            StmtKind::With { items, body, is_async: false } => {
                let mut found = Found::Nothing;
                for (_, target) in items {
                    let is_this = matches!(target.as_ref().map(|target| &target.kind),
                        Some(TargetKind::Name(_, bound)) if *bound == name);
                    found = if is_this { Found::One(Assigned::Unknown) } else { within(&[body])? };
                }
                Ok(found)
            }
            StmtKind::Try { body, handlers, or_else, finally, is_star: false } => {
                let mut blocks: Vec<&'a [Stmt]> = vec![body];
                blocks.extend(handlers.iter().map(|handler| handler.body.as_slice()));
                blocks.extend([or_else.as_slice(), finally.as_slice()]);
                within(&blocks)
            }
            StmtKind::If { body, or_else, .. }
            | StmtKind::While { body, or_else, .. }
            | StmtKind::For { body, or_else, is_async: false, .. } => within(&[body, or_else]),
            StmtKind::AugmentedAssign { target, value, .. } => Ok(match target.kind {
                TargetKind::Name(_, bound) if bound == name => Found::One(Assigned::Value(value)),
                _ => Found::Nothing,
            }),
            StmtKind::Assign { targets, value, annotation: None } => match targets
                .first()
                .map(|one| &one.kind)
            {
                Some(TargetKind::Name(_, bound)) if *bound == name => Ok(Found::One(Assigned::Value(value))),
                Some(TargetKind::Sequence(parts)) => {
                    let ExprKind::Tuple(values) = &value.kind else { return Ok(Found::Nothing) };
                    if self.is_list(targets[0].span) {
                        return Ok(Found::Nothing);
                    }
                    for (index, part) in parts.iter().enumerate() {
                        let TargetKind::Name(_, bound) = part.kind else { return Err(GivenUp) };
                        if bound == name {
                            let value = values.get(index).ok_or(GivenUp)?;
                            return Ok(Found::One(Assigned::Value(value)));
                        }
                    }
                    Ok(Found::Nothing)
                }
                _ => Ok(Found::Nothing),
            },
            _ => Ok(Found::Nothing),
        }
    }

    fn is_list(&self, span: Span) -> bool {
        self.checker.source.text_of(span).starts_with('[')
    }
}
