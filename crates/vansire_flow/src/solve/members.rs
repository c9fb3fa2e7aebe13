//! Attributes and items of entities outside the project, read and assigned.

use std::rc::Rc;

use vansire_python::ir::{Body, Span};
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::external::CallSite;
use super::{Frame, Solver};
use crate::domain::{
    Constant, Identity, Key, Label, Labels, Nature, Object, ObjectId, ObjectKind, Part, PathStep, Ref, Text,
    Value,
};
use crate::model::{Base, Check, ConditionModel};
use crate::text::{CharSet, Form};

/// Attributes that are the same entity whatever they're reached by: the settings of the application, what requests
/// carry along.
pub(super) const SHARED: &[(&str, &str)] = &[
    ("aiohttp.web.Request.app", "aiohttp.web.Application"),
    ("falcon.Request.context", "falcon.Request.context"),
    ("flask.Flask.config", "flask.current_app.config"),
    ("sanic.Request.ctx", "sanic.Request.ctx"),
    ("sanic.Sanic.ctx", "sanic.Sanic.ctx"),
    ("starlette.applications.Starlette.state", "starlette.applications.Starlette.state"),
    ("starlette.requests.HTTPConnection.state", "starlette.requests.HTTPConnection.state"),
];

/// The type whose methods a text or a constant has.
pub(super) fn type_of_scalar(value: &Value) -> Symbol {
    let all = |kind: fn(&Constant) -> bool| value.texts.is_empty() && value.constants.iter().all(kind);
    if value.constants.is_empty() {
        symbol!("builtins.str")
    } else if all(|one| matches!(one, Constant::Boolean(_))) {
        symbol!("builtins.bool")
    } else if all(|one| matches!(one, Constant::Integer(_) | Constant::Boolean(_))) {
        symbol!("builtins.int")
    } else if all(|one| matches!(one, Constant::Float(_))) {
        symbol!("builtins.float")
    } else {
        symbol!("builtins.str")
    }
}

impl<'p> Solver<'p> {
    /// The joined name `owner.member`, remembered.
    pub(super) fn member(&mut self, owner: Symbol, member: Symbol) -> Symbol {
        if let Some(&name) = self.members.get(&(owner, member)) {
            return name;
        }
        let name = Symbol::new(&format!("{owner}.{member}"));
        let name = self.input.models.canonical(name);
        self.members.insert((owner, member), name);
        name
    }

    pub(super) fn source_value(&mut self, frame: &mut Frame<'p>, name: Symbol, span: Span) -> Value {
        let Some(source) = self.input.models.sources.get(&name) else { return Value::unknown() };
        let labels = self.source_labels(frame.file, span, source.name);
        let labels = labels.restrict(source.chars, CharSet::EMPTY);
        let form = source.form;
        let mut labels = if form == Form::NONE {
            labels
        } else {
            labels.map(|label| Label { form, exact: true, ..*label })
        };
        if source.document {
            labels = labels.of_nature(Nature::Document);
        }
        let identity = Some(Identity::Entity(name));
        if source.declared {
            let mut object = Object::new(ObjectKind::Dictionary);
            object.exact = false;
            object.keys = Value::unknown();
            object.rest = Value::opaque(labels);
            return Value::object(self.allocate(frame, span, 161, object)).with_identity(identity);
        }
        match source.type_name {
            Some(kind) => {
                let kind = self.input.models.canonical(kind);
                match kind.as_str() {
                    "builtins.str" => {
                        let value = match &source.begins {
                            Some(begins) => Value::text(Text::from_parts(vec![
                                Part::Literal(begins.as_str().into()),
                                Part::Hole { labels, identity: None },
                            ])),
                            None => Value::opaque(labels),
                        };
                        value.with_identity(identity)
                    }
                    "builtins.bytes" => {
                        Value::opaque(labels.of_nature(Nature::Bytes)).with_identity(identity)
                    }
                    _ => Value::instance(kind, labels).with_identity(identity),
                }
            }
            None => Value::opaque(labels).with_identity(identity),
        }
    }

