//! Slices: pieces of sequences, read, written and deleted.

use vansire_python::Symbol;
use vansire_python::ir::{Expr, ExprKind, Span};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Constant, Identity, Label, Labels, Object, ObjectId, ObjectKind, Origin, Ref, Value};

/// Of a list whose length isn't known, so many of the first elements are told apart.
const MAXIMUM_FIRST: i64 = 4;

/// `lower:upper:step`, as far as it's constant.
type Bounds = (Option<i64>, Option<i64>, i64);

/// What an index is that is a slice.
const SLICE: &str = "builtins.slice";

impl<'p> Solver<'p> {
    /// `slice(start, stop, step)`, as a value.
    pub(super) fn slice_object(
        &mut self,
        frame: &mut Frame<'p>,
        bounds: [Option<&Value>; 3],
        span: Span,
    ) -> Value {
        let mut object = Object::new(ObjectKind::External(Symbol::new(SLICE)));
        for (name, bound) in ["start", "stop", "step"].into_iter().zip(bounds) {
            object.set_field(Symbol::new(name), bound.cloned().unwrap_or_else(Value::none));
        }
        Value::object(self.allocate(frame, span, 25, object))
    }

    /// `base[index]` where the index is a slice made elsewhere.
    pub(super) fn cut_by_object(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        index: &Value,
        span: Span,
    ) -> Option<Value> {
        let [Ref::Object(id)] = index.refs.as_slice() else { return None };
        let is_input = matches!(id, ObjectId::Path(_));
        if index.other && !is_input
            || !matches!(self.kind(frame, *id), ObjectKind::External(kind) if kind.as_str() == SLICE)
        {
            return None;
        }
        let mut bound = |name: &str| {
            let bound = self.attribute(frame, index, Symbol::new(name), span);
            Self::demand_value(frame, &bound);
            Some(bound)
        };
        let (lower, upper, step) = (bound("start"), bound("stop"), bound("step"));
        Some(self.slice(frame, base, lower.as_ref(), upper.as_ref(), step.as_ref(), span))
    }

