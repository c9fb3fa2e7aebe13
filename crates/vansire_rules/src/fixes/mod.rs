//! Fixes: what a finding's code can be replaced by.
//!
//! A fix is *safe* where the program does the same as before, but for the danger. What may need something else to be
//! changed as well (stored hashes, a package to be installed) is not.

mod arguments;
mod calls;
mod imports;
mod markup;
mod names;
mod pickles;
mod settings;
mod sql;
mod statements;

use vansire_finding::{Edit, Finding, Fix, Location, Position};
use vansire_python::SourceFile;
use vansire_python::ir::{Body, Call, Expr, ExprKind, IrModule, Span};

use names::Names;
use vansire_python::walk;

/// A file whose findings are to be mended.
pub struct Fixer<'a> {
    source: &'a SourceFile,
    module: &'a IrModule,
    /// Every expression with its place.
    expressions: Vec<&'a Expr>,
    names: Names,
}

/// An edit before its place is known as lines and columns.
struct Change {
    span: Span,
    replacement: String,
}

/// What is to be done, and whether that is safe.
struct Proposal {
    message: &'static str,
    safe: bool,
    changes: Vec<Change>,
}

impl<'a> Fixer<'a> {
    pub fn new(source: &'a SourceFile, module: &'a IrModule) -> Self {
        let mut expressions = Vec::new();
        walk::file(module, &mut |expression| expressions.push(expression));
        Self { source, module, expressions, names: Names::of(module) }
    }

    /// The fix of a finding in this file, if there is one.
    pub fn fix(&self, finding: &Finding) -> Option<Fix> {
        let span = self.span_of(&finding.location)?;
        let proposal = match finding.rule.name {
            "unsafe-yaml-load" => self.safe_yaml(span),
            "tls-verification-disabled" => self.verify(span),
            "request-without-timeout" => self.timeout(span),
            "weak-hash" => self.stronger_hash(span),
            "weak-randomness" => self.secrets(span),
            "insecure-temporary-file" => self.named_temporary_file(span),
            "archive-extraction-without-filter" => self.extraction_filter(span),
            "flask-debug-enabled" | "debug-mode-enabled" | "django-debug-enabled" => self.debug_off(span),
            "insecure-cookie" => self.cookie_flags(span),
            "template-autoescape-disabled" => self.autoescape(span),
            "timing-unsafe-comparison" => self.compare_digest(span),
            "unsafe-deserialization" | "unsafe-model-load" => self.plain_data(span),
            "ssh-host-key-not-verified" => self.reject_unknown_hosts(span),
            "assert-used" => self.raise(span),
            "xml-external-entity" => self.defused(span),
            "cross-site-scripting" => self.escape(span),
            "command-injection" => self.without_shell(span),
            "sql-injection" => self.parameters(span),
            _ => None,
        }?;
        // Before Python 3.12, an f-string had no place for its own quotes, for backslashes and for lines.
        let within = |change: &Change| {
            let holds = |one: &&Expr| {
                matches!(one.kind, ExprKind::Interpolated(_) | ExprKind::Template(_))
                    && one.span.start < change.span.start
                    && change.span.end < one.span.end
            };
            self.expressions.iter().copied().any(|one| holds(&one))
        };
        let is_delicate = |change: &Change| change.replacement.contains(['"', '\'', '\\', '\n']);
        if proposal.changes.iter().any(|change| is_delicate(change) && within(change)) {
            return None;
        }
        let edits = proposal
            .changes
            .into_iter()
            .map(|change| Edit { location: self.location(change.span), replacement: change.replacement });
        Some(Fix { message: proposal.message.to_owned(), safe: proposal.safe, edits: edits.collect() })
    }

    fn location(&self, span: Span) -> Location {
        let (start_line, start_column, end_line, end_column, cell) = self.source.location(span);
        Location {
            path: self.source.path.clone(),
            start: Position { line: start_line, column: start_column },
            end: Position { line: end_line, column: end_column },
            cell,
        }
    }

    fn span_of(&self, location: &Location) -> Option<Span> {
        let at = |position: Position| self.source.offset(position.line, position.column, location.cell);
        Some(Span { start: at(location.start)?, end: at(location.end)? })
    }

    fn text(&self, expression: &Expr) -> &'a str {
        self.source.text_of(expression.span)
    }

    /// The smallest call that holds a place.
    fn call(&self, span: Span) -> Option<(&'a Call, &'a Expr)> {
        let mut found: Option<(&Call, &Expr)> = None;
        for &expression in &self.expressions {
            let ExprKind::Call(call) = &expression.kind else { continue };
            let holds = expression.span.start <= span.start && span.end <= expression.span.end;
            let is_smaller = found.is_none_or(|(_, other)| {
                expression.span.end - expression.span.start < other.span.end - other.span.start
            });
            if holds && is_smaller {
                found = Some((call, expression));
            }
        }
        found
    }

    /// The body whose code holds a place, the innermost one.
    fn body_of(&self, span: Span) -> Option<&'a Body> {
        let holds = |body: &&Body| body.span.start <= span.start && span.end <= body.span.end;
        let inner = self.module.bodies.iter().skip(1).filter(holds);
        inner.min_by_key(|body| body.span.end - body.span.start).or_else(|| self.module.bodies.first())
    }

    /// The expression of exactly this place.
    fn expression(&self, span: Span) -> Option<&'a Expr> {
        self.expressions.iter().copied().find(|expression| expression.span == span)
    }
}

fn change(span: Span, replacement: impl Into<String>) -> Change {
    Change { span, replacement: replacement.into() }
}

#[cfg(test)]
mod tests;
