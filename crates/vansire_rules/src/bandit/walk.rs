//! The walk through a file, in the order in which Bandit visits it: a function's body comes before its decorators.

use rustc_hash::FxHashMap;
use vansire_finding::{Confidence, Severity};
use vansire_python::ir::{
    Argument, ArgumentKind, Body, BodyId, Comprehension, Constant, Expr, ExprKind, Handler, IrModule,
    Pattern, PatternKind, Span, Stmt, StmtKind, StringPart, Target, TargetKind, Variable,
};
use vansire_python::{SourceFile, Symbol};

use super::names::Imports;
use super::options::Options;
use super::{Found, blacklist};

/// What stands around an expression, innermost first.
#[derive(Clone, Copy)]
pub struct Parents<'p, 'a> {
    pub node: Node<'a>,
    pub up: Option<&'p Parents<'p, 'a>>,
}

#[derive(Clone, Copy)]
pub enum Node<'a> {
    Module(&'a Body),
    /// A function; also one that is `async`.
    Function(&'a Body),
    Class(&'a Body),
    Statement(&'a Stmt),
    Expression(&'a Expr),
    /// An attribute or a subscript that is assigned to.
    Target(&'a Target),
    /// `name=value` in a call.
    Keyword(Span),
    /// `*value` in a call.
    Starred(Span),
    /// `{value}` in an f-string.
    Field(Span),
    /// What stands after the colon of a field.
    Format(&'a [StringPart], Span),
    /// The defaults and annotations of a function.
    Parameters(Span),
    /// Something else with a place of its own: a handler, a clause of a comprehension, a pattern.
    Other(Span),
}

impl<'p, 'a> Parents<'p, 'a> {
    /// What stands around this.
    pub fn above(&self) -> Option<&'p Parents<'p, 'a>> {
        self.up
    }

    /// The code that a comment accepts findings in.
    pub fn span(&self) -> Span {
        match self.node {
            Node::Module(body) | Node::Function(body) | Node::Class(body) => body.span,
            Node::Statement(statement) => statement.span,
            Node::Expression(expression) => expression.span,
            Node::Target(target) => target.span,
            Node::Keyword(span)
            | Node::Starred(span)
            | Node::Field(span)
            | Node::Format(_, span)
            | Node::Parameters(span)
            | Node::Other(span) => span,
        }
    }
}

/// What the tests find in a file.
pub fn walk(source: &SourceFile, module: &IrModule, options: &Options) -> Vec<Found> {
    let Some(body) = module.bodies.first() else { return Vec::new() };
    let mut checker = Checker::new(source, module, options, body);
    checker.block(&body.block, &Parents { node: Node::Module(body), up: None });
    checker.found
}

pub struct Checker<'a> {
    pub source: &'a SourceFile,
    module: &'a IrModule,
    pub options: &'a Options,
    pub imports: Imports,
    /// Whether a test could be interested in calls of something with this last name.
    pub interesting: FxHashMap<Symbol, bool>,
    /// The function or class at hand.
    current: &'a Body,
    pub found: Vec<Found>,
}

impl<'a> Checker<'a> {
    fn new(source: &'a SourceFile, module: &'a IrModule, options: &'a Options, current: &'a Body) -> Self {
        Self {
            source,
            module,
            options,
            imports: Imports::default(),
            interesting: FxHashMap::default(),
            current,
            found: Vec::new(),
        }
    }

    pub fn body(&self, id: BodyId) -> Option<&'a Body> {
        self.module.bodies.get(id.0 as usize)
    }

    /// Reports something at the code that was looked at.
    pub fn report(
        &mut self,
        test: &'static str,
        severity: Severity,
        confidence: Confidence,
        span: Span,
        message: impl Into<String>,
    ) {
        self.report_at(test, severity, confidence, span, span, message);
    }

    /// Reports something at another place than that of the code that was looked at.
    pub fn report_at(
        &mut self,
        test: &'static str,
        severity: Severity,
        confidence: Confidence,
        span: Span,
        context: Span,
        message: impl Into<String>,
    ) {
        let message = message.into();
        let scope = self.current.qualified_name;
        self.found.push(Found { test, severity, confidence, message, span, context, scope });
    }

    fn block(&mut self, block: &'a [Stmt], parents: &Parents<'_, 'a>) {
        let mut rest = block;
        while let Some((statement, after)) = rest.split_first() {
            if is_import(statement) {
                // A statement with several names is several here, all of one place.
                let is_same = |one: &&Stmt| is_import(one) && one.span == statement.span;
                let (names, after) = rest.split_at(rest.iter().take_while(is_same).count());
                self.import(names);
                rest = after;
            } else {
                self.statement(statement, parents);
                rest = after;
            }
        }
    }

    fn import(&mut self, statements: &'a [Stmt]) {
        let mut names = Vec::with_capacity(statements.len());
        for statement in statements {
            match &statement.kind {
                StmtKind::Import { module, alias, target } => {
                    let bound = if *alias { self.name_of(*target) } else { None };
                    self.imports.import(*module, bound);
                    names.push(module.as_str().to_owned());
                }
                StmtKind::ImportFrom { module, name, target, .. } => {
                    let bound = self.name_of(*target).unwrap_or(*name);
                    if module.as_str().is_empty() {
                        self.imports.import(*name, (bound != *name).then_some(bound));
                        names.push(name.as_str().to_owned());
                    } else {
                        self.imports.import_from(*module, *name, bound);
                        names.push(format!("{module}.{name}"));
                    }
                }
                StmtKind::ImportStar { module, .. } => {
                    let star = Symbol::new("*");
                    self.imports.import_from(*module, star, star);
                    names.push(format!("{module}.*"));
                }
                _ => {}
            }
        }
        let entry = blacklist::import(names.iter().map(String::as_str));
        if let (Some(entry), Some(first)) = (entry, statements.first()) {
            self.report(entry.test, entry.severity, Confidence::High, first.span, entry.message);
        }
    }

    fn name_of(&self, variable: Variable) -> Option<Symbol> {
        match variable {
            Variable::Local(slot) | Variable::ClassThenGlobal(slot) => {
                self.current.slots.get(slot.0 as usize).map(|slot| slot.name)
            }
            Variable::Global(name) => Some(name),
            Variable::Free(_) => None,
        }
    }

    fn statement(&mut self, statement: &'a Stmt, parents: &Parents<'_, 'a>) {
        let here = Parents { node: Node::Statement(statement), up: Some(parents) };
        match &statement.kind {
            // A text that stands alone is documentation.
            StmtKind::Expr(Expr { kind: ExprKind::Constant(_), .. }) => {}
            StmtKind::Expr(value) => self.expression(value, &here),
            StmtKind::Assign { targets, value, annotation } => {
                targets.iter().for_each(|target| self.target(target, &here));
                self.optional(annotation.as_deref(), &here);
                self.expression(value, &here);
            }
            StmtKind::Annotate { target, annotation } => {
                self.target(target, &here);
                self.expression(annotation, &here);
            }
            StmtKind::AugmentedAssign { target, value, .. } => {
                self.target(target, &here);
                self.expression(value, &here);
            }
            StmtKind::Delete(targets) => targets.iter().for_each(|target| self.target(target, &here)),
            StmtKind::Return(value) => self.optional(value.as_ref(), &here),
            StmtKind::Raise { exception, cause } => {
                self.optional(exception.as_ref(), &here);
                self.optional(cause.as_ref(), &here);
            }
            StmtKind::Assert { test, message } => {
                let text = "`assert` is left out when Python optimizes";
                self.report("B101", Severity::Low, Confidence::High, statement.span, text);
                self.expression(test, &here);
                self.optional(message.as_ref(), &here);
            }
            StmtKind::If { test, body, or_else } | StmtKind::While { test, body, or_else } => {
                self.expression(test, &here);
                self.block(body, &here);
                self.block(or_else, &here);
            }
            StmtKind::For { target, iterable, body, or_else, .. } => {
                self.target(target, &here);
                self.expression(iterable, &here);
                self.block(body, &here);
                self.block(or_else, &here);
            }
            StmtKind::Try { body, handlers, or_else, finally, .. } => {
                self.block(body, &here);
                handlers.iter().for_each(|handler| self.handler(handler, &here));
                self.block(or_else, &here);
                self.block(finally, &here);
            }
            StmtKind::With { items, body, .. } => {
                for (context, target) in items {
                    let item = Parents { node: Node::Other(context.span), up: Some(&here) };
                    self.expression(context, &item);
                    target.iter().for_each(|target| self.target(target, &item));
                }
                self.block(body, &here);
            }
            StmtKind::Match { subject, cases } => {
                self.expression(subject, &here);
                for case in cases {
                    let place = Parents { node: Node::Other(case.pattern.span), up: Some(&here) };
                    self.pattern(&case.pattern, &place);
                    self.optional(case.guard.as_ref(), &place);
                    self.block(&case.body, &place);
                }
            }
            StmtKind::Function { body, .. } => self.function(*body, parents),
            StmtKind::Class { body, .. } => self.class(*body, parents),
            StmtKind::Import { .. }
            | StmtKind::ImportFrom { .. }
            | StmtKind::ImportStar { .. }
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue => {}
        }
    }

    fn handler(&mut self, handler: &'a Handler, parents: &Parents<'_, 'a>) {
        let here = Parents { node: Node::Other(handler.span), up: Some(parents) };
        let catches_all = match &handler.exception {
            None => true,
            Some(Expr { kind: ExprKind::Name(_, name), .. }) => name.as_str() == "Exception",
            Some(_) => false,
        };
        let found = match handler.body.as_slice() {
            [Stmt { kind: StmtKind::Pass, .. }] => {
                Some((self.options.typed_pass, "B110", "The exception is dropped"))
            }
            [Stmt { kind: StmtKind::Continue, .. }] => {
                let text = "The exception is dropped, and the loop goes on";
                Some((self.options.typed_continue, "B112", text))
            }
            _ => None,
        };
        if let Some((Some(typed), test, text)) = found
            && (typed || catches_all)
        {
            self.report(test, Severity::Low, Confidence::High, handler.span, text);
        }
        self.optional(handler.exception.as_ref(), &here);
        self.block(&handler.body, &here);
    }

    fn function(&mut self, id: BodyId, parents: &Parents<'_, 'a>) {
        let Some(body) = self.body(id) else { return };
        let outer = std::mem::replace(&mut self.current, body);
        if !body.is_async {
            self.password_defaults(body);
            self.protocol_defaults(body);
        }
        let here = Parents { node: Node::Function(body), up: Some(parents) };
        self.parameters(body, &here);
        self.block(&body.block, &here);
        body.decorators.iter().for_each(|decorator| self.expression(decorator, &here));
        self.optional(body.returns.as_deref(), &here);
        self.current = outer;
    }

    fn parameters(&mut self, body: &'a Body, parents: &Parents<'_, 'a>) {
        let spans = body.parameters.iter().map(|one| {
            let end = one.default.as_ref().map_or(one.span.end, |default| default.span.end);
            Span { start: one.span.start, end }
        });
        let span = spans.reduce(|whole, one| Span { start: whole.start, end: one.end });
        let here = Parents { node: Node::Parameters(span.unwrap_or(body.name_span)), up: Some(parents) };
        for parameter in &body.parameters {
            let place = Parents { node: Node::Other(parameter.span), up: Some(&here) };
            self.optional(parameter.annotation.as_ref(), &place);
            self.optional(parameter.default.as_ref(), &here);
        }
    }

    fn class(&mut self, id: BodyId, parents: &Parents<'_, 'a>) {
        let Some(body) = self.body(id) else { return };
        let outer = std::mem::replace(&mut self.current, body);
        let here = Parents { node: Node::Class(body), up: Some(parents) };
        self.arguments(&body.bases, &here);
        self.block(&body.block, &here);
        body.decorators.iter().for_each(|decorator| self.expression(decorator, &here));
        self.current = outer;
    }

    fn target(&mut self, target: &'a Target, parents: &Parents<'_, 'a>) {
        let here = Parents { node: Node::Target(target), up: Some(parents) };
        match &target.kind {
            TargetKind::Name(..) | TargetKind::Invalid => {}
            TargetKind::Attribute(base, _) => self.expression(base, &here),
            TargetKind::Subscript(base, index) => {
                self.expression(base, &here);
                self.expression(index, &here);
            }
            TargetKind::Sequence(targets) => targets.iter().for_each(|one| self.target(one, &here)),
            TargetKind::Starred(one) => self.target(one, &here),
        }
    }

    fn pattern(&mut self, pattern: &'a Pattern, parents: &Parents<'_, 'a>) {
        let here = Parents { node: Node::Other(pattern.span), up: Some(parents) };
        match &pattern.kind {
            PatternKind::Value(value) => self.expression(value, &here),
            PatternKind::Singleton(_) | PatternKind::Star(_) => {}
            PatternKind::Sequence(all) | PatternKind::Or(all) => {
                all.iter().for_each(|one| self.pattern(one, &here));
            }
            PatternKind::Mapping { entries, .. } => {
                for (key, value) in entries {
                    self.expression(key, &here);
                    self.pattern(value, &here);
                }
            }
            PatternKind::Class { class, positional, keywords } => {
                self.expression(class, &here);
                positional.iter().for_each(|one| self.pattern(one, &here));
                keywords.iter().for_each(|(_, one)| self.pattern(one, &here));
            }
            PatternKind::As { pattern, .. } => pattern.iter().for_each(|one| self.pattern(one, &here)),
        }
    }

    fn optional(&mut self, expression: Option<&'a Expr>, parents: &Parents<'_, 'a>) {
        if let Some(expression) = expression {
            self.expression(expression, parents);
        }
    }

    pub fn expression(&mut self, expression: &'a Expr, parents: &Parents<'_, 'a>) {
        let here = Parents { node: Node::Expression(expression), up: Some(parents) };
        match &expression.kind {
            ExprKind::Constant(Constant::String(text)) => self.string(text, expression.span, parents),
            ExprKind::Constant(_) | ExprKind::Name(..) | ExprKind::Invalid => {}
            ExprKind::Attribute(inner, _)
            | ExprKind::Unary(_, inner)
            | ExprKind::Starred(inner)
            | ExprKind::Named(_, _, inner)
            | ExprKind::YieldFrom(inner)
            | ExprKind::Await(inner) => self.expression(inner, &here),
            ExprKind::Yield(value) => self.optional(value.as_deref(), &here),
            ExprKind::Subscript(base, index) => {
                self.expression(base, &here);
                self.expression(index, &here);
            }
            ExprKind::Slice(lower, upper, step) => {
                for part in [lower, upper, step] {
                    self.optional(part.as_deref(), &here);
                }
            }
            ExprKind::Call(call) => {
                self.call(call, expression.span, parents);
                self.expression(&call.callee, &here);
                self.arguments(&call.arguments, &here);
            }
            ExprKind::Binary(_, left, right) => {
                self.expression(left, &here);
                self.expression(right, &here);
            }
            ExprKind::Boolean(_, items)
            | ExprKind::Tuple(items)
            | ExprKind::List(items)
            | ExprKind::Set(items) => items.iter().for_each(|item| self.expression(item, &here)),
            ExprKind::Compare(left, rest) => {
                self.expression(left, &here);
                rest.iter().for_each(|(_, right)| self.expression(right, &here));
            }
            ExprKind::Conditional { test, body, or_else } => {
                for part in [test, body, or_else] {
                    self.expression(part, &here);
                }
            }
            ExprKind::Dict(items) => {
                for (key, value) in items {
                    self.optional(key.as_ref(), &here);
                    self.expression(value, &here);
                }
            }
            ExprKind::Lambda(id) => {
                let Some(body) = self.body(*id) else { return };
                self.parameters(body, &here);
                // The one statement of a lambda is its value.
                if let [Stmt { kind: StmtKind::Return(Some(value)), .. }] = body.block.as_slice() {
                    self.expression(value, &here);
                }
            }
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension, &here),
            ExprKind::Interpolated(parts) | ExprKind::Template(parts) => {
                self.parts(parts, expression.span, &here);
            }
        }
    }

    fn arguments(&mut self, arguments: &'a [Argument], parents: &Parents<'_, 'a>) {
        for Argument { kind, value } in arguments {
            let node = match kind {
                ArgumentKind::Positional => {
                    self.expression(value, parents);
                    continue;
                }
                ArgumentKind::Starred => Node::Starred(value.span),
                ArgumentKind::Keyword(_) | ArgumentKind::DoubleStarred => Node::Keyword(value.span),
            };
            self.expression(value, &Parents { node, up: Some(parents) });
        }
    }

    fn comprehension(&mut self, comprehension: &'a Comprehension, parents: &Parents<'_, 'a>) {
        self.optional(comprehension.key.as_ref(), parents);
        self.expression(&comprehension.element, parents);
        for clause in &comprehension.clauses {
            let span = Span { start: clause.target.span.start, end: clause.iterable.span.end };
            let here = Parents { node: Node::Other(span), up: Some(parents) };
            self.target(&clause.target, &here);
            self.expression(&clause.iterable, &here);
            clause.conditions.iter().for_each(|one| self.expression(one, &here));
        }
    }

    /// The parts of an f-string; `parents` begin with it. Its literal parts have its own place.
    fn parts(&mut self, parts: &'a [StringPart], span: Span, parents: &Parents<'_, 'a>) {
        for part in parts {
            match part {
                StringPart::Literal(text) => self.string(text, span, parents),
                StringPart::Value { value, format, .. } => {
                    let field = Parents { node: Node::Field(value.span), up: Some(parents) };
                    self.expression(value, &field);
                    if !format.is_empty() {
                        let here = Parents { node: Node::Format(format, span), up: Some(&field) };
                        self.parts(format, span, &here);
                    }
                }
            }
        }
    }

    /// Whether an expression is a string literal, and no f-string: one without fields is a constant here.
    pub fn is_string(&self, expression: &Expr) -> bool {
        matches!(expression.kind, ExprKind::Constant(Constant::String(_)))
            && !self.is_formatted(expression.span)
    }

    /// Whether a string literal has the prefix of an f-string.
    pub fn is_formatted(&self, span: Span) -> bool {
        let text = self.source.text_of(span);
        let prefix = text.bytes().take(3).take_while(u8::is_ascii_alphabetic);
        prefix.into_iter().any(|byte| matches!(byte, b'f' | b'F'))
    }
}

fn is_import(statement: &Stmt) -> bool {
    matches!(
        statement.kind,
        StmtKind::Import { .. } | StmtKind::ImportFrom { .. } | StmtKind::ImportStar { .. }
    )
}
