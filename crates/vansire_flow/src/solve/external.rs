//! Entities outside the project: what models and builtins say about them.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::{CallName, Frame, Solver};
use crate::domain::{
    Constant, Data, Fact, Identity, Key, Label, Labels, Object, ObjectId, ObjectKind, Part, Partial, PathStep, Ref,
    Text, Value,
};
use crate::model::{
    Base, Check, ConditionModel, FunctionModel, GuardWhen, Port, PortStep, Scalar, Sink, Step, TextOperation,
};
use crate::text::{CharSet, SinkKind};

/// A call as models see it.
pub(super) struct CallSite<'a> {
    pub receiver: Option<&'a Value>,
    pub arguments: &'a Arguments,
    pub span: Span,
}

impl<'p> Solver<'p> {
    pub(super) fn call_external(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        receiver: Option<&Value>,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        let name = self.input.models.canonical(name);
        self.note_call(frame, CallName::External(name));
        if let Some(receiver) = receiver {
            Self::demand_value(frame, receiver);
        }
        let models = self.input.models;
        let site = CallSite { receiver, arguments, span };
        let model: Option<&'p FunctionModel> = models.functions.get(&name);
        if let Some(model) = model {
            self.apply_sinks(frame, model, &site);
        }
        self.register_entries(frame, name, &site);
        if let Some(value) = self.framework_call(frame, name, &site) {
            return value;
        }
        if let Some(value) = self.template_call(frame, name, &site) {
            return value;
        }
        if models.entry_decorators.contains_key(&name) {
            // Waits for the function that it decorates.
            let mut keywords = arguments.keywords.clone();
            if let Some(receiver) = receiver {
                keywords.push((Symbol::new("<receiver>"), receiver.clone()));
            }
            return Value::reference(Ref::Partial(Rc::new(Partial {
                callee: Value::external(name),
                positional: arguments.positional.clone(),
                keywords,
            })));
        }
        let mut result = Value::undefined();
        if let Some(model) = model {
            for invocation in &model.invokes {
                let function = self.port_value(frame, &site, &invocation.function);
                if function.is_undefined() {
                    continue;
                }
                let mut given = Arguments::default();
                for port in &invocation.arguments {
                    if port.path.last() == Some(&PortStep::Spread) {
                        let mut whole = port.clone();
                        whole.path.pop();
                        let sequence = self.port_value(frame, &site, &whole);
                        if sequence.is_undefined() {
                            continue;
                        }
                        match self.known_elements(frame, &sequence) {
                            Some(elements) => given.positional.extend(elements),
                            None => given.rest = Some(self.element(frame, &sequence, span)),
                        }
                    } else if let Base::ArgumentsFrom(from) = port.base {
                        given.positional.extend(arguments.positional.iter().skip(from as usize).cloned());
                        given.rest.clone_from(&arguments.rest);
                    } else {
                        let value = self.port_value(frame, &site, port);
                        if !value.is_undefined() {
                            given.positional.push(value);
                        }
                    }
                }
                if let Some(port) = &invocation.keywords {
                    if port.base == Base::Keywords {
                        given.keywords.clone_from(&arguments.keywords);
                    } else {
                        let mapping = self.port_value(frame, &site, port);
                        if let Some((entries, _)) = self.known_entries(frame, &mapping) {
                            for (key, value) in entries {
                                if let Key::Text(name) = key {
                                    given.keywords.push((name, value));
                                }
                            }
                        } else if !mapping.is_undefined() {
                            given.keyword_rest = Some(self.values_of(frame, &mapping, span));
                        }
                    }
                }
                let before = frame.state.clone();
                let value = self.call(frame, &function, &given, span);
                if !frame.state.alive {
                    // What it was given raises or ends; the caller goes on.
                    frame.state = before;
                }
                if let Some(port) = &invocation.result {
                    let value = if port.path.is_empty() {
                        value
                    } else {
                        self.loose_list(frame, value, span, 43)
                    };
                    result = result.join(&value);
                }
            }
        }
        if let Some(value) = self.builtin(frame, name, receiver, arguments, span) {
            if let Some(model) = model
                && model.noreturn
            {
                frame.state.alive = false;
            }
            let value = self.source_result(frame, name, value, span);
            return self.apply_guards(frame, model, &site, value);
        }
        if let Some(source) = models.sources.get(&self.called(name))
            && source.active
        {
            let value = self.source_value(frame, self.called(name), span);
            return self.apply_guards(frame, model, &site, value);
        }
        let Some(model) = model else {
            if models.types.contains_key(&name) {
                return self.instance(frame, name, Value::undefined(), span);
            }
            return self.unmodelled(frame, name, &site);
        };
        if model.noreturn {
            frame.state.alive = false;
            return Value::undefined();
        }
        let returned = match model.returns {
            Some(kind) if kind.as_str() == "self" => receiver.cloned(),
            Some(kind) if kind.as_str() == "none" => Some(Value::none()),
            Some(kind) => Some(self.instance(frame, models.canonical(kind), Value::undefined(), span)),
            None if models.types.contains_key(&name) => {
                Some(self.instance(frame, name, Value::undefined(), span))
            }
            None => None,
        };
        let mut stepped = false;
        let mut places: Vec<Value> = Vec::new();
        for step in &model.steps {
            if !self.conditions(frame, &site, &step.when, &step.unless) {
                continue;
            }
            let value = self.step_value(frame, step, &site, name);
            match step.to.base {
                Base::Return => {
                    stepped = true;
                    let value = match step.to_type {
                        Some(kind) => self.typed(models.canonical(kind), &value),
                        None => value,
                    };
                    if let [PortStep::Index(at)] = step.to.path.as_slice()
                        && let Ok(at) = usize::try_from(*at)
                        && at < 8
                    {
                        if places.len() <= at {
                            places.resize(at + 1, Value::undefined());
                        }
                        places[at] = places[at].join(&value);
                        continue;
                    }
                    let value = if step.to.path.is_empty() { value } else { self.loose_list(frame, value, span, 44) };
                    result = result.join(&value);
                }
                Base::Receiver => {
                    if let Some(receiver) = receiver {
                        self.carry(frame, receiver, &value);
                        // It behaves as another type from here on.
                        if let Some(kind) = step.to_type {
                            let kind = models.canonical(kind);
                            for reference in &receiver.refs {
                                if let Ref::Object(id) = reference {
                                    self.change(frame, *id, |object| object.kind = ObjectKind::External(kind));
                                }
                            }
                        }
                    }
                }
                Base::Argument { position, name } => {
                    let target = position
                        .and_then(|at| arguments.positional.get(at as usize).cloned())
                        .or_else(|| name.and_then(|name| arguments.keyword(name.as_str())));
                    if let Some(target) = target {
                        self.carry(frame, &target, &value);
                    }
                }
                _ => {}
            }
        }
        if !places.is_empty() {
            let places = places.into_iter().map(|one| if one.is_undefined() { Value::unknown() } else { one });
            result = result.join(&Value::tuple(places.collect()));
        }
        if let Some(returned) = returned {
            if stepped && !result.is_undefined() {
                // The instance carries what the steps brought.
                let carried = result.clone();
                result = match returned.refs.first() {
                    Some(Ref::Object(id)) if !receiver.is_some_and(|own| own.refs == returned.refs) => {
                        self.change(frame, *id, |object| object.rest = object.rest.join(&carried));
                        returned
                    }
                    Some(Ref::Instance(kind)) => self.typed(*kind, &carried),
                    _ => returned.join(&carried),
                };
            } else {
                result = result.join(&returned);
            }
        } else if !stepped && result.is_undefined() {
            result = Value::unknown();
        }
        if result.identity.is_none() && !result.is_constant() {
            let identity = Identity::Site(span.start, 45);
            frame.state.forget(identity);
            result = result.with_identity(Some(identity));
        }
        self.apply_guards(frame, Some(model), &site, result)
    }

