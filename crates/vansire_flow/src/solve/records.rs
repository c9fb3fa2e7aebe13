//! Classes made of fields: dataclasses, attrs, named tuples, models that validate.

use vansire_python::Symbol;
use vansire_python::ir::{
    ArgumentKind, BodyKind, Call, Constant, Expr, ExprKind, Span, StmtKind, TargetKind,
};

use super::binding::Arguments;
use super::classes::Ancestor;
use super::{Frame, Solver};
use crate::domain::{ClassRef, Key, Object, ObjectId, ObjectKind, Ref, Value};

/// Fields of fields are written out this deep.
const MAXIMUM_FIELD_DEPTH: usize = 2;

/// A method of a model that a decorator makes a validator.
struct Validator {
    method: Symbol,
    /// Of the model as a whole, once its fields are there.
    whole: bool,
    fields: Vec<Symbol>,
    parameters: usize,
}

/// The number of the first dictionary that is made of a model at one place.
const FIRST_DUMPED: u32 = 1_200;
/// At most this many dictionaries and lists are made of the models inside a model.
const MAXIMUM_DUMPED: u32 = 32;

impl<'p> Solver<'p> {
    /// What `repr()` of a class made of fields gives, where it has no method of its own.
    pub(super) fn fields_represented(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        depth: usize,
    ) -> Option<Value> {
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        let ObjectKind::Instance(class) = self.kind(frame, *id) else { return None };
        if value.other || depth >= MAXIMUM_FIELD_DEPTH {
            return None;
        }
        let lineage = self.lineage(frame, class);
        if !self.has_fields(frame, &lineage) {
            return None;
        }
        let own = Value::object(*id);
        let span = frame.statement;
        let mut result = Value::string(&format!("{}(", self.body(class.body).1.name));
        let mut first = true;
        for (name, default) in self.annotated_fields(frame, &lineage) {
            let shown = default.as_ref().and_then(|default| field_option(default, "repr"));
            if shown.is_some_and(|shown| shown.truth() == Some(false)) {
                continue;
            }
            let separator = if first { "" } else { ", " };
            first = false;
            let label = Value::string(&format!("{separator}{name}="));
            let field = self.attribute(frame, &own, name, span);
            let field = match self.fields_represented(frame, &field, depth + 1) {
                Some(text) => text,
                None => self.represented(frame, &field),
            };
            result = self.concatenate(frame, &result, &label);
            result = self.concatenate(frame, &result, &field);
        }
        Some(self.concatenate(frame, &result, &Value::string(")")))
    }

    /// The fields that a dataclass hands to `__post_init__` and doesn't keep.
    pub(super) fn passed_to_post_init(&self, lineage: &[Ancestor]) -> Vec<Symbol> {
        let mut names = Vec::new();
        for ancestor in lineage {
            let Ancestor::Class(class) = ancestor else { continue };
            for statement in &self.body(class.body).1.block {
                let (target, annotation) = match &statement.kind {
                    StmtKind::Annotate { target, annotation } => (Some(target), annotation),
                    StmtKind::Assign { targets, annotation: Some(annotation), .. } => {
                        (targets.first(), &**annotation)
                    }
                    _ => continue,
                };
                if let Some(TargetKind::Name(_, name)) = target.map(|target| &target.kind)
                    && is_wrapped(annotation, "InitVar")
                {
                    names.push(*name);
                }
            }
        }
        names
    }

    /// Methods of what is made of fields: copies with changes, dictionaries.
    pub(super) fn record_method(
        &mut self,
        frame: &mut Frame<'p>,
        owner: &str,
        method: &str,
        receiver: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        if !matches!(owner, "pydantic.BaseModel" | "typing.NamedTuple" | "sqlmodel.SQLModel") {
            return None;
        }
        if let ("model_construct" | "construct", [Ref::Class(class)]) = (method, receiver.refs.as_slice()) {
            // As it's given, without a check.
            let lineage = self.lineage(frame, *class);
            let instance = self.bare_instance(frame, *class, span);
            self.fill_fields(frame, &lineage, &instance, arguments, span, false);
            return Some(instance);
        }
        let [Ref::Object(id)] = receiver.refs.as_slice() else { return None };
        let ObjectKind::Instance(class) = self.kind(frame, *id) else { return None };
        let lineage = self.lineage(frame, class);
        let fields = self.annotated_fields(frame, &lineage);
        match method {
            "model_dump" | "dict" | "_asdict" => {
                let mut number = 0;
                let deep = method != "_asdict";
                Some(self.dumped(frame, receiver, &fields, deep, span, &mut number))
            }
            "model_copy" | "copy" | "_replace" => {
                let changes = match arguments.keyword("update") {
                    Some(update) => {
                        let (entries, complete) = self.known_entries(frame, &update)?;
                        if !complete {
                            return None;
                        }
                        let name = |key| if let Key::Text(name) = key { Some(name) } else { None };
                        entries.into_iter().filter_map(|(key, value)| Some((name(key)?, value))).collect()
                    }
                    None => arguments.keywords.clone(),
                };
                let copy = self.copied(frame, receiver, false, span, 0);
                for (name, value) in changes {
                    self.set_attribute(frame, &copy, name, value.clone(), span);
                    let at = fields.iter().position(|(own, _)| *own == name);
                    if let (Some(at), Some(Ref::Object(id))) = (at, copy.refs.first()) {
                        self.change(frame, *id, |object| {
                            if let Some(place) = object.elements.get_mut(at) {
                                *place = value;
                            }
                        });
                    }
                }
                Some(copy)
            }
            _ => None,
        }
    }

