//! Copies of instances whose class says how it's copied: `__copy__`, `__deepcopy__`, `__getstate__`, `__setstate__`.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Key, Object, ObjectKind, Ref, Value};

impl<'p> Solver<'p> {
    /// What `copy.copy` or `copy.deepcopy` gives.
    pub(super) fn copy_of(&mut self, frame: &mut Frame<'p>, value: &Value, deep: bool, span: Span) -> Value {
        let mut result = Value::undefined();
        let mut others = (**value).clone();
        others.refs.clear();
        for reference in &value.refs {
            match self.copied_by_its_class(frame, reference, deep, span) {
                Some(copy) => result = result.join(&copy),
                None => others.refs.push(reference.clone()),
            }
        }
        if result.is_undefined() {
            return self.copied(frame, value, deep, span, 0);
        }
        let others = Value::from(others);
        if others.is_undefined() { result } else { result.join(&self.copied(frame, &others, deep, span, 0)) }
    }

    fn copied_by_its_class(
        &mut self,
        frame: &mut Frame<'p>,
        reference: &Ref,
        deep: bool,
        span: Span,
    ) -> Option<Value> {
        let Ref::Object(id) = reference else { return None };
        let ObjectKind::Instance(class) = self.kind(frame, *id) else { return None };
        let own = Value::object(*id);
        if let Some(method) = self.special_method(frame, &own, if deep { "__deepcopy__" } else { "__copy__" })
        {
            let mut arguments = Arguments::default();
            if deep {
                let memo = self.allocate(frame, span, 101, Object::new(ObjectKind::Dictionary));
                arguments.positional.push(Value::object(memo));
            }
            return Some(self.call(frame, &method, &arguments, span));
        }
        // Another way to take it apart, which isn't followed.
        if ["__reduce__", "__reduce_ex__"].iter().any(|name| self.special_method(frame, &own, name).is_some())
        {
            return None;
        }
        let getter = self.special_method(frame, &own, "__getstate__");
        let setter = self.special_method(frame, &own, "__setstate__");
        if getter.is_none() && setter.is_none() {
            return None;
        }
        let state = match getter {
            Some(getter) => self.call(frame, &getter, &Arguments::default(), span),
            None => self.attribute(frame, &own, Symbol::new("__dict__"), span),
        };
        let state = if deep { self.copied(frame, &state, true, span, 1) } else { state };
        let mut copy = Object::new(ObjectKind::Instance(class));
        if setter.is_none() {
            let [Ref::Object(state)] = state.refs.as_slice() else { return None };
            let state = self.object(frame, *state);
            if state.kind != ObjectKind::Dictionary || !state.has_fixed_keys() {
                return None;
            }
            for (key, value) in &state.entries {
                if let Key::Text(name) = key {
                    copy.set_field(*name, value.clone());
                }
            }
        }
        let copy = Value::object(self.allocate(frame, span, 102, copy));
        if let Some(setter) = self.special_method(frame, &copy, "__setstate__") {
            self.call(frame, &setter, &Arguments::of(vec![state]), span);
        }
        Some(copy)
    }
}
