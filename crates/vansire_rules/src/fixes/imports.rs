//! Imports that a fix needs, and those that it changes.

use vansire_python::ir::{Constant, Expr, ExprKind, Span, StmtKind};

use super::{Change, Fixer, Proposal, change};

/// Modules of the standard library that parse XML, and where `defusedxml` has the same.
const PARSERS: [(&str, &str); 5] = [
    ("xml.etree.ElementTree", "defusedxml.ElementTree"),
    ("xml.etree.cElementTree", "defusedxml.cElementTree"),
    ("xml.dom.minidom", "defusedxml.minidom"),
    ("xml.dom.pulldom", "defusedxml.pulldom"),
    ("xml.sax", "defusedxml.sax"),
];

impl Fixer<'_> {
    /// The import of a module, where it isn't imported yet: nothing to be changed, or a line to be added. `None` where
    /// no place for it is found.
    pub(super) fn import(&self, module: &str) -> Option<Option<Change>> {
        let block = &self.module.bodies.first()?.block;
        let is_this = |kind: &StmtKind| matches!(kind, StmtKind::Import { module: one, alias: false, .. } if one.as_str() == module);
        if block.iter().any(|statement| is_this(&statement.kind)) {
            return Some(None);
        }
        if self.source.is_notebook() {
            return None;
        }
        // After the imports at the beginning, in the order of names where those are sorted.
        let mut after: Option<Span> = None;
        for statement in block {
            match &statement.kind {
                StmtKind::Import { module: one, .. } => {
                    let precedes = one.as_str() < module;
                    if after.is_none() || precedes {
                        after = Some(statement.span);
                    }
                }
                StmtKind::ImportFrom { module: one, .. } if one.as_str() == "__future__" => {
                    after = Some(statement.span);
                }
                StmtKind::ImportFrom { .. } | StmtKind::ImportStar { .. } => {
                    if after.is_none() {
                        return self.insert_line(self.source.text_line(statement.span.start), module);
                    }
                }
                // The documentation.
                StmtKind::Expr(Expr { kind: ExprKind::Constant(Constant::String(_)), .. })
                    if after.is_none() =>
                {
                    after = Some(statement.span);
                }
                _ => break,
            }
        }
        match after {
            Some(span) => self.insert_line(self.source.text_line(span.end) + 1, module),
            None => self.insert_line(self.source.text_line(block.first()?.span.start), module),
        }
    }

    fn insert_line(&self, line: u32, module: &str) -> Option<Option<Change>> {
        let ending = if self.source.text.contains("\r\n") { "\r\n" } else { "\n" };
        let end = self.source.text.len() as u32;
        let (offset, text) = match self.source.offset(line, 1, None) {
            Some(offset) if line <= self.source.line_count() => (offset, format!("import {module}{ending}")),
            // The last line has no end.
            _ => (end, format!("{ending}import {module}{ending}")),
        };
        // On a line with several statements it isn't certain what comes first.
        if line > 1 && self.source.line_text(line - 1).contains(';') {
            return None;
        }
        Some(Some(change(Span { start: offset, end: offset }, text)))
    }

    /// Imports the same parser from `defusedxml`.
    pub(super) fn defused(&self, span: Span) -> Option<Proposal> {
        let block = &self.module.bodies.first()?.block;
        let statements = block.iter().filter(|statement| statement.span == span);
        let changes: Vec<Change> = statements
            .filter_map(|statement| match &statement.kind {
                StmtKind::Import { module, alias: true, .. } => self.replace_module(span, module.as_str()),
                StmtKind::ImportFrom { module, level: 0, .. } => self.replace_module(span, module.as_str()),
                _ => None,
            })
            .collect();
        let [_] = changes.as_slice() else { return None };
        let message = "parse with `defusedxml`, which has to be installed";
        Some(Proposal { message, safe: false, changes })
    }

    fn replace_module(&self, span: Span, module: &str) -> Option<Change> {
        let (old, new) = PARSERS.iter().find(|(old, _)| *old == module)?;
        let at = span.start + self.source.text_of(span).find(old)? as u32;
        Some(change(Span { start: at, end: at + old.len() as u32 }, *new))
    }
}