    fn called(&self, name: Symbol) -> Symbol {
        Symbol::new(&format!("{name}()"))
    }

    fn source_result(&mut self, frame: &mut Frame<'p>, name: Symbol, value: Value, span: Span) -> Value {
        let called = self.called(name);
        match self.input.models.sources.get(&called) {
            Some(source) if source.active => {
                let source = self.source_value(frame, called, span);
                value.join(&source)
            }
            _ => value,
        }
    }

    /// A value of an external type. Types that methods change are objects of their own.
    pub(super) fn instance(&mut self, frame: &mut Frame<'p>, kind: Symbol, content: Value, span: Span) -> Value {
        let mutable = self.mutable_types.contains(&kind)
            || self.input.models.lineage(kind).iter().any(|base| self.mutable_types.contains(base));
        if mutable {
            let mut object = Object::new(ObjectKind::External(kind));
            object.rest = content;
            return Value::object(self.allocate(frame, span, 46, object));
        }
        self.typed(kind, &content)
    }

    /// An instance of a type with the text and labels of a value.
    fn typed(&mut self, kind: Symbol, content: &Value) -> Value {
        let mut data = Data {
            refs: [Ref::Instance(kind)].into_iter().collect(),
            texts: content.texts.clone(),
            labels: content.labels.clone(),
            identity: content.identity,
            predicate: content.predicate.clone(),
            ..Data::default()
        };
        if content.has_labels() && data.labels.is_empty() {
            data.labels = content.own_labels();
            // The text tells more than the bare labels.
            if !data.texts.is_empty() {
                data.labels = Labels::NONE;
            }
        }
        data.into()
    }

