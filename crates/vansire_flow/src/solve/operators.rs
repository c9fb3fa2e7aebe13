//! Operators.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::{BinaryOperator, CompareOperator, Span, UnaryOperator};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Constant, Facts, Object, ObjectId, ObjectKind, Ref, Text, Value};
use crate::text::CharSet;

impl<'p> Solver<'p> {
    pub(super) fn unary(
        &mut self,
        frame: &mut Frame<'p>,
        operator: UnaryOperator,
        value: &Value,
        span: Span,
    ) -> Value {
        let special = match operator {
            UnaryOperator::Not => None,
            UnaryOperator::Negative => Some("__neg__"),
            UnaryOperator::Positive => Some("__pos__"),
            UnaryOperator::Invert => Some("__invert__"),
        };
        if let Some(method) = special.and_then(|name| self.special_method(frame, value, name)) {
            return self.call(frame, &method, &Arguments::default(), span);
        }
        match operator {
            UnaryOperator::Not => {
                let truth = match value.truth() {
                    Some(truth) => Value::boolean(!truth),
                    None => Value::either(),
                };
                match &value.predicate {
                    Some(predicate) => {
                        truth.with_predicate(predicate.when_false.clone(), predicate.when_true.clone())
                    }
                    None => truth,
                }
            }
            UnaryOperator::Negative => match value.as_constant() {
                Some(Constant::Integer(number)) => Value::integer(number.wrapping_neg()),
                Some(Constant::Float(number)) => Value::constant(Constant::Float(-number)),
                _ => Value::opaque(value.own_labels().restrict(CharSet::NUMBER, CharSet::EMPTY)),
            },
            UnaryOperator::Positive => value.clone(),
            UnaryOperator::Invert => Value::opaque(value.own_labels().inexact()),
        }
    }

    pub(super) fn augmented(
        &mut self,
        frame: &mut Frame<'p>,
        operator: BinaryOperator,
        before: &Value,
        operand: &Value,
        span: Span,
    ) -> Value {
        let name = format!("__i{}", operator_name(operator));
        if let Some(method) = self.special_method(frame, before, &name) {
            return self.call(frame, &method, &Arguments::of(vec![operand.clone()]), span);
        }
        // Lists, sets and dictionaries change in place.
        let objects: Vec<(ObjectId, ObjectKind)> = before
            .refs
            .iter()
            .filter_map(|reference| match reference {
                Ref::Object(id) => Some(*id),
                _ => None,
            })
            .map(|id| (id, self.kind(frame, id)))
            .collect();
        let mut in_place = false;
        for (id, kind) in &objects {
            match (kind, operator) {
                (ObjectKind::List, BinaryOperator::Add) => {
                    self.extend_list(frame, *id, operand, span);
                    in_place = true;
                }
                (
                    ObjectKind::Set,
                    BinaryOperator::BitOr
                    | BinaryOperator::BitAnd
                    | BinaryOperator::Subtract
                    | BinaryOperator::BitXor,
                ) => {
                    self.set_changed(frame, operator, *id, operand, span);
                    in_place = true;
                }
                (ObjectKind::Dictionary, BinaryOperator::BitOr) => {
                    self.update_mapping(frame, *id, operand, span);
                    in_place = true;
                }
                _ => {}
            }
        }
        if in_place {
            return before.clone();
        }
        self.binary(frame, operator, before, operand, span)
    }

