//! What comparisons prove, and how known values compare.

use super::Frame;
use crate::domain::{Fact, Facts, Identity, Label, Measure, Part, Ref, Text, Value};
use crate::text::{CharSet, Form, KindSet, SinkKind};
use std::cmp::Ordering;
use std::rc::Rc;
use vansire_python::ir::{CompareOperator, Expr, ExprKind};

pub(super) fn holds(operator: CompareOperator, order: Ordering) -> bool {
    match operator {
        CompareOperator::Less => order.is_lt(),
        CompareOperator::LessEqual => order.is_le(),
        CompareOperator::Greater => order.is_gt(),
        _ => order.is_ge(),
    }
}

/// Facts with one more of the same value.
pub(super) fn with_fact(facts: &Facts, identity: Identity, fact: &Fact) -> Facts {
    let mut all = (**facts).clone();
    all.push((identity, fact.clone()));
    collect_facts(all)
}

/// `text.startswith("'")` and no further quote in `text[1:-1]`: all of the text is one literal, or it is no code.
pub(super) fn quoted_literal(
    frame: &Frame<'_>,
    inside: Identity,
    needles: &[&str],
) -> Option<(Identity, Fact)> {
    let (Measure::Inside, whole) = frame.state.fact(inside)?.measure? else { return None };
    let [quote @ ("'" | "\"")] = needles else { return None };
    let begins = frame.state.fact(whole)?.prefix?.as_str().starts_with(quote);
    let cleared = KindSet::EMPTY.with(SinkKind::Code);
    begins.then(|| (whole, Fact { cleared, ..Fact::default() }))
}

/// Whether a number is that of a character, which an element of bytes is equal to.
pub(super) fn is_code_of(number: &Value, character: &Value) -> bool {
    let Some(code) = number.as_integer() else { return false };
    character.texts.iter().filter_map(Text::as_constant).any(|text| {
        let mut characters = text.chars();
        matches!((characters.next(), characters.next()), (Some(one), None) if i64::from(one as u32) == code)
    })
}

/// Whether two tuples are equal, as far as their constants decide.
pub(super) fn same_tuples(left: &Value, right: &Value) -> Option<bool> {
    let ([Ref::Tuple(one)], [Ref::Tuple(two)]) = (left.refs.as_slice(), right.refs.as_slice()) else {
        return None;
    };
    if !left.is_reference() || !right.is_reference() {
        return None;
    }
    if one.len() != two.len() {
        return Some(false);
    }
    let mut all = Some(true);
    for (one, two) in one.iter().zip(two.iter()) {
        let same = match (one.as_constant(), two.as_constant(), one.as_string(), two.as_string()) {
            (Some(one), Some(two), ..) => match (one.number(), two.number()) {
                (Some(one), Some(two)) => Some(one.to_bits() == two.to_bits()),
                _ => Some(one == two),
            },
            (.., Some(one), Some(two)) => Some(one == two),
            (Some(_), None, None, Some(_)) | (None, Some(_), Some(_), None) => Some(false),
            _ => None,
        };
        match same {
            Some(false) => return Some(false),
            Some(true) => {}
            None => all = None,
        }
    }
    all
}

/// The variable of `text[0]` and `text[:1]`.
pub(super) fn first_character_of(expression: &Expr) -> Option<&Expr> {
    let ExprKind::Subscript(base, index) = &expression.kind else { return None };
    let is = |expression: &Expr, number: i64| matches!(&expression.kind, ExprKind::Constant(vansire_python::ir::Constant::Integer(own)) if *own == number);
    let first = match &index.kind {
        ExprKind::Slice(lower, Some(upper), None) => {
            is(upper, 1) && lower.as_ref().is_none_or(|lower| is(lower, 0))
        }
        _ => is(index, 0),
    };
    (first && matches!(base.kind, ExprKind::Name(..))).then_some(&**base)
}

/// The variable of `type(variable)`.
pub(super) fn argument_of_type(expression: &Expr) -> Option<&Expr> {
    let ExprKind::Call(call) = &expression.kind else { return None };
    let [argument] = call.arguments.as_slice() else { return None };
    (matches!(&call.callee.kind, ExprKind::Name(_, name) if name.as_str() == "type")
        && matches!(argument.value.kind, ExprKind::Name(..)))
    .then_some(&argument.value)
}

/// A text's first character was compared with one or several: what form a text has that begins with none.
pub(super) fn first_is_among(value: &Value, operator: CompareOperator, text: Identity, form: Form) -> Value {
    let fact = vec![(text, Fact { form, ..Fact::default() })];
    let (yes, no) = match &value.predicate {
        Some(predicate) => (predicate.when_true.to_vec(), predicate.when_false.to_vec()),
        None => (Vec::new(), Vec::new()),
    };
    let (yes, no) = match operator {
        CompareOperator::Equal | CompareOperator::In => (yes, [no, fact].concat()),
        CompareOperator::NotEqual | CompareOperator::NotIn => ([yes, fact].concat(), no),
        _ => return value.clone(),
    };
    value.with_predicate(collect_facts(yes), collect_facts(no))
}

/// What holds of a value that is equal to this one: `basename(name) == name`.
pub(super) fn like(value: &Value) -> Option<Fact> {
    let text = |one: &Ref| matches!(one, Ref::Instance(name) if name.as_str() == "builtins.str");
    if !value.refs.iter().all(text) || !value.has_labels() || value.other && value.labels.is_empty() {
        return None;
    }
    let mut chars = CharSet::EMPTY;
    let mut labels: Vec<Label> = value.labels.iter().copied().collect();
    for text in &value.texts {
        for part in text.parts() {
            match part {
                Part::Literal(text) => chars = chars | CharSet::of(text),
                Part::Hole { labels: own, .. } if own.is_empty() => return None,
                Part::Hole { labels: own, .. } => labels.extend(own.iter().copied()),
            }
        }
    }
    let first = labels.first()?;
    let (mut cleared, mut form) = (first.cleared, first.form);
    for label in &labels {
        chars = chars | label.chars;
        cleared = cleared.intersection(label.cleared);
        form = form.intersection(label.form);
    }
    if value.texts.iter().any(|text| text.parts().len() > 1) {
        form = Form::NONE;
    }
    let fact = Fact { chars, cleared, form, ..Fact::default() };
    (fact != Fact::default()).then_some(fact)
}

pub(super) fn no_parents() -> Fact {
    Fact { form: Form::NO_PARENTS, ..Fact::default() }
}

/// One segment of a path, and `..` among what it's compared with.
pub(super) fn names_parent(identity: Identity, members: &Value) -> bool {
    identity.is_segment() && members.as_strings().is_some_and(|all| all.contains(&".."))
}

/// One character that is none of these.
pub(super) fn without_characters(identity: Identity, members: &Value) -> Option<Fact> {
    if !identity.is_character() {
        return None;
    }
    let chars = members
        .as_strings()?
        .iter()
        // Only those that are one character, and only ASCII, whose characters are told apart.
        .filter(|text| text.len() == 1)
        .fold(CharSet::EMPTY, |chars, text| chars | CharSet::of(text));
    (!chars.is_empty()).then(|| Fact { chars: !chars, ..Fact::default() })
}

pub(super) fn collect_facts(facts: Vec<(Identity, Fact)>) -> Facts {
    let mut result: Vec<(Identity, Fact)> = Vec::new();
    for (identity, fact) in facts {
        match result.binary_search_by_key(&identity, |(own, _)| *own) {
            Ok(at) => result[at].1 = result[at].1.and(&fact),
            Err(at) => result.insert(at, (identity, fact)),
        }
    }
    Rc::new(result)
}
