//! Expressions of templates as values of the engine.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::template_walk::Rendering;
use super::templates::{CONTEXT, MAXIMUM_NESTING, is_markup_type};
use super::{Frame, Solver};
use crate::domain::{Labels, ObjectId, ObjectKind, Ref, Value};
use crate::markup::{self, Engine, Expression};

impl<'p> Solver<'p> {
    pub(super) fn template_value(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        expression: &Expression,
    ) -> Value {
        if rendering.depth >= MAXIMUM_NESTING {
            return Value::unknown();
        }
        rendering.depth += 1;
        let value = self.template_value_within(frame, rendering, expression);
        rendering.depth -= 1;
        self.read(frame, &value)
    }

    pub(super) fn template_value_within(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        expression: &Expression,
    ) -> Value {
        let span = rendering.span;
        match expression {
            Expression::Name(name) => {
                if let Some(value) = rendering.lookup(name) {
                    self.auto_called(frame, rendering, value)
                } else {
                    let shared = self.object(frame, ObjectId::External(Symbol::new(CONTEXT)));
                    if let Some(value) = shared.field(Symbol::new(name)) {
                        return value.clone();
                    }
                    match rendering.ambient.iter().find(|(own, _)| own == name) {
                        Some((_, entity)) => match entity.strip_prefix('<') {
                            Some(kind) => {
                                let kind = Symbol::new(kind.trim_end_matches('>'));
                                let identity = crate::domain::Identity::Entity(kind);
                                Value::instance(kind, Labels::NONE).with_identity(Some(identity))
                            }
                            None => Value::external(Symbol::new(entity)),
                        },
                        None if rendering.rest.is_undefined() => Value::unknown(),
                        None => rendering.rest.clone(),
                    }
                }
            }
            Expression::Text(text) => Value::string(text),
            Expression::Number(text) => text.parse().map_or_else(|_| Value::unknown(), Value::integer),
            Expression::Constant => Value::unknown(),
            Expression::Test(_) => Value::either(),
            Expression::Attribute { value, name } => {
                let base = self.template_value(frame, rendering, value);
                let value = self.template_attribute(frame, &base, name, span);
                self.auto_called(frame, rendering, value)
            }
            Expression::Item { value, key } => {
                let base = self.template_value(frame, rendering, value);
                let key = self.template_value(frame, rendering, key);
                self.subscript(frame, &base, &key, span)
            }
            Expression::Filter { value, name, arguments } => {
                let mut result = self.template_value(frame, rendering, value);
                match name.as_str() {
                    "int" | "float" | "length" | "count" | "round" | "abs" | "wordcount" => {
                        return Value::unknown();
                    }
                    "safe" | "safeseq" => {
                        return result.edit(|data| {
                            if !data
                                .refs
                                .iter()
                                .any(|one| matches!(one, Ref::Instance(name) if is_markup_type(*name)))
                            {
                                data.refs.push(Ref::Instance(Symbol::new("markupsafe.Markup")));
                            }
                        });
                    }
                    "e" | "escape" | "forceescape" | "force_escape" => {
                        let operation = crate::model::TextOperation::EscapeHtml;
                        let result = self.text_operation(frame, &operation, &result, span);
                        return result
                            .edit(|data| data.refs.push(Ref::Instance(Symbol::new("markupsafe.Markup"))));
                    }
                    "first" | "last" | "random" | "max" | "min" => return self.element(frame, &result, span),
                    "items" | "dictsort" => {
                        let keys = self.keys_of(frame, &result);
                        let values = self.values_of(frame, &result);
                        return self.loose_list(frame, Value::tuple(vec![keys, values]), span, 121);
                    }
                    _ => {}
                }
                for argument in arguments {
                    if matches!(
                        name.as_str(),
                        "default" | "d" | "default_if_none" | "replace" | "join" | "format" | "add"
                    ) {
                        let value = self.template_value(frame, rendering, &argument.value);
                        result = result.join(&value);
                    }
                }
                self.through_filters(frame, rendering, &result, &[name.as_str()])
            }
            Expression::Call { function, arguments } => {
                self.template_call_value(frame, rendering, function, arguments)
            }
            Expression::Concat(operands) => {
                let mut result = Value::string("");
                for operand in operands {
                    let value = self.template_value(frame, rendering, operand);
                    let value = self.text_value(frame, &value);
                    result = self.concatenate(frame, &result, &value);
                }
                result
            }
            Expression::Operation { operands, .. } | Expression::Mixed(operands) => {
                let mut labels = Labels::NONE;
                for operand in operands {
                    let value = self.template_value(frame, rendering, operand);
                    labels = labels.union(&self.deep_labels(frame, &value));
                }
                Value::opaque(labels.inexact())
            }
            Expression::Conditional { yes, no, .. } => {
                let mut result = self.template_value(frame, rendering, yes);
                if let Some(no) = no {
                    let value = self.template_value(frame, rendering, no);
                    result = result.join(&value);
                }
                result
            }
            Expression::Choice(operands) => {
                let mut result = Value::undefined();
                for operand in operands {
                    let value = self.template_value(frame, rendering, operand);
                    result = result.join(&value);
                }
                result
            }
            Expression::List(elements) => {
                let elements =
                    elements.iter().map(|one| self.template_value(frame, rendering, one)).collect();
                Value::tuple(elements)
            }
            Expression::Dict(items) => {
                let mut result = Value::undefined();
                for (_, value) in items {
                    let value = self.template_value(frame, rendering, value);
                    result = result.join(&value);
                }
                self.loose_list(frame, result, span, 122)
            }
        }
    }

