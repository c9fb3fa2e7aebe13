//! Statements of SQL in calls of which nothing is known: a text that begins with `SELECT` and is handed to something
//! named `execute` is a query, whatever the library.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::{Frame, Hit, Solver};
use crate::domain::{Labels, Origin, Part, Text, Value};
use crate::text::SinkKind;

/// Parts of the names of methods and functions that carry out a statement.
const NAMES: &[&str] =
    &["exec", "query", "fetch", "sql", "select", "raw", "run", "scalar", "prepare", "statement"];

/// How statements begin: a word, and one of those that follow somewhere behind it.
const STATEMENTS: &[(&str, &[&str])] = &[
    ("SELECT", &[]),
    ("INSERT", &["INTO"]),
    ("REPLACE", &["INTO"]),
    ("UPDATE", &["SET"]),
    ("DELETE", &["FROM"]),
    ("MERGE", &["INTO"]),
    ("WITH", &["AS"]),
    ("CREATE", OBJECTS),
    ("DROP", OBJECTS),
    ("ALTER", OBJECTS),
    ("TRUNCATE", &["TABLE"]),
];

/// What is created and dropped.
const OBJECTS: &[&str] =
    &["TABLE", "DATABASE", "SCHEMA", "INDEX", "VIEW", "USER", "ROLE", "FUNCTION", "PROCEDURE", "TRIGGER"];

fn begins_statement(text: &Text) -> bool {
    let Some(Part::Literal(literal)) = text.parts().first() else { return false };
    let literal = literal.trim_start_matches(|one: char| one.is_whitespace() || one == '(');
    STATEMENTS.iter().any(|(first, later)| {
        let Some((start, rest)) = literal.split_at_checked(first.len()) else { return false };
        let literals = text.parts().iter().filter_map(|part| match part {
            Part::Literal(literal) => Some(&**literal),
            Part::Hole { .. } => None,
        });
        start.eq_ignore_ascii_case(first)
            && rest.starts_with(char::is_whitespace)
            && (later.is_empty()
                || literals
                    .flat_map(str::split_whitespace)
                    .any(|word| later.iter().any(|one| word.eq_ignore_ascii_case(one))))
    })
}

/// Of the texts that a value can be, those that are statements.
pub(super) fn statements_in(value: &Value) -> Value {
    Value::texts(value.as_texts().into_iter().filter(begins_statement))
}

/// Whether the caller may hand in a statement, or its beginning.
pub(super) fn may_begin_statement(value: &Value) -> bool {
    let from_caller = |labels: &Labels| labels.iter().any(|label| matches!(label.origin, Origin::Path(_)));
    value
        .as_texts()
        .iter()
        .any(|text| matches!(text.parts().first(), Some(Part::Hole { labels, .. }) if from_caller(labels)))
}

impl<'p> Solver<'p> {
    /// A call of something unknown: a query, if its name and its text say so. That it is one is a guess.
    pub(super) fn query_by_text(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        arguments: &Arguments,
        span: Span,
    ) {
        let lower = name.as_str().to_ascii_lowercase();
        if !NAMES.iter().any(|part| lower.contains(part)) {
            return;
        }
        let Some(value) = arguments.positional.first() else { return };
        if !value.has_labels() {
            return;
        }
        let value = self.read(frame, value);
        let value = if value.refs.is_empty() {
            value
        } else {
            let texts = self.sink_texts(frame, &value, SinkKind::Sql);
            Value::texts(texts).with_identity(value.identity)
        };
        let hit = Hit { by_text: true, ..Self::hit(frame, SinkKind::Sql, value, span, name) };
        self.report_hit(frame, hit);
    }
}