    /// The fields of a model as a dictionary; models inside become dictionaries as well.
    fn dumped(
        &mut self,
        frame: &mut Frame<'p>,
        model: &Value,
        fields: &[(Symbol, Option<Value>)],
        deep: bool,
        span: Span,
        number: &mut u32,
    ) -> Value {
        // Counted before what is inside: it may be in itself.
        *number += 1;
        let tag = FIRST_DUMPED + *number;
        let mut object = Object::new(ObjectKind::Dictionary);
        for (name, _) in fields {
            let value = self.attribute(frame, model, *name, span);
            let value = if deep { self.dumped_value(frame, &value, span, number) } else { value };
            object.set_entry(Key::Text(*name), value);
        }
        Value::object(self.allocate(frame, span, tag, object))
    }

    fn dumped_value(&mut self, frame: &mut Frame<'p>, value: &Value, span: Span, number: &mut u32) -> Value {
        if *number > MAXIMUM_DUMPED || !value.refs.iter().any(|one| matches!(one, Ref::Object(_))) {
            return value.clone();
        }
        let mut data = (**value).clone();
        for reference in &mut data.refs {
            let Ref::Object(id) = reference else { continue };
            if matches!(id, ObjectId::Path(_)) {
                continue;
            }
            let object = self.object(frame, *id);
            let made = match &object.kind {
                ObjectKind::Instance(class) => {
                    let lineage = self.lineage(frame, *class);
                    let fields = self.annotated_fields(frame, &lineage);
                    if fields.is_empty() {
                        continue;
                    }
                    self.dumped(frame, &Value::object(*id), &fields, true, span, number)
                }
                ObjectKind::List | ObjectKind::Set | ObjectKind::Dictionary => {
                    // Counted before what is inside: it may be in itself.
                    *number += 1;
                    let tag = FIRST_DUMPED + *number;
                    let mut copy = (*object).clone();
                    copy.rest = self.dumped_value(frame, &copy.rest, span, number);
                    for element in &mut copy.elements {
                        *element = self.dumped_value(frame, element, span, number);
                    }
                    for (_, entry) in &mut copy.entries {
                        *entry = self.dumped_value(frame, entry, span, number);
                    }
                    Value::object(self.allocate(frame, span, tag, copy))
                }
                _ => continue,
            };
            if let Some(made) = made.refs.first() {
                *reference = made.clone();
            }
        }
        data.into()
    }

    /// A model that allows other fields than its own keeps those that it's given.
    fn keep_extra_fields(
        &mut self,
        frame: &mut Frame<'p>,
        lineage: &[Ancestor],
        instance: &Value,
        arguments: &Arguments,
        span: Span,
    ) {
        if !lineage
            .iter()
            .any(|one| matches!(one, Ancestor::Class(class) if self.allows_extra(frame, *class)))
        {
            return;
        }
        let fields = self.annotated_fields(frame, lineage);
        for (name, value) in &arguments.keywords {
            if !fields.iter().any(|(own, _)| own == name) {
                self.set_attribute(frame, instance, *name, value.clone(), span);
            }
        }
        if let (Some(rest), Some(Ref::Object(id))) = (&arguments.keyword_rest, instance.refs.first()) {
            self.change(frame, *id, |object| object.rest = object.rest.join(rest));
        }
    }

    /// `class Model(BaseModel, extra="allow")`, or the same in its configuration.
    fn allows_extra(&mut self, frame: &mut Frame<'p>, class: ClassRef) -> bool {
        let extra = Symbol::new("extra");
        let (_, ir) = self.body(class.body);
        let in_bases = ir.bases.iter().any(|argument| {
            argument.kind == ArgumentKind::Keyword(extra) && constant_text(&argument.value) == Some("allow")
        });
        if in_bases {
            return true;
        }
        let namespace = self.object(frame, class.namespace);
        let (config, older) =
            (namespace.field(Symbol::new("model_config")), namespace.field(Symbol::new("Config")));
        let value = match (config.map(|one| one.refs.as_slice()), older.map(|one| one.refs.as_slice())) {
            (Some([Ref::Object(id)]), _) => {
                let object = self.object(frame, *id);
                object.entry(&Key::Text(extra)).or_else(|| object.field(extra)).cloned()
            }
            (_, Some([Ref::Class(config)])) => self.object(frame, config.namespace).field(extra).cloned(),
            _ => None,
        };
        value.is_some_and(|value| {
            value.as_string() == Some("allow")
                || matches!(value.refs.as_slice(), [Ref::External(name)] if name.as_str().ends_with("Extra.allow"))
        })
    }

