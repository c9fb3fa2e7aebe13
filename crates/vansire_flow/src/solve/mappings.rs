//! Dictionaries: what comes into them from other ones, and maps in a chain.

use std::rc::Rc;

use vansire_python::ir::Span;
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Key, Object, ObjectId, ObjectKind, Ref, Value};

/// The maps of a chain, first one first.
const MAPS: &str = "<maps>";

impl<'p> Solver<'p> {
    /// The constant keys that a value can be, when it can be nothing else: members of enumerations as well, of which
    /// there is one each.
    pub(super) fn keys_known(&mut self, frame: &mut Frame<'p>, index: &Value) -> Option<Vec<Key>> {
        if let Some(keys) = Key::of(index) {
            return Some(keys);
        }
        if index.other || !index.texts.is_empty() || !index.constants.is_empty() {
            return None;
        }
        if let Some(method) = self.special_method(frame, index, "__index__") {
            let number = self.call(frame, &method, &Arguments::default(), frame.statement);
            return Key::of(&number);
        }
        let mut keys = Vec::new();
        for reference in &index.refs {
            let Ref::Object(id @ ObjectId::Global(_)) = reference else { return None };
            let ObjectKind::Instance(class) = self.kind(frame, *id) else { return None };
            self.object(frame, class.namespace).field(symbol!("<enum>"))?;
            keys.push(Key::Member(*id));
        }
        (!keys.is_empty()).then_some(keys)
    }