    /// `base.name`: an attribute, else an item.
    pub(super) fn template_attribute(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        name: &str,
        span: Span,
    ) -> Value {
        let key = Value::string(name);
        let symbol = Symbol::new(name);
        let mut result = Value::undefined();
        let mut rest = base.clone();
        let mut mappings = Vec::new();
        for reference in &base.refs {
            if let Ref::Object(id) = reference {
                match self.kind(frame, *id) {
                    ObjectKind::Dictionary => mappings.push((*id, true)),
                    // It may be either.
                    ObjectKind::Unknown => mappings.push((*id, false)),
                    _ => {}
                }
            }
        }
        if !mappings.is_empty() {
            Self::demand_value(frame, base);
            for (id, _) in &mappings {
                let value = self.subscript(frame, &Value::object(*id), &key, span);
                result = result.join(&value);
            }
            let is_method = matches!(name, "items" | "keys" | "values" | "get");
            rest = base.edit(|data| {
                data.refs.retain(|one| {
                    !matches!(one, Ref::Object(own) if mappings.iter().any(|(id, only)| id == own && *only))
                        || is_method
                });
            });
        }
        if rest.refs.is_empty() && rest.texts.is_empty() && rest.constants.is_empty() && !rest.other {
            return if result.is_undefined() { Value::unknown() } else { result };
        }
        let value = self.attribute(frame, &rest, symbol, span);
        result.join(&value)
    }

    /// Django calls what can be called.
    pub(super) fn auto_called(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &Rendering,
        value: Value,
    ) -> Value {
        if rendering.engine != Engine::Django
            || !value.refs.iter().any(|one| matches!(one, Ref::Bound(_) | Ref::Function(..)))
        {
            return value;
        }
        let before = frame.state.clone();
        let result = self.call(frame, &value, &Arguments::default(), rendering.span);
        if frame.state.alive {
            result
        } else {
            frame.state = before;
            Value::unknown()
        }
    }

    pub(super) fn template_call_value(
        &mut self,
        frame: &mut Frame<'p>,
        rendering: &mut Rendering,
        function: &Expression,
        arguments: &[markup::Argument],
    ) -> Value {
        let span = rendering.span;
        let mut given = Arguments::default();
        for argument in arguments {
            let value = self.template_value(frame, rendering, &argument.value);
            match &argument.name {
                Some(name) => given.keywords.push((Symbol::new(name), value)),
                None => given.positional.push(value),
            }
        }
        let before = frame.state.clone();
        let result = match function {
            Expression::Attribute { value, name } => {
                let base = self.template_value(frame, rendering, value);
                self.call_method(frame, &base, Symbol::new(name), &given, span, span)
            }
            Expression::Name(name) if rendering.lookup(name).is_none() => match name.as_str() {
                "Markup" => {
                    let value = given.positional.first().cloned().unwrap_or_default();
                    value.edit(|data| data.refs.push(Ref::Instance(Symbol::new("markupsafe.Markup"))))
                }
                "_" | "gettext" | "ngettext" => {
                    given.all().fold(Value::undefined(), |all, value| all.join(value))
                }
                "url_for" | "range" | "len" | "get_flashed_messages" | "csrf_token" | "lipsum" | "cycler" => {
                    Value::unknown()
                }
                _ => {
                    let shared = self.object(frame, ObjectId::External(Symbol::new(CONTEXT)));
                    // What the engine itself gives under this name.
                    let ambient = || {
                        let (_, entity) = rendering.ambient.iter().find(|(own, _)| own == name)?;
                        (!entity.starts_with('<')).then(|| Value::external(Symbol::new(entity)))
                    };
                    match shared.field(Symbol::new(name)).cloned().or_else(ambient) {
                        Some(function) => self.call(frame, &function, &given, span),
                        None => self.opaque_call(frame, &Value::undefined(), &given, span),
                    }
                }
            },
            other => {
                let function = self.template_value(frame, rendering, other);
                self.call(frame, &function, &given, span)
            }
        };
        if frame.state.alive {
            result
        } else {
            frame.state = before;
            Value::unknown()
        }
    }
}