    /// Runs the validators of a model: what they give takes the place of what was given.
    pub(super) fn validate_fields(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        lineage: &[Ancestor],
        instance: &Value,
        arguments: &Arguments,
        span: Span,
    ) {
        let is_model = lineage.iter().any(|ancestor| {
            matches!(ancestor, Ancestor::External(name)
                if matches!(name.as_str(), "pydantic.BaseModel" | "pydantic.main.BaseModel" | "sqlmodel.SQLModel" | "pydantic_settings.BaseSettings"))
        });
        if !is_model {
            return;
        }
        self.keep_extra_fields(frame, lineage, instance, arguments, span);
        let mut validators = Vec::new();
        for ancestor in lineage.iter().rev() {
            if let Ancestor::Class(class) = ancestor {
                self.validators(*class, &mut validators);
            }
        }
        validators.sort_by_key(|validator| validator.whole);
        let owner = Value::reference(Ref::Class(class));
        for validator in validators {
            let found = self.attribute(frame, &owner, validator.method, span);
            if validator.whole {
                let method = Self::bind_function(&found, instance);
                self.call(frame, &method, &Arguments::default(), span);
                continue;
            }
            let method = Self::bind_function(&found, &owner);
            for field in validator.fields {
                let before = self.attribute(frame, instance, field, span);
                let mut arguments = vec![before];
                // Older ones may want the other values, newer ones the circumstances.
                arguments.extend((2..validator.parameters).map(|_| Value::unknown()));
                let value = self.call(frame, &method, &Arguments::of(arguments), span);
                if frame.state.alive {
                    self.set_attribute(frame, instance, field, value, span);
                }
            }
        }
    }

    fn validators(&self, class: ClassRef, validators: &mut Vec<Validator>) {
        let (file, own) = self.body(class.body);
        let base = self.input.bases[file as usize];
        for statement in &own.block {
            let StmtKind::Function { body, .. } = &statement.kind else { continue };
            let (_, ir) = self.body(crate::domain::BodyIndex(base + body.0));
            if ir.kind != BodyKind::Function {
                continue;
            }
            for decorator in &ir.decorators {
                let ExprKind::Call(call) = &decorator.kind else { continue };
                let Some(whole) = validates(call) else { continue };
                let fields = call
                    .arguments
                    .iter()
                    .filter(|argument| argument.kind == ArgumentKind::Positional)
                    .filter_map(|argument| constant_text(&argument.value).map(Symbol::new))
                    .collect();
                validators.push(Validator {
                    method: ir.name,
                    whole,
                    fields,
                    parameters: ir.parameters.len(),
                });
            }
        }
    }
}

/// Whether a decorator makes a validator, and if so whether of the model as a whole.
fn validates(call: &Call) -> Option<bool> {
    let mode = call.arguments.iter().find_map(|argument| match argument.kind {
        ArgumentKind::Keyword(name) if name.as_str() == "mode" => constant_text(&argument.value),
        _ => None,
    });
    match (last_name(&call.callee)?, mode) {
        ("field_validator", None | Some("after" | "before" | "plain")) | ("validator", _) => Some(false),
        ("model_validator", Some("after")) => Some(true),
        _ => None,
    }
}

fn constant_text(expression: &Expr) -> Option<&str> {
    match &expression.kind {
        ExprKind::Constant(Constant::String(text)) => Some(text),
        _ => None,
    }
}

fn last_name(expression: &Expr) -> Option<&str> {
    match &expression.kind {
        ExprKind::Name(_, name) | ExprKind::Attribute(_, name) => Some(name.as_str()),
        _ => None,
    }
}

/// `ClassVar[str]`, `dataclasses.InitVar`, `"ClassVar[str]"`.
pub(super) fn is_wrapped(annotation: &Expr, wrapper: &str) -> bool {
    match &annotation.kind {
        ExprKind::Subscript(base, _) => last_name(base) == Some(wrapper),
        ExprKind::Constant(Constant::String(text)) => {
            text.split('[').next().and_then(|head| head.rsplit('.').next()) == Some(wrapper)
        }
        _ => last_name(annotation) == Some(wrapper),
    }
}

/// `field(…)`, `attr.ib(…)`, as the default of a field.
pub(super) fn is_field(default: &Value) -> bool {
    default.refs.iter().any(|one| {
        matches!(one, Ref::Partial(partial) if partial.callee.refs.iter().any(
            |callee| matches!(callee, Ref::External(name) if name.as_str() == "dataclasses.field")
        ))
    })
}

/// A keyword of `field(…)`.
pub(super) fn field_option(default: &Value, wanted: &str) -> Option<Value> {
    let [Ref::Partial(partial)] = default.refs.as_slice() else { return None };
    if !is_field(default) {
        return None;
    }
    partial.keywords.iter().find(|(name, _)| name.as_str() == wanted).map(|(_, value)| value.clone())
}