    pub(super) fn slice(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        lower: Option<&Value>,
        upper: Option<&Value>,
        step: Option<&Value>,
        span: Span,
    ) -> Value {
        let bound = |value: Option<&Value>| match value {
            None => Some(None),
            Some(value) if matches!(value.as_constant(), Some(Constant::None)) => Some(None),
            Some(value) => value.as_integer().map(Some),
        };
        let bounds = match (bound(lower), bound(upper), bound(step)) {
            (Some(lower), Some(upper), Some(step)) => Some((lower, upper, step.unwrap_or(1))),
            _ => None,
        };
        // All of a text is the text.
        if base.refs.is_empty() && matches!(bounds, Some((None | Some(0), None, 1))) {
            return base.clone();
        }
        let mut result = Value::undefined();
        for reference in &base.refs {
            match reference {
                Ref::Tuple(elements) => {
                    if let Some(elements) = bounds.and_then(|bounds| cut(elements, bounds)) {
                        result = result.join(&Value::tuple(elements));
                    } else {
                        let all = elements.iter().fold(Value::undefined(), |all, one| all.join(one));
                        let list = self.loose_list(frame, all, span, 26);
                        result = result.join(&list);
                    }
                }
                Ref::Object(id) => {
                    let object = self.object(frame, *id);
                    let known = match &object.kind {
                        ObjectKind::List if object.exact => {
                            bounds.and_then(|bounds| cut(&object.elements, bounds))
                        }
                        // A piece of those in front.
                        ObjectKind::List => bounds.and_then(|bounds| match bounds {
                            (None | Some(0..), Some(upper @ 0..), 1..)
                                if usize::try_from(upper)
                                    .is_ok_and(|upper| upper <= object.elements.len()) =>
                            {
                                cut(&object.elements, bounds)
                            }
                            _ => None,
                        }),
                        _ => None,
                    };
                    match known {
                        Some(elements) => {
                            let mut list = Object::new(ObjectKind::List);
                            list.elements = elements;
                            let list = self.allocate(frame, span, 27, list);
                            result = result.join(&Value::object(list));
                        }
                        None if matches!(object.kind, ObjectKind::List | ObjectKind::Iterator) => {
                            if let ObjectId::Path(path) = id {
                                Self::demand(frame, *path);
                            }
                            let element = self.element(frame, &Value::object(*id), span);
                            let list = match bounds {
                                // The first few: as many, if there are so many.
                                Some((None | Some(0), Some(count @ 1..=MAXIMUM_FIRST), 1)) => {
                                    let mut list = Object::new(ObjectKind::List);
                                    list.elements = vec![element; count as usize];
                                    Value::object(self.allocate(frame, span, 28, list))
                                }
                                _ => self.loose_list(frame, element, span, 28),
                            };
                            result = result.join(&list);
                        }
                        None => {
                            let own = Value::object(*id);
                            if let Some(method) = self.special_method(frame, &own, "__getitem__") {
                                let index = self.slice_object(frame, [lower, upper, step], span);
                                let value = self.call(frame, &method, &Arguments::of(vec![index]), span);
                                result = result.join(&value);
                            } else if !base.other {
                                let labels = self.deep_labels(frame, &own);
                                let mut value = Value::opaque(labels.inexact());
                                if let ObjectId::Path(path) = id {
                                    value = value.with_labels(
                                        &Labels::one(Label::new(Origin::Path(*path), None)).inexact(),
                                    );
                                }
                                result = result.join(&value);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        if !base.texts.is_empty() || base.other || !base.labels.is_empty() {
            let mut text = Self::slice_text(base, bounds);
            // The same part of the same text is the same value wherever it is taken.
            if let (Some(Identity::Entity(entity)), Some((lower, upper, 1)), true) =
                (base.identity, bounds, base.refs.is_empty())
            {
                let bound = |at: Option<i64>| at.map_or_else(String::new, |at| at.to_string());
                let part = format!("{entity}[{}:{}]", bound(lower), bound(upper));
                text = text.with_identity(Some(Identity::Entity(Symbol::new(&part))));
                text = self.read(frame, &text);
            }
            result = result.join(&text);
        }
        if result.is_undefined() { Value::unknown() } else { result }
    }

    /// `base[lower:upper] = value`; without a value the piece is deleted.
    pub(super) fn write_slice(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        index: &'p Expr,
        value: Option<&Value>,
        span: Span,
    ) {
        let ExprKind::Slice(lower, upper, step) = &index.kind else { return };
        let mut bound = |bound: &'p Option<Box<Expr>>| match bound {
            None => Some(None),
            Some(bound) => match self.expression(frame, bound) {
                value if matches!(value.as_constant(), Some(Constant::None)) => Some(None),
                value => value.as_integer().map(Some),
            },
        };
        let bounds = match (bound(lower), bound(upper), bound(step)) {
            (Some(lower), Some(upper), Some(None | Some(1))) => Some((lower, upper)),
            _ => None,
        };
        let put_in = value.map_or(Some(Vec::new()), |value| self.elements_in_order(frame, value));
        let any = value.map(|value| self.element(frame, value, span)).unwrap_or_default();
        let sure = base.refs.len() == 1;
        for reference in &base.refs {
            let Ref::Object(id) = reference else { continue };
            let own = Value::object(*id);
            let method = if value.is_some() { "__setitem__" } else { "__delitem__" };
            if let Some(method) = self.special_method(frame, &own, method) {
                let mut given = vec![Value::unknown()];
                given.extend(value.cloned());
                self.call(frame, &method, &Arguments::of(given), span);
                continue;
            }
            self.change(frame, *id, |object| {
                if let (true, Some((lower, upper)), Some(put_in)) = (sure && object.exact, bounds, &put_in) {
                    let length = object.elements.len() as i64;
                    let clamp = |at: i64| if at < 0 { (at + length).max(0) } else { at.min(length) } as usize;
                    let from = lower.map_or(0, clamp);
                    let to = upper.map_or(object.elements.len(), clamp).max(from);
                    object.elements.splice(from..to, put_in.iter().cloned());
                    return;
                }
                object.forget_positions();
                object.rest = object.rest.join(&any);
            });
        }
    }
}

/// A slice of known elements.
fn cut(elements: &[Value], (lower, upper, step): Bounds) -> Option<Vec<Value>> {
    let length = elements.len() as i64;
    let clamp = |at: i64| if at < 0 { (at + length).max(0) } else { at.min(length) };
    match step {
        1.. => {
            let (from, to) = (lower.map_or(0, clamp), upper.map_or(length, clamp));
            Some(
                (from..to.max(from))
                    .step_by(usize::try_from(step).ok()?)
                    .map(|at| elements[at as usize].clone())
                    .collect(),
            )
        }
        ..=-1 => {
            // Backwards, from the end to in front of the first.
            let clamp = |at: i64| if at < 0 { (at + length).max(-1) } else { at.min(length - 1) };
            let (from, to) = (lower.map_or(length - 1, clamp), upper.map_or(-1, clamp));
            let count = usize::try_from((from - to).max(0)).ok()?;
            Some(
                (0..count)
                    .step_by(usize::try_from(step.checked_neg()?).ok()?)
                    .map(|back| elements[(from - back as i64) as usize].clone())
                    .collect(),
            )
        }
        0 => None,
    }
}
