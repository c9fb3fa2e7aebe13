//! Imports that a fix needs, and those that it changes.

use vansire_python::ir::{Constant, Expr, ExprKind, Span, Stmt, StmtKind};

use super::{Change, Fixer, Proposal, change};

/// Modules of the standard library that parse XML, and where `defusedxml` has the same.
const PARSERS: [(&str, &str); 4] = [
    ("xml.etree.ElementTree", "defusedxml.ElementTree"),
    ("xml.dom.minidom", "defusedxml.minidom"),
    ("xml.dom.pulldom", "defusedxml.pulldom"),
    ("xml.sax", "defusedxml.sax"),
];

/// What the modules of `defusedxml` have of theirs.
const FUNCTIONS: [&str; 9] = [
    "ParseError",
    "XML",
    "XMLParser",
    "fromstring",
    "iterparse",
    "make_parser",
    "parse",
    "parseString",
    "tostring",
];

impl Fixer<'_> {
    /// The import of a module, where it isn't imported yet: nothing to be changed, or a line to be added. `None` where
    /// no place for it is found.
    pub(super) fn import(&self, module: &str) -> Option<Option<Change>> {
        let block = &self.module.bodies.first()?.block;
        let is_this = |kind: &StmtKind| matches!(kind, StmtKind::Import { module: one, alias: false, .. } if one.as_str() == module);
        if self.is_taken(module) {
            return None;
        }
        if block.iter().any(|statement| is_this(&statement.kind)) {
            return Some(None);
        }
        if self.source.is_notebook() {
            return self.import_in_notebook(module);
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
            None => self.insert_line(self.first_line(block.first()?), module),
        }
    }

    /// The line on which a statement begins, decorators included.
    fn first_line(&self, statement: &Stmt) -> u32 {
        let decorators = match statement.kind {
            StmtKind::Function { body, .. } | StmtKind::Class { body, .. } => {
                self.module.bodies.get(body.0 as usize).map_or(&[][..], |body| &body.decorators)
            }
            _ => &[],
        };
        let starts = decorators.iter().map(|decorator| decorator.span.start).chain([statement.span.start]);
        self.source.text_line(starts.min().unwrap_or(statement.span.start))
    }

    /// Right before the first import of a notebook: that is in a cell that is run early.
    fn import_in_notebook(&self, module: &str) -> Option<Option<Change>> {
        let block = &self.module.bodies.first()?.block;
        let first = block
            .iter()
            .find(|one| matches!(one.kind, StmtKind::Import { .. } | StmtKind::ImportFrom { .. }))?;
        if matches!(&first.kind, StmtKind::ImportFrom { module, .. } if module.as_str() == "__future__") {
            return None;
        }
        let start = first.span.start;
        let is_alone = self.source.text[..start as usize].chars().next_back().is_none_or(|one| one == '\n');
        is_alone.then(|| Some(change(Span { start, end: start }, format!("import {module}\n"))))
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

    /// Imports the same parser from `defusedxml`, or calls it there.
    pub(super) fn defused(&self, span: Span) -> Option<Proposal> {
        let message = "parse with `defusedxml`, which has to be installed";
        if let Some((call, whole)) = self.call(span).filter(|(_, whole)| whole.span == span) {
            let (module, name) = self.called(call)?;
            let (_, new) = PARSERS.iter().find(|(old, _)| *old == module)?;
            if !FUNCTIONS.contains(&name.as_str()) || self.text(whole).contains("parser") {
                return None;
            }
            let mut changes = vec![change(call.callee.span, format!("{new}.{name}"))];
            changes.extend(self.import(new)?);
            return Some(Proposal { message, safe: false, changes });
        }
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
        if !self.uses_functions_only(span) {
            return None;
        }
        Some(Proposal { message, safe: false, changes })
    }

    /// Whether nothing is taken from what an import binds but functions that `defusedxml` has as well.
    fn uses_functions_only(&self, span: Span) -> bool {
        let is_parser = |full: &str| PARSERS.iter().any(|(old, _)| *old == full);
        let block = self.module.bodies.first().map_or(&[][..], |body| &body.block);
        let imported =
            block.iter().filter(|statement| statement.span == span).all(|statement| match &statement.kind {
                StmtKind::ImportFrom { module, name, .. } => {
                    !is_parser(module.as_str()) || FUNCTIONS.contains(&name.as_str())
                }
                _ => true,
            });
        imported
            && self.expressions.iter().all(|one| match &one.kind {
                ExprKind::Attribute(base, name) => {
                    !self.names.resolve(base).is_some_and(|full| is_parser(&full))
                        || FUNCTIONS.contains(&name.as_str())
                }
                _ => true,
            })
    }

    fn replace_module(&self, span: Span, module: &str) -> Option<Change> {
        let (old, new) = PARSERS.iter().find(|(old, _)| *old == module)?;
        let at = span.start + self.source.text_of(span).find(old)? as u32;
        Some(change(Span { start: at, end: at + old.len() as u32 }, *new))
    }
}