    /// A dictionary made in the project, of which everything is known that can be.
    pub(super) fn dictionary_of(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<Rc<Object>> {
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        let object = self.object(frame, *id);
        let whole = object.kind == ObjectKind::Dictionary
            && !value.other
            && (object.exact || !matches!(id, ObjectId::Path(_)));
        whole.then_some(object)
    }

    pub(super) fn update_mapping(&mut self, frame: &mut Frame<'p>, id: ObjectId, other: &Value, span: Span) {
        self.update_through(frame, id, other);
        if let Some((entries, exact)) = self.known_entries(frame, other) {
            let rest = if exact { Value::undefined() } else { self.values_of(frame, other) };
            let keys = if exact { Value::undefined() } else { self.keys_of(frame, other) };
            self.change(frame, id, |object| {
                if !exact {
                    object.set_unknown(&keys, &rest);
                }
                for (key, value) in entries {
                    object.set_entry(key, value);
                }
            });
        } else if let Some(from) = self.dictionary_of(frame, other) {
            // Some entries may be absent.
            self.change(frame, id, |object| {
                object.exact &= from.exact;
                if !from.rest.is_undefined() {
                    object.set_unknown(&from.keys, &from.rest);
                }
                for (key, value) in &from.entries {
                    if from.surely_has(key) {
                        object.set_entry(key.clone(), value.clone());
                    } else {
                        object.set_entry_perhaps(key.clone(), value);
                    }
                }
            });
        } else {
            // Pairs, or something unknown.
            let pairs = self.known_elements(frame, other);
            if let Some(pairs) = pairs {
                for pair in pairs {
                    if let Some(parts) = self.known_elements(frame, &pair)
                        && let [key, value] = parts.as_slice()
                    {
                        let (key, value) = (key.clone(), value.clone());
                        self.set_item(frame, &Value::object(id), &key, &value, span);
                    }
                }
                return;
            }
            let mut values = self.values_of(frame, other);
            let mut keys = self.keys_of(frame, other);
            // An iterator of pairs.
            let element = self.element(frame, other, span);
            let paired = element.refs.iter().any(|one| match one {
                Ref::Tuple(elements) => elements.len() == 2,
                Ref::Object(id) => self.kind(frame, *id) == ObjectKind::List,
                _ => false,
            });
            if paired {
                keys = self.subscript(frame, &element, &Value::integer(0), span);
                values = self.subscript(frame, &element, &Value::integer(1), span);
            }
            Self::demand_value(frame, other);
            self.change(frame, id, |object| {
                object.set_unknown(&keys, &values);
            });
        }
    }

    /// A counter takes in the elements of something as its keys, or the keys of another one.
    pub(super) fn count_elements(&mut self, frame: &mut Frame<'p>, id: ObjectId, other: &Value, span: Span) {
        let keys = match self.iterated_elements(frame, other, span) {
            Some(elements) if elements.iter().all(|one| Key::of(one).is_some_and(|keys| keys.len() == 1)) => {
                for element in &elements {
                    self.set_item(frame, &Value::object(id), element, &Value::unknown(), span);
                }
                return;
            }
            Some(elements) => elements.iter().fold(Value::undefined(), |all, one| all.join(one)),
            None => self.element(frame, other, span),
        };
        self.change(frame, id, |object| {
            object.exact = false;
            object.set_unknown(&keys, &Value::unknown());
        });
    }

    /// `ChainMap(first, second, …)`
    pub(super) fn chain_map(
        &mut self,
        frame: &mut Frame<'p>,
        maps: Vec<Value>,
        span: Span,
        tag: u32,
    ) -> Value {
        let mut object = Object::new(ObjectKind::Dictionary);
        // What is known of them now serves whoever goes through all of it.
        for mapping in maps.iter().rev() {
            if let Some((entries, exact)) = self.known_entries(frame, mapping) {
                for (key, value) in entries {
                    object.set_entry(key, value);
                }
                object.exact &= exact;
            } else {
                object.exact = false;
            }
            if !object.exact {
                let (values, keys) = (self.values_of(frame, mapping), self.keys_of(frame, mapping));
                object.set_unknown(&keys, &values);
            }
        }
        object.set_field(symbol!(MAPS), Value::tuple(maps));
        Value::object(self.allocate(frame, span, tag, object))
    }

    /// The maps of a chain.
    pub(super) fn chained(object: &Object) -> Option<Rc<Vec<Value>>> {
        match object.field(symbol!(MAPS))?.refs.as_slice() {
            [Ref::Tuple(maps)] => Some(maps.clone()),
            _ => None,
        }
    }

    /// `chain.parents`, `chain.maps`
    pub(super) fn chain_attribute(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        name: Symbol,
        span: Span,
    ) -> Option<Value> {
        if !matches!(name.as_str(), "parents" | "maps" | "new_child") {
            return None;
        }
        let maps = Self::chained(&self.object(frame, id))?;
        Some(match name.as_str() {
            "parents" => self.chain_map(frame, maps.get(1..).unwrap_or_default().to_vec(), span, 37),
            "maps" => Value::tuple(maps.to_vec()),
            // A method that other dictionaries don't have.
            _ => {
                let member = self.member(symbol!("builtins.dict"), name);
                Value::reference(Ref::Bound(Rc::new((Ref::External(member), Value::object(id)))))
            }
        })
    }

    /// What the first map has that has the key.
    pub(super) fn chained_item(
        &mut self,
        frame: &mut Frame<'p>,
        maps: &[Value],
        index: &Value,
        default: Option<&Value>,
        span: Span,
    ) -> Value {
        let keys = self.keys_known(frame, index);
        let mut result = Value::undefined();
        for map in maps {
            let object = match map.refs.as_slice() {
                [Ref::Object(id)] if !map.other => Some(self.object(frame, *id)),
                _ => None,
            };
            let has = |key: &Key| object.as_ref().is_some_and(|object| object.surely_has(key));
            let absent = |key: &Key| {
                object.as_ref().is_some_and(|object| object.has_fixed_keys() && object.entry(key).is_none())
            };
            if keys.as_ref().is_some_and(|keys| keys.iter().all(absent)) {
                continue;
            }
            let value = self.subscript(frame, map, index, span);
            result = result.join(&value);
            if keys.as_ref().is_some_and(|keys| keys.iter().all(has)) {
                return result;
            }
        }
        match default {
            Some(default) => result.join(default),
            None => result,
        }
    }

    /// A method of a chain of maps; none where it is that of any dictionary.
    pub(super) fn chain_method(
        &mut self,
        frame: &mut Frame<'p>,
        maps: &[Value],
        name: &str,
        first: Option<&Value>,
        second: Option<&Value>,
        span: Span,
    ) -> Option<Value> {
        match name {
            "new_child" => {
                let inner = match first {
                    Some(inner) => inner.clone(),
                    None => {
                        Value::object(self.allocate(frame, span, 35, Object::new(ObjectKind::Dictionary)))
                    }
                };
                let all = std::iter::once(inner).chain(maps.iter().cloned()).collect();
                Some(self.chain_map(frame, all, span, 36))
            }
            "get" => {
                let default = second.cloned().unwrap_or_else(Value::none);
                let value = self.chained_item(frame, maps, first?, Some(&default), span);
                Some(if value.is_undefined() { default } else { value })
            }
            "__getitem__" => Some(self.chained_item(frame, maps, first?, None, span)),
            _ => None,
        }
    }
}
