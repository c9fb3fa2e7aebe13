//! Text of a request in a page that is put together: it is escaped.

use vansire_python::ir::{
    ArgumentKind, BinaryOperator, Constant, Expr, ExprKind, Span, Stmt, StmtKind, StringPart, Target,
    TargetKind,
};

use super::{Change, Fixer, Proposal, change};
use vansire_python::walk;

/// Attributes whose value is more than text.
const ACTIVE_ATTRIBUTES: [&str; 6] = ["href", "src", "action", "formaction", "style", "srcdoc"];

/// What takes a page, or text that counts as safe.
const RESPONSES: [&str; 9] = [
    "HTMLResponse",
    "HttpResponse",
    "HttpResponseBadRequest",
    "HttpResponseForbidden",
    "HttpResponseNotFound",
    "Markup",
    "Response",
    "make_response",
    "mark_safe",
];

/// A piece of a page.
enum Piece<'a> {
    Text(&'a str),
    /// With whether it may be something else than a string.
    Value(&'a Expr, bool),
}

impl<'a> Fixer<'a> {
    /// `html.escape` around what isn't a constant.
    pub(super) fn escape(&self, span: Span) -> Option<Proposal> {
        let page = self.page(span)?;
        let mut pieces = Vec::new();
        pieces_of(page, &mut pieces)?;
        let mut before = String::new();
        let mut changes: Vec<Change> = Vec::new();
        for piece in &pieces {
            match piece {
                Piece::Text(text) => before.push_str(text),
                Piece::Value(value, may_be_other) => {
                    if !takes_text(&before.to_ascii_lowercase()) {
                        return None;
                    }
                    before.push('x');
                    if self.is_escaped(value) {
                        continue;
                    }
                    let Span { start, end } = value.span;
                    let (open, close) =
                        if *may_be_other { ("html.escape(str(", "))") } else { ("html.escape(", ")") };
                    changes.push(change(Span { start, end: start }, open));
                    changes.push(change(Span { start: end, end }, close));
                }
            }
        }
        if changes.is_empty() {
            return None;
        }
        changes.extend(self.import("html")?);
        let message = "escape what is put into the page";
        Some(Proposal { message, safe: false, changes })
    }

    /// What is returned, or handed to the call, at a place.
    fn page(&self, span: Span) -> Option<&'a Expr> {
        let mut returned = None;
        for body in &self.module.bodies {
            walk::statements(&body.block, &mut |statement: &'a Stmt| {
                if statement.span == span
                    && let StmtKind::Return(Some(value)) = &statement.kind
                {
                    returned = Some(value);
                }
            });
        }
        let mut page = match returned {
            Some(value) => value,
            None => self.expression(span)?,
        };
        if let ExprKind::Call(call) = &page.kind
            && !matches!(&call.callee.kind, ExprKind::Attribute(_, name) if name.as_str() == "format")
        {
            let name = self.names.resolve(&call.callee)?;
            if !RESPONSES.contains(&name.rsplit('.').next().unwrap_or_default()) {
                return None;
            }
            let [first, ..] = call.arguments.as_slice() else { return None };
            if first.kind != ArgumentKind::Positional {
                return None;
            }
            page = &first.value;
        }
        let ExprKind::Name(_, name) = &page.kind else { return Some(page) };
        // The one thing that the variable is.
        let mut assigned = Vec::new();
        let mut changed = false;
        walk::statements(&self.body_of(span)?.block, &mut |statement: &'a Stmt| match &statement.kind {
            StmtKind::Assign { targets, value, .. } => {
                let is_this =
                    |target: &Target| matches!(target.kind, TargetKind::Name(_, bound) if bound == *name);
                assigned.extend(targets.iter().any(is_this).then_some(value));
            }
            StmtKind::AugmentedAssign { target, .. } => {
                changed |= matches!(target.kind, TargetKind::Name(_, bound) if bound == *name);
            }
            _ => {}
        });
        match assigned.as_slice() {
            [one] if !changed => Some(one),
            _ => None,
        }
    }

    /// Whether a value is the result of something that escapes.
    fn is_escaped(&self, value: &Expr) -> bool {
        let ExprKind::Call(call) = &value.kind else { return matches!(value.kind, ExprKind::Constant(_)) };
        let name = self.names.resolve(&call.callee).unwrap_or_default();
        name.rsplit('.')
            .next()
            .is_some_and(|last| last.contains("escape") || matches!(last, "int" | "len" | "float"))
    }
}

