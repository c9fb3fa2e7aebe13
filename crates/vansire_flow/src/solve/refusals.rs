//! Middleware that refuses requests with line breaks in their address, before any handler sees them.
//!
//! What such a function lets through isn't followed from one function to the other: who asks for a line break in the
//! path and refuses makes what was taken out of an address less sure in a log message.

use vansire_python::Symbol;
use vansire_python::ir::{Body, Constant, Expr, ExprKind, Stmt, StmtKind, TargetKind};
use vansire_python::walk;

use super::Solver;
use crate::domain::{BodyIndex, Label, Origin};

/// What the parameter is called by which a middleware goes on to what comes next.
const NEXT: [&str; 3] = ["handler", "call_next", "get_response"];

/// What a request's address is read by.
const ADDRESS: [&str; 8] =
    ["path", "path_info", "path_qs", "query_string", "rel_url", "raw_path", "match_info", "url"];

impl Solver<'_> {
    /// Whether the project has a middleware that looks for line breaks in the addresses of requests and refuses.
    pub(super) fn refuses_line_breaks(&self) -> bool {
        let files = self.input.bases.len();
        (0..files).any(|file| {
            let module = BodyIndex(self.input.bases[file]);
            let bodies = self.input.program.file(vansire_python::FileId(file as u32)).ir.bodies.len();
            (1..bodies as u32).any(|number| {
                let (_, ir) = self.body(BodyIndex(module.0 + number));
                is_refusing_middleware(ir) && {
                    let (_, module) = self.body(module);
                    mentions_line_break(&ir.block) || asks_module(module, ir)
                }
            })
        })
    }

    /// Whether data was taken out of the address of a request.
    pub(super) fn is_of_address(&self, label: &Label) -> bool {
        let Origin::Source(source) = label.origin else { return false };
        let name = self.sources[source.0 as usize];
        match self.input.models.sources.get(&name) {
            Some(_) => {
                let last = name.as_str().rsplit('.').next().unwrap_or_default().trim_end_matches("()");
                ADDRESS.contains(&last)
                    || matches!(last, "query" | "query_params" | "path_params" | "args" | "GET")
            }
            // What a route took out of it has the name of the parameter.
            None => !name.as_str().contains('.') && !self.is_handed_over(label),
        }
    }
}

/// `async def guard(request, handler)`, with a look at the address and a `raise` or an answer of its own.
fn is_refusing_middleware(ir: &Body) -> bool {
    let goes_on = ir.parameters.iter().any(|parameter| NEXT.contains(&parameter.name.as_str()));
    goes_on && ir.parameters.len() >= 2 && ir.mentions.iter().any(|name| ADDRESS.contains(&name.as_str()))
}

fn is_line_break(constant: &Constant) -> bool {
    matches!(constant, Constant::String(text) if matches!(&**text, "\n" | "\r" | "\r\n"))
}

fn holds_line_break(expression: &Expr) -> bool {
    let mut found = false;
    walk::within(expression, &mut |one| {
        found |= matches!(&one.kind, ExprKind::Constant(constant) if is_line_break(constant));
    });
    found
}

/// Whether one of the comparisons of a block is with a line break.
fn mentions_line_break(block: &[Stmt]) -> bool {
    let mut found = false;
    walk::block(block, &mut |one| {
        if let ExprKind::Compare(first, rest) = &one.kind {
            found |= holds_line_break(first) || rest.iter().any(|(_, side)| holds_line_break(side));
        }
    });
    found
}

/// Whether a function mentions a table of its module that holds line breaks.
fn asks_module(module: &Body, ir: &Body) -> bool {
    module.block.iter().any(|statement| match &statement.kind {
        StmtKind::Assign { targets, value, .. } => {
            let named = |name: Symbol| ir.mentions.contains(&name);
            let asked = targets
                .iter()
                .any(|target| matches!(&target.kind, TargetKind::Name(_, name) if named(*name)));
            asked
                && matches!(value.kind, ExprKind::List(_) | ExprKind::Tuple(_) | ExprKind::Set(_))
                && holds_line_break(value)
        }
        _ => false,
    })
}
