//! SQL that is put together from texts: parameters in the style of the driver.

use vansire_python::ir::{ArgumentKind, BinaryOperator, Call, Constant, Expr, ExprKind, Span, StringPart};

use super::{Fixer, Proposal, change};

/// How a driver writes a parameter (PEP 249, `paramstyle`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `?`
    Question,
    /// `%s`
    Format,
}

/// The drivers, by the module that is imported.
const DRIVERS: [(&str, Style); 13] = [
    ("sqlite3", Style::Question),
    ("aiosqlite", Style::Question),
    ("pyodbc", Style::Question),
    ("duckdb", Style::Question),
    ("psycopg", Style::Format),
    ("psycopg2", Style::Format),
    ("MySQLdb", Style::Format),
    ("pymysql", Style::Format),
    ("mysql.connector", Style::Format),
    ("mysql", Style::Format),
    ("aiomysql", Style::Format),
    ("mariadb", Style::Question),
    ("django.db", Style::Format),
];

/// A part of a statement: text, or a value.
enum Part<'a> {
    Text(&'a str),
    Value(&'a Expr),
}

impl<'a> Fixer<'a> {
    /// Values that stand where a value can stand become parameters. Every other use (a table's name, a part of a text)
    /// leaves the code alone.
    pub(super) fn parameters(&self, span: Span) -> Option<Proposal> {
        let style = self.style()?;
        let (call, argument) = self.statement_call(span)?;
        let mut parts = Vec::new();
        self.parts(&argument.kind, &mut parts)?;
        let (statement, values) = rewrite(&parts, style)?;
        if values.is_empty() {
            return None;
        }
        let values: Vec<&str> = values.into_iter().map(|value| self.text(value)).collect();
        let tuple = if let [one] = values.as_slice() {
            format!("({one},)")
        } else {
            format!("({})", values.join(", "))
        };
        debug_assert_eq!(call.arguments.len(), 1);
        let text = format!("{}, {tuple}", literal(&statement)?);
        let changes = vec![change(argument.span, text)];
        Some(Proposal { message: "hand the values over as parameters", safe: true, changes })
    }

    /// The style of the one driver that the file imports.
    fn style(&self) -> Option<Style> {
        let imported = |driver: &str| {
            self.module.imports.iter().any(|name| {
                let name = name.as_str();
                name == driver || name.strip_prefix(driver).is_some_and(|rest| rest.starts_with('.'))
            })
        };
        let mut styles = DRIVERS.iter().filter(|(driver, _)| imported(driver)).map(|(_, style)| *style);
        let style = styles.next()?;
        styles.all(|other| other == style).then_some(style)
    }

    /// The call of `execute` with the statement as its only argument.
    fn statement_call(&self, span: Span) -> Option<(&'a Call, &'a Expr)> {
        let (call, _) = self.call(span)?;
        let ExprKind::Attribute(_, name) = &call.callee.kind else { return None };
        let [argument] = call.arguments.as_slice() else { return None };
        let is_plain = name.as_str() == "execute" && argument.kind == ArgumentKind::Positional;
        is_plain.then_some((call, &argument.value))
    }

    fn parts(&self, statement: &'a ExprKind, out: &mut Vec<Part<'a>>) -> Option<()> {
        match statement {
            ExprKind::Constant(Constant::String(text)) => out.push(Part::Text(text)),
            ExprKind::Interpolated(parts) => {
                for part in parts {
                    match part {
                        StringPart::Literal(text) => out.push(Part::Text(text)),
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
                self.parts(&left.kind, out)?;
                match &right.kind {
                    ExprKind::Constant(Constant::String(text)) => out.push(Part::Text(text)),
                    ExprKind::Interpolated(_) => self.parts(&right.kind, out)?,
                    _ => out.push(Part::Value(right)),
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
                // `%d`, `%%` and the like are left alone.
                if texts.len() != values.len() + 1 || texts.iter().any(|text| text.contains('%')) {
                    return None;
                }
                self.interleave(&texts, values, out);
            }
            ExprKind::Call(call) => {
                let ExprKind::Attribute(receiver, method) = &call.callee.kind else { return None };
                let ExprKind::Constant(Constant::String(text)) = &receiver.kind else { return None };
                let is_positional = |kind| kind == ArgumentKind::Positional;
                if method.as_str() != "format" || !call.arguments.iter().all(|one| is_positional(one.kind)) {
                    return None;
                }
                let texts: Vec<&str> = text.split("{}").collect();
                if texts.len() != call.arguments.len() + 1
                    || texts.iter().any(|text| text.contains(['{', '}']))
                {
                    return None;
                }
                self.interleave(&texts, call.arguments.iter().map(|one| &one.value).collect(), out);
            }
            _ => return None,
        }
        Some(())
    }

    fn interleave(&self, texts: &[&'a str], values: Vec<&'a Expr>, out: &mut Vec<Part<'a>>) {
        let mut values = values.into_iter();
        for text in texts {
            out.push(Part::Text(text));
            out.extend(values.next().map(Part::Value));
        }
    }
}

/// The statement with placeholders, and the values in their order.
fn rewrite<'a>(parts: &[Part<'a>], style: Style) -> Option<(String, Vec<&'a Expr>)> {
    let mut statement = String::new();
    let mut values = Vec::new();
    let mut quoted = false;
    for part in parts {
        match part {
            Part::Text(text) => {
                let mut text = *text;
                if quoted {
                    // The quote that was opened before the value has to be closed right after it.
                    text = text.strip_prefix('\'')?;
                    quoted = false;
                }
                if text.contains('?') || text.contains("--") || text.contains("/*") || text.contains('\\') {
                    return None;
                }
                match style {
                    Style::Question => statement.push_str(text),
                    Style::Format => statement.push_str(&text.replace('%', "%%")),
                }
            }
            Part::Value(value) => {
                let before = statement.trim_end_matches([' ', '\n']);
                quoted = statement.ends_with('\'');
                let unquoted =
                    if quoted { statement.strip_suffix('\'')?.to_owned() } else { before.to_owned() };
                // An odd number of quotes means that the value is a part of a text.
                if unquoted.matches('\'').count() % 2 == 1 || !takes_value(unquoted.trim_end()) {
                    return None;
                }
                if quoted {
                    statement.pop();
                }
                statement.push_str(if style == Style::Question { "?" } else { "%s" });
                values.push(*value);
            }
        }
    }
    (!quoted).then_some((statement, values))
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
    // `VALUES (` and `IN (`, and what follows there.
    let Some(open) = upper.rfind('(') else { return false };
    let head = upper[..open].trim_end();
    let is_list = head.ends_with("VALUES") || head.ends_with(" IN");
    is_list && !upper[open..].contains(')') && upper.ends_with(['(', ','])
}

/// A string literal of Python's.
fn literal(text: &str) -> Option<String> {
    if text.chars().any(|character| character.is_control() && character != '\n') {
        return None;
    }
    if text.contains('\n') {
        return (!text.contains("\"\"\"") && !text.ends_with('"')).then(|| format!("\"\"\"{text}\"\"\""));
    }
    Some(format!("\"{}\"", text.replace('"', "\\\"")))
}
