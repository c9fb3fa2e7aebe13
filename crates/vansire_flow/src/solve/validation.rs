//! Classes that check what they're made of: the annotations of a data model are guards.

use vansire_python::Symbol;
use vansire_python::ir::{
    ArgumentKind, BinaryOperator, Call, Constant, Expr, ExprKind, StmtKind, TargetKind,
};

use super::Solver;
use super::classes::Ancestor;
use crate::domain::{Fact, Text, Value};
use crate::text::CharSet;
use crate::text::regex::{self, MatchMode, RegexFlags};

impl Solver<'_> {
    /// What a field of a class can hold, where its class checks that; the field's value as it was given
    /// otherwise.
    pub(super) fn checked_field(&self, lineage: &[Ancestor], name: Symbol, value: Value) -> Value {
        let checks = lineage.iter().any(|ancestor| {
            matches!(ancestor, Ancestor::External(name)
                if matches!(name.as_str(), "pydantic.BaseModel" | "pydantic.main.BaseModel" | "sqlmodel.SQLModel"))
        });
        if !checks {
            return value;
        }
        for ancestor in lineage {
            let Ancestor::Class(class) = ancestor else { continue };
            let (_, ir) = self.body(class.body);
            for statement in ir.block.iter().rev() {
                let (target, annotation, default) = match &statement.kind {
                    StmtKind::Annotate { target, annotation } => (target, annotation, None),
                    StmtKind::Assign { targets, value, annotation: Some(annotation) } => {
                        let Some(target) = targets.first() else { continue };
                        (target, &**annotation, Some(value))
                    }
                    _ => continue,
                };
                if !matches!(&target.kind, TargetKind::Name(_, own) if *own == name) {
                    continue;
                }
                let mut fact = annotation_fact(annotation).unwrap_or_default();
                if let Some(more) = default.and_then(annotation_fact) {
                    fact = fact.and(&more);
                }
                return fact.apply(&value);
            }
        }
        value
    }
}

/// `int`, `module.int`: the last name.
fn last_name(expression: &Expr) -> Option<&str> {
    match &expression.kind {
        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => Some(name.as_str()),
        _ => None,
    }
}

/// What values of an annotation, or those that `Field(…)` lets pass, have in common.
fn annotation_fact(annotation: &Expr) -> Option<Fact> {
    match &annotation.kind {
        ExprKind::Name(..) | ExprKind::Attribute(..) => type_fact(last_name(annotation)?),
        ExprKind::Call(call) => call_fact(call),
        ExprKind::Subscript(base, index) => {
            let elements: &[Expr] = match &index.kind {
                ExprKind::Tuple(elements) => elements,
                _ => std::slice::from_ref(&**index),
            };
            match last_name(base)? {
                "Literal" => Some(Fact { one_of: Some(literals(elements)?), ..Fact::default() }),
                "Annotated" => elements.iter().filter_map(annotation_fact).reduce(|one, two| one.and(&two)),
                "Optional" => annotation_fact(elements.first()?),
                "Union" => union(elements.iter()),
                _ => None,
            }
        }
        ExprKind::Binary(BinaryOperator::BitOr, left, right) => union([&**left, &**right].into_iter()),
        _ => None,
    }
}

/// One of several; `None` has no text.
fn union<'e>(alternatives: impl Iterator<Item = &'e Expr>) -> Option<Fact> {
    let mut result: Option<Fact> = None;
    for alternative in alternatives {
        if matches!(alternative.kind, ExprKind::Constant(Constant::None)) {
            continue;
        }
        let fact = annotation_fact(alternative)?;
        result = Some(match result {
            Some(earlier) => earlier.or(&fact),
            None => fact,
        });
    }
    result
}

fn literals(elements: &[Expr]) -> Option<Value> {
    let mut texts = Vec::new();
    for element in elements {
        match &element.kind {
            ExprKind::Constant(Constant::String(text)) => texts.push(Text::literal(text)),
            // Numbers and booleans have no text that matters.
            ExprKind::Constant(_) => {}
            _ => return None,
        }
    }
    (!texts.is_empty()).then(|| Value::texts(texts))
}

fn type_fact(name: &str) -> Option<Fact> {
    let chars = match name {
        "int" | "float" | "bool" | "Decimal" | "PositiveInt" | "NegativeInt" | "NonNegativeInt"
        | "NonPositiveInt" | "StrictInt" | "StrictBool" | "StrictFloat" | "PositiveFloat"
        | "NonNegativeFloat" | "IPv4Address" => CharSet::NUMBER,
        "date" | "datetime" | "time" | "timedelta" | "AwareDatetime" | "NaiveDatetime" => {
            CharSet::class("0-9:.+T -")
        }
        "UUID" | "UUID1" | "UUID3" | "UUID4" | "UUID5" => CharSet::class("0-9a-f-"),
        _ => return None,
    };
    Some(Fact { chars, ..Fact::default() })
}

/// `constr(pattern=…)`, `Field(pattern=…)`, `conint(…)`
fn call_fact(call: &Call) -> Option<Fact> {
    match last_name(&call.callee)? {
        "conint" | "confloat" | "condecimal" => return type_fact("int"),
        "condate" => return type_fact("date"),
        "constr" | "StringConstraints" | "Field" => {}
        _ => return None,
    }
    let pattern =
        call.arguments.iter().find_map(|argument| match (&argument.kind, &argument.value.kind) {
            (ArgumentKind::Keyword(name), ExprKind::Constant(Constant::String(text)))
                if matches!(name.as_str(), "pattern" | "regex") =>
            {
                Some(text)
            }
            _ => None,
        })?;
    // The pattern is searched for; its `$` is the very end.
    let proof = regex::facts(pattern, RegexFlags::default())?.proved(MatchMode::Search);
    Some(Fact { chars: proof.chars, ..Fact::default() })
}
