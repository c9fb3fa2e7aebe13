//! `__all__`, as far as it is constant.

use ruff_python_ast as ast;

use crate::Symbol;

/// The names in `__all__`; none when it is missing or is not made of constants at the top level.
pub(super) fn exports(block: &[ast::Stmt]) -> Option<Vec<Symbol>> {
    let mut names: Option<Vec<Symbol>> = None;
    for statement in block {
        match statement {
            ast::Stmt::Assign(node) if node.targets.iter().any(is_all) => {
                let mut list = Vec::new();
                push_names(&node.value, &mut list)?;
                names = Some(list);
            }
            ast::Stmt::AnnAssign(node) if is_all(&node.target) => {
                if let Some(value) = &node.value {
                    let mut list = Vec::new();
                    push_names(value, &mut list)?;
                    names = Some(list);
                }
            }
            ast::Stmt::AugAssign(node) if is_all(&node.target) => {
                if node.op != ast::Operator::Add {
                    return None;
                }
                push_names(&node.value, names.as_mut()?)?;
            }
            ast::Stmt::Expr(node) => {
                if let ast::Expr::Call(call) = &*node.value
                    && let ast::Expr::Attribute(method) = &*call.func
                    && is_all(&method.value)
                {
                    let argument = call.arguments.args.first()?;
                    match &*method.attr.id {
                        "extend" => push_names(argument, names.as_mut()?)?,
                        "append" => names.as_mut()?.push(name(argument)?),
                        "remove" => {
                            let removed = name(argument)?;
                            names.as_mut()?.retain(|&name| name != removed);
                        }
                        _ => return None,
                    }
                }
            }
            // Conditional changes would have to be evaluated.
            ast::Stmt::If(node)
                if node.body.iter().any(changes_all)
                    || node.elif_else_clauses.iter().any(|clause| clause.body.iter().any(changes_all)) =>
            {
                return None;
            }
            ast::Stmt::For(node) if node.body.iter().any(changes_all) => return None,
            ast::Stmt::Try(node)
                if node.body.iter().chain(&node.orelse).chain(&node.finalbody).any(changes_all)
                    || node.handlers.iter().any(|ast::ExceptHandler::ExceptHandler(handler)| {
                        handler.body.iter().any(changes_all)
                    }) =>
            {
                return None;
            }
            _ => {}
        }
    }
    names
}

fn is_all(expression: &ast::Expr) -> bool {
    matches!(expression, ast::Expr::Name(name) if &*name.id == "__all__")
}

fn changes_all(statement: &ast::Stmt) -> bool {
    match statement {
        ast::Stmt::Assign(node) => node.targets.iter().any(is_all),
        ast::Stmt::AnnAssign(node) => is_all(&node.target),
        ast::Stmt::AugAssign(node) => is_all(&node.target),
        ast::Stmt::Expr(node) => matches!(&*node.value, ast::Expr::Call(call)
            if matches!(&*call.func, ast::Expr::Attribute(method) if is_all(&method.value))),
        _ => false,
    }
}

fn name(expression: &ast::Expr) -> Option<Symbol> {
    match expression {
        ast::Expr::StringLiteral(literal) => Some(Symbol::new(literal.value.to_str())),
        _ => None,
    }
}

fn push_names(expression: &ast::Expr, names: &mut Vec<Symbol>) -> Option<()> {
    match expression {
        ast::Expr::List(ast::ExprList { elts, .. })
        | ast::Expr::Tuple(ast::ExprTuple { elts, .. })
        | ast::Expr::Set(ast::ExprSet { elts, .. }) => {
            for element in elts {
                names.push(name(element)?);
            }
            Some(())
        }
        ast::Expr::BinOp(node) if node.op == ast::Operator::Add => {
            push_names(&node.left, names)?;
            push_names(&node.right, names)
        }
        // `list(("a", "b"))`, `sorted([…])`
        ast::Expr::Call(call) if call.arguments.keywords.is_empty() => {
            match (&*call.func, &*call.arguments.args) {
                (ast::Expr::Name(function), [argument])
                    if matches!(&*function.id, "list" | "tuple" | "sorted") =>
                {
                    push_names(argument, names)
                }
                _ => None,
            }
        }
        _ => None,
    }
}
