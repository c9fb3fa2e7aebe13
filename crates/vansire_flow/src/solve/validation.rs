//! Classes that check what they're made of: the annotations of a data model are guards.

use vansire_python::Symbol;
use vansire_python::ir::{
    ArgumentKind, BinaryOperator, Call, Constant, Expr, ExprKind, Span, StmtKind, TargetKind,
};

use super::binding::Arguments;
use super::classes::Ancestor;
use super::{Frame, Solver};
use crate::domain::{Fact, FileIndex, Ref, Text, Value};
use crate::text::CharSet;
use crate::text::regex::{self, MatchMode, RegexFlags};

/// The number of the list that the first field of a model is, among what its constructor makes.
const FIRST_LIST: u32 = 64_000;

impl<'p> Solver<'p> {
    /// What a field of a class can hold, where its class checks that; the field's value as it was given
    /// otherwise. The field is made as `number` of those made at `span`.
    pub(super) fn checked_field(
        &mut self,
        frame: &mut Frame<'p>,
        lineage: &[Ancestor],
        name: Symbol,
        value: Value,
        span: Span,
        number: u32,
    ) -> Value {
        let checks = lineage.iter().any(|ancestor| {
            matches!(ancestor, Ancestor::External(name)
                if matches!(name.as_str(), "pydantic.BaseModel" | "pydantic.main.BaseModel" | "sqlmodel.SQLModel"))
        });
        if !checks {
            return value;
        }
        for ancestor in lineage {
            let Ancestor::Class(class) = ancestor else { continue };
            let (file, ir) = self.body(class.body);
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
                if value.has_labels()
                    && let Some(converted) =
                        self.converted_field(frame, file, annotation, &value, span, number)
                {
                    return converted;
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

    /// What text becomes in a field that holds members of an enumeration, or elements of one type.
    fn converted_field(
        &mut self,
        frame: &mut Frame<'p>,
        file: FileIndex,
        annotation: &'p Expr,
        value: &Value,
        span: Span,
        number: u32,
    ) -> Option<Value> {
        match &annotation.kind {
            ExprKind::Name(..) | ExprKind::Attribute(..) => {
                if type_fact(last_name(annotation)?).is_some() {
                    return None;
                }
                let kind = self.annotated(file, annotation);
                let [Ref::Class(class)] = kind.refs.as_slice() else { return None };
                self.object(frame, class.namespace).field(Symbol::new("<enum>"))?;
                Some(self.enum_member(frame, *class, &Arguments::of(vec![value.clone()]), span))
            }
            ExprKind::Subscript(base, index)
                if matches!(
                    last_name(base)?,
                    "list" | "List" | "set" | "Set" | "frozenset" | "FrozenSet" | "Sequence" | "conlist"
                ) =>
            {
                let element = self.element(frame, value, span);
                let element = match self.converted_field(frame, file, index, &element, span, number + 1_000) {
                    Some(converted) => converted,
                    None => annotation_fact(index)?.apply(&element),
                };
                Some(self.loose_list(frame, element, span, FIRST_LIST + number))
            }
            _ => None,
        }
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
pub(super) fn annotation_fact(annotation: &Expr) -> Option<Fact> {
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
        "date" | "FutureDate" | "PastDate" => CharSet::class("0-9-"),
        "datetime" | "time" | "timedelta" | "AwareDatetime" | "NaiveDatetime" => CharSet::class("0-9:.+T -"),
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
