//! Lowering of statements and definitions.

use ruff_python_ast as ast;

use super::bindings::bound_by_import;
use super::expressions::binary_operator;
use super::{Lowerer, span, span_of};
use crate::Symbol;
use crate::depth::MAXIMUM_DEPTH;
use crate::ir::{
    BodyKind, Expr, ExprKind, Handler, MatchCase, Span, Stmt, StmtKind, Target, TargetKind, Variable,
};

impl Lowerer<'_> {
    pub(super) fn block(&mut self, block: &[ast::Stmt]) -> Vec<Stmt> {
        let mut lowered = Vec::with_capacity(block.len());
        if let (Some(first), true) = (block.first(), self.depth >= MAXIMUM_DEPTH) {
            self.too_deep.get_or_insert(span_of(first));
            return lowered;
        }
        self.depth += 1;
        for statement in block {
            self.statement(statement, &mut lowered);
        }
        self.depth -= 1;
        lowered
    }

    /// Most statements give one; imports give one for each name, declarations none.
    fn statement(&mut self, statement: &ast::Stmt, out: &mut Vec<Stmt>) {
        let mut push = |kind| out.push(Stmt { span: span_of(statement), kind });
        match statement {
            ast::Stmt::Expr(node) => {
                let receives = self.scope().receives;
                let value = self.expression(&node.value);
                // What a `yield` that stands for itself gives is dropped.
                if matches!(value.kind, ExprKind::Yield(_)) {
                    self.scope().receives = receives;
                }
                push(StmtKind::Expr(value));
            }
            ast::Stmt::Assign(node) => {
                let value = self.expression(&node.value);
                let targets = node.targets.iter().map(|target| self.target(target)).collect();
                push(StmtKind::Assign { targets, value, annotation: None });
            }
            ast::Stmt::AugAssign(node) => {
                let target = self.target(&node.target);
                let value = self.expression(&node.value);
                push(StmtKind::AugmentedAssign { target, operator: binary_operator(node.op), value });
            }
            ast::Stmt::AnnAssign(node) => push(self.annotated_assignment(node)),
            ast::Stmt::Return(node) => {
                push(StmtKind::Return(node.value.as_deref().map(|value| self.expression(value))));
            }
            ast::Stmt::If(node) => push(self.if_statement(node)),
            ast::Stmt::For(node) => {
                let iterable = self.expression(&node.iter);
                let target = self.target(&node.target);
                let body = self.block(&node.body);
                let or_else = self.block(&node.orelse);
                push(StmtKind::For { target, iterable, body, or_else, is_async: node.is_async });
            }
            ast::Stmt::While(node) => {
                let test = self.expression(&node.test);
                let body = self.block(&node.body);
                let or_else = self.block(&node.orelse);
                push(StmtKind::While { test, body, or_else });
            }
            ast::Stmt::With(node) => push(self.with_statement(node)),
            ast::Stmt::Try(node) => push(self.try_statement(node)),
            ast::Stmt::Raise(node) => {
                let exception = node.exc.as_deref().map(|exception| self.expression(exception));
                let cause = node.cause.as_deref().map(|cause| self.expression(cause));
                push(StmtKind::Raise { exception, cause });
            }
            ast::Stmt::Assert(node) => {
                let test = self.expression(&node.test);
                let message = node.msg.as_deref().map(|message| self.expression(message));
                push(StmtKind::Assert { test, message });
            }
            ast::Stmt::Delete(node) => {
                push(StmtKind::Delete(node.targets.iter().map(|target| self.target(target)).collect()));
            }
            ast::Stmt::Match(node) => push(self.match_statement(node)),
            ast::Stmt::FunctionDef(node) => self.function(node, out),
            ast::Stmt::ClassDef(node) => self.class(node, out),
            ast::Stmt::TypeAlias(node) => self.type_alias(node, out),
            ast::Stmt::Import(node) => self.import(node, out),
            ast::Stmt::ImportFrom(node) => self.import_from(node, out),
            ast::Stmt::Pass(_) | ast::Stmt::IpyEscapeCommand(_) => push(StmtKind::Pass),
            ast::Stmt::Break(_) => push(StmtKind::Break),
            ast::Stmt::Continue(_) => push(StmtKind::Continue),
            ast::Stmt::Global(_) | ast::Stmt::Nonlocal(_) => {}
        }
    }

    fn annotated_assignment(&mut self, node: &ast::StmtAnnAssign) -> StmtKind {
        let Some(value) = &node.value else {
            let target = self.annotated_target(node);
            return StmtKind::Annotate { target, annotation: self.annotation(&node.annotation) };
        };
        // `Vector: TypeAlias = "list[float]"` holds an annotation, but is one at run time only when
        // it is used as such: it stays a string.
        let value = self.expression(value);
        let target = self.target(&node.target);
        let annotation = Some(Box::new(self.annotation(&node.annotation)));
        StmtKind::Assign { targets: vec![target], value, annotation }
    }

    /// The target of an annotation that assigns nothing. Only a name without parentheses is
    /// declared by it.
    fn annotated_target(&mut self, node: &ast::StmtAnnAssign) -> Target {
        match &*node.target {
            ast::Expr::Name(name) if !node.simple && !name.id.is_empty() => {
                let symbol = self.mention(&name.id);
                let variable = match self.load(symbol) {
                    Variable::ClassThenGlobal(slot) => Variable::Local(slot),
                    variable => variable,
                };
                Target { span: span(name.range), kind: TargetKind::Name(variable, symbol) }
            }
            target => self.target(target),
        }
    }

    /// `elif` becomes an `if` within `else`. A long chain of them is unwound in a loop.
    fn if_statement(&mut self, node: &ast::StmtIf) -> StmtKind {
        let test = self.expression(&node.test);
        let body = self.block(&node.body);
        let depth = self.depth;
        let end = span(node.range).end;
        let mut links: Vec<(Span, Expr, Vec<Stmt>)> = Vec::new();
        let mut or_else = Vec::new();
        for clause in &node.elif_else_clauses {
            let start = span(clause.range).start;
            let Some(test) = &clause.test else {
                or_else = self.block(&clause.body);
                break;
            };
            self.depth += 1;
            if self.depth >= MAXIMUM_DEPTH {
                self.too_deep.get_or_insert(Span { start, end });
                break;
            }
            let test = self.expression(test);
            let body = self.block(&clause.body);
            links.push((Span { start, end }, test, body));
        }
        self.depth = depth;
        while let Some((span, test, body)) = links.pop() {
            or_else = vec![Stmt { span, kind: StmtKind::If { test, body, or_else } }];
        }
        StmtKind::If { test, body, or_else }
    }

    fn with_statement(&mut self, node: &ast::StmtWith) -> StmtKind {
        let items = node
            .items
            .iter()
            .map(|item| {
                let context = self.expression(&item.context_expr);
                (context, item.optional_vars.as_deref().map(|target| self.target(target)))
            })
            .collect();
        StmtKind::With { items, body: self.block(&node.body), is_async: node.is_async }
    }

    fn try_statement(&mut self, node: &ast::StmtTry) -> StmtKind {
        let body = self.block(&node.body);
        let handlers = node
            .handlers
            .iter()
            .map(|ast::ExceptHandler::ExceptHandler(handler)| {
                let exception = handler.type_.as_deref().map(|exception| self.expression(exception));
                let name = handler.name.as_ref().map(|name| {
                    let name = self.mention(&name.id);
                    (self.store(name), name)
                });
                Handler { span: span(handler.range), exception, name, body: self.block(&handler.body) }
            })
            .collect();
        let or_else = self.block(&node.orelse);
        let finally = self.block(&node.finalbody);
        StmtKind::Try { body, handlers, or_else, finally, is_star: node.is_star }
    }

    fn match_statement(&mut self, node: &ast::StmtMatch) -> StmtKind {
        let subject = self.expression(&node.subject);
        let cases = node
            .cases
            .iter()
            .map(|case| {
                let pattern = self.pattern(&case.pattern);
                let guard = case.guard.as_deref().map(|guard| self.expression(guard));
                MatchCase { pattern, guard, body: self.block(&case.body) }
            })
            .collect();
        StmtKind::Match { subject, cases }
    }

    fn function(&mut self, node: &ast::StmtFunctionDef, out: &mut Vec<Stmt>) {
        let definition = self.without_decorators(span(node.range), &node.decorator_list);
        let decorators = self.decorators(&node.decorator_list);
        let visible = self.enter_hidden();
        self.type_parameters(node.type_params.as_deref(), out);
        let parameters = self.parameters(&node.parameters);
        let returns = node.returns.as_deref().map(|returns| Box::new(self.annotation(returns)));
        let name = self.symbol(&node.name.id);
        // The body's name is as written: mangling is for the variable that holds the function.
        self.begin(BodyKind::Function, Symbol::new(&node.name.id), definition, span(node.name.range));
        for parameter in &parameters {
            self.declare_parameter(parameter.name);
        }
        self.declare_block(&node.body);
        let block = self.block(&node.body);
        let body = self.finish(block, |body| {
            body.parameters = parameters;
            body.decorators = decorators;
            body.returns = returns;
            body.is_async = node.is_async;
        });
        self.leave_hidden(visible);
        self.scope().mentions.push(name);
        let target = self.store(name);
        if let Some(body) = body {
            out.push(Stmt { span: definition, kind: StmtKind::Function { body, target } });
        }
    }

    fn class(&mut self, node: &ast::StmtClassDef, out: &mut Vec<Stmt>) {
        let definition = self.without_decorators(span(node.range), &node.decorator_list);
        let decorators = self.decorators(&node.decorator_list);
        let visible = self.enter_hidden();
        self.type_parameters(node.type_params.as_deref(), out);
        let bases = node.arguments.as_deref().map(|bases| self.arguments(bases)).unwrap_or_default();
        let name = self.symbol(&node.name.id);
        self.begin(BodyKind::Class, Symbol::new(&node.name.id), definition, span(node.name.range));
        self.declare_block(&node.body);
        let block = self.block(&node.body);
        let body = self.finish(block, |body| {
            body.decorators = decorators;
            body.bases = bases;
        });
        self.leave_hidden(visible);
        self.scope().mentions.push(name);
        let target = self.store(name);
        if let Some(body) = body {
            out.push(Stmt { span: definition, kind: StmtKind::Class { body, target } });
        }
    }

    fn decorators(&mut self, decorators: &[ast::Decorator]) -> Vec<Expr> {
        decorators.iter().map(|decorator| self.expression(&decorator.expression)).collect()
    }

    /// The span of a definition from its `def` or `class` on.
    fn without_decorators(&self, whole: Span, decorators: &[ast::Decorator]) -> Span {
        let Some(last) = decorators.last() else { return whole };
        let mut start = span_of(last).end;
        // Between the last decorator and the keyword there are only line breaks and comments.
        let bytes = self.text.as_bytes();
        let mut in_comment = false;
        while let Some(&byte) = bytes.get(start as usize).filter(|_| start < whole.end) {
            match byte {
                b'\n' | b'\r' => in_comment = false,
                b'#' => in_comment = true,
                _ if in_comment => {}
                b' ' | b'\t' | b'\x0C' | b'\\' => {}
                _ => break,
            }
            start += 1;
        }
        Span { start, end: whole.end }
    }

    fn type_alias(&mut self, node: &ast::StmtTypeAlias, out: &mut Vec<Stmt>) {
        let visible = self.enter_hidden();
        self.type_parameters(node.type_params.as_deref(), out);
        let value = self.annotation(&node.value);
        self.leave_hidden(visible);
        let target = self.target(&node.name);
        let kind = StmtKind::Assign { targets: vec![target], value, annotation: None };
        out.push(Stmt { span: span(node.range), kind });
    }

    fn import(&mut self, node: &ast::StmtImport, out: &mut Vec<Stmt>) {
        for alias in &node.names {
            if alias.name.id.is_empty() {
                continue;
            }
            for part in alias.name.id.split('.') {
                let part = Symbol::new(part);
                self.scope().mentions.push(part);
            }
            let module = Symbol::new(&alias.name.id);
            self.imports.push(module);
            let name = self.mention(bound_by_import(alias));
            let target = self.store(name);
            let kind = StmtKind::Import { module, alias: alias.asname.is_some(), target };
            out.push(Stmt { span: span_of(node), kind });
        }
    }

    fn import_from(&mut self, node: &ast::StmtImportFrom, out: &mut Vec<Stmt>) {
        let path = node.module.as_ref().map(|module| &*module.id).unwrap_or_default();
        let module = Symbol::new(path);
        let level = node.level;
        let span = span_of(node);
        let is_absolute = level == 0 && !path.is_empty();
        if is_absolute {
            self.imports.push(module);
        } else {
            self.note_relative_import(level, path, "");
        }
        for part in path.split('.').filter(|part| !part.is_empty()) {
            let part = Symbol::new(part);
            self.scope().mentions.push(part);
        }
        for alias in &node.names {
            if alias.name.id.is_empty() {
                continue;
            }
            if &*alias.name.id == "*" {
                out.push(Stmt { span, kind: StmtKind::ImportStar { level, module } });
                continue;
            }
            if is_absolute {
                // What is imported may be a module: `from google.cloud import storage`.
                self.buffer.clear();
                self.buffer.push_str(path);
                self.buffer.push('.');
                self.buffer.push_str(&alias.name.id);
                self.imports.push(Symbol::new(&self.buffer));
            } else {
                self.note_relative_import(level, path, &alias.name.id);
            }
            let name = self.mention(&alias.name.id);
            let bound = match &alias.asname {
                Some(bound) => self.mention(&bound.id),
                None => name,
            };
            let target = self.store(bound);
            let kind = StmtKind::ImportFrom { level, module, name, target };
            out.push(Stmt { span, kind });
        }
    }

    fn note_relative_import(&mut self, level: u32, path: &str, name: &str) {
        self.buffer.clear();
        self.buffer.extend(std::iter::repeat_n('.', level as usize));
        self.buffer.push_str(path);
        if !path.is_empty() && !name.is_empty() {
            self.buffer.push('.');
        }
        self.buffer.push_str(name);
        self.relative_imports.push(Symbol::new(&self.buffer));
    }
}
