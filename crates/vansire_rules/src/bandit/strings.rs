//! Tests of string literals: passwords, addresses, temporary folders, SQL.

use vansire_finding::{Confidence, Location, Position, Severity};
use vansire_python::SourceFile;
use vansire_python::ir::{
    Body, Call, Constant, Expr, ExprKind, ParameterKind, Span, StmtKind, StringPart, TargetKind,
};

use super::walk::{Checker, Node, Parents};
use super::{Hit, finding, test};

pub(super) const TEMPORARY_FOLDERS: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];

/// Characters that change the direction of text, in the order in which a line is searched for them.
const BIDIRECTIONAL: [char; 10] = [
    '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}',
    '\u{2069}', '\u{200f}',
];

impl<'a> Checker<'a> {
    /// A string literal, or a literal part of an f-string.
    pub(super) fn string(&mut self, text: &'a str, span: Span, parents: &Parents<'_, 'a>) {
        let context = parents.span();
        if text == "0.0.0.0" {
            let message = "All interfaces are bound, perhaps";
            self.report_at("B104", Severity::Medium, Confidence::Medium, span, context, message);
        }
        let mut folders = self.options.temporary_folders.iter();
        if folders.any(|folder| text.starts_with(folder.as_str())) {
            let message = "A name in a folder that everybody writes to";
            self.report_at("B108", Severity::Medium, Confidence::Medium, span, context, message);
        }
        match parents.node {
            Node::Expression(Expr { kind: ExprKind::Interpolated(parts), .. }) => {
                self.formatted_sql(text, parts, span, parents);
            }
            Node::Format(parts, _) => self.formatted_sql(text, parts, span, parents),
            // An f-string without fields.
            _ if self.is_formatted(span) => {
                if is_sql(text) {
                    self.sql(executes(parents), span, context);
                }
            }
            _ => {
                self.password(text, span, parents);
                self.composed_sql(text, span, parents);
            }
        }
    }

