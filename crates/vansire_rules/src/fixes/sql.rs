//! SQL that is put together from texts: parameters in the style of the driver.

use vansire_python::Symbol;
use vansire_python::ir::{
    Argument, ArgumentKind, Call, Constant, Expr, ExprKind, Span, Stmt, StmtKind, TargetKind,
};

use super::{Fixer, Proposal, change};
use vansire_python::walk;

mod text;

use text::{PARAMETER, Parameter, literal, parts, with_parameters};

/// How a driver writes a parameter (PEP 249, `paramstyle`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `?`
    Question,
    /// `%s`
    Format,
    /// `:name`
    Named,
    /// `$1`, with the values as arguments of their own.
    Dollar,
}

/// The drivers, by the module that is imported.
const DRIVERS: [(&str, Style); 19] = [
    ("sqlite3", Style::Question),
    ("aiosqlite", Style::Question),
    ("pyodbc", Style::Question),
    ("duckdb", Style::Question),
    ("mariadb", Style::Question),
    ("psycopg", Style::Format),
    ("psycopg2", Style::Format),
    ("MySQLdb", Style::Format),
    ("pymysql", Style::Format),
    ("pymssql", Style::Format),
    ("mysql.connector", Style::Format),
    ("mysql", Style::Format),
    ("aiomysql", Style::Format),
    ("aiopg", Style::Format),
    ("snowflake.connector", Style::Format),
    ("django.db", Style::Format),
    ("oracledb", Style::Named),
    ("cx_Oracle", Style::Named),
    ("asyncpg", Style::Dollar),
];

/// Methods that run a statement.
const METHODS: [&str; 5] = ["execute", "fetch", "fetchrow", "fetchval", "scalar"];

/// Where a statement is handed over.
struct Site<'a> {
    style: Style,
    /// The literal, or what is put together.
    statement: &'a Expr,
    /// Behind what the parameters are put.
    end: u32,
    /// Parameters that are there already.
    given: Option<&'a Expr>,
}

impl<'a> Fixer<'a> {
    /// Values that stand where a value can stand become parameters. Every other use (a table's name, a part of a text)
    /// leaves the code alone.
    pub(super) fn parameters(&self, span: Span) -> Option<Proposal> {
        let Site { style, statement, end, given } = self.statement_site(span)?;
        let mut all = Vec::new();
        parts(&statement.kind, &mut all)?;
        let (text, parameters) = with_parameters(&all)?;
        if parameters.is_empty() || self.has_comments(statement, &text, &parameters) {
            return None;
        }
        let values: Vec<String> =
            parameters.iter().map(|parameter| self.value(parameter)).collect::<Option<_>>()?;
        let message = "hand the values over as parameters";
        if let Some(given) = given {
            let (text, values) = self.merged(style, &text, &values, given)?;
            let changes = vec![change(statement.span, literal(&text)?), change(given.span, tuple(&values))];
            return Some(Proposal { message, safe: true, changes });
        }
        if style == Style::Question && text.contains('?') {
            return None;
        }
        let (text, values) = match style {
            Style::Question => (text.replace(PARAMETER, "?"), tuple(&values)),
            Style::Format => (text.replace('%', "%%").replace(PARAMETER, "%s"), tuple(&values)),
            Style::Named => self.named(&text, &parameters, &values)?,
            Style::Dollar => {
                let mut number = 0;
                let text = replaced(&text, || {
                    number += 1;
                    format!("${number}")
                });
                (text, values.join(", "))
            }
        };
        let literal = literal(&text)?;
        let changes = if statement.span.end == end {
            vec![change(statement.span, format!("{literal}, {values}"))]
        } else {
            vec![change(statement.span, literal), change(Span { start: end, end }, format!(", {values}"))]
        };
        Some(Proposal { message, safe: true, changes })
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

    /// The call that runs the statement at hand.
    fn statement_site(&self, span: Span) -> Option<Site<'a>> {
        let (mut call, whole) = self.call(span)?;
        if self.is_text(call) {
            // The statement was made here, and is run by the call around.
            let outer = self.expressions.iter().find_map(|expression| match &expression.kind {
                ExprKind::Call(outer) if outer.arguments.first()?.value.span == whole.span => Some(outer),
                _ => None,
            });
            call = outer?;
        }
        let ExprKind::Attribute(_, method) = &call.callee.kind else { return None };
        let is_positional = |argument: &&Argument| argument.kind == ArgumentKind::Positional;
        if !METHODS.contains(&method.as_str()) || !call.arguments.iter().all(|one| is_positional(&one)) {
            return None;
        }
        let (argument, given) = match call.arguments.as_slice() {
            [argument] => (&argument.value, None),
            [argument, given] => (&argument.value, Some(&given.value)),
            _ => return None,
        };
        if let ExprKind::Call(inner) = &argument.kind
            && self.is_text(inner)
        {
            let [statement] = inner.arguments.as_slice() else { return None };
            let statement = Some(statement).filter(is_positional).map(|one| &one.value)?;
            let end = argument.span.end;
            return given.is_none().then_some(Site { style: Style::Named, statement, end, given });
        }
        let style = self.style()?;
        if method.as_str() != "execute" && style != Style::Dollar {
            return None;
        }
        let end = argument.span.end;
        let statement = match &argument.kind {
            ExprKind::Name(_, name) => self.assigned_before(*name, call)?,
            _ => argument,
        };
        Some(Site { style, statement, end, given })
    }

