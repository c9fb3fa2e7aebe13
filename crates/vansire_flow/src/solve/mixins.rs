//! Methods that abstract collections give the classes below them, in terms of what those define: `Mapping.get` asks
//! `__getitem__`, `MutableSequence.append` calls `insert`.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::classes::Ancestor;
use super::{Frame, Solver};
use crate::domain::{ObjectId, ObjectKind, Ref, Value};

/// What an abstract class gives those below it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Abstract {
    Mapping,
    Sequence,
}

/// `collections.abc.Mapping` and its like, by name; some stand in other modules as well.
fn abstract_class(name: &str) -> Option<Abstract> {
    let (module, class) = name.rsplit_once('.')?;
    if !matches!(module, "collections.abc" | "typing" | "collections") {
        return None;
    }
    match class {
        "Mapping" | "MutableMapping" | "UserDict" => Some(Abstract::Mapping),
        "Sequence" | "MutableSequence" => Some(Abstract::Sequence),
        _ => None,
    }
}

fn gives(kind: Abstract, method: &str) -> bool {
    match kind {
        Abstract::Mapping => matches!(
            method,
            "get" | "items" | "values" | "keys" | "pop" | "popitem" | "setdefault" | "update"
        ),
        Abstract::Sequence => {
            matches!(method, "append" | "extend" | "pop" | "__reversed__" | "__iadd__" | "index" | "count")
        }
    }
}

impl<'p> Solver<'p> {
    /// A method that an abstract collection among the bases of a class gives its instances, bound to one.
    pub(super) fn mixin(&mut self, lineage: &[Ancestor], name: Symbol, own: &Value) -> Option<Value> {
        let owner = lineage.iter().find_map(|ancestor| match ancestor {
            Ancestor::External(owner)
                if abstract_class(owner.as_str()).is_some_and(|kind| gives(kind, name.as_str())) =>
            {
                Some(*owner)
            }
            _ => None,
        })?;
        let member = self.member(owner, name);
        Some(Value::reference(Ref::Bound(Rc::new((Ref::External(member), own.clone())))))
    }

    /// A call of such a method; none where the class doesn't define what it is made of.
    pub(super) fn mixin_call(
        &mut self,
        frame: &mut Frame<'p>,
        owner: &str,
        method: &str,
        receiver: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let kind = abstract_class(owner)?;
        if !gives(kind, method) {
            return None;
        }
        let [Ref::Object(id)] = receiver.refs.as_slice() else { return None };
        if !matches!(self.kind(frame, *id), ObjectKind::Instance(_)) {
            return None;
        }
        match kind {
            Abstract::Mapping => self.mapping_mixin(frame, *id, receiver, method, arguments, span),
            Abstract::Sequence => self.sequence_mixin(frame, receiver, method, arguments, span),
        }
    }