    fn password(&mut self, text: &'a str, span: Span, parents: &Parents<'_, 'a>) {
        let value = match parents.node {
            Node::Statement(statement) => {
                let StmtKind::Assign { targets, annotation: None, .. } = &statement.kind else { return };
                let is_password = targets.iter().any(|target| match &target.kind {
                    TargetKind::Name(_, name) | TargetKind::Attribute(_, name) => {
                        is_password_name(name.as_str())
                    }
                    _ => false,
                });
                is_password.then_some(text)
            }
            Node::Expression(outer) => match &outer.kind {
                ExprKind::Dict(items) => {
                    let is_this = |key: &Option<Expr>| key.as_ref().is_some_and(|key| key.span == span);
                    let item = items.iter().find(|(key, _)| is_this(key));
                    let value = item.map(|(_, value)| value).filter(|_| is_password_name(text));
                    value.and_then(|value| match &value.kind {
                        ExprKind::Constant(Constant::String(value_text)) => {
                            self.is_string(value).then_some(&**value_text)
                        }
                        ExprKind::Constant(_) => Some(""),
                        _ => None,
                    })
                }
                ExprKind::Compare(left, rest) => {
                    let is_password = match &left.kind {
                        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => {
                            is_password_name(name.as_str())
                        }
                        _ => false,
                    };
                    match rest.first() {
                        Some((_, right)) if is_password && self.is_string(right) => plain_text(right),
                        _ => None,
                    }
                }
                _ => None,
            },
            Node::Target(target) => {
                // `config["password"] = "…"`
                let statement = parents.above().map(|above| above.node);
                match (&target.kind, statement) {
                    (TargetKind::Subscript(..), Some(Node::Statement(statement)))
                        if is_password_name(text) =>
                    {
                        match &statement.kind {
                            StmtKind::Assign { value, annotation: None, .. } if self.is_string(value) => {
                                plain_text(value)
                            }
                            _ => None,
                        }
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        if value.is_some() {
            self.hardcoded_password("B105", span, parents.span());
        }
    }

    pub(super) fn hardcoded_password(&mut self, test: &'static str, span: Span, context: Span) {
        let message = "A password, perhaps, is written into the code";
        self.report_at(test, Severity::Low, Confidence::Medium, span, context, message);
    }

    /// Defaults are told to parameters from the end; those of positional-only parameters count, the parameters don't.
    pub(super) fn password_defaults(&mut self, body: &'a Body) {
        let named: Vec<_> =
            body.parameters.iter().filter(|one| one.kind == ParameterKind::Positional).collect();
        let defaults: Vec<&Expr> = defaults(body).collect();
        let without = named.len().saturating_sub(defaults.len());
        let pairs = named.iter().skip(without).zip(&defaults);
        for (parameter, default) in pairs {
            if self.is_string(default) && is_password_name(parameter.name.as_str()) {
                self.hardcoded_password("B107", body.span, body.span);
                return;
            }
        }
    }

    /// Text that is joined with `+` or `%`, or on which `format` or `replace` is called.
    fn composed_sql(&mut self, text: &'a str, span: Span, parents: &Parents<'_, 'a>) {
        match parents.node {
            Node::Expression(Expr { kind: ExprKind::Binary(..), span: stop }) => {
                let mut root = parents;
                while let Some(above) = root.above()
                    && matches!(above.node, Node::Expression(Expr { kind: ExprKind::Binary(..), .. }))
                {
                    root = above;
                }
                let Node::Expression(whole) = root.node else { return };
                let mut statement = text.to_owned();
                self.join(whole, *stop, &mut statement);
                if is_sql(&statement) {
                    let runs = root.above().is_some_and(executes);
                    self.sql(runs, span, parents.span());
                }
            }
            Node::Expression(Expr { kind: ExprKind::Attribute(_, method), .. })
                if matches!(method.as_str(), "format" | "replace") && is_sql(text) =>
            {
                // The attribute, its call, and what that is given to.
                let given_to = parents.above().and_then(Parents::above);
                let runs = given_to.is_some_and(executes) && method.as_str() != "replace";
                self.sql(runs, span, parents.span());
            }
            _ => {}
        }
    }

    /// Adds the texts of a chain of operators, those of one of its links left out.
    fn join(&self, expression: &Expr, stop: Span, statement: &mut String) {
        let ExprKind::Binary(_, left, right) = &expression.kind else { return };
        if expression.span == stop {
            return;
        }
        for side in [left, right] {
            if matches!(side.kind, ExprKind::Binary(..)) {
                self.join(side, stop, statement);
            } else if self.is_string(side)
                && let Some(text) = plain_text(side)
            {
                statement.push(' ');
                statement.push_str(text);
            }
        }
    }

    fn formatted_sql(&mut self, text: &str, parts: &'a [StringPart], span: Span, parents: &Parents<'_, 'a>) {
        let mut literals = parts.iter().filter_map(|part| match part {
            StringPart::Literal(literal) => Some(&**literal),
            StringPart::Value { .. } => None,
        });
        // One finding for the whole: at its first literal part.
        let Some(first) = literals.next().filter(|first| std::ptr::eq(*first, text)) else { return };
        let mut statement = first.to_owned();
        literals.for_each(|literal| statement.push_str(literal));
        if is_sql(&statement) {
            let runs = parents.above().is_some_and(executes);
            self.sql(runs, span, parents.span());
        }
    }

    fn sql(&mut self, runs: bool, span: Span, context: Span) {
        let confidence = if runs { Confidence::Medium } else { Confidence::Low };
        let message = "SQL is put together from texts";
        self.report_at("B608", Severity::Medium, confidence, span, context, message);
    }
}

fn plain_text(expression: &Expr) -> Option<&str> {
    match &expression.kind {
        ExprKind::Constant(Constant::String(text)) => Some(text),
        _ => None,
    }
}

/// The defaults of the parameters that can be given by position.
pub(super) fn defaults(body: &Body) -> impl Iterator<Item = &Expr> {
    let by_position = |kind| matches!(kind, ParameterKind::Positional | ParameterKind::PositionalOnly);
    body.parameters.iter().filter(move |one| by_position(one.kind)).filter_map(|one| one.default.as_ref())
}

/// Whether this is a call of something that runs SQL.
fn executes(parents: &Parents<'_, '_>) -> bool {
    let Node::Expression(Expr { kind: ExprKind::Call(call), .. }) = parents.node else { return false };
    matches!(called_name(call), Some("execute" | "executemany"))
}

/// `execute` of `cursor.execute()` and of `execute()`.
pub(super) fn called_name(call: &Call) -> Option<&'static str> {
    match &call.callee.kind {
        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => Some(name.as_str()),
        _ => None,
    }
}

/// Whether one of the parts of a name between underscores is a word for a password, in any case.
pub(super) fn is_password_name(name: &str) -> bool {
    // As `$` does, the end may have a line end after it.
    let name = name.strip_suffix('\n').unwrap_or(name);
    name.split('_').any(is_password_word)
}

/// `password`, `passwd`, `pass`, `passphrase`, `pwd`, `token`, `secret`, and some spellings: `pas+wo?r?d`, `secrete`.
fn is_password_word(word: &str) -> bool {
    if !(3..=64).contains(&word.len()) {
        return false;
    }
    let lower = word.to_ascii_lowercase();
    if matches!(lower.as_str(), "pass" | "passphrase" | "pwd" | "token" | "secret" | "secrete") {
        return true;
    }
    let Some(rest) = lower.strip_prefix("pas") else { return false };
    let rest = rest.trim_start_matches('s');
    matches!(rest, "wd" | "wod" | "wrd" | "word")
}

/// Whether a text looks like SQL: `select … from `, `delete from `, `insert into … values(`, `update … set `.
pub(super) fn is_sql(text: &str) -> bool {
    if text.len() < 11 {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let lower = lower.as_str();
    let starts = |word: &'static str| {
        lower.match_indices(word).filter_map(move |(at, _)| {
            let rest = &lower[at + word.len()..];
            rest.starts_with(is_space).then_some(rest)
        })
    };
    let has = |text: &str, word: &str, is_after: fn(char) -> bool| {
        text.match_indices(word).any(|(at, _)| text[at + word.len()..].starts_with(is_after))
    };
    // What may stand between is anything: the first start that there is sees everything that later ones see.
    let after_space = |rest: &'_ str| rest.chars().next().map_or(0, char::len_utf8);
    starts("select").next().is_some_and(|rest| has(&rest[after_space(rest)..], "from", is_space))
        || starts("delete").any(|rest| {
            let rest = rest.trim_start_matches(is_space);
            rest.strip_prefix("from").is_some_and(|rest| rest.starts_with(is_space))
        })
        || starts("insert").any(|rest| {
            let rest = rest.trim_start_matches(is_space);
            rest.strip_prefix("into").is_some_and(|rest| {
                let mut characters = rest.chars();
                characters.next().is_some_and(is_space)
                    && has(characters.as_str(), "values", |character| is_space(character) || character == '(')
            })
        })
        || starts("update").next().is_some_and(|rest| has(&rest[after_space(rest)..], "set", is_space))
}

/// What `\s` stands for in Python.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// The first line that has a character which changes the direction of text.
pub(super) fn bidirectional_characters(source: &SourceFile) -> Option<Hit> {
    if source.text.is_ascii() || !source.text.contains(BIDIRECTIONAL) {
        return None;
    }
    for (index, line) in lines(&source.text).enumerate() {
        let Some(character) = BIDIRECTIONAL.into_iter().find(|&character| line.contains(character)) else {
            continue;
        };
        let line_number = index as u32 + 1;
        let column = line.chars().take_while(|&one| one != character).count() as u32 + 1;
        let at = |column| Position { line: line_number, column };
        let location =
            Location { path: source.path.clone(), start: at(column), end: at(column + 1), cell: None };
        let test = test("B613")?;
        let message =
            "A character changes the direction of the text: what is seen isn't what runs".to_owned();
        let finding = finding(test, Severity::High, Confidence::Medium, message, location, String::new())?;
        return Some(Hit { test, finding, lines: (0, 1) });
    }
    None
}

/// Lines as `str.splitlines` has them, for the ends that occur in Python files.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line))
}
