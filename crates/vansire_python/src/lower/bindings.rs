//! Which names a body binds. Everything that binds, anywhere in the body, makes the name local to
//! it for all of the body.

use ruff_python_ast as ast;
use ruff_python_ast::visitor::{self, Visitor};

use super::Lowerer;
use super::scopes::{Binding, mangle};
use crate::Symbol;

impl Lowerer<'_> {
    /// Declares what the statements of a body bind, those of nested blocks included.
    pub(super) fn declare_block(&mut self, block: &[ast::Stmt]) {
        self.declare_statements(block);
        if self.has_walrus {
            let mut finder = WalrusFinder::default();
            finder.visit_body(block);
            self.declare_all(&finder.names);
        }
    }

    /// As [`Self::declare_block`], for a lambda's body.
    pub(super) fn declare_expression(&mut self, body: &ast::Expr) {
        if self.has_walrus {
            let mut finder = WalrusFinder::default();
            finder.visit_expr(body);
            self.declare_all(&finder.names);
        }
    }

    fn declare_all(&mut self, names: &[&str]) {
        for name in names {
            let name = self.symbol(name);
            self.declare(name);
        }
    }

    fn declare_identifier(&mut self, identifier: &ast::Identifier) {
        if !identifier.id.is_empty() {
            let name = self.symbol(&identifier.id);
            self.declare(name);
        }
    }

    fn declare_statements(&mut self, block: &[ast::Stmt]) {
        for statement in block {
            self.declare_statement(statement);
        }
    }

    fn declare_statement(&mut self, statement: &ast::Stmt) {
        match statement {
            ast::Stmt::FunctionDef(node) => self.declare_identifier(&node.name),
            ast::Stmt::ClassDef(node) => self.declare_identifier(&node.name),
            ast::Stmt::Delete(node) => node.targets.iter().for_each(|target| self.declare_target(target)),
            ast::Stmt::TypeAlias(node) => self.declare_target(&node.name),
            ast::Stmt::Assign(node) => node.targets.iter().for_each(|target| self.declare_target(target)),
            ast::Stmt::AugAssign(node) => self.declare_target(&node.target),
            ast::Stmt::AnnAssign(node) => {
                // `(name): int` declares nothing, unless it assigns.
                if node.simple || node.value.is_some() {
                    self.declare_target(&node.target);
                }
            }
            ast::Stmt::For(node) => {
                self.declare_target(&node.target);
                self.declare_statements(&node.body);
                self.declare_statements(&node.orelse);
            }
            ast::Stmt::While(node) => {
                self.declare_statements(&node.body);
                self.declare_statements(&node.orelse);
            }
            ast::Stmt::If(node) => {
                self.declare_statements(&node.body);
                for clause in &node.elif_else_clauses {
                    self.declare_statements(&clause.body);
                }
            }
            ast::Stmt::With(node) => {
                for item in &node.items {
                    if let Some(target) = &item.optional_vars {
                        self.declare_target(target);
                    }
                }
                self.declare_statements(&node.body);
            }
            ast::Stmt::Match(node) => {
                for case in &node.cases {
                    self.declare_pattern(&case.pattern);
                    self.declare_statements(&case.body);
                }
            }
            ast::Stmt::Try(node) => {
                self.declare_statements(&node.body);
                for ast::ExceptHandler::ExceptHandler(handler) in &node.handlers {
                    if let Some(name) = &handler.name {
                        self.declare_identifier(name);
                    }
                    self.declare_statements(&handler.body);
                }
                self.declare_statements(&node.orelse);
                self.declare_statements(&node.finalbody);
            }
            ast::Stmt::Import(node) => {
                for alias in &node.names {
                    let name = bound_by_import(alias);
                    if !name.is_empty() {
                        let name = self.symbol(name);
                        self.declare(name);
                    }
                }
            }
            ast::Stmt::ImportFrom(node) => {
                for alias in node.names.iter().filter(|alias| &*alias.name.id != "*") {
                    self.declare_identifier(alias.asname.as_ref().unwrap_or(&alias.name));
                }
            }
            ast::Stmt::Global(node) => self.declare_each(&node.names, Binding::Global),
            ast::Stmt::Nonlocal(node) => self.declare_each(&node.names, Binding::Nonlocal),
            ast::Stmt::Return(_)
            | ast::Stmt::Raise(_)
            | ast::Stmt::Assert(_)
            | ast::Stmt::Expr(_)
            | ast::Stmt::Pass(_)
            | ast::Stmt::Break(_)
            | ast::Stmt::Continue(_)
            | ast::Stmt::IpyEscapeCommand(_) => {}
        }
    }

    fn declare_each(&mut self, names: &[ast::Identifier], binding: Binding) {
        for name in names {
            let name = self.symbol(&name.id);
            self.declare_as(name, binding);
        }
    }

    fn declare_target(&mut self, target: &ast::Expr) {
        match target {
            ast::Expr::Name(name) if !name.id.is_empty() => {
                let name = self.symbol(&name.id);
                self.declare(name);
            }
            ast::Expr::Tuple(tuple) => tuple.elts.iter().for_each(|element| self.declare_target(element)),
            ast::Expr::List(list) => list.elts.iter().for_each(|element| self.declare_target(element)),
            ast::Expr::Starred(starred) => self.declare_target(&starred.value),
            _ => {}
        }
    }

    fn declare_pattern(&mut self, pattern: &ast::Pattern) {
        match pattern {
            ast::Pattern::MatchValue(_) | ast::Pattern::MatchSingleton(_) => {}
            ast::Pattern::MatchSequence(node) => {
                node.patterns.iter().for_each(|pattern| self.declare_pattern(pattern));
            }
            ast::Pattern::MatchMapping(node) => {
                node.patterns.iter().for_each(|pattern| self.declare_pattern(pattern));
                if let Some(rest) = &node.rest {
                    self.declare_identifier(rest);
                }
            }
            ast::Pattern::MatchClass(node) => {
                node.arguments.patterns.iter().for_each(|pattern| self.declare_pattern(pattern));
                for keyword in &node.arguments.keywords {
                    self.declare_pattern(&keyword.pattern);
                }
            }
            ast::Pattern::MatchStar(node) => {
                if let Some(name) = &node.name {
                    self.declare_identifier(name);
                }
            }
            ast::Pattern::MatchAs(node) => {
                if let Some(pattern) = &node.pattern {
                    self.declare_pattern(pattern);
                }
                if let Some(name) = &node.name {
                    self.declare_identifier(name);
                }
            }
            ast::Pattern::MatchOr(node) => {
                node.patterns.iter().for_each(|pattern| self.declare_pattern(pattern));
            }
        }
    }

    /// Declares, in the module body, the names that any body of the file declares `global`.
    pub(super) fn declare_globals(&mut self, block: &[ast::Stmt]) {
        let mut finder = GlobalFinder { class: None, names: Vec::new(), buffer: String::new() };
        finder.block(block);
        for name in finder.names {
            self.declare(name);
        }
    }
}

