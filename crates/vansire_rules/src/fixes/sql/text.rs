//! The text of a statement that is put together: its parts, and what they come to with parameters in place of values.

use std::borrow::Cow;

use vansire_python::ir::{ArgumentKind, BinaryOperator, Call, Constant, Expr, ExprKind, StringPart};

/// Stands for a parameter until the style is known. No statement has it.
pub const PARAMETER: char = '\u{1}';

/// A part of a statement: text, or a value.
pub enum Part<'a> {
    Text(Cow<'a, str>),
    Value(&'a Expr),
}

/// A parameter: a value, with the text that stands around it within the same quotes.
pub struct Parameter<'a> {
    pub value: &'a Expr,
    pub before: String,
    pub after: String,
}

/// The parts of a text; none where it isn't only put together.
pub fn parts<'a>(text: &'a ExprKind, out: &mut Vec<Part<'a>>) -> Option<()> {
    match text {
        ExprKind::Constant(Constant::String(text)) => out.push(Part::Text(Cow::Borrowed(text))),
        ExprKind::Interpolated(parts) => {
            for part in parts {
                match part {
                    StringPart::Literal(text) => out.push(Part::Text(Cow::Borrowed(text))),
                    StringPart::Value { value, conversion: None | Some('s'), format }
                        if format.is_empty() =>
                    {
                        out.push(Part::Value(value));
                    }
                    StringPart::Value { .. } => return None,
                }
            }
        }
        ExprKind::Binary(BinaryOperator::Add, left, right) => {
            match &left.kind {
                ExprKind::Constant(Constant::String(_))
                | ExprKind::Interpolated(_)
                | ExprKind::Binary(..) => {
                    parts(&left.kind, out)?;
                }
                _ => out.push(Part::Value(left)),
            }
            match &right.kind {
                ExprKind::Constant(Constant::String(text)) => out.push(Part::Text(Cow::Borrowed(text))),
                ExprKind::Interpolated(_) => parts(&right.kind, out)?,
                _ => out.push(Part::Value(right)),
            }
        }
        ExprKind::Binary(BinaryOperator::Modulo, left, right) => {
            let ExprKind::Constant(Constant::String(text)) = &left.kind else { return None };
            percent(text, right, out)?;
        }
        ExprKind::Call(call) => format(call, out)?,
        _ => return None,
    }
    Some(())
}

/// `text % values`, where every conversion is `%s` or `%(name)s`.
fn percent<'a>(text: &'a str, values: &'a Expr, out: &mut Vec<Part<'a>>) -> Option<()> {
    if let ExprKind::Dict(items) = &values.kind {
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            out.push(Part::Text(Cow::Borrowed(&rest[..at])));
            let (name, after) = rest[at..].strip_prefix("%(")?.split_once(")s")?;
            let is_this =
                |key: &Expr| matches!(&key.kind, ExprKind::Constant(Constant::String(key)) if **key == *name);
            let (_, value) = items.iter().rev().find(|(key, _)| key.as_ref().is_some_and(is_this))?;
            out.push(Part::Value(value));
            rest = after;
        }
        // A value that isn't used may do something when it is computed.
        let used = out.iter().filter(|part| matches!(part, Part::Value(_))).count();
        out.push(Part::Text(Cow::Borrowed(rest)));
        return (used >= items.len() && items.iter().all(|(key, _)| key.is_some())).then_some(());
    }
    let values: Vec<&Expr> = match &values.kind {
        ExprKind::Tuple(items) => items.iter().collect(),
        _ => vec![values],
    };
    let texts: Vec<&str> = text.split("%s").collect();
    // `%d`, `%%` and the like are left alone.
    if texts.len() != values.len() + 1 || texts.iter().any(|text| text.contains('%')) {
        return None;
    }
    let mut values = values.into_iter();
    for text in texts {
        out.push(Part::Text(Cow::Borrowed(text)));
        out.extend(values.next().map(Part::Value));
    }
    Some(())
}

