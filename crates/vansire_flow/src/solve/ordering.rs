//! Which of several values comes first: `sorted`, `min`, heaps.

use std::cmp::Ordering;

use vansire_python::Symbol;
use vansire_python::ir::{CompareOperator, Span};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Object, ObjectId, ObjectKind, Ref, Value};

/// Marks a queue that gives its least element first.
pub(super) const LEAST_FIRST: &str = "<least first>";

/// At most this many elements are put in order: each is compared with those before it.
const MAXIMUM_ORDERED: usize = 12;

impl<'p> Solver<'p> {
    /// How two values compare, where that is known.
    fn order(&mut self, frame: &mut Frame<'p>, one: &Value, two: &Value, span: Span) -> Option<Ordering> {
        if let (Some(one), Some(two)) = (one.as_constant(), two.as_constant()) {
            return one.number().zip(two.number()).and_then(|(one, two)| one.partial_cmp(&two));
        }
        if let (Some(one), Some(two)) = (one.as_string(), two.as_string()) {
            return Some(one.cmp(two));
        }
        match (one.refs.as_slice(), two.refs.as_slice()) {
            ([Ref::Tuple(ones)], [Ref::Tuple(twos)]) if !one.other && !two.other => {
                // The first difference decides: what comes behind it isn't looked at.
                for (one, two) in ones.iter().zip(twos.iter()) {
                    match self.order(frame, one, two, span)? {
                        Ordering::Equal => {}
                        decided => return Some(decided),
                    }
                }
                Some(ones.len().cmp(&twos.len()))
            }
            ([Ref::Object(_)], [Ref::Object(_)]) => {
                if let (Some(ones), Some(twos)) =
                    (self.compared_fields(frame, one, span), self.compared_fields(frame, two, span))
                {
                    return self.order(frame, &Value::tuple(ones), &Value::tuple(twos), span);
                }
                self.special_method(frame, one, "__lt__")?;
                let mut is_less = |one: &Value, two: &Value| {
                    self.compare_values(frame, CompareOperator::Less, one, two, span).truth()
                };
                match (is_less(one, two)?, is_less(two, one)?) {
                    (true, _) => Some(Ordering::Less),
                    (_, true) => Some(Ordering::Greater),
                    _ => Some(Ordering::Equal),
                }
            }
            _ => None,
        }
    }

    /// The fields that a dataclass or a named tuple is compared by, where it has no method of its own for that.
    pub(super) fn compared_fields(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        span: Span,
    ) -> Option<Vec<Value>> {
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        let ObjectKind::Instance(class) = self.kind(frame, *id) else { return None };
        let lineage = self.lineage(frame, class);
        if value.other || !self.has_fields(frame, &lineage) {
            return None;
        }
        // Only what Python itself compares so.
        let library = lineage.iter().any(
            |one| matches!(one, super::classes::Ancestor::External(name) if !matches!(name.as_str(), "builtins.object" | "typing.NamedTuple" | "typing.Generic")),
        );
        if library {
            return None;
        }
        for name in ["__lt__", "__eq__"] {
            if self.special_method(frame, value, name).is_some() {
                return None;
            }
        }
        let is_compared = |default: &Option<Value>| {
            let told = default.as_ref().and_then(|default| super::records::field_option(default, "compare"));
            told.is_none_or(|told| told.truth() != Some(false))
        };
        let names: Vec<Symbol> = self
            .annotated_fields(frame, &lineage)
            .into_iter()
            .filter(|(_, default)| is_compared(default))
            .map(|(name, _)| name)
            .collect();
        Some(names.into_iter().map(|name| self.attribute(frame, value, name, span)).collect())
    }

