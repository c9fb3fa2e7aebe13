//! `keys()`, `values()` and `items()` of a dictionary: they show what the dictionary holds when they're looked at.

use vansire_python::ir::Span;
use vansire_python::{Symbol, symbol};

use super::{Frame, Solver};
use crate::domain::{Key, Object, ObjectId, ObjectKind, Ref, Value};

impl<'p> Solver<'p> {
    /// A view of a dictionary of this body; of others, what is in them now.
    pub(super) fn view(&mut self, frame: &mut Frame<'p>, id: ObjectId, name: &str, span: Span) -> Value {
        let tag = match name {
            "keys" => 31,
            "values" => 32,
            _ => 33,
        };
        let mut shown = self.shown(frame, id, name);
        if matches!(id, ObjectId::Local(_)) && self.kind(frame, id) == ObjectKind::Dictionary {
            let what = Value::tuple(vec![Value::string(name), Value::object(id)]);
            shown.set_field(symbol!("<view>"), what);
        }
        Value::object(self.allocate(frame, span, tag, shown))
    }

    fn shown(&mut self, frame: &mut Frame<'p>, id: ObjectId, name: &str) -> Object {
        let own = Value::object(id);
        let object = self.object(frame, id);
        let mut list = Object::new(ObjectKind::List);
        if object.has_fixed_keys() && object.kind == ObjectKind::Dictionary {
            list.elements = object
                .entries
                .iter()
                .map(|(key, value)| match name {
                    "keys" => key.value(),
                    "values" => value.clone(),
                    _ => Value::tuple(vec![key.value(), value.clone()]),
                })
                .collect();
            return list;
        }
        list.exact = false;
        list.rest = match name {
            "keys" => self.keys_of(frame, &own),
            "values" => self.values_of(frame, &own),
            _ => {
                let keys = self.keys_of(frame, &own);
                Value::tuple(vec![keys, self.values_of(frame, &own)])
            }
        };
        list
    }

    /// What a view shows now; none for what is none.
    pub(super) fn seen_through(&mut self, frame: &mut Frame<'p>, object: &Object) -> Option<Object> {
        if object.kind == ObjectKind::Dictionary
            && let Some(of @ ObjectId::Local(_)) = self.owner_of_dictionary(object)
        {
            return self.fields_shown(frame, of, object);
        }
        if object.kind != ObjectKind::List || object.fields.is_empty() {
            return None;
        }
        let what = object.field(symbol!("<view>"))?;
        let [Ref::Tuple(parts)] = what.refs.as_slice() else { return None };
        let [name, dictionary] = parts.as_slice() else { return None };
        let name: Symbol = Symbol::new(name.as_string()?);
        let [Ref::Object(id @ ObjectId::Local(_))] = dictionary.refs.as_slice() else { return None };
        if dictionary.other || frame.state.object(*id).is_none() {
            return None;
        }
        let mut shown = self.shown(frame, *id, name.as_str());
        shown.set_field(symbol!("<view>"), what.clone());
        Some(shown)
    }

    /// The dictionary of an instance's attributes, with those that it has now.
    fn fields_shown(&mut self, frame: &mut Frame<'p>, of: ObjectId, object: &Object) -> Option<Object> {
        let fields = frame.state.object(of)?.fields.clone();
        let mut shown = object.clone();
        for (name, value) in fields {
            if !name.as_str().starts_with('<') {
                shown.set_entry(Key::Text(name), value);
            }
        }
        shown.exact = true;
        Some(shown)
    }
}