    pub(super) fn external_attribute(
        &mut self,
        frame: &mut Frame<'p>,
        entity: Symbol,
        name: Symbol,
        span: Span,
    ) -> Value {
        let full = self.member(entity, name);
        // What the project itself put there.
        let stored = {
            let object = self.object(frame, ObjectId::External(entity));
            object.field(name).cloned()
        };
        if let Some(constant) = constant_value(full.as_str()) {
            return constant;
        }
        let models = self.input.models;
        if let Some(stored) = stored {
            if frame.state.object(ObjectId::External(entity)).is_some() {
                return self.read(frame, &stored);
            }
            return stored;
        }
        if models.sources.get(&full).is_some_and(|source| source.active) {
            if name.as_str() == "view_args"
                && let Some(captured) = self.captured_by_route(frame, frame.body, span)
            {
                return captured;
            }
            return self.source_value(frame, full, span);
        }
        if let Some(value) = self.own_request_attribute(frame, entity, name, span) {
            return value;
        }
        if let Some(model) = models.types.get(&entity)
            && let Some(&kind) = model.attributes.get(&name)
        {
            return Value::instance(models.canonical(kind), Labels::NONE)
                .with_identity(Some(Identity::Entity(full)));
        }
        if models.types.contains_key(&entity) {
            // A method of the class, or something inherited.
            let lineage: Vec<Symbol> = models.lineage(entity).to_vec();
            for owner in lineage {
                let member = self.member(owner, name);
                if models.functions.contains_key(&member) {
                    return Value::external(member);
                }
            }
        }
        Value::external(full)
    }

    /// An attribute of an instance of an external type that is known to have it.
    pub(super) fn known_member(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        name: Symbol,
        receiver: &Value,
        span: Span,
    ) -> Option<Value> {
        let models = self.input.models;
        let mut lineage: Vec<Symbol> = models.lineage(kind).to_vec();
        if lineage.is_empty() {
            lineage.push(kind);
        }
        for owner in lineage {
            let full = self.member(owner, name);
            if let Some(source) = models.sources.get(&full)
                && source.active
            {
                if matches!(name.as_str(), "path_params" | "match_info")
                    && let Some(captured) = self.captured_from_path(frame, span)
                {
                    return Some(captured);
                }
                let mut value = self.source_value(frame, full, span);
                if name.as_str() == "kwargs"
                    && let [Ref::Object(id)] = receiver.refs.as_slice()
                    && let ObjectKind::Instance(class) = self.kind(frame, *id)
                    && let Some(captured) = self.captured_by_route(frame, class.body, span)
                {
                    return Some(captured);
                }
                // What a serializer was given that isn't a client's.
                if name.as_str() == "validated_data"
                    && let [Ref::Object(id)] = receiver.refs.as_slice()
                    && let Some(given) = self.object(frame, *id).field(symbol!("data")).cloned()
                    && self.deep_labels(frame, &given).is_empty()
                {
                    value = value.unsure();
                }
                if (matches!(name.as_str(), "cleaned_data" | "validated_data")
                    || full.as_str() == "django.forms.Form.data")
                    && let [Ref::Object(id)] = receiver.refs.as_slice()
                    && let ObjectKind::Instance(class) = self.kind(frame, *id)
                    && let Some(fields) = self.cleaned(
                        frame,
                        class,
                        Some(receiver),
                        &value,
                        span,
                        super::schemas::Nesting::default(),
                    )
                {
                    return Some(fields);
                }
                if let [Ref::Object(id)] = receiver.refs.as_slice() {
                    value = self.field_data(frame, *id, full, value);
                }
                if let Some(Identity::Entity(entity)) = receiver.identity {
                    value =
                        value.with_identity(Some(Identity::Entity(Symbol::new(&format!("{entity}.{name}")))));
                }
                return Some(value);
            }
            // A method of the project's subclass says what it is.
            if let Some(method) = models.types.get(&owner).and_then(|model| model.provided.get(&name)) {
                let method = self.special_method(frame, receiver, method.as_str())?;
                return Some(self.call(frame, &method, &Arguments::default(), span));
            }
            if models.functions.contains_key(&full)
                || models.result(full).is_some()
                || models.entry_decorators.contains_key(&full)
                || models.entry_registers.contains_key(&full)
            {
                return Some(Value::reference(Ref::Bound(Rc::new((Ref::External(full), receiver.clone())))));
            }
            if let Some(model) = models.types.get(&owner)
                && let Some(&kind) = model.attributes.get(&name)
            {
                if models.set_item.contains_key(&models.canonical(kind))
                    && let Some(headers) =
                        self.headers_of(frame, models.canonical(kind), name, receiver, span)
                {
                    return Some(headers);
                }
                let mut labels = self.labels_of_receiver(frame, receiver);
                if matches!(kind.as_str(), "builtins.int" | "builtins.float" | "builtins.bool") {
                    labels = labels.restrict(CharSet::NUMBER, CharSet::EMPTY);
                }
                if full.as_str() == "pathlib.PurePath.parts" {
                    // The first can be the root.
                    let parts = self.loose_list(frame, Value::opaque(labels.inexact()), span, 58);
                    self.note_path_of_segments(frame, &parts, receiver);
                    return Some(parts);
                }
                let kind = models.canonical(kind);
                if self.source_types.contains(&kind)
                    && let Some(request) = self.prepared_request(frame, kind)
                {
                    return Some(request);
                }
                let mut value = Value::instance(kind, labels.inexact());
                if full.as_str() == "pathlib.PurePath.parents" {
                    return Some(Self::parents(frame, value, receiver, span));
                }
                if let Some(entity) = Self::shared_member(full, name, receiver) {
                    value = value.with_identity(Some(Identity::Entity(entity)));
                }
                return Some(value);
            }
        }
        self.any_member(frame, kind, name, receiver, span)
    }