/// `text.format(values)`, by position, number or name.
fn format<'a>(call: &'a Call, out: &mut Vec<Part<'a>>) -> Option<()> {
    let ExprKind::Attribute(receiver, method) = &call.callee.kind else { return None };
    let ExprKind::Constant(Constant::String(text)) = &receiver.kind else { return None };
    let is_plain = |kind: ArgumentKind| matches!(kind, ArgumentKind::Positional | ArgumentKind::Keyword(_));
    if method.as_str() != "format" || !call.arguments.iter().all(|one| is_plain(one.kind)) {
        return None;
    }
    let positional: Vec<&Expr> = call
        .arguments
        .iter()
        .filter(|one| one.kind == ArgumentKind::Positional)
        .map(|one| &one.value)
        .collect();
    let mut used = Vec::new();
    let mut next = 0;
    let mut literal = String::new();
    let mut rest: &str = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            literal.push_str(&rest[..1]);
            rest = &rest[2..];
            continue;
        }
        let (field, after) = rest.strip_prefix('{')?.split_once('}')?;
        let value = if field.is_empty() {
            next += 1;
            positional.get(next - 1).copied()?
        } else if let Ok(number) = field.parse::<usize>() {
            positional.get(number).copied()?
        } else {
            let is_this = |kind| matches!(kind, ArgumentKind::Keyword(name) if name.as_str() == field);
            &call.arguments.iter().find(|one| is_this(one.kind))?.value
        };
        out.push(Part::Text(Cow::Owned(std::mem::take(&mut literal))));
        out.push(Part::Value(value));
        used.push(std::ptr::from_ref(value));
        rest = after;
    }
    literal.push_str(rest);
    out.push(Part::Text(Cow::Owned(literal)));
    // A value that isn't used may do something when it is computed.
    call.arguments.iter().all(|one| used.contains(&std::ptr::from_ref(&one.value))).then_some(())
}

/// The statement with [`PARAMETER`] for each value, and the values in their order; none where a value stands where no
/// parameter can.
pub fn with_parameters<'a>(parts: &[Part<'a>]) -> Option<(String, Vec<Parameter<'a>>)> {
    let mut statement = String::new();
    let mut parameters = Vec::<Parameter<'a>>::new();
    let mut quoted = false;
    for part in parts {
        match part {
            Part::Text(text) => {
                let mut text: &str = text;
                if quoted {
                    // The quote that was opened before the value has to be closed after it.
                    let (after, rest) = text.split_once('\'')?;
                    let last = parameters.last_mut()?;
                    after.clone_into(&mut last.after);
                    // Two quotes are one quote within the text.
                    if rest.starts_with('\'') {
                        return None;
                    }
                    text = rest;
                    quoted = false;
                }
                if ["--", "/*", "\\"].iter().any(|one| text.contains(one)) || text.contains(PARAMETER) {
                    return None;
                }
                statement.push_str(text);
            }
            Part::Value(_) if quoted => return None,
            Part::Value(value) => {
                let mut before = String::new();
                // An odd number of quotes means that the value is within a text.
                if statement.matches('\'').count() % 2 == 1 {
                    let quote = statement.rfind('\'')?;
                    statement.split_off(quote)[1..].clone_into(&mut before);
                    quoted = true;
                }
                if !takes_value(statement.trim_end_matches([' ', '\n', '\t'])) {
                    return None;
                }
                statement.push(PARAMETER);
                parameters.push(Parameter { value, before, after: String::new() });
            }
        }
    }
    (!quoted).then_some((statement, parameters))
}

/// Whether a value can follow: after an operator, a bracket or a comma in a list of values, or a word such as `LIKE`.
fn takes_value(before: &str) -> bool {
    let upper = before.to_ascii_uppercase();
    if upper.ends_with(['=', '<', '>']) {
        return true;
    }
    if ["LIKE", "BETWEEN", "LIMIT", "OFFSET"]
        .iter()
        .any(|word| upper.strip_suffix(word).is_some_and(|rest| rest.ends_with([' ', '\n', '\t'])))
    {
        return true;
    }
    // `BETWEEN ? AND`
    if let Some(rest) = upper.strip_suffix(" AND")
        && let Some(first) = rest.trim_end().strip_suffix(PARAMETER)
        && first.trim_end().ends_with("BETWEEN")
    {
        return true;
    }
    // `VALUES (` and `IN (`, and what follows there.
    let Some(open) = upper.rfind('(') else { return false };
    let head = upper[..open].trim_end();
    let is_list = head.ends_with("VALUES") || head.ends_with(" IN");
    is_list && !upper[open..].contains(')') && upper.ends_with(['(', ','])
}

/// A string literal of Python's.
pub fn literal(text: &str) -> Option<String> {
    if text.chars().any(|character| character.is_control() && character != '\n') || text.contains('\\') {
        return None;
    }
    if text.contains('\n') {
        return (!text.contains("\"\"\"") && !text.ends_with('"')).then(|| format!("\"\"\"{text}\"\"\""));
    }
    if text.contains('"') && !text.contains('\'') {
        return Some(format!("'{text}'"));
    }
    Some(format!("\"{}\"", text.replace('"', "\\\"")))
}