    fn mapping_mixin(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        own: &Value,
        method: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let writes = self.special_method(frame, own, "__setitem__");
        if method == "update" {
            let setter = writes?;
            let mut pairs: Vec<(Value, Value)> = arguments
                .keywords
                .iter()
                .map(|(name, value)| (Value::string(name.as_str()), value.clone()))
                .collect();
            if let Some(other) = arguments.positional.first() {
                match self.known_entries(frame, other) {
                    Some((entries, true)) => {
                        pairs.extend(entries.into_iter().map(|(key, value)| (key.value(), value)));
                    }
                    _ => pairs.push((self.keys_of(frame, other), self.values_of(frame, other))),
                }
            }
            for (key, value) in pairs {
                self.call(frame, &setter, &Arguments::of(vec![key, value]), span);
            }
            return Some(Value::none());
        }
        let getter = self.special_method(frame, own, "__getitem__")?;
        let at = |solver: &mut Self, frame: &mut Frame<'p>, key: Value| {
            let before = frame.state.clone();
            let value = solver.call(frame, &getter, &Arguments::of(vec![key]), span);
            if !frame.state.alive {
                // The key may be missing, which is no error here.
                frame.state = before;
            }
            value
        };
        let key = arguments.get(0, "key");
        match method {
            "get" => {
                let value = at(self, frame, key?);
                Some(value.join(&arguments.get(1, "default").unwrap_or_else(Value::none)))
            }
            "pop" => {
                let key = key?;
                let value = at(self, frame, key.clone());
                if let Some(deleter) = self.special_method(frame, own, "__delitem__") {
                    self.called_later(frame, &deleter, &Arguments::of(vec![key]), span);
                }
                Some(value.join(&arguments.get(1, "default").unwrap_or_default()))
            }
            "setdefault" => {
                let key = key?;
                let default = arguments.get(1, "default").unwrap_or_else(Value::none);
                let value = at(self, frame, key.clone());
                if let Some(setter) = writes {
                    self.called_later(frame, &setter, &Arguments::of(vec![key, default.clone()]), span);
                }
                Some(value.join(&default))
            }
            _ => {
                // A class that keeps its own iteration.
                self.special_method(frame, own, "__iter__")?;
                let keys = self.iterated_elements(frame, &Value::object(id), span);
                let known = keys.is_some();
                let keys = match keys {
                    Some(keys) => keys,
                    None => vec![self.element(frame, own, span)],
                };
                let mut found = Vec::with_capacity(keys.len());
                for key in keys {
                    found.push(match method {
                        "keys" => key,
                        "values" => at(self, frame, key),
                        _ => Value::tuple(vec![key.clone(), at(self, frame, key)]),
                    });
                }
                if method == "popitem" {
                    return Some(found.iter().fold(Value::undefined(), |all, one| all.join(one)));
                }
                if known {
                    let arguments = Arguments::of(vec![Value::tuple(found)]);
                    return self.builtin_function(frame, "list", &arguments, span);
                }
                let any = found.iter().fold(Value::undefined(), |all, one| all.join(one));
                Some(self.loose_list(frame, any, span, 152))
            }
        }
    }

    fn sequence_mixin(
        &mut self,
        frame: &mut Frame<'p>,
        own: &Value,
        method: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        match method {
            "append" | "extend" | "__iadd__" => {
                let inserter = self.special_method(frame, own, "insert")?;
                let given = arguments.positional.first()?.clone();
                let values = if method == "append" {
                    vec![given]
                } else {
                    match self.iterated_elements(frame, &given, span) {
                        Some(elements) => elements,
                        None => vec![self.element(frame, &given, span)],
                    }
                };
                for value in values {
                    let length = Arguments::of(vec![own.clone()]);
                    let length =
                        self.builtin_function(frame, "len", &length, span).unwrap_or_else(Value::unknown);
                    self.call(frame, &inserter, &Arguments::of(vec![length, value]), span);
                }
                Some(if method == "__iadd__" { own.clone() } else { Value::none() })
            }
            "pop" => {
                let getter = self.special_method(frame, own, "__getitem__")?;
                let at = arguments.get(0, "index").unwrap_or_else(|| Value::integer(-1));
                let value = self.call(frame, &getter, &Arguments::of(vec![at.clone()]), span);
                if let Some(deleter) = self.special_method(frame, own, "__delitem__") {
                    self.called_later(frame, &deleter, &Arguments::of(vec![at]), span);
                }
                Some(value)
            }
            "__reversed__" => {
                let element = self.element(frame, own, span);
                Some(self.loose_list(frame, element, span, 153))
            }
            _ => Some(Value::unknown()),
        }
    }

    /// Something is called at another time than now, or perhaps not at all: what was before is still possible behind
    /// it.
    pub(super) fn called_later(
        &mut self,
        frame: &mut Frame<'p>,
        function: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        if function.is_undefined() || !frame.state.alive {
            return Value::undefined();
        }
        let before = frame.state.clone();
        let value = self.call(frame, function, arguments, span);
        let after = frame.state.alive.then(|| frame.state.clone());
        if let Some(state) = self.join_states(frame, Some(before), after) {
            frame.state = state;
        }
        value
    }
}