    /// The entity that an attribute is, where everybody sees the same one.
    fn shared_member(full: Symbol, name: Symbol, receiver: &Value) -> Option<Symbol> {
        if let Some((_, entity)) = SHARED.iter().find(|(own, _)| *own == full.as_str()) {
            return Some(Symbol::new(entity));
        }
        match receiver.identity {
            Some(Identity::Entity(entity)) => Some(Symbol::new(&format!("{entity}.{name}"))),
            _ => None,
        }
    }

    /// The entity that keeps what is put on an instance of an external type, where everybody sees the same one.
    pub(super) fn keeper(base: &Value, kind: Symbol) -> Option<Symbol> {
        match base.identity {
            Some(Identity::Entity(entity)) => Some(entity),
            // An application, whoever hands it on.
            _ => SHARED.iter().any(|(_, entity)| *entity == kind.as_str()).then_some(kind),
        }
    }

    /// Whether an attribute of a type is an entity that everybody shares.
    fn is_shared_member(&mut self, kind: Symbol, name: Symbol) -> bool {
        SHARED.iter().any(|(full, _)| full.rsplit_once('.').is_some_and(|(_, last)| last == name.as_str()))
            && self.input.models.lineage(kind).to_vec().into_iter().any(|owner| {
                let full = self.member(owner, name);
                SHARED.iter().any(|(own, _)| *own == full.as_str())
            })
    }

    /// Whether a body mentions an attribute of a type that is an entity that everybody shares.
    pub(super) fn mentions_shared(&mut self, body: &Body, kind: Symbol) -> bool {
        SHARED.iter().any(|(full, _)| {
            full.rsplit_once('.').is_some_and(|(_, last)| {
                let name = Symbol::new(last);
                body.mentions_name(name) && self.is_shared_member(kind, name)
            })
        })
    }

    /// An input as its annotation declares it, where its type has an attribute that everybody shares.
    pub(super) fn declared_sharer(&mut self, frame: &Frame<'p>, base: &Value, name: Symbol) -> Option<Value> {
        let hinted = |id: &ObjectId| matches!(id, ObjectId::Path(path) if frame.hints.contains_key(path));
        if !base.other || !base.texts.is_empty() || frame.hints.is_empty() {
            return None;
        }
        let [Ref::Object(id), Ref::Instance(kind)] = base.refs.as_slice() else { return None };
        (hinted(id) && self.is_shared_member(*kind, name)).then(|| {
            base.edit(|data| {
                data.refs = [Ref::Instance(*kind)].into_iter().collect();
                data.other = false;
            })
        })
    }

    /// Any attribute of a type that a model gives `__getattr__`: `client.shop.orders`.
    fn any_member(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        name: Symbol,
        receiver: &Value,
        span: Span,
    ) -> Option<Value> {
        if name.as_str().starts_with('_') {
            return None;
        }
        let models = self.input.models;
        let own = [kind];
        let lineage = models.lineage(kind);
        let lineage = if lineage.is_empty() { &own[..] } else { lineage };
        let getattr = symbol!("__getattr__");
        for owner in lineage {
            let full = self.member(*owner, getattr);
            if models.functions.contains_key(&full) {
                let arguments = Arguments::of(vec![Value::string(name.as_str())]);
                return Some(self.call_external(frame, full, Some(receiver), &arguments, span));
            }
        }
        None
    }

