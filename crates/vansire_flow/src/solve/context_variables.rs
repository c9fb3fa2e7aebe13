//! `contextvars`: what a variable of a context holds, and what it held before; and the arguments that
//! `inspect.signature` finds for a function.

use vansire_python::ir::{ParameterKind, Span};
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Key, Object, ObjectId, ObjectKind, PathStep, Ref, Value};

impl<'p> Solver<'p> {
    pub(super) fn context_variable(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        receiver: Option<&Value>,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        match name {
            "contextvars.ContextVar" => {
                let mut variable = Object::new(ObjectKind::External(Symbol::new(name)));
                if let Some(default) = arguments.keyword("default") {
                    variable.set_field(symbol!("<default>"), default);
                }
                Some(Value::object(self.allocate(frame, span, 162, variable)))
            }
            "contextvars.ContextVar.set" => {
                let id = Self::sole_object(receiver?)?;
                let value = arguments.get(0, "value")?;
                let mut token = Object::new(ObjectKind::External(symbol!("contextvars.Token")));
                let before = self.held(frame, id, symbol!("<value>"));
                token.set_field(symbol!("<before>"), before.unwrap_or_default());
                self.change(frame, id, |object| object.set_field(symbol!("<value>"), value));
                Some(Value::object(self.allocate(frame, span, 163, token)))
            }
            "contextvars.ContextVar.get" => {
                let id = Self::sole_object(receiver?)?;
                let value = self.held(frame, id, symbol!("<value>")).unwrap_or_default();
                // Set in this body, there is no need of a default.
                let surely = !value.is_undefined() && frame.state.object(id).is_some();
                if surely {
                    return Some(self.read(frame, &value));
                }
                let default = match arguments.get(0, "default") {
                    Some(default) => default,
                    None => self.held(frame, id, symbol!("<default>")).unwrap_or_default(),
                };
                let value = value.join(&default);
                Some(if value.is_undefined() { Value::unknown() } else { self.read(frame, &value) })
            }
            "contextvars.ContextVar.reset" => {
                let id = Self::sole_object(receiver?)?;
                let token = Self::sole_object(arguments.positional.first()?)?;
                let before = self.held(frame, token, symbol!("<before>")).unwrap_or_default();
                self.change(frame, id, |object| {
                    if before.is_undefined() {
                        object.fields.retain(|(name, _)| *name != symbol!("<value>"));
                    } else {
                        object.set_field(symbol!("<value>"), before);
                    }
                });
                Some(Value::none())
            }
            "inspect.signature" | "inspect.Signature.from_callable" => {
                let function = arguments.positional.first()?.clone();
                Self::demand_value(frame, &function);
                let mut signature = Object::new(ObjectKind::External(symbol!("inspect.Signature")));
                signature.set_field(symbol!("<function>"), function);
                Some(Value::object(self.allocate(frame, span, 164, signature)))
            }
            "inspect.Signature.bind" | "inspect.Signature.bind_partial" => {
                let signature = Self::sole_object(receiver?)?;
                let function = self.held(frame, signature, symbol!("<function>"))?;
                self.bound_arguments(frame, &function, arguments, span)
            }
            "inspect.BoundArguments.apply_defaults" => Some(Value::none()),
            _ => None,
        }
    }

    fn sole_object(value: &Value) -> Option<ObjectId> {
        match value.refs.as_slice() {
            [Ref::Object(id)] => Some(*id),
            _ => None,
        }
    }

    /// What an object of the library holds under a name of ours; of a caller's, whatever the caller has there.
    fn held(&mut self, frame: &mut Frame<'p>, id: ObjectId, name: Symbol) -> Option<Value> {
        let object = self.object(frame, id);
        if let Some(value) = object.field(name) {
            return Some(value.clone());
        }
        match id {
            ObjectId::Path(path) => {
                let path = self.child(path, PathStep::Attribute(name))?;
                Some(self.path_value(frame, path))
            }
            _ => None,
        }
    }

    /// What `signature.bind(…)` gives: arguments by the names of the parameters that they meet.
    fn bound_arguments(
        &mut self,
        frame: &mut Frame<'p>,
        function: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let (body, has_receiver) = match function.refs.as_slice() {
            [Ref::Function(body, _)] => (*body, false),
            [Ref::Bound(bound)] => match &bound.0 {
                Ref::Function(body, _) => (*body, true),
                _ => return None,
            },
            _ => return None,
        };
        if function.other {
            return None;
        }
        let (_, ir) = self.body(body);
        let given = if has_receiver { arguments.with_receiver(Value::unknown()) } else { arguments.clone() };
        let binding = self.bind(frame, ir, None, &given, span, body);
        let mut by_name = Object::new(ObjectKind::Dictionary);
        let mut positional = Vec::new();
        let mut by_keyword = Object::new(ObjectKind::Dictionary);
        let bound = ir.parameters.iter().zip(&binding.parameters).skip(usize::from(has_receiver));
        for (parameter, value) in bound {
            if value.is_undefined() {
                continue;
            }
            by_name.set_entry(Key::Text(parameter.name), value.clone());
            match parameter.kind {
                ParameterKind::KeywordOnly => by_keyword.set_entry(Key::Text(parameter.name), value.clone()),
                ParameterKind::DoubleStarred => {
                    if let Some(id) = Self::sole_object(value) {
                        let given = self.object(frame, id);
                        by_keyword = by_keyword.join(&given, |_| Value::undefined());
                        by_keyword.optional.clear();
                    }
                }
                ParameterKind::Starred => match value.refs.as_slice() {
                    [Ref::Tuple(elements)] => positional.extend(elements.iter().cloned()),
                    _ => return None,
                },
                _ => positional.push(value.clone()),
            }
        }
        let mut result = Object::new(ObjectKind::External(symbol!("inspect.BoundArguments")));
        let by_name = Value::object(self.allocate(frame, span, 165, by_name));
        let by_keyword = Value::object(self.allocate(frame, span, 166, by_keyword));
        result.set_field(symbol!("arguments"), by_name);
        result.set_field(symbol!("args"), Value::tuple(positional));
        result.set_field(symbol!("kwargs"), by_keyword);
        Some(Value::object(self.allocate(frame, span, 167, result)))
    }
}
