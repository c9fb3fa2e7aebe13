//! What sets have in common, and what is in one of them only.

use vansire_python::ir::{BinaryOperator, Span};

use super::{Frame, Solver};
use crate::domain::{Object, ObjectId, ObjectKind, PathStep, Ref, Value};

/// What is known of the members of a set, or of what is compared with one.
#[derive(Default)]
struct Members {
    /// Those that are surely there.
    sure: Vec<Value>,
    /// Any other that can be there.
    others: Value,
}

impl Members {
    /// Constants only, and all of them there.
    fn are_fixed(&self) -> bool {
        self.others.is_undefined() && self.sure.iter().all(is_one_constant)
    }

    fn are_constant(&self) -> bool {
        self.sure.iter().all(Value::is_constant) && self.others.is_constant()
    }

    fn any(&self) -> Value {
        self.sure.iter().fold(self.others.clone(), |all, one| all.join(one))
    }

    fn into_set(self) -> Object {
        let mut object = Object::new(ObjectKind::Set);
        object.exact = self.others.is_undefined();
        for member in self.sure {
            object.push(member);
        }
        object.rest = object.rest.join(&self.others);
        object
    }

    fn both(self, other: &Self) -> Self {
        if other.are_fixed() {
            let (mut sure, mut others) = (Vec::new(), Value::undefined());
            for member in self.sure {
                if !is_one_constant(&member) {
                    others = others.join(&other.any());
                } else if other.sure.contains(&member) {
                    sure.push(member);
                }
            }
            if !self.others.is_undefined() {
                others = others.join(&other.any());
            }
            return Self { sure, others };
        }
        // Members of both are members of the one that holds constants only.
        let any = if self.are_constant() || !other.are_constant() { self.any() } else { other.any() };
        Self { sure: Vec::new(), others: any }
    }

    fn either(mut self, other: Self) -> Self {
        for member in other.sure {
            if !(is_one_constant(&member) && self.sure.contains(&member)) {
                self.sure.push(member);
            }
        }
        self.others = self.others.join(&other.others);
        self
    }

    /// Those that aren't in the other one.
    fn without(self, other: &Self) -> Self {
        let gone: Vec<&Value> = other.sure.iter().filter(|one| is_one_constant(one)).collect();
        let fixed = other.are_fixed();
        let (mut sure, mut others) = (Vec::new(), self.others);
        for member in self.sure {
            let same = |own: &&Value| own.identity.is_some() && own.identity == member.identity;
            if gone.contains(&&member) || other.sure.iter().any(|own| same(&own)) {
                continue;
            }
            if fixed && (is_one_constant(&member) || other.sure.is_empty()) {
                sure.push(member);
            } else {
                others = others.join(&member);
            }
        }
        Self { sure, others }
    }
}

/// A value that is one constant and nothing else: equal to another one, or not.
fn is_one_constant(value: &Value) -> bool {
    value.as_string().is_some() || value.as_constant().is_some()
}

impl<'p> Solver<'p> {
    /// Whether an operator between them can only be one of sets: one of them is a set, or a view of a dictionary.
    pub(super) fn are_sets(&mut self, frame: &mut Frame<'p>, left: &Value, right: &Value) -> bool {
        let mut has_kind = |value: &Value, kinds: &[ObjectKind]| matches!(value.refs.as_slice(), [Ref::Object(id)] if kinds.contains(&self.kind(frame, *id)));
        has_kind(left, &[ObjectKind::Set, ObjectKind::List]) || has_kind(right, &[ObjectKind::Set])
    }

    fn members(&mut self, frame: &mut Frame<'p>, value: &Value, span: Span) -> Members {
        if let ([Ref::Object(id)], false) = (value.refs.as_slice(), value.other) {
            let object = self.object(frame, *id);
            match object.kind {
                ObjectKind::Set | ObjectKind::List | ObjectKind::Iterator => {
                    let mut others = object.rest.clone();
                    if let (ObjectId::Path(path), false) = (id, object.exact) {
                        let step = self.path_step(*path, PathStep::Element);
                        let more = self.path_value(frame, step);
                        others = others.join(&more);
                    }
                    return Members { sure: object.elements.clone(), others };
                }
                _ => {}
            }
        }
        match self.members_iterated(frame, value, span) {
            Some(sure) => Members { sure, others: Value::undefined() },
            None => Members { sure: Vec::new(), others: self.element(frame, value, span) },
        }
    }