    pub(super) fn labels_of_receiver(&mut self, frame: &mut Frame<'p>, receiver: &Value) -> Labels {
        let mut labels = receiver.own_labels();
        for reference in &receiver.refs {
            if let Ref::Object(id) = reference {
                let object = self.object(frame, *id);
                if matches!(object.kind, ObjectKind::External(_)) {
                    labels = labels.union(&object.rest.own_labels());
                }
            }
        }
        labels
    }

    /// An attribute of an instance of an external type.
    pub(super) fn member_value(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        name: Symbol,
        receiver: &Value,
        span: Span,
    ) -> Value {
        // What was put there.
        if let Some(Identity::Entity(entity)) = receiver.identity {
            let id = ObjectId::External(entity);
            let object = self.object(frame, id);
            if let Some(value) = object.field(name) {
                return value.clone();
            }
        }
        if let Some(value) = self.known_member(frame, kind, name, receiver, span) {
            return value;
        }
        // What has no such method may be a text instead, which has.
        if self.may_be_text(kind) && super::strings::METHODS.contains(&name.as_str()) {
            let text = self.as_text(receiver);
            let method = self.member(symbol!("builtins.str"), name);
            return Value::reference(Ref::Bound(Rc::new((Ref::External(method), text))));
        }
        let labels = self.labels_of_receiver(frame, receiver);
        // The exceptions of Python have no methods but these; another one that is caught has.
        if self.is_exception(kind)
            && !matches!(name.as_str(), "with_traceback" | "add_note" | "split" | "subgroup" | "derive")
            && !name.as_str().starts_with("__")
        {
            return Value::opaque(labels.inexact());
        }
        let full = self.member(kind, name);
        let mut value = Value::reference(Ref::Bound(Rc::new((Ref::External(full), receiver.clone()))));
        if !labels.is_empty() {
            // It may be data as well as a method.
            value = value.join(&Value::opaque(labels.inexact()));
            if let Some(Identity::Entity(entity)) = receiver.identity {
                value = value.with_identity(Some(Identity::Entity(Symbol::new(&format!("{entity}.{name}")))));
            }
        }
        if let [Ref::Object(ObjectId::Path(path))] = receiver.refs.as_slice() {
            let step = self.path_step(*path, PathStep::Attribute(name));
            if frame.context.shape(step).is_some() {
                value = value.join(&self.path_value(frame, step));
            }
        }
        value
    }

    /// Whether what is said to be of a type may be a plain text as well: the field of a form.
    pub(super) fn may_be_text(&self, kind: Symbol) -> bool {
        self.input.models.types.get(&kind).is_some_and(|model| model.or_text)
    }

    /// A value that may be a text, for those to whom it can be nothing else.
    pub(super) fn as_text(&self, value: &Value) -> Value {
        let only = |one: &Ref| matches!(one, Ref::Instance(kind) if self.may_be_text(*kind));
        if value.refs.is_empty() || !value.refs.iter().all(only) {
            return value.clone();
        }
        value.edit(|data| {
            data.refs.clear();
            data.other = true;
        })
    }

    /// `os.environ.get(key, default)`: what the project has put there itself comes back.
    pub(super) fn stored_item(
        &mut self,
        frame: &mut Frame<'p>,
        method: Symbol,
        receiver: Option<&Value>,
        arguments: &Arguments,
    ) -> Option<Value> {
        let (entity, labels) = match receiver {
            Some(receiver) => match (receiver.refs.as_slice(), receiver.identity) {
                ([Ref::Instance(_)], Some(Identity::Entity(entity))) => (entity, receiver.labels.inexact()),
                _ => return None,
            },
            None => (Symbol::new(method.as_str().rsplit_once('.')?.0), Labels::NONE),
        };
        let key = arguments.positional.first()?;
        if self.input.models.functions.contains_key(&method) {
            return None;
        }
        let object = self.object(frame, ObjectId::External(entity));
        if object.entries.is_empty() {
            return None;
        }
        let keys = Key::of(key)?;
        let mut found = Value::undefined();
        for key in &keys {
            found = found.join(object.entry(key)?);
        }
        let own = frame.state.object(ObjectId::External(entity)).is_some();
        if own && keys.iter().all(|key| object.surely_has(key)) {
            return Some(found);
        }
        let default = arguments.get(1, "default").unwrap_or_else(Value::none);
        Some(found.join(&default).join(&Value::opaque(labels)))
    }