    /// The method of the left operand, and where that declines or isn't there, the one of the right operand.
    pub(super) fn operator_methods(
        &mut self,
        frame: &mut Frame<'p>,
        (name, reflected): (&str, &str),
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Option<Value> {
        let objects = |value: &Value| value.refs.iter().any(|one| matches!(one, Ref::Object(_)));
        if !objects(left) && !objects(right) {
            return None;
        }
        let Some(method) = self.special_method(frame, left, name) else {
            let method = self.special_method(frame, right, reflected)?;
            return Some(self.call(frame, &method, &Arguments::of(vec![left.clone()]), span));
        };
        let result = self.call(frame, &method, &Arguments::of(vec![right.clone()]), span);
        let declines =
            |one: &Ref| matches!(one, Ref::External(name) if name.as_str() == "builtins.NotImplemented");
        if !result.refs.iter().any(declines) {
            return Some(result);
        }
        let result = result.edit(|data| data.refs.retain(|one| !declines(one)));
        let reflected = match self.special_method(frame, right, reflected) {
            Some(method) => self.call(frame, &method, &Arguments::of(vec![left.clone()]), span),
            None => Value::undefined(),
        };
        let result = result.join(&reflected);
        Some(if result.is_undefined() { Value::unknown() } else { result })
    }

    /// The same for a comparison, which decides about the way that control goes.
    pub(super) fn comparison_methods(
        &mut self,
        frame: &mut Frame<'p>,
        operator: CompareOperator,
        methods: (&str, &str),
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Option<Value> {
        let is_object = |value: &Value| value.refs.iter().any(|one| matches!(one, Ref::Object(_)));
        if !is_object(left) && !is_object(right) {
            return None;
        }
        frame.deciding = true;
        let result = self.operator_methods(frame, methods, left, right, span);
        frame.deciding = false;
        if result.is_some() {
            return result;
        }
        match operator {
            // Without a method of its own it is the opposite of equality.
            CompareOperator::NotEqual => {
                let equal = self.comparison_methods(
                    frame,
                    CompareOperator::Equal,
                    ("__eq__", "__eq__"),
                    left,
                    right,
                    span,
                )?;
                Some(Self::negated(&equal))
            }
            CompareOperator::Equal => self.fields_equal(frame, left, right, span).map(Value::boolean),
            // `functools.total_ordering` makes these of the one that there is.
            CompareOperator::LessEqual => {
                let less = CompareOperator::Less;
                self.special_method(frame, right, "__lt__")?;
                let value = self.comparison_methods(frame, less, ("__lt__", "__gt__"), right, left, span)?;
                Some(Self::negated(&value))
            }
            CompareOperator::GreaterEqual => {
                let less = CompareOperator::Less;
                self.special_method(frame, left, "__lt__")?;
                let value = self.comparison_methods(frame, less, ("__lt__", "__gt__"), left, right, span)?;
                Some(Self::negated(&value))
            }
            _ => None,
        }
    }

    pub(super) fn binary(
        &mut self,
        frame: &mut Frame<'p>,
        operator: BinaryOperator,
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Value {
        if let Some(together) = self.flags_combined(frame, operator, left, right, span) {
            return together;
        }
        // Methods of the project's classes.
        let name = operator_name(operator);
        let methods = (format!("__{name}"), format!("__r{name}"));
        if let Some(result) = self.operator_methods(frame, (&methods.0, &methods.1), left, right, span) {
            return result;
        }
        // Methods of library types.
        for (value, other, reflected) in [(left, right, false), (right, left, true)] {
            let kinds: Vec<Symbol> = self.external_kinds(frame, value);
            for kind in kinds {
                let method = Symbol::new(&format!("__{}{name}", if reflected { "r" } else { "" }));
                let lineage: Vec<Symbol> = self.input.models.lineage(kind).to_vec();
                for owner in lineage {
                    let full = self.member(owner, method);
                    if self.input.models.functions.contains_key(&full) {
                        let receiver = value.clone();
                        return self.call_external(
                            frame,
                            full,
                            Some(&receiver),
                            &Arguments::of(vec![other.clone()]),
                            span,
                        );
                    }
                }
            }
        }
        if let (Some(one), Some(two)) = (left.as_constant(), right.as_constant())
            && let Some(value) = fold(operator, one, two)
        {
            return value;
        }
        if !left.constants.is_empty()
            && !right.constants.is_empty()
            && left.texts.is_empty()
            && right.texts.is_empty()
            && left.is_constant()
            && right.is_constant()
        {
            let mut result = Value::undefined();
            for one in &left.constants {
                for two in &right.constants {
                    result = result.join(&fold(operator, one, two).unwrap_or_else(Value::unknown));
                }
            }
            return result;
        }
        match operator {
            BinaryOperator::Add => self.add(frame, left, right, span),
            BinaryOperator::Modulo if !left.texts.is_empty() || left.other => self.percent(frame, left, right, span),
            BinaryOperator::Multiply => self.multiply(frame, left, right, span),
            BinaryOperator::BitOr
                if left.refs.iter().any(|reference| {
                    matches!(reference, Ref::Object(id) if self.kind(frame, *id) == ObjectKind::Dictionary)
                }) =>
            {
                let copy = self.copy_container(frame, left, span, 20);
                if let Some(Ref::Object(id)) = copy.refs.first() {
                    self.update_mapping(frame, *id, right, span);
                }
                copy
            }
            _ => {
                let labels = left.own_labels().union(&right.own_labels());
                // Set operations keep elements; arithmetic leaves numbers.
                let containers = left.refs.iter().any(|reference| matches!(reference, Ref::Object(_)));
                if containers && !left.other || self.are_sets(frame, left, right) {
                    if let Some(fact) = self.combine_sets(frame, operator, left, right) {
                        let labels = self.deep_labels(frame, left);
                        let element = Value::opaque(labels.inexact());
                        let rest = self.loose_list(frame, element, span, 26);
                        return rest.with_predicate(Facts::default(), Rc::new(vec![fact]));
                    }
                    if self.are_sets(frame, left, right)
                        && let Some(set) = self.sets_combined(frame, operator, left, right, span)
                    {
                        return set;
                    }
                    // Some of its elements are left, or none: whether there are any isn't known.
                    let element = self.element(frame, left, span);
                    return self.loose_list(frame, element, span, 27);
                }
                Value::opaque(labels.restrict(CharSet::NUMBER, CharSet::EMPTY).inexact())
            }
        }
    }

    fn external_kinds(&mut self, frame: &mut Frame<'p>, value: &Value) -> Vec<Symbol> {
        value
            .refs
            .iter()
            .filter_map(|reference| match reference {
                Ref::Instance(kind) => Some(*kind),
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::External(kind) => Some(kind),
                    _ => None,
                },
                _ => None,
            })
            .collect()
    }

    fn add(&mut self, frame: &mut Frame<'p>, left: &Value, right: &Value, span: Span) -> Value {
        let mut result = Value::undefined();
        for one in &left.refs {
            match one {
                Ref::Tuple(elements) => {
                    if let Some(more) = self.known_elements(frame, right) {
                        let mut elements = (**elements).clone();
                        elements.extend(more);
                        result = result.join(&Value::tuple(elements));
                    }
                }
                Ref::Object(id) if self.kind(frame, *id) == ObjectKind::List => {
                    let copy = self.copy_container(frame, &Value::object(*id), span, 21);
                    if let Some(Ref::Object(copy)) = copy.refs.first() {
                        self.extend_list(frame, *copy, right, span);
                    }
                    result = result.join(&copy);
                }
                _ => {}
            }
        }
        if !result.is_undefined() {
            if left.other || !left.texts.is_empty() {
                let text = left.edit(|data| data.refs.clear());
                let text = self.concatenate(frame, &text, right);
                result = result.join(&text);
            }
            return result;
        }
        if left.refs.is_empty()
            && right
                .refs
                .iter()
                .any(|one| matches!(one, Ref::Object(id) if self.kind(frame, *id) == ObjectKind::List))
        {
            let labels = self.deep_labels(frame, left).union(&self.deep_labels(frame, right));
            let mut object = Object::new(ObjectKind::List);
            object.exact = false;
            object.rest = Value::opaque(labels.inexact());
            return Value::object(self.allocate(frame, span, 22, object));
        }
        let value = self.concatenate(frame, left, right);
        self.identified(frame, value, span, 23)
    }

    /// The text of one behind the text of the other.
    pub(super) fn concatenate(&mut self, frame: &mut Frame<'p>, left: &Value, right: &Value) -> Value {
        let (left, right) = (self.texts_of(frame, left), self.texts_of(frame, right));
        if left.len() * right.len() <= 12 {
            return Value::texts(left.iter().flat_map(|one| right.iter().map(move |two| one.concat(two))));
        }
        let widen = |texts: &[Text]| texts.iter().skip(1).fold(texts[0].clone(), |all, text| all.widen(text));
        if left.is_empty() || right.is_empty() {
            return Value::unknown();
        }
        Value::text(widen(&left).concat(&widen(&right)))
    }

    fn multiply(&mut self, frame: &mut Frame<'p>, left: &Value, right: &Value, span: Span) -> Value {
        let (sequence, count) = if right.as_integer().is_some() { (left, right) } else { (right, left) };
        if let Some(count) = count.as_integer() {
            let is_text = !sequence.texts.is_empty() || sequence.has_labels();
            if count <= 0 && is_text && sequence.refs.is_empty() {
                return Value::string("");
            }
            if let Some(text) = sequence.as_string()
                && (0..=64).contains(&count)
                && text.len() < 256
            {
                return Value::string(&text.repeat(count as usize));
            }
            if let Some(elements) = self.known_elements(frame, sequence)
                && (0..=8).contains(&count)
            {
                let mut object = Object::new(ObjectKind::List);
                for _ in 0..count {
                    for element in &elements {
                        object.push(element.clone());
                    }
                }
                return Value::object(self.allocate(frame, span, 24, object));
            }
        }
        for value in [left, right] {
            if value
                .refs
                .iter()
                .any(|one| matches!(one, Ref::Object(id) if self.kind(frame, *id) == ObjectKind::List))
            {
                let element = self.element(frame, value, span);
                let mut object = Object::new(ObjectKind::List);
                object.exact = false;
                object.rest = element;
                return Value::object(self.allocate(frame, span, 25, object));
            }
        }
        let labels = left.own_labels().union(&right.own_labels());
        Value::opaque(labels.inexact())
    }
}

fn operator_name(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "add__",
        BinaryOperator::Subtract => "sub__",
        BinaryOperator::Multiply => "mul__",
        BinaryOperator::MatrixMultiply => "matmul__",
        BinaryOperator::Divide => "truediv__",
        BinaryOperator::FloorDivide => "floordiv__",
        BinaryOperator::Modulo => "mod__",
        BinaryOperator::Power => "pow__",
        BinaryOperator::LeftShift => "lshift__",
        BinaryOperator::RightShift => "rshift__",
        BinaryOperator::BitAnd => "and__",
        BinaryOperator::BitOr => "or__",
        BinaryOperator::BitXor => "xor__",
    }
}

fn fold(operator: BinaryOperator, left: &Constant, right: &Constant) -> Option<Value> {
    let integers = match (left, right) {
        (Constant::Integer(one), Constant::Integer(two)) => Some((*one, *two)),
        (Constant::Boolean(one), Constant::Integer(two)) => Some((i64::from(*one), *two)),
        (Constant::Integer(one), Constant::Boolean(two)) => Some((*one, i64::from(*two))),
        (Constant::Boolean(one), Constant::Boolean(two)) => Some((i64::from(*one), i64::from(*two))),
        _ => None,
    };
    if let Some((one, two)) = integers {
        return match operator {
            BinaryOperator::Add => one.checked_add(two).map(Value::integer),
            BinaryOperator::Subtract => one.checked_sub(two).map(Value::integer),
            BinaryOperator::Multiply => one.checked_mul(two).map(Value::integer),
            BinaryOperator::Divide if two != 0 => {
                Some(Value::constant(Constant::Float(one as f64 / two as f64)))
            }
            // Python rounds towards minus infinity, and the remainder has the sign of the divisor.
            BinaryOperator::FloorDivide if two != 0 => {
                let quotient = one.checked_div(two)?;
                let exact = one % two == 0 || (one < 0) == (two < 0);
                Some(Value::integer(if exact { quotient } else { quotient - 1 }))
            }
            BinaryOperator::Modulo if two != 0 => {
                let remainder = one.checked_rem(two)?;
                let fits = remainder == 0 || (remainder < 0) == (two < 0);
                Some(Value::integer(if fits { remainder } else { remainder + two }))
            }
            BinaryOperator::Power => {
                u32::try_from(two).ok().and_then(|two| one.checked_pow(two)).map(Value::integer)
            }
            BinaryOperator::LeftShift => u32::try_from(two)
                .ok()
                .filter(|&two| two < 63)
                .and_then(|two| one.checked_shl(two))
                .map(Value::integer),
            BinaryOperator::RightShift => {
                u32::try_from(two).ok().and_then(|two| one.checked_shr(two)).map(Value::integer)
            }
            BinaryOperator::BitAnd => Some(Value::integer(one & two)),
            BinaryOperator::BitOr => Some(Value::integer(one | two)),
            BinaryOperator::BitXor => Some(Value::integer(one ^ two)),
            _ => None,
        };
    }
    let (one, two) = (left.number()?, right.number()?);
    let number = match operator {
        BinaryOperator::Add => one + two,
        BinaryOperator::Subtract => one - two,
        BinaryOperator::Multiply => one * two,
        BinaryOperator::Divide if two != 0.0 => one / two,
        _ => return None,
    };
    Some(Value::constant(Constant::Float(number)))
}