    /// Whether two objects made of fields are equal, where that is known.
    pub(super) fn fields_equal(
        &mut self,
        frame: &mut Frame<'p>,
        left: &Value,
        right: &Value,
        span: Span,
    ) -> Option<bool> {
        let kind = |solver: &mut Self, frame: &mut Frame<'p>, value: &Value| match value.refs.as_slice() {
            [Ref::Object(id)] if !value.other => match solver.kind(frame, *id) {
                ObjectKind::Instance(class) => Some(class),
                _ => None,
            },
            _ => None,
        };
        let (one, two) = (kind(self, frame, left)?, kind(self, frame, right)?);
        if left.refs == right.refs || one != two {
            return None;
        }
        let ones = self.compared_fields(frame, left, span)?;
        let twos = self.compared_fields(frame, right, span)?;
        let mut known = true;
        for (one, two) in ones.iter().zip(&twos) {
            match self.compare_values(frame, CompareOperator::Equal, one, two, span).truth() {
                Some(false) => return Some(false),
                Some(true) => {}
                None => known = false,
            }
        }
        known.then_some(true)
    }

    /// Elements from the least to the greatest, or the other way round; none where their order isn't known.
    pub(super) fn in_order(
        &mut self,
        frame: &mut Frame<'p>,
        elements: &[Value],
        key: Option<&Value>,
        backwards: bool,
        span: Span,
    ) -> Option<Vec<Value>> {
        if elements.len() > MAXIMUM_ORDERED {
            return None;
        }
        let mut sorted: Vec<(Value, Value)> = Vec::with_capacity(elements.len());
        for element in elements {
            let own = match key {
                Some(key) if !key.is_constant() => {
                    self.call(frame, key, &Arguments::of(vec![element.clone()]), span)
                }
                _ => element.clone(),
            };
            let mut at = sorted.len();
            while at > 0 {
                let order = self.order(frame, &own, &sorted[at - 1].0, span)?;
                let before = if backwards { order.is_gt() } else { order.is_lt() };
                if !before {
                    break;
                }
                at -= 1;
            }
            sorted.insert(at, (own, element.clone()));
        }
        Some(sorted.into_iter().map(|(_, element)| element).collect())
    }

    /// The elements of a list that is sorted by these arguments.
    pub(super) fn sorted_by(
        &mut self,
        frame: &mut Frame<'p>,
        elements: &[Value],
        arguments: &Arguments,
        span: Span,
    ) -> Option<Vec<Value>> {
        let backwards = arguments.keyword("reverse").map_or(Some(false), |one| one.truth())?;
        self.in_order(frame, elements, arguments.keyword("key").as_ref(), backwards, span)
    }

    /// A list's elements change to these, in an order that is known or not.
    fn arrange(&mut self, frame: &mut Frame<'p>, id: ObjectId, span: Span) {
        let object = self.object(frame, id);
        let known = object.exact && object.rest.is_undefined();
        let sorted = if known { self.in_order(frame, &object.elements, None, false, span) } else { None };
        self.change(frame, id, |object| match sorted {
            Some(sorted) => object.elements = sorted,
            None => object.forget_positions(),
        });
    }

    /// What was put into a queue that gives its least element first takes its place.
    pub(super) fn keep_ordered(&mut self, frame: &mut Frame<'p>, id: ObjectId, span: Span) {
        if self.object(frame, id).field(Symbol::new(LEAST_FIRST)).is_some() {
            self.arrange(frame, id, span);
        }
    }

    /// `heapq`: a heap is kept as a sorted list, whose first element is the same.
    pub(super) fn heap_function(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let heap = |solver: &mut Self, frame: &mut Frame<'p>| match arguments.get(0, "heap")?.refs.as_slice()
        {
            [Ref::Object(id @ (ObjectId::Local(_) | ObjectId::Global(_)))] => {
                (solver.kind(frame, *id) == ObjectKind::List).then_some(*id)
            }
            _ => None,
        };
        match name {
            "heappush" => {
                let id = heap(self, frame)?;
                let item = arguments.get(1, "item")?;
                self.change(frame, id, |object| object.push(item));
                self.arrange(frame, id, span);
                Some(Value::none())
            }
            "heapify" => {
                let id = heap(self, frame)?;
                self.arrange(frame, id, span);
                Some(Value::none())
            }
            "heappop" => {
                let id = heap(self, frame)?;
                self.arrange(frame, id, span);
                if !self.object(frame, id).can_take(0) {
                    return None;
                }
                let mut least = None;
                self.change(frame, id, |object| least = object.take(0));
                least
            }
            "nsmallest" | "nlargest" => {
                let count = usize::try_from(arguments.get(0, "n")?.as_integer()?).ok()?;
                let sequence = arguments.get(1, "iterable")?;
                let elements = self.iterated_elements(frame, &sequence, span)?;
                let key = arguments.get(2, "key");
                let sorted = self.in_order(frame, &elements, key.as_ref(), name == "nlargest", span)?;
                let mut object = Object::new(ObjectKind::List);
                object.elements = sorted.into_iter().take(count).collect();
                Some(Value::object(self.allocate(frame, span, 110, object)))
            }
            _ => None,
        }
    }
}
