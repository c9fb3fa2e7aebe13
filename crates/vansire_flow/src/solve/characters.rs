//! Characters compared by their order or their number: `"a" <= char <= "z"`, `48 <= ord(char) < 58`.

use std::rc::Rc;

use vansire_python::ir::{CompareOperator, Span};

use super::{Frame, Solver};
use crate::domain::{Fact, Facts, Identity, Measure, ObjectKind, Ref, Value};
use crate::text::{CharSet, Form};

impl<'p> Solver<'p> {
    /// `ord(char)`: what is shown of the number holds for the character.
    pub(super) fn note_code(frame: &mut Frame<'p>, number: Value, character: &Value, span: Span) -> Value {
        let Some(of) = character.identity else { return number };
        let identity = Identity::Site(span.start, 112);
        frame.state.forget(identity);
        frame.state.add_fact(identity, &Fact { measure: Some((Measure::Code, of)), ..Fact::default() });
        number.with_identity(Some(identity))
    }

    fn measured(frame: &Frame<'p>, number: Identity, wanted: Measure) -> Option<Identity> {
        match frame.state.fact(number)?.measure? {
            (measure, of) if measure == wanted => Some(of),
            _ => None,
        }
    }

    /// `text.find("'")`, `text.count("'")`: what is shown of the number tells whether that stands in the text.
    pub(super) fn note_measure(
        frame: &mut Frame<'p>,
        text: &Value,
        needle: &str,
        measure: Measure,
        span: Span,
    ) -> Value {
        let (Some(of), absent) = (text.identity, absence(&[needle])) else { return Value::unknown() };
        if absent == Fact::default() {
            return Value::unknown();
        }
        // Calls in a chain begin at the same place.
        let identity = Identity::Site(span.end, 113);
        frame.state.forget(identity);
        let number = Value::unknown().with_identity(Some(identity));
        let number = if measure == Measure::Count {
            number.with_predicate(Rc::default(), Rc::new(vec![(of, absent.clone())]))
        } else {
            number
        };
        frame.state.add_fact(identity, &Fact { measure: Some((measure, of)), ..absent });
        number
    }

    /// `text[1:-1]`
    pub(super) fn note_inside(frame: &mut Frame<'p>, part: Value, whole: Identity, span: Span) -> Value {
        if !part.has_labels() {
            return part;
        }
        let identity = part.identity.unwrap_or_else(|| {
            let identity = Identity::Site(span.end, 114);
            frame.state.forget(identity);
            identity
        });
        frame.state.add_fact(identity, &Fact { measure: Some((Measure::Inside, whole)), ..Fact::default() });
        part.with_identity(Some(identity))
    }

    /// `text.find("'") == -1`, `text.count("'") > 0`
    pub(super) fn compare_measure(
        frame: &Frame<'p>,
        operator: CompareOperator,
        left: &Value,
        right: &Value,
    ) -> Option<Value> {
        let (number, bound, operator) = match (left.as_integer(), right.as_integer()) {
            (None, Some(bound)) => (left, bound, operator),
            (Some(bound), None) => (right, bound, mirrored(operator)),
            _ => return None,
        };
        let fact = frame.state.fact(number.identity?)?;
        let (measure, of) = fact.measure?;
        let least = match measure {
            Measure::Code | Measure::Inside => return None,
            Measure::Place => -1,
            Measure::Count => 0,
        };
        // Whether it's absent where this holds, or where it doesn't.
        let holds = match operator {
            CompareOperator::Equal | CompareOperator::LessEqual if bound == least => true,
            CompareOperator::Less if bound == least + 1 => true,
            CompareOperator::NotEqual | CompareOperator::Greater if bound == least => false,
            CompareOperator::GreaterEqual if bound == least + 1 => false,
            _ => return None,
        };
        let absent = Rc::new(vec![(of, Fact { chars: fact.chars, form: fact.form, ..Fact::default() })]);
        let (yes, no) = if holds { (absent, Rc::default()) } else { (Rc::default(), absent) };
        Some(Value::either().with_predicate(yes, no))
    }

    /// The character that a comparison with this other value is about, and the number that stands there.
    fn character_and_code(frame: &Frame<'p>, value: &Value, other: &Value) -> Option<(Identity, i64)> {
        let identity = value.identity?;
        if let Some(code) = other.as_integer() {
            // An element of bytes is a number itself.
            let of = Self::measured(frame, identity, Measure::Code);
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
        let of = Self::measured(frame, identity, Measure::Code);
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

/// What is known of a text in which none of these stands. Of several only one need be absent.
pub(super) fn absence(needles: &[&str]) -> Fact {
    let mut absent = CharSet::EMPTY;
    let mut form = Form::NONE;
    if let [needle] = needles {
        let mut chars = needle.chars();
        if let (Some(one), None) = (chars.next(), chars.next()) {
            absent.insert(one);
        }
        match *needle {
            "://" => absent.insert(':'),
            ".." | "../" => form = Form::NO_PARENTS,
            _ => {}
        }
    }
    Fact { chars: !absent, form, ..Fact::default() }
}

/// The same comparison, read from the right.
fn mirrored(operator: CompareOperator) -> CompareOperator {
    match operator {
        CompareOperator::Less => CompareOperator::Greater,
        CompareOperator::LessEqual => CompareOperator::GreaterEqual,
        CompareOperator::Greater => CompareOperator::Less,
        CompareOperator::GreaterEqual => CompareOperator::LessEqual,
        other => other,
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