    /// `base[index]` of an external entity itself: `os.environ[…]`, `flask.session[…]`.
    pub(super) fn external_subscript(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        index: &Value,
        span: Span,
    ) -> Option<Value> {
        if name.as_str() == "sys.modules"
            && let Some(module) = self.module_by_name(frame, index)
        {
            return Some(module);
        }
        let id = ObjectId::External(name);
        let object = self.object(frame, id);
        let models = self.input.models;
        let full = self.member(name, symbol!("__getitem__"));
        if models.functions.contains_key(&full) {
            let value = self.call_external(frame, full, None, &Arguments::of(vec![index.clone()]), span);
            return Some(value);
        }
        if object.entries.is_empty() && object.rest.is_undefined() {
            if let Some(element) = models.types.get(&name).and_then(|model| model.element) {
                return Some(Value::instance(models.canonical(element), Labels::NONE));
            }
            // Of what is written under keys nothing is known to stand there; anything else is `list[int]`.
            return models.set_item.contains_key(&name).then(Value::unknown);
        }
        Some(match Key::of(index) {
            Some(keys) => {
                let known = keys.iter().fold(Value::undefined(), |all, key| match object.entry(key) {
                    Some(value) => all.join(value),
                    None => all.join(&object.rest),
                });
                if known.is_undefined() { Value::unknown() } else { known }
            }
            None => object.all(),
        })
    }

    // ---- assignments

    pub(super) fn member_assigned(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        name: Symbol,
        base: &Value,
        value: &Value,
        span: Span,
    ) {
        self.keep_request_class(frame, kind, name, value);
        self.keep_on_application(frame, kind, name, value);
        let mut lineage: Vec<Symbol> = self.input.models.lineage(kind).to_vec();
        if lineage.is_empty() {
            lineage.push(kind);
        }
        for owner in lineage {
            let full = self.member(owner, name);
            if self.input.models.set_attribute.contains_key(&full) {
                self.assignment_sinks(frame, full, base, value, span);
                return;
            }
        }
    }

    /// `app.store = Store()`: views find it on `current_app`.
    fn keep_on_application(&mut self, frame: &mut Frame<'p>, kind: Symbol, name: Symbol, value: &Value) {
        if kind.as_str() != "flask.Flask"
            || self.input.models.types.get(&kind).is_some_and(|model| model.attributes.contains_key(&name))
        {
            return;
        }
        let application = ObjectId::External(symbol!("flask.current_app"));
        let value = value.clone();
        self.change(frame, application, |object| {
            let all = object.field(name).cloned().unwrap_or_default();
            object.set_field(name, all.join(&value));
        });
    }

    pub(super) fn assignment_sinks(
        &mut self,
        frame: &mut Frame<'p>,
        full: Symbol,
        base: &Value,
        value: &Value,
        span: Span,
    ) {
        let Some(model) = self.input.models.set_attribute.get(&full) else { return };
        let arguments = Arguments { positional: vec![value.clone()], ..Arguments::default() };
        let site = CallSite { receiver: Some(base), arguments: &arguments, span };
        for sink in &model.sinks {
            if self.conditions(frame, &site, &value_ports(&sink.when), &value_ports(&sink.unless)) {
                // What the object was given before can be what becomes dangerous.
                let of_receiver = sink.ports.iter().find(|port| port.base == Base::Receiver);
                let arriving = match of_receiver {
                    Some(port) => self.port_value(frame, &site, port),
                    None => value.clone(),
                };
                for &kind in &sink.kinds {
                    self.sink(frame, kind, &arriving, span, sink.name);
                }
            }
        }
        for check in &model.checks {
            let check =
                Check { when: value_ports(&check.when), unless: value_ports(&check.unless), ..check.clone() };
            self.apply_check(frame, &check, &site);
        }
    }