/// The name that `import …` binds: `a` for `a.b.c`.
pub(super) fn bound_by_import(alias: &ast::Alias) -> &str {
    match &alias.asname {
        Some(name) => &name.id,
        None => alias.name.id.split('.').next().unwrap_or_default(),
    }
}

/// Finds the targets of `:=` of one body. Those within comprehensions bind in the body around.
#[derive(Default)]
struct WalrusFinder<'a> {
    names: Vec<&'a str>,
}

impl<'a> Visitor<'a> for WalrusFinder<'a> {
    fn visit_stmt(&mut self, statement: &'a ast::Stmt) {
        match statement {
            // What is inside is another body's; what is evaluated at the definition is not.
            ast::Stmt::FunctionDef(node) => {
                node.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                self.visit_parameters(&node.parameters);
            }
            ast::Stmt::ClassDef(node) => {
                node.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                if let Some(arguments) = &node.arguments {
                    self.visit_arguments(arguments);
                }
            }
            _ => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expression: &'a ast::Expr) {
        match expression {
            ast::Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.visit_parameters(parameters);
                }
            }
            ast::Expr::Named(named) => {
                if let ast::Expr::Name(name) = &*named.target {
                    self.names.push(&name.id);
                }
                self.visit_expr(&named.value);
            }
            _ => visitor::walk_expr(self, expression),
        }
    }
}

struct GlobalFinder {
    class: Option<Symbol>,
    names: Vec<Symbol>,
    buffer: String,
}

impl GlobalFinder {
    fn block(&mut self, block: &[ast::Stmt]) {
        for statement in block {
            match statement {
                ast::Stmt::Global(node) => {
                    for name in &node.names {
                        let name = match self.class {
                            Some(class) => mangle(class, &name.id, &mut self.buffer),
                            None => Symbol::new(&name.id),
                        };
                        self.names.push(name);
                    }
                }
                ast::Stmt::FunctionDef(node) => self.block(&node.body),
                ast::Stmt::ClassDef(node) => {
                    let stripped = node.name.id.trim_start_matches('_');
                    let class = (!stripped.is_empty()).then(|| Symbol::new(stripped));
                    let outer = std::mem::replace(&mut self.class, class);
                    self.block(&node.body);
                    self.class = outer;
                }
                ast::Stmt::For(node) => {
                    self.block(&node.body);
                    self.block(&node.orelse);
                }
                ast::Stmt::While(node) => {
                    self.block(&node.body);
                    self.block(&node.orelse);
                }
                ast::Stmt::If(node) => {
                    self.block(&node.body);
                    node.elif_else_clauses.iter().for_each(|clause| self.block(&clause.body));
                }
                ast::Stmt::With(node) => self.block(&node.body),
                ast::Stmt::Match(node) => node.cases.iter().for_each(|case| self.block(&case.body)),
                ast::Stmt::Try(node) => {
                    self.block(&node.body);
                    for ast::ExceptHandler::ExceptHandler(handler) in &node.handlers {
                        self.block(&handler.body);
                    }
                    self.block(&node.orelse);
                    self.block(&node.finalbody);
                }
                _ => {}
            }
        }
    }
}