    /// An object takes data in.
    fn carry(&mut self, frame: &mut Frame<'p>, target: &Value, value: &Value) {
        for reference in &target.refs.clone() {
            if let Ref::Object(id) = reference {
                self.change(frame, *id, |object| object.rest = object.rest.join(value));
            }
        }
        // An entity that everybody shares keeps what is put there.
        if let Some(Identity::Entity(entity)) = target.identity {
            self.change(frame, ObjectId::External(entity), |object| object.rest = object.rest.join(value));
        }
    }

    /// A call of a package that no model describes: what goes in may come out.
    fn unmodelled(&mut self, frame: &mut Frame<'p>, name: Symbol, site: &CallSite<'_>) -> Value {
        self.count("calls without a model");
        let mut labels = Labels::NONE;
        if let Some(receiver) = site.receiver {
            labels = labels.union(&self.deep_labels(frame, receiver));
        }
        for value in site.arguments.all() {
            labels = labels.union(&self.deep_labels(frame, value));
        }
        let labels = labels.map(|label| Label { exact: false, guessed: true, ..*label });
        let labels = self.through_labels(frame, &labels, site.span, name);
        let last = name.as_str().rsplit('.').next().unwrap_or_default();
        let identity = Identity::Site(site.span.start, 47);
        frame.state.forget(identity);
        // By its name a class: methods will be looked up under it.
        if last.starts_with(|one: char| one.is_ascii_uppercase()) && !last.chars().all(|one| !one.is_ascii_lowercase()) {
            let mut object = Object::new(ObjectKind::External(name));
            if !labels.is_empty() {
                object.rest = Value::opaque(labels);
            }
            for (keyword, value) in &site.arguments.keywords {
                object.set_field(*keyword, value.clone());
            }
            return Value::object(self.allocate(frame, site.span, 48, object));
        }
        Value::opaque(labels).with_identity(Some(identity))
    }

    // ---- ports

    pub(super) fn port_value(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>, port: &Port) -> Value {
        let arguments = site.arguments;
        let mut value = match port.base {
            Base::Argument { position, name } => {
                let by_position = position.and_then(|at| arguments.positional.get(at as usize).cloned());
                let by_name = || {
                    name.and_then(|name| {
                        arguments.keywords.iter().find(|(own, _)| *own == name).map(|(_, value)| value.clone())
                    })
                };
                by_position
                    .or_else(by_name)
                    .or_else(|| if position.is_some() { arguments.rest.clone() } else { None })
                    .or_else(|| if name.is_some() { arguments.keyword_rest.clone() } else { None })
                    .unwrap_or_default()
            }
            Base::ArgumentsFrom(from) => arguments
                .positional
                .iter()
                .skip(from as usize)
                .chain(arguments.rest.iter())
                .fold(Value::undefined(), |all, value| all.join(value)),
            Base::Keywords => arguments
                .keywords
                .iter()
                .map(|(_, value)| value)
                .chain(arguments.keyword_rest.iter())
                .fold(Value::undefined(), |all, value| all.join(value)),
            Base::Receiver => site.receiver.cloned().unwrap_or_default(),
            Base::Return | Base::Key | Base::Value => Value::undefined(),
        };
        for step in &port.path {
            if value.is_undefined() {
                break;
            }
            value = match step {
                PortStep::Attribute(name) => self.attribute(frame, &value, *name, site.span),
                PortStep::Key(key) => self.subscript(frame, &value, &Value::string(key.as_str()), site.span),
                PortStep::Index(at) => self.subscript(frame, &value, &Value::integer(i64::from(*at)), site.span),
                PortStep::Any | PortStep::Spread => {
                    let element = self.element(frame, &value, site.span);
                    let values = if value.refs.iter().any(|one| {
                        matches!(one, Ref::Object(id) if self.kind(frame, *id) == ObjectKind::Dictionary)
                    }) {
                        self.values_of(frame, &value, site.span)
                    } else {
                        element
                    };
                    values
                }
                PortStep::Keys => self.keys_of(frame, &value, site.span),
            };
        }
        self.read(frame, &value)
    }

    // ---- conditions