    pub(super) fn item_assigned(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        base: &Value,
        index: &Value,
        value: &Value,
        span: Span,
    ) {
        let mut lineage: Vec<Symbol> = self.input.models.lineage(kind).to_vec();
        if lineage.is_empty() {
            lineage.push(kind);
        }
        for owner in lineage {
            let Some(model) = self.input.models.set_item.get(&owner) else { continue };
            // `value` is the first, `key` the second argument of the assignment.
            let arguments = Arguments::of(vec![value.clone(), index.clone()]);
            let site = CallSite { receiver: Some(base), arguments: &arguments, span };
            for sink in &model.sinks {
                if !self.conditions(frame, &site, &value_ports(&sink.when), &value_ports(&sink.unless)) {
                    continue;
                }
                for port in &sink.ports {
                    let value = if port.base == Base::Key { index } else { value };
                    for &kind in &sink.kinds {
                        self.sink(frame, kind, value, span, sink.name);
                    }
                }
            }
            for check in &model.checks {
                let check = Check {
                    when: value_ports(&check.when),
                    unless: value_ports(&check.unless),
                    ..check.clone()
                };
                self.apply_check(frame, &check, &site);
            }
            return;
        }
    }
}

/// Conditions of an assignment: `value` and `key` are the arguments of a call.
fn value_ports(conditions: &[ConditionModel]) -> Vec<ConditionModel> {
    conditions
        .iter()
        .map(|condition| {
            let mut condition = condition.clone();
            condition.port.base = match condition.port.base {
                Base::Value => Base::Argument { position: Some(0), name: None },
                Base::Key => Base::Argument { position: Some(1), name: None },
                other => other,
            };
            condition
        })
        .collect()
}

/// Constants that the standard library gives a name.
pub(crate) fn constant_value(name: &str) -> Option<Value> {
    if matches!(name, "typing.TYPE_CHECKING" | "typing_extensions.TYPE_CHECKING") {
        return Some(Value::boolean(false));
    }
    if let Some(flag) = name.strip_prefix("re.") {
        // `re.A | re.I` is a number, too.
        return Some(Value::integer(match flag {
            "I" | "IGNORECASE" => 2,
            "L" | "LOCALE" => 4,
            "M" | "MULTILINE" => 8,
            "S" | "DOTALL" => 16,
            "U" | "UNICODE" => 32,
            "X" | "VERBOSE" => 64,
            "A" | "ASCII" => 256,
            "NOFLAG" => 0,
            _ => return None,
        }));
    }
    if let Some(kind) = name.strip_prefix("falcon.MEDIA_") {
        return Some(Value::string(match kind {
            "HTML" => "text/html; charset=utf-8",
            "TEXT" => "text/plain; charset=utf-8",
            "XML" => "application/xml",
            "JSON" => "application/json",
            "YAML" => "application/yaml",
            _ => return None,
        }));
    }
    if let Some(bits) = name.strip_prefix("stat.S_I") {
        return Some(Value::integer(match bits {
            "RWXU" => 0o700,
            "RUSR" | "READ" => 0o400,
            "WUSR" | "WRITE" => 0o200,
            "XUSR" | "EXEC" => 0o100,
            "RWXG" => 0o070,
            "RGRP" => 0o040,
            "WGRP" => 0o020,
            "XGRP" => 0o010,
            "RWXO" => 0o007,
            "ROTH" => 0o004,
            "WOTH" => 0o002,
            "XOTH" => 0o001,
            "SUID" => 0o4000,
            "SGID" => 0o2000,
            "SVTX" => 0o1000,
            _ => return None,
        }));
    }
    constant_text(name).map(Value::string)
}

fn constant_text(name: &str) -> Option<&'static str> {
    Some(match name {
        "string.ascii_lowercase" => "abcdefghijklmnopqrstuvwxyz",
        "string.ascii_uppercase" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "string.ascii_letters" => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "string.digits" => "0123456789",
        "string.hexdigits" => "0123456789abcdefABCDEF",
        "string.octdigits" => "01234567",
        "string.punctuation" => "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        "string.printable" => {
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\x0b\x0c"
        }
        "string.whitespace" => " \t\n\r\x0b\x0c",
        // As on the systems that the sinks are judged by.
        "os.sep" | "os.path.sep" | "posixpath.sep" => "/",
        "os.linesep" => "\n",
        "os.curdir" | "os.path.curdir" => ".",
        "os.pardir" | "os.path.pardir" => "..",
        _ => return None,
    })
}
