//! Methods of receivers of which nothing is known: what their names tell.

use super::binding::Arguments;
use super::strings::{METHODS, is_lookup};
use super::{Frame, Solver};
use crate::domain::{Identity, ObjectId, PathStep, Ref, Value};
use vansire_python::Symbol;
use vansire_python::ir::Span;

impl<'p> Solver<'p> {
    /// A method of something of which only the labels are known.
    pub(super) fn unknown_method(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: &Value,
        name: Symbol,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        let text = name.as_str();
        let objects: Vec<ObjectId> = receiver
            .refs
            .iter()
            .filter_map(|one| match one {
                Ref::Object(id) => Some(*id),
                _ => None,
            })
            .collect();
        // Whatever else has a method of this name, a text with data in it is the likeliest.
        if matches!(text, "format" | "format_map")
            && let Some(model) =
                self.input.models.functions.get(&self.member(Symbol::new("builtins.str"), name))
        {
            let site = super::external::CallSite { receiver: Some(receiver), arguments, span };
            self.apply_sinks(frame, model, &site);
        }
        self.query_by_text(frame, name, arguments, span);
        if matches!(text, "update" | "setdefault" | "clear" | "pop" | "popitem")
            && let Some(whole) = receiver.identity
        {
            frame.state.forget_parts(whole);
        }
        match text {
            "append" | "add" | "extend" | "insert" | "appendleft" | "update" | "setdefault" | "put"
            | "put_nowait" | "clear" | "popitem" | "move_to_end" | "send" | "asend"
                if !objects.is_empty() =>
            {
                let mut result = Value::undefined();
                for id in objects {
                    if let Some(value) = self.container_method(frame, id, text, arguments, span) {
                        result = result.join(&value);
                    }
                }
                return result;
            }
            "get" | "getlist" | "pop" | "__getitem__" | "get_all" | "getall" | "getone" => {
                let index = arguments.positional.first().cloned();
                let Some(index) = index else { return Value::opaque(receiver.labels.inexact()) };
                let mut value = self.subscript(frame, receiver, &index, span);
                if let Some(default) =
                    arguments.positional.get(1).cloned().or_else(|| arguments.keyword("default"))
                {
                    let identity = value.identity;
                    value = value.join(&default).with_identity(identity);
                } else if text == "get" {
                    let identity = value.identity;
                    value = value.join(&Value::none()).with_identity(identity);
                }
                if matches!(text, "getlist" | "get_all" | "getall") {
                    return self.loose_list(frame, value, span, 52);
                }
                return value;
            }
            "items" => {
                let key = self.keys_of(frame, receiver);
                let value = self.values_of_unknown(frame, receiver);
                return self.loose_list(frame, Value::tuple(vec![key, value]), span, 53);
            }
            "values" => {
                let value = self.values_of_unknown(frame, receiver);
                return self.loose_list(frame, value, span, 54);
            }
            "keys" => {
                let key = self.keys_of(frame, receiver);
                return self.loose_list(frame, key, span, 55);
            }
            "copy" => return receiver.clone(),
            // A task is taken for what it gives.
            "add_done_callback" => {
                if let Some(function) = arguments.positional.first() {
                    let given = Arguments::of(vec![receiver.clone()]);
                    self.called_later(frame, &function.clone(), &given, span);
                }
                return Value::none();
            }
            "sort" | "reverse" | "remove" => return Value::none(),
            _ => {}
        }
        if METHODS.contains(&text) {
            let own = receiver.edit(|data| data.refs.clear());
            if let Some(value) = self.str_method(frame, &own, text, arguments, span) {
                return value;
            }
        }
        let callee = Value::opaque(receiver.labels.inexact());
        let result = if is_lookup(text) {
            self.count("lookups by a key");
            self.opaque_call(frame, &callee, &Arguments::default(), span)
        } else {
            self.opaque_call(frame, &callee, arguments, span)
        };
        if let Some(Identity::Entity(entity)) = receiver.identity
            && arguments.positional.iter().all(Value::is_constant)
        {
            let key: Vec<String> =
                arguments.positional.iter().map(|one| one.as_string().unwrap_or("?").to_owned()).collect();
            return result.with_identity(Some(Identity::Entity(Symbol::new(&format!(
                "{entity}.{name}({})",
                key.join(",")
            )))));
        }
        result
    }

    fn values_of_unknown(&mut self, frame: &mut Frame<'p>, receiver: &Value) -> Value {
        let mut result = Value::undefined();
        for reference in &receiver.refs {
            if let Ref::Object(id) = reference {
                let object = self.object(frame, *id);
                result = result.join(&object.all());
                if let ObjectId::Path(path) = id {
                    let step = self.path_step(*path, PathStep::Element);
                    result = result.join(&self.path_value(frame, step));
                }
            }
        }
        if result.is_undefined() { Value::opaque(receiver.labels.inexact()) } else { result }
    }
}