    pub(super) fn conditions(
        &mut self,
        frame: &mut Frame<'p>,
        site: &CallSite<'_>,
        when: &[ConditionModel],
        unless: &[ConditionModel],
    ) -> bool {
        when.iter().all(|condition| self.holds(frame, site, condition))
            && !(!unless.is_empty() && unless.iter().all(|condition| self.holds(frame, site, condition)))
    }

    fn holds(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>, condition: &ConditionModel) -> bool {
        let value = self.port_value(frame, site, &condition.port);
        if let Some(missing) = condition.missing {
            let absent = value.is_undefined();
            if absent != missing {
                return false;
            }
            if condition.is.is_none() && condition.is_not.is_none() && condition.may.is_none() {
                return true;
            }
        }
        if value.is_undefined() {
            return false;
        }
        Self::demand_constants(frame, &value);
        let among = |value: &Value, scalars: &[Scalar]| -> (usize, usize) {
            let mut hits = 0;
            let mut all = 0;
            for text in &value.texts {
                all += 1;
                if let Some(text) = text.as_constant()
                    && scalars.iter().any(|one| matches!(one, Scalar::Text(own) if own.eq_ignore_ascii_case(text)))
                {
                    hits += 1;
                }
            }
            for constant in &value.constants {
                all += 1;
                if scalars.iter().any(|one| match (one, constant) {
                    (Scalar::Boolean(one), Constant::Boolean(two)) => one == two,
                    (Scalar::Integer(one), Constant::Integer(two)) => one == two,
                    (Scalar::Float(one), Constant::Float(two)) => one.to_bits() == two.to_bits(),
                    (Scalar::Boolean(one), Constant::Integer(two)) => *two == i64::from(*one),
                    (Scalar::Text(one), Constant::None) => one == "None",
                    _ => false,
                }) {
                    hits += 1;
                }
            }
            for reference in &value.refs {
                all += 1;
                let entity = match reference {
                    Ref::External(name) | Ref::Instance(name) => Some(name.as_str()),
                    _ => None,
                };
                if let Some(entity) = entity
                    && scalars.iter().any(|one| matches!(one, Scalar::Text(own) if own == entity))
                {
                    hits += 1;
                }
            }
            if value.other {
                all += 1;
            }
            (hits, all)
        };
        if let Some(scalars) = &condition.is {
            let (hits, all) = among(&value, scalars);
            if hits == 0 || hits < all {
                return false;
            }
        }
        if let Some(scalars) = &condition.may {
            let (hits, _) = among(&value, scalars);
            if hits == 0 {
                return false;
            }
        }
        if let Some(scalars) = &condition.is_not {
            let (hits, _) = among(&value, scalars);
            if hits > 0 || !value.is_constant() {
                return false;
            }
        }
        if let Some(bound) = condition.below {
            let known = !value.constants.is_empty()
                && !value.other
                && value.constants.iter().any(|one| one.number().is_some_and(|number| number < bound));
            if !known {
                return false;
            }
        }
        if let Some(pattern) = &condition.matches {
            let fits = |text: &str| super::pyregex::simple_match(pattern, text);
            let known = value.texts.iter().any(|text| text.as_constant().is_some_and(fits));
            if !known {
                return false;
            }
        }
        if let Some(types) = &condition.types
            && !self.is_of(frame, &value, types)
        {
            return false;
        }
        if let Some(types) = &condition.untyped
            && (self.is_of(frame, &value, types) || value.other)
        {
            return false;
        }
        true
    }