/// The pieces of a page; none where it isn't only put together.
fn pieces_of<'a>(page: &'a Expr, out: &mut Vec<Piece<'a>>) -> Option<()> {
    match &page.kind {
        ExprKind::Constant(Constant::String(text)) => out.push(Piece::Text(text)),
        ExprKind::Interpolated(parts) => {
            for part in parts {
                match part {
                    StringPart::Literal(text) => out.push(Piece::Text(text)),
                    StringPart::Value { value, conversion: None, format } if format.is_empty() => {
                        out.push(Piece::Value(value, true));
                    }
                    StringPart::Value { .. } => return None,
                }
            }
        }
        ExprKind::Binary(BinaryOperator::Add, left, right) => {
            for side in [left, right] {
                match &side.kind {
                    ExprKind::Constant(_) | ExprKind::Interpolated(_) | ExprKind::Binary(..) => {
                        pieces_of(side, out)?;
                    }
                    _ => out.push(Piece::Value(side, false)),
                }
            }
        }
        ExprKind::Binary(BinaryOperator::Modulo, left, right) => {
            let ExprKind::Constant(Constant::String(text)) = &left.kind else { return None };
            let values: Vec<&Expr> = match &right.kind {
                ExprKind::Tuple(items) => items.iter().collect(),
                ExprKind::Dict(_) => return None,
                _ => vec![right],
            };
            let texts: Vec<&str> = text.split("%s").collect();
            if texts.len() != values.len() + 1 || texts.iter().any(|text| text.contains('%')) {
                return None;
            }
            let mut values = values.into_iter();
            for text in texts {
                out.push(Piece::Text(text));
                out.extend(values.next().map(|value| Piece::Value(value, true)));
            }
        }
        ExprKind::Call(call) => {
            let ExprKind::Attribute(receiver, method) = &call.callee.kind else { return None };
            let ExprKind::Constant(Constant::String(text)) = &receiver.kind else { return None };
            let texts: Vec<&str> = text.split("{}").collect();
            let is_plain = call.arguments.iter().all(|one| one.kind == ArgumentKind::Positional);
            if method.as_str() != "format"
                || !is_plain
                || texts.len() != call.arguments.len() + 1
                || texts.iter().any(|text| text.contains(['{', '}']))
            {
                return None;
            }
            let mut values = call.arguments.iter();
            for text in texts {
                out.push(Piece::Text(text));
                out.extend(values.next().map(|argument| Piece::Value(&argument.value, true)));
            }
        }
        // A single piece of the request, and nothing that could be a response.
        ExprKind::Subscript(..) => out.push(Piece::Value(page, false)),
        _ => return None,
    }
    Some(())
}

/// Whether escaped text is only text where it stands: between tags, or in a quoted attribute that is no address and no code.
fn takes_text(before: &str) -> bool {
    let inside = |tag: &str| {
        let opened = before.rfind(&format!("<{tag}"));
        opened.is_some_and(|at| before.rfind(&format!("</{tag}")).is_none_or(|closed| closed < at))
    };
    if inside("script") || inside("style") {
        return false;
    }
    let Some(open) = before.rfind('<') else { return true };
    let tag = &before[open..];
    if tag.contains('>') {
        return true;
    }
    let mut quote = None;
    for (at, character) in tag.char_indices() {
        match quote {
            None if matches!(character, '"' | '\'') => quote = Some((character, at)),
            Some((open, _)) if open == character => quote = None,
            _ => {}
        }
    }
    let Some((_, at)) = quote else { return false };
    let name = tag[..at].trim_end_matches(['=', ' ']);
    let name = name.rsplit([' ', '\n', '\t', '"', '\'']).next().unwrap_or_default();
    !name.starts_with("on") && !ACTIVE_ATTRIBUTES.contains(&name)
}
