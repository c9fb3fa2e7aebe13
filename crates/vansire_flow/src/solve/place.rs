//! Where in a body's code something stands: the conditions around it, the expressions that hold it.

use vansire_python::Symbol;
use vansire_python::ir::{Argument, ArgumentKind, Constant, Expr, ExprKind, Span, Stmt, StmtKind};
use vansire_python::walk;

/// What is around a place.
#[derive(Default)]
pub(super) struct Place<'p> {
    /// Tests that decide whether control comes here, each with the truth that it must have.
    pub tests: Vec<(&'p Expr, bool)>,
    pub statement: Option<&'p Stmt>,
    /// From the statement's expression down to the place itself.
    pub chain: Vec<&'p Expr>,
}

impl<'p> Place<'p> {
    pub(super) fn find(block: &'p [Stmt], span: Span) -> Self {
        let mut place = Self::default();
        place.descend(block, span);
        place
    }

    fn descend(&mut self, block: &'p [Stmt], span: Span) {
        let Some(at) = block.iter().position(|statement| contains(statement.span, span)) else { return };
        // Who left before didn't come here.
        for statement in &block[..at] {
            if let StmtKind::If { test, body, or_else } = &statement.kind {
                if leaves(body) {
                    self.tests.push((test, false));
                } else if leaves(or_else) {
                    self.tests.push((test, true));
                }
            }
        }
        let statement = &block[at];
        self.statement = Some(statement);
        let within = |block: &'p [Stmt]| block.iter().any(|statement| contains(statement.span, span));
        match &statement.kind {
            StmtKind::If { test, body, or_else } | StmtKind::While { test, body, or_else } => {
                if within(body) {
                    self.tests.push((test, true));
                    self.descend(body, span);
                } else if within(or_else) {
                    self.tests.push((test, false));
                    self.descend(or_else, span);
                } else {
                    self.follow(test, span);
                }
            }
            StmtKind::For { iterable, body, or_else, .. } => {
                self.follow(iterable, span);
                self.descend(body, span);
                self.descend(or_else, span);
            }
            StmtKind::With { items, body, .. } => {
                for (item, _) in items {
                    self.follow(item, span);
                }
                self.descend(body, span);
            }
            StmtKind::Try { body, handlers, or_else, finally, .. } => {
                self.descend(body, span);
                for handler in handlers {
                    self.descend(&handler.body, span);
                }
                self.descend(or_else, span);
                self.descend(finally, span);
            }
            StmtKind::Match { subject, cases } => {
                self.follow(subject, span);
                for case in cases {
                    self.descend(&case.body, span);
                }
            }
            StmtKind::Expr(value)
            | StmtKind::Return(Some(value))
            | StmtKind::Assign { value, .. }
            | StmtKind::AugmentedAssign { value, .. } => self.follow(value, span),
            StmtKind::Assert { test, message } => {
                self.follow(test, span);
                if let Some(message) = message {
                    self.follow(message, span);
                }
            }
            StmtKind::Raise { exception: Some(exception), .. } => self.follow(exception, span),
            _ => {}
        }
    }

    fn follow(&mut self, expression: &'p Expr, span: Span) {
        if !contains(expression.span, span) {
            return;
        }
        self.chain.push(expression);
        if expression.span == span {
            return;
        }
        if let ExprKind::Conditional { test, body, or_else } = &expression.kind {
            if contains(body.span, span) {
                self.tests.push((test, true));
            } else if contains(or_else.span, span) {
                self.tests.push((test, false));
            }
        }
        walk::children(expression, &mut |one| self.follow(one, span));
    }

    /// The call that stands here.
    fn arguments(&self) -> Option<&'p [Argument]> {
        match &self.chain.last()?.kind {
            ExprKind::Call(call) => Some(&call.arguments),
            _ => None,
        }
    }

    /// What is given for a parameter of the call here, or assigned here.
    pub(super) fn argument(&self, position: Option<u32>, name: Option<Symbol>) -> Option<&'p Expr> {
        if let Some(arguments) = self.arguments() {
            let by_name = || {
                arguments.iter().find(|one| name.is_some_and(|name| one.kind == ArgumentKind::Keyword(name)))
            };
            let by_position = position.and_then(|at| {
                let positional = arguments.iter().take_while(|one| one.kind == ArgumentKind::Positional);
                positional.take(at as usize + 1).nth(at as usize)
            });
            return by_position.or_else(by_name).map(|one| &one.value);
        }
        match &self.statement?.kind {
            StmtKind::Assign { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Only a part of what is made here is used.
    pub(super) fn is_truncated(&self) -> bool {
        self.chain.iter().any(|expression| {
            matches!(&expression.kind, ExprKind::Subscript(_, index) if matches!(index.kind, ExprKind::Slice(..)))
        })
    }
}

pub(crate) fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Whether control never comes to the end of a block.
fn leaves(block: &[Stmt]) -> bool {
    block.last().is_some_and(|last| {
        matches!(
            last.kind,
            StmtKind::Return(_) | StmtKind::Raise { .. } | StmtKind::Continue | StmtKind::Break
        )
    })
}

/// Names, attributes and constant texts within an expression.
pub(crate) fn names_within(expression: &Expr, names: &mut Vec<Symbol>) {
    match &expression.kind {
        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => names.push(*name),
        ExprKind::Constant(Constant::String(text)) if text.len() < 40 => names.push(Symbol::new(text)),
        _ => {}
    }
    walk::children(expression, &mut |one| names_within(one, names));
}