    fn is_of(&mut self, frame: &mut Frame<'p>, value: &Value, types: &[Symbol]) -> bool {
        let models = self.input.models;
        value.refs.iter().any(|reference| {
            let kinds: Vec<Symbol> = match reference {
                Ref::External(name) | Ref::Instance(name) => vec![*name],
                Ref::Bound(bound) => match &bound.0 {
                    Ref::External(name) => vec![*name],
                    _ => return false,
                },
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::External(kind) => vec![kind],
                    ObjectKind::Instance(class) => self.external_ancestors(frame, class),
                    ObjectKind::List => vec![Symbol::new("builtins.list")],
                    ObjectKind::Dictionary => vec![Symbol::new("builtins.dict")],
                    ObjectKind::Set => vec![Symbol::new("builtins.set")],
                    _ => return false,
                },
                Ref::Class(class) => self.external_ancestors(frame, *class),
                Ref::Tuple(_) => vec![Symbol::new("builtins.tuple")],
                _ => return false,
            };
            kinds.iter().any(|kind| types.iter().any(|wanted| models.is_subtype(*kind, models.canonical(*wanted))))
        }) || (!value.texts.is_empty() || value.other)
            && types.iter().any(|wanted| matches!(wanted.as_str(), "builtins.str"))
    }

    // ---- sinks and checks

    fn apply_sinks(&mut self, frame: &mut Frame<'p>, model: &'p FunctionModel, site: &CallSite<'_>) {
        for sink in &model.sinks {
            self.apply_sink(frame, sink, site);
        }
        for check in &model.checks {
            self.apply_check(frame, check, site);
        }
    }

    fn apply_sink(&mut self, frame: &mut Frame<'p>, sink: &Sink, site: &CallSite<'_>) {
        if sink.kinds.as_slice() == [SinkKind::Log]
            && let Some(line) = self.log_line(frame, site)
        {
            self.sink(frame, SinkKind::Log, &line, site.span, sink.name);
            return;
        }
        for port in &sink.ports {
            let value = match port.base {
                // The program and its arguments, each by its position.
                Base::ArgumentsFrom(from)
                    if sink.kinds.contains(&SinkKind::Command) && site.arguments.rest.is_none() =>
                {
                    Value::tuple(site.arguments.positional.iter().skip(from as usize).cloned().collect())
                }
                _ => self.port_value(frame, site, port),
            };
            if value.is_undefined() || value.is_constant() {
                continue;
            }
            if !self.conditions(frame, site, &sink.when, &sink.unless) {
                continue;
            }
            for &kind in &sink.kinds {
                self.sink(frame, kind, &value, site.span, sink.name);
            }
        }
    }

    /// The line that `logger.info("… %r", value)` writes.
    fn log_line(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>) -> Option<Value> {
        let arguments = site.arguments;
        let at = arguments.positional.iter().position(|one| one.as_string().is_some_and(|text| text.contains('%')))?;
        if at > 1 || arguments.rest.is_some() || arguments.positional.len() <= at + 1 {
            return None;
        }
        let values = Value::tuple(arguments.positional[at + 1..].to_vec());
        Some(self.percent(frame, &arguments.positional[at], &values, site.span))
    }

    fn apply_check(&mut self, frame: &mut Frame<'p>, check: &Check, site: &CallSite<'_>) {
        if frame.state.alive && self.conditions(frame, site, &check.when, &check.unless) {
            let scope = frame.ir.qualified_name;
            self.checks
                .entry((frame.file, site.span, check.rule))
                .or_insert_with(|| (check.message.to_string(), scope));
        }
    }

    // ---- steps

    fn step_value(&mut self, frame: &mut Frame<'p>, step: &Step, site: &CallSite<'_>, name: Symbol) -> Value {
        let mut values: Vec<Value> = Vec::new();
        for port in &step.from {
            if let Base::ArgumentsFrom(from) = port.base
                && matches!(step.text, TextOperation::JoinPath)
            {
                values.extend(site.arguments.positional.iter().skip(from as usize).cloned());
                values.extend(site.arguments.rest.clone());
                continue;
            }
            let value = self.port_value(frame, site, port);
            if !value.is_undefined() {
                values.push(value);
            }
        }
        let value = match &step.text {
            TextOperation::JoinPath => self.join_path(frame, &values),
            operation => {
                let value = values.iter().fold(Value::undefined(), |all, value| all.join(value));
                if value.is_undefined() {
                    return value;
                }
                self.text_operation(frame, operation, &value, site.span)
            }
        };
        let value = if step.clears.is_empty() { value } else { value.map_labels(|labels| labels.clear(step.clears)) };
        if matches!(step.text, TextOperation::Identity) {
            return value;
        }
        let own = value.own_labels();
        if own.is_empty() {
            return value;
        }
        let stepped = self.through_labels(frame, &own, site.span, name);
        value.map_labels(|labels| {
            labels.map(|label| {
                let step = stepped.iter().find(|own| own.origin == label.origin).and_then(|own| own.step);
                Label { step: step.or(label.step), ..*label }
            })
        })
    }

    pub(super) fn text_operation(
        &mut self,
        frame: &mut Frame<'p>,
        operation: &TextOperation,
        value: &Value,
        span: Span,
    ) -> Value {
        let restrict = |value: &Value, keeps: CharSet, adds: CharSet| {
            value.map_text(
                |text| text.chars().filter(|&one| keeps.contains(one)).collect(),
                |labels| labels.restrict(keeps, adds),
            )
        };
        match operation {
            TextOperation::Identity => value.clone(),
            TextOperation::Text | TextOperation::JoinUrl => {
                let labels = self.deep_labels(frame, value);
                let texts = self.texts_of(frame, value);
                if value.refs.is_empty() || texts.iter().any(|text| text.as_constant().is_none() && !text.prefix().is_empty()) {
                    let result = Value::texts(texts);
                    return if result.has_labels() || labels.is_empty() { result } else { Value::opaque(labels.inexact()) };
                }
                let opaque = Value::opaque(labels);
                if let [one] = value.refs.as_slice()
                    && matches!(one, Ref::Instance(_) | Ref::Object(ObjectId::Path(_)))
                {
                    return opaque.with_identity(value.identity);
                }
                opaque.map_labels(Labels::inexact)
            }
            TextOperation::JoinPath => value.clone(),
            TextOperation::BaseName => {
                let value = self.text_of_object(frame, value);
                value.map_text(
                    |text| text.rsplit(['/', '\\']).next().unwrap_or(text).to_owned(),
                    |labels| labels.restrict(!CharSet::of("/\\"), CharSet::EMPTY),
                )
            }
            TextOperation::DirectoryName => {
                let value = self.text_of_object(frame, value);
                value.map_text(
                    |text| text.rsplit_once('/').map_or(String::new(), |(head, _)| head.to_owned()),
                    Clone::clone,
                )
            }
            TextOperation::NormalizePath | TextOperation::RealPath => {
                let value = self.text_of_object(frame, value);
                // What stood in front may be gone, but where the result starts with it nothing climbs out.
                let texts: Vec<Text> = value
                    .as_texts()
                    .into_iter()
                    .map(|text| {
                        if let Some(text) = text.as_constant() {
                            return Text::literal(text);
                        }
                        let labels = text
                            .labels()
                            .map(|label| Label { normalized: true, exact: false, ..*label });
                        // A prefix that `..` can take away isn't known any longer.
                        let climbs = labels.chars().contains('.') && labels.chars().contains('/');
                        if climbs || text.prefix().is_empty() {
                            Text::hole(labels, None)
                        } else {
                            Text::from_parts(
                                text.parts()
                                    .iter()
                                    .map(|part| match part {
                                        Part::Hole { labels, .. } => Part::Hole {
                                            labels: labels
                                                .map(|label| Label { normalized: true, exact: false, ..*label }),
                                            identity: None,
                                        },
                                        part @ Part::Literal(_) => part.clone(),
                                    })
                                    .collect(),
                            )
                        }
                    })
                    .collect();
                let result = Value::texts(texts);
                self.identified(frame, result, span, 49)
            }
            TextOperation::EscapeHtml => {
                let value = self.text_of_object(frame, value);
                value.map_text(
                    |text| {
                        text.replace('&', "&amp;")
                            .replace('<', "&lt;")
                            .replace('>', "&gt;")
                            .replace('"', "&quot;")
                            .replace('\'', "&#x27;")
                    },
                    |labels| labels.restrict(!CharSet::of("<>\"'"), CharSet::of("&;#")),
                )
            }
            TextOperation::UnescapeHtml | TextOperation::Decode => {
                let labels = self.deep_labels(frame, value);
                Value::opaque(labels.restrict(CharSet::ALL, CharSet::ALL).inexact())
            }
            TextOperation::QuoteShell => {
                let value = self.text_of_object(frame, value);
                let kinds = [SinkKind::Shell, SinkKind::Command].into_iter().collect();
                value.map_text(|text| format!("'{text}'"), |labels| labels.clear(kinds))
            }
            TextOperation::QuoteUrl => {
                let value = self.text_of_object(frame, value);
                let keeps = CharSet::class("A-Za-z0-9_.~/-");
                value.map_text(
                    |text| {
                        if text.chars().all(|one| keeps.contains(one)) { text.to_owned() } else { text.replace(' ', "%20") }
                    },
                    |labels| labels.restrict(keeps, CharSet::of("%")),
                )
            }
            TextOperation::Elements => {
                let element = self.element(frame, value, span);
                let values = self.values_of(frame, value, span);
                let all = element.join(&values);
                let labels = self.deep_labels(frame, &all);
                if labels.is_empty() { all } else { Value::opaque(labels.inexact()) }
            }
            TextOperation::JsonDump => {
                let labels = self.deep_labels(frame, value);
                // Quotes are written as `\"`, line breaks as `\n`, what isn't ASCII as `\u…`.
                let controls = CharSet::range(0, 31);
                let labels = labels.restrict(CharSet::ASCII.minus(controls), CharSet::of("\\\"")).inexact();
                Value::opaque(labels)
            }
            TextOperation::Number => Value::unknown(),
            TextOperation::Table { keeps, adds } => {
                let value = self.text_of_object(frame, value);
                restrict(&value, *keeps, *adds)
            }
        }
    }

    /// The text of instances and objects; other values as they are.
    pub(super) fn text_of_object(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        if value.refs.is_empty() {
            return value.clone();
        }
        let texts = self.texts_of(frame, value);
        let result = Value::texts(texts);
        if result.identity.is_none() { result.with_identity(value.identity) } else { result }
    }

    /// `os.path.join`: a part that begins with a separator starts over.
    pub(super) fn join_path(&mut self, frame: &mut Frame<'p>, values: &[Value]) -> Value {
        let mut result: Option<Value> = None;
        for value in values {
            let value = self.text_of_object(frame, value);
            let part = value.clone();
            result = Some(match result {
                None => part,
                Some(earlier) => {
                    let absolute = value.as_strings().is_some_and(|all| all.iter().all(|text| text.starts_with('/')));
                    if absolute {
                        part
                    } else {
                        let separated = earlier
                            .texts
                            .iter()
                            .all(|text| text.suffix().ends_with('/') || text.as_constant() == Some(""))
                            && !earlier.other
                            && !earlier.texts.is_empty();
                        let earlier = if separated {
                            earlier
                        } else {
                            self.concatenate(frame, &earlier, &Value::string("/"))
                        };
                        let joined = self.concatenate(frame, &earlier, &part);
                        // An absolute part takes the place of all before it.
                        let starts_over = value.as_texts().iter().any(|text| {
                            matches!(text.parts().first(), Some(Part::Hole { labels, .. }) if labels.chars().contains('/'))
                        });
                        if starts_over { joined.join(&part.with_identity(None)) } else { joined }
                    }
                }
            });
        }
        result.unwrap_or_else(Value::unknown)
    }

    // ---- guards

    fn apply_guards(
        &mut self,
        frame: &mut Frame<'p>,
        model: Option<&'p FunctionModel>,
        site: &CallSite<'_>,
        result: Value,
    ) -> Value {
        let Some(model) = model else { return result };
        if model.guards.is_empty() || !frame.state.alive {
            return result;
        }
        let mut when_true = Vec::new();
        let mut when_false = Vec::new();
        for guard in &model.guards {
            let value = self.port_value(frame, site, &guard.port);
            let Some(identity) = value.identity else { continue };
            let fact = Fact { chars: guard.keeps, cleared: guard.clears, ..Fact::default() };
            match guard.when {
                GuardWhen::True => when_true.push((identity, fact)),
                GuardWhen::False => when_false.push((identity, fact)),
                GuardWhen::Returns => frame.state.add_fact(identity, &fact),
            }
        }
        let (when_true, when_false) =
            (super::conditions::collect_facts(when_true), super::conditions::collect_facts(when_false));
        if when_true.is_empty() && when_false.is_empty() {
            return result;
        }
        let result = if result.truth().is_none() { result } else { Value::either() };
        result.with_predicate(when_true, when_false)
    }

    // ---- attributes

    pub(super) fn source_value(&mut self, frame: &mut Frame<'p>, name: Symbol, span: Span) -> Value {
        let Some(source) = self.input.models.sources.get(&name) else { return Value::unknown() };
        let labels = self.source_labels(frame.file, span, source.name, source.kind);
        let labels = labels.restrict(source.chars, CharSet::EMPTY);
        let identity = Some(Identity::Entity(name));
        match source.type_name {
            Some(kind) => {
                let kind = self.input.models.canonical(kind);
                match kind.as_str() {
                    "builtins.str" | "builtins.bytes" => Value::opaque(labels).with_identity(identity),
                    _ => Value::instance(kind, labels).with_identity(identity),
                }
            }
            None => Value::opaque(labels).with_identity(identity),
        }
    }

    pub(super) fn external_attribute(&mut self, frame: &mut Frame<'p>, entity: Symbol, name: Symbol, span: Span) -> Value {
        let full = self.member(entity, name);
        // What the project itself put there.
        let stored = {
            let object = self.object(frame, ObjectId::External(entity));
            object.field(name).cloned()
        };
        if let Some(text) = constant_text(full.as_str()) {
            return Value::string(text);
        }
        let models = self.input.models;
        if let Some(stored) = stored {
            if frame.state.object(ObjectId::External(entity)).is_some() {
                return self.read(frame, &stored);
            }
            return stored;
        }
        if models.sources.get(&full).is_some_and(|source| source.active) {
            return self.source_value(frame, full, span);
        }
        if let Some(model) = models.types.get(&entity)
            && let Some(&kind) = model.attributes.get(&name)
        {
            return Value::instance(models.canonical(kind), Labels::NONE).with_identity(Some(Identity::Entity(full)));
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
                let mut value = self.source_value(frame, full, span);
                if name.as_str() == "kwargs"
                    && let [Ref::Object(id)] = receiver.refs.as_slice()
                    && let ObjectKind::Instance(class) = self.kind(frame, *id)
                    && let Some(captured) = self.captured_by_route(frame, class, span)
                {
                    return Some(captured);
                }
                if matches!(name.as_str(), "cleaned_data" | "validated_data")
                    && let [Ref::Object(id)] = receiver.refs.as_slice()
                    && let ObjectKind::Instance(class) = self.kind(frame, *id)
                    && let Some(fields) = self.cleaned(frame, class, &value, span, 0)
                {
                    return Some(fields);
                }
                if let Some(Identity::Entity(entity)) = receiver.identity {
                    value = value.with_identity(Some(Identity::Entity(Symbol::new(&format!("{entity}.{name}")))));
                }
                return Some(value);
            }
            let called = self.called(full);
            if models.functions.contains_key(&full)
                || models.sources.contains_key(&called)
                || models.entry_decorators.contains_key(&full)
                || models.entry_registers.contains_key(&full)
            {
                return Some(Value::reference(Ref::Bound(Rc::new((Ref::External(full), receiver.clone())))));
            }
            if let Some(model) = models.types.get(&owner)
                && let Some(&kind) = model.attributes.get(&name)
            {
                if models.set_item.contains_key(&models.canonical(kind))
                    && let Some(headers) = self.headers_of(frame, models.canonical(kind), name, receiver, span)
                {
                    return Some(headers);
                }
                let labels = self.labels_of_receiver(frame, receiver);
                let mut value = Value::instance(models.canonical(kind), labels.inexact());
                if let Some(Identity::Entity(entity)) = receiver.identity {
                    value = value.with_identity(Some(Identity::Entity(Symbol::new(&format!("{entity}.{name}")))));
                }
                return Some(value);
            }
        }
        None
    }

    fn labels_of_receiver(&mut self, frame: &mut Frame<'p>, receiver: &Value) -> Labels {
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
        let full = self.member(kind, name);
        let mut value = Value::reference(Ref::Bound(Rc::new((Ref::External(full), receiver.clone()))));
        let labels = self.labels_of_receiver(frame, receiver);
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

    /// `base[index]` of an external entity itself: `os.environ[…]`, `flask.session[…]`.
    pub(super) fn external_subscript(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        index: &Value,
        span: Span,
    ) -> Option<Value> {
        let id = ObjectId::External(name);
        let object = self.object(frame, id);
        let models = self.input.models;
        let full = self.member(name, Symbol::new("__getitem__"));
        if models.functions.contains_key(&full) {
            let value =
                self.call_external(frame, full, None, &Arguments::of(vec![index.clone()]), span);
            return Some(value);
        }
        if object.entries.is_empty() && object.rest.is_undefined() {
            return None;
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

    pub(super) fn assignment_sinks(&mut self, frame: &mut Frame<'p>, full: Symbol, base: &Value, value: &Value, span: Span) {
        let Some(model) = self.input.models.set_attribute.get(&full) else { return };
        let arguments = Arguments { positional: vec![value.clone()], ..Arguments::default() };
        let site = CallSite { receiver: Some(base), arguments: &arguments, span };
        for sink in &model.sinks {
            if self.conditions(frame, &site, &value_ports(&sink.when), &value_ports(&sink.unless)) {
                for &kind in &sink.kinds {
                    self.sink(frame, kind, value, span, sink.name);
                }
            }
        }
        for check in &model.checks {
            let check = Check { when: value_ports(&check.when), unless: value_ports(&check.unless), ..check.clone() };
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
                let check =
                    Check { when: value_ports(&check.when), unless: value_ports(&check.unless), ..check.clone() };
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

/// Texts that the standard library gives a name.
pub(super) fn constant_text(name: &str) -> Option<&'static str> {
    Some(match name {
        "string.ascii_lowercase" => "abcdefghijklmnopqrstuvwxyz",
        "string.ascii_uppercase" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "string.ascii_letters" => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "string.digits" => "0123456789",
        "string.hexdigits" => "0123456789abcdefABCDEF",
        "string.octdigits" => "01234567",
        "string.punctuation" => "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        "string.whitespace" => " \t\n\r\x0b\x0c",
        // As on the systems that the sinks are judged by.
        "os.sep" | "os.path.sep" | "posixpath.sep" => "/",
        "os.linesep" => "\n",
        "os.curdir" | "os.path.curdir" => ".",
        "os.pardir" | "os.path.pardir" => "..",
        _ => return None,
    })
}