    /// Whether no two of a set's elements can be the same.
    pub(super) fn are_distinct(&mut self, frame: &mut Frame<'p>, set: &Value, elements: &[Value]) -> bool {
        let [Ref::Object(id)] = set.refs.as_slice() else { return true };
        if elements.len() < 2 || self.kind(frame, *id) != ObjectKind::Set {
            return true;
        }
        elements.iter().enumerate().all(|(at, one)| is_one_constant(one) && !elements[..at].contains(one))
    }

    fn combined(operator: BinaryOperator, left: Members, right: Members) -> Option<Members> {
        Some(match operator {
            BinaryOperator::BitAnd => left.both(&right),
            BinaryOperator::BitOr => left.either(right),
            BinaryOperator::Subtract => left.without(&right),
            BinaryOperator::BitXor => {
                let copy = Members { sure: left.sure.clone(), others: left.others.clone() };
                let more = Members { sure: right.sure.clone(), others: right.others.clone() };
                left.without(&right).either(more.without(&copy))
            }
            _ => return None,
        })
    }

    /// `left & right` and the like.
    pub(super) fn sets_combined(
        &mut self,
        frame: &mut Frame<'p>,
        operator: BinaryOperator,
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Option<Value> {
        let left = self.members(frame, left, span);
        let right = self.members(frame, right, span);
        let set = Self::combined(operator, left, right)?.into_set();
        Some(Value::object(self.allocate(frame, span, 26, set)))
    }

    /// `left &= right` and the like.
    pub(super) fn set_changed(
        &mut self,
        frame: &mut Frame<'p>,
        operator: BinaryOperator,
        id: ObjectId,
        right: &Value,
        span: Span,
    ) {
        let left = self.members(frame, &Value::object(id), span);
        let right = self.members(frame, right, span);
        let Some(set) = Self::combined(operator, left, right) else { return };
        let set = set.into_set();
        self.change(frame, id, |object| {
            object.elements = set.elements;
            object.rest = set.rest;
            object.exact = set.exact;
        });
    }

    /// A method of a set that combines it with others.
    pub(super) fn set_method(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        name: &str,
        others: &[Value],
        span: Span,
    ) -> Option<Value> {
        let (operator, in_place) = match name {
            "union" => (BinaryOperator::BitOr, false),
            "intersection" => (BinaryOperator::BitAnd, false),
            "difference" => (BinaryOperator::Subtract, false),
            "symmetric_difference" => (BinaryOperator::BitXor, false),
            "update" => (BinaryOperator::BitOr, true),
            "intersection_update" => (BinaryOperator::BitAnd, true),
            "difference_update" => (BinaryOperator::Subtract, true),
            "symmetric_difference_update" => (BinaryOperator::BitXor, true),
            _ => return None,
        };
        if in_place {
            for other in others {
                self.set_changed(frame, operator, id, other, span);
            }
            return Some(Value::none());
        }
        let mut set = self.members(frame, &Value::object(id), span);
        for other in others {
            let other = self.members(frame, other, span);
            set = Self::combined(operator, set, other)?;
        }
        let set = set.into_set();
        Some(Value::object(self.allocate(frame, span, 29, set)))
    }

    /// `set.discard(value)`: others that aren't known may have been the same.
    pub(super) fn discarded(&mut self, frame: &mut Frame<'p>, id: ObjectId, value: &Value) {
        let span = frame.statement;
        let left = self.members(frame, &Value::object(id), span);
        let gone = Members { sure: vec![value.clone()], others: Value::undefined() };
        let set = left.without(&gone).into_set();
        self.change(frame, id, |object| {
            object.elements = set.elements;
            object.rest = set.rest;
            object.exact = set.exact;
        });
    }
}