    /// Whether it is SQLAlchemy's `text`.
    fn is_text(&self, call: &Call) -> bool {
        let name = self.names.resolve(&call.callee);
        matches!(
            name.as_deref(),
            Some("sqlalchemy.text" | "sqlalchemy.sql.text" | "sqlalchemy.sql.expression.text")
        )
    }

    /// What a variable was assigned by the statement right before, where that is all that it is there for.
    fn assigned_before(&self, name: Symbol, call: &Call) -> Option<&'a Expr> {
        let uses =
            self.expressions.iter().filter(|one| matches!(one.kind, ExprKind::Name(_, used) if used == name));
        let body = self.body_of(call.callee.span)?;
        if uses.filter(|one| self.body_of(one.span).is_some_and(|other| std::ptr::eq(body, other))).count()
            != 1
        {
            return None;
        }
        let mut found = None;
        let mut look = |block: &'a [Stmt]| {
            let pairs = block.windows(2).filter_map(|pair| match pair {
                [before, after] => Some((before, after)),
                _ => None,
            });
            for (before, after) in pairs {
                let holds =
                    after.span.start <= call.callee.span.start && call.callee.span.end <= after.span.end;
                let is_simple = match &after.kind {
                    StmtKind::Expr(_) | StmtKind::Assign { .. } | StmtKind::Return(_) => true,
                    // What stands in the body of the loop is run later, and more than once.
                    StmtKind::For { iterable, .. } => call.callee.span.end <= iterable.span.end,
                    _ => false,
                };
                if holds
                    && is_simple
                    && let StmtKind::Assign { targets, value, .. } = &before.kind
                    && let [target] = targets.as_slice()
                    && matches!(target.kind, TargetKind::Name(_, bound) if bound == name)
                {
                    found = Some(value);
                }
            }
        };
        look(&body.block);
        walk::statements(&body.block, &mut |statement| walk::blocks(statement, &mut look));
        found
    }

    /// Whether something in the code of a statement would be lost.
    fn has_comments(&self, statement: &Expr, text: &str, parameters: &[Parameter<'_>]) -> bool {
        let marks = |text: &str| text.matches('#').count();
        let around =
            |one: &Parameter<'_>| marks(&one.before) + marks(&one.after) + marks(self.text(one.value));
        marks(self.text(statement)) > marks(text) + parameters.iter().map(around).sum::<usize>()
    }

    /// A parameter's value, as an element of a tuple.
    fn value(&self, parameter: &Parameter<'_>) -> Option<String> {
        let text = self.text(parameter.value);
        if parameter.before.is_empty() && parameter.after.is_empty() {
            let is_bare = matches!(
                parameter.value.kind,
                ExprKind::Named(..) | ExprKind::Yield(_) | ExprKind::YieldFrom(_)
            );
            return Some(if is_bare { format!("({text})") } else { text.to_owned() });
        }
        let [before, after] = [&parameter.before, &parameter.after].map(|text| literal(text));
        let is_name = matches!(parameter.value.kind, ExprKind::Name(..) | ExprKind::Attribute(..));
        let is_plain = |text: &str| !text.contains(['"', '{', '}', '\n']);
        if is_name && is_plain(&parameter.before) && is_plain(&parameter.after) && is_plain(text) {
            before?;
            after?;
            return Some(format!("f\"{}{{{text}}}{}\"", parameter.before, parameter.after));
        }
        let mut sum = Vec::new();
        if !parameter.before.is_empty() {
            sum.push(before?);
        }
        sum.push(format!("str({text})"));
        if !parameter.after.is_empty() {
            sum.push(after?);
        }
        Some(sum.join(" + "))
    }

    /// The statement and all values where some were handed over already.
    fn merged(
        &self,
        style: Style,
        text: &str,
        new: &[String],
        given: &Expr,
    ) -> Option<(String, Vec<String>)> {
        let mark = match style {
            Style::Question => "?",
            Style::Format => "%s",
            Style::Named | Style::Dollar => return None,
        };
        let (ExprKind::Tuple(items) | ExprKind::List(items)) = &given.kind else { return None };
        if items.iter().any(|item| matches!(item.kind, ExprKind::Starred(_)))
            || text.replace("%s", "").contains('%') && style == Style::Format
            || text.matches(mark).count() != items.len()
            || self.text(given).contains('#')
        {
            return None;
        }
        let (mut old, mut new) = (items.iter(), new.iter());
        let mut values = Vec::new();
        let mut rest = text;
        loop {
            let next = [rest.find(mark), rest.find(PARAMETER)].into_iter().flatten().min();
            let Some(at) = next else { break };
            if rest[at..].starts_with(PARAMETER) {
                values.push(new.next()?.clone());
                rest = &rest[at + 1..];
            } else {
                values.push(self.text(old.next()?).to_owned());
                rest = &rest[at + mark.len()..];
            }
        }
        Some((text.replace(PARAMETER, mark), values))
    }

    /// The statement with names, and a dictionary.
    fn named(&self, text: &str, parameters: &[Parameter<'_>], values: &[String]) -> Option<(String, String)> {
        // What looks like a name already can't be told from ours.
        if text.replace("::", "").contains(':') {
            return None;
        }
        let mut names = Vec::<(String, &String)>::new();
        let mut order = Vec::new();
        for (parameter, value) in parameters.iter().zip(values) {
            let is_name = matches!(parameter.value.kind, ExprKind::Name(..) | ExprKind::Attribute(..));
            if let Some((name, _)) = names.iter().find(|(_, known)| is_name && *known == value) {
                order.push(name.clone());
                continue;
            }
            let wanted = match &parameter.value.kind {
                ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => name.as_str(),
                ExprKind::Subscript(_, index) => match &index.kind {
                    ExprKind::Constant(Constant::String(key)) => key,
                    _ => "value",
                },
                _ => "value",
            };
            let is_word = |name: &str| {
                name.starts_with(|one: char| one.is_ascii_alphabetic())
                    && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_')
            };
            let wanted = if is_word(wanted) { wanted } else { "value" };
            let is_free = |name: &str| names.iter().all(|(other, _)| other != name);
            let mut name = wanted.to_owned();
            let mut number = 1;
            while !is_free(&name) {
                number += 1;
                name = format!("{wanted}_{number}");
            }
            order.push(name.clone());
            names.push((name, value));
        }
        let mut order = order.into_iter();
        let text = replaced(text, || format!(":{}", order.next().unwrap_or_default()));
        let items: Vec<String> = names.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        Some((text, format!("{{{}}}", items.join(", "))))
    }
}

fn tuple(values: &[String]) -> String {
    if let [one] = values { format!("({one},)") } else { format!("({})", values.join(", ")) }
}

/// Puts something in place of each parameter.
fn replaced(text: &str, mut next: impl FnMut() -> String) -> String {
    let mut result = String::new();
    for (index, part) in text.split(PARAMETER).enumerate() {
        if index > 0 {
            result.push_str(&next());
        }
        result.push_str(part);
    }
    result
}
