//! Variables of the context: what was set last is what they give.

use vansire_python::ir::Span;
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Object, ObjectId, ObjectKind, Ref, Value};

/// Where a variable keeps what was set, and a token what had been there before.
const VALUE: &str = "<value>";
/// Where a variable keeps what it gives as long as nothing was set.
const DEFAULT: &str = "<default>";

impl<'p> Solver<'p> {
    /// `contextvars.ContextVar` and its methods, where it's known which variable it is.
    pub(super) fn context_variable(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        receiver: Option<&Value>,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let (value_field, default_field) = (Symbol::new(VALUE), Symbol::new(DEFAULT));
        if name == "contextvars.ContextVar" {
            let mut object = Object::new(ObjectKind::External(symbol!("contextvars.ContextVar")));
            if let Some(default) = arguments.keyword("default") {
                object.set_field(default_field, default);
            }
            return Some(Value::object(self.allocate(frame, span, 161, object)));
        }
        let method = name.strip_prefix("contextvars.ContextVar.")?;
        let id = self.known_object(frame, receiver?, "contextvars.ContextVar")?;
        let object = self.object(frame, id);
        match method {
            "set" => {
                let value = arguments.get(0, "value")?;
                let mut token = Object::new(ObjectKind::External(symbol!("contextvars.Token")));
                if let Some(before) = object.field(value_field) {
                    token.set_field(value_field, before.clone());
                }
                self.change(frame, id, |object| object.set_field(value_field, value));
                Some(Value::object(self.allocate(frame, span, 162, token)))
            }
            "reset" => {
                let token = arguments.get(0, "token")?;
                let token = self.known_object(frame, &token, "contextvars.Token")?;
                let before = self.object(frame, token).field(value_field).cloned();
                self.change(frame, id, |object| match before {
                    Some(before) => object.set_field(value_field, before),
                    None => object.fields.retain(|(name, _)| *name != value_field),
                });
                Some(Value::none())
            }
            "get" => {
                let own = frame.state.object(id).and_then(|object| object.field(value_field)).cloned();
                if let Some(own) = own {
                    return Some(self.read(frame, &own));
                }
                // What others have set may be there, or nothing is.
                let default = arguments.get(0, "default").or_else(|| object.field(default_field).cloned());
                match (object.field(value_field), default) {
                    (Some(set), Some(default)) => Some(set.join(&default)),
                    (Some(one), None) => Some(one.clone()),
                    (None, Some(one)) => Some(one),
                    (None, None) => Some(Value::unknown()),
                }
            }
            _ => None,
        }
    }

    /// The one object of a kind that a value is.
    fn known_object(&mut self, frame: &mut Frame<'p>, value: &Value, kind: &str) -> Option<ObjectId> {
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        let known = matches!(self.kind(frame, *id), ObjectKind::External(own) if own.as_str() == kind);
        (known && !value.other).then_some(*id)
    }
}
