//! Characters compared by their order or their number: `"a" <= char <= "z"`, `48 <= ord(char) < 58`.

use std::rc::Rc;

use vansire_python::ir::{CompareOperator, Span};

use super::{Frame, Solver};
use crate::domain::{Fact, Facts, Identity, ObjectKind, Ref, Value};
use crate::text::CharSet;

impl<'p> Solver<'p> {
    /// `ord(char)`: what is shown of the number holds for the character.
    pub(super) fn note_code(frame: &mut Frame<'p>, number: Value, character: &Value, span: Span) -> Value {
        let Some(of) = character.identity else { return number };
        let identity = Identity::Site(span.start, 112);
        frame.state.forget(identity);
        frame.state.add_fact(identity, &Fact { code_of: Some(of), ..Fact::default() });
        number.with_identity(Some(identity))
    }

    /// The character that a comparison with this other value is about, and the number that stands there.
    fn character_and_code(frame: &Frame<'p>, value: &Value, other: &Value) -> Option<(Identity, i64)> {
        let identity = value.identity?;
        if let Some(code) = other.as_integer() {
            // An element of bytes is a number itself.
            let of = frame.state.fact(identity).and_then(|fact| fact.code_of);
            return of.or(identity.is_character().then_some(identity)).map(|of| (of, code));
        }
        let mut characters = other.as_string()?.chars();
        let (Some(one), None) = (characters.next(), characters.next()) else { return None };
        identity.is_character().then_some((identity, i64::from(one as u32)))
    }

    /// What an order proves of a character.
    pub(super) fn compare_characters(
        frame: &Frame<'p>,
        operator: CompareOperator,
        left: &Value,
        right: &Value,
    ) -> Option<Value> {
        let (character, end, lower) =
            if let Some((character, code)) = Self::character_and_code(frame, left, right) {
                let (end, lower) = match operator {
                    CompareOperator::Less => (code, true),
                    CompareOperator::LessEqual => (code.saturating_add(1), true),
                    CompareOperator::Greater => (code.saturating_add(1), false),
                    _ => (code, false),
                };
                (character, end, lower)
            } else {
                let (character, code) = Self::character_and_code(frame, right, left)?;
                let (end, lower) = match operator {
                    CompareOperator::Less => (code.saturating_add(1), false),
                    CompareOperator::LessEqual => (code, false),
                    CompareOperator::Greater => (code, true),
                    _ => (code.saturating_add(1), true),
                };
                (character, end, lower)
            };
        let (small, large) = sides(end);
        let (yes, no) = if lower { (small, large) } else { (large, small) };
        Some(proving(character, yes, no))
    }

    /// `ord(char) == 59`
    pub(super) fn same_code(frame: &Frame<'p>, left: &Value, right: &Value) -> Option<Value> {
        let (number, other) = if left.as_integer().is_some() { (right, left) } else { (left, right) };
        let (character, code) = Self::character_and_code(frame, number, other)?;
        other.as_integer()?;
        Some(code_in(character, &[code]))
    }

    /// `ord(char) in (9, 10)`, `ord(char) in range(48, 58)`
    pub(super) fn code_among(
        &mut self,
        frame: &mut Frame<'p>,
        identity: Identity,
        container: &Value,
    ) -> Option<Value> {
        let of = frame.state.fact(identity).and_then(|fact| fact.code_of);
        let character = of.or(identity.is_character().then_some(identity))?;
        let elements = match container.refs.as_slice() {
            [Ref::Tuple(elements)] => (**elements).clone(),
            [Ref::Object(id)] => {
                let object = self.object(frame, *id);
                if !matches!(object.kind, ObjectKind::List | ObjectKind::Set)
                    || !object.exact
                    || !object.rest.is_undefined()
                {
                    return None;
                }
                object.elements.clone()
            }
            _ => return None,
        };
        let codes: Option<Vec<i64>> = elements.iter().map(Value::as_integer).collect();
        codes.filter(|codes| !codes.is_empty()).map(|codes| code_in(character, &codes))
    }
}

/// The characters below a number, and the others.
fn sides(end: i64) -> (CharSet, CharSet) {
    let ascii = u8::try_from(end.clamp(0, 128)).unwrap_or(128);
    let below = if ascii == 0 { CharSet::EMPTY } else { CharSet::range(0, ascii - 1) };
    let small = if end > 128 { below.with_other() } else { below };
    (small, !below)
}

fn code_in(character: Identity, codes: &[i64]) -> Value {
    let mut listed = CharSet::EMPTY;
    for code in codes {
        if let Some(one) = u32::try_from(*code).ok().and_then(char::from_u32) {
            listed.insert(one);
        }
    }
    proving(character, listed, !(listed & CharSet::ASCII))
}

fn proving(character: Identity, yes: CharSet, no: CharSet) -> Value {
    let facts = |chars: CharSet| -> Facts { Rc::new(vec![(character, Fact { chars, ..Fact::default() })]) };
    Value::either().with_predicate(facts(yes), facts(no))
}
