//! Entities outside the project: what models and builtins say about them.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::strings::is_lookup;
use super::{CallName, Frame, Solver};
use crate::domain::{
    Data, Fact, Identity, Key, Labels, Nature, Object, ObjectId, ObjectKind, Partial, Ref, Value,
};
use crate::model::{Base, FunctionModel, GuardWhen, PortStep, Sink};
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
        frame.dropped = None;
        // The graph has names as they are written.
        self.note_call(frame, CallName::External(name));
        let name = self.input.models.canonical(name);
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
        if name.as_str() == "socket.socket" && is_local_family(arguments) {
            return self.instance(frame, Symbol::new("socket.LocalSocket"), Value::undefined(), span);
        }
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
        let mut invoked = false;
        if let Some(model) = model {
            for invocation in &model.invokes {
                let function = self.port_value(frame, &site, &invocation.function);
                if function.is_undefined() {
                    continue;
                }
                let mut given = Arguments::default();
                for port in &invocation.arguments {
                    // Arguments that are handed on keep their places.
                    if let Base::ArgumentsFrom(from) = port.base
                        && matches!(port.path.as_slice(), [] | [PortStep::Spread])
                    {
                        given.positional.extend(arguments.positional.iter().skip(from as usize).cloned());
                        given.rest.clone_from(&arguments.rest);
                    } else if port.base == Base::Return {
                        // What an earlier one gave.
                        given.positional.push(result.clone());
                    } else if port.path.last() == Some(&PortStep::Spread) {
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
                            given.keyword_rest = Some(self.values_of(frame, &mapping));
                        }
                    }
                }
                let before = frame.state.clone();
                // What a library's object does with itself is no call of the project's.
                let hidden = if invocation.function.base == Base::Receiver
                    && function
                        .refs
                        .iter()
                        .all(|one| !matches!(one, Ref::Bound(bound) if matches!(bound.0, Ref::Function(..))))
                {
                    self.call_graph.take()
                } else {
                    None
                };
                let value = self.call(frame, &function, &given, span);
                if hidden.is_some() {
                    self.call_graph = hidden;
                }
                if !frame.state.alive {
                    // What it was given raises or ends; the caller goes on.
                    frame.state = before;
                }
                if let Some(port) = &invocation.result {
                    invoked = true;
                    let value =
                        if port.path.is_empty() { value } else { self.loose_list(frame, value, span, 43) };
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
        if let Some((called, source)) = models.result(name)
            && source.active
        {
            let mut value = self.called_source(frame, called, arguments, span);
            if let Some(port) = &source.bytes_unless
                && self.port_value(frame, &site, port).is_undefined()
            {
                value = value.map_labels(|labels| labels.of_nature(Nature::Bytes));
            }
            return self.apply_guards(frame, model, &site, value);
        }
        let Some(model) = model else {
            if let Some(declared) = self.declaration(frame, name, arguments, span) {
                return declared;
            }
            if models.types.contains_key(&name) {
                return self.instance(frame, name, Value::undefined(), span);
            }
            return self.unmodelled(frame, name, &site);
        };
        if model.noreturn {
            frame.state.alive = false;
            return Value::undefined();
        }
        if let Some(value) = self.remembered(frame, model, &site, name) {
            return self.apply_guards(frame, Some(model), &site, value);
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
        let mut leads_to = Value::undefined();
        for step in &model.steps {
            if !self.conditions(frame, &site, &step.when, &step.unless) {
                continue;
            }
            let value = self.step_value(frame, step, &site, name);
            if step.to.is_content() {
                if step.to.base == Base::Return {
                    leads_to = leads_to.join(&value);
                } else {
                    // A handle writes piece by piece; what is given a path writes it anew.
                    let whole = step.to.base != Base::Receiver;
                    let mut path = step.to.clone();
                    path.path.pop();
                    let path = self.port_value(frame, &site, &path);
                    self.write_file(frame, &path, &value, whole);
                }
                continue;
            }
            match step.to.base {
                Base::Return => {
                    stepped = true;
                    let value = match step.to_type {
                        Some(kind) => Self::typed(models.canonical(kind), &value),
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
                    let value = match step.to.path.len() {
                        0 => value,
                        1 => self.loose_list(frame, value, span, 44),
                        _ => {
                            // A field of a row of a text may be any part of it.
                            let plain = value.refs.is_empty() && !value.texts.is_empty();
                            let value =
                                if plain { Value::opaque(value.own_labels().inexact()) } else { value };
                            let row = self.loose_list(frame, value, span, 161);
                            self.loose_list(frame, row, span, 44)
                        }
                    };
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
                                    self.change(frame, *id, |object| {
                                        object.kind = ObjectKind::External(kind);
                                    });
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
            let places =
                places.into_iter().map(|one| if one.is_undefined() { Value::unknown() } else { one });
            result = result.join(&Value::tuple(places.collect()));
        }
        if let Some(returned) = returned {
            let holds = invoked && matches!(returned.refs.as_slice(), [Ref::Object(_)]);
            if (stepped || holds) && !result.is_undefined() {
                // The instance carries what the steps brought.
                let carried = result.clone();
                result = match returned.refs.first() {
                    Some(Ref::Object(id)) if !receiver.is_some_and(|own| own.refs == returned.refs) => {
                        self.change(frame, *id, |object| object.rest = object.rest.join(&carried));
                        returned
                    }
                    Some(Ref::Instance(kind)) => Self::typed(*kind, &carried),
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
        if !leads_to.is_undefined() {
            let anew = site
                .arguments
                .get(1, "mode")
                .is_some_and(|mode| mode.as_string().is_some_and(|mode| mode.starts_with(['w', 'x'])));
            self.link_file(frame, &result, &leads_to, anew);
        }
        self.apply_guards(frame, Some(model), &site, result)
    }

    /// What a method gives that reads from outside: under another name it is another value.
    fn called_source(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        let value = self.source_value(frame, name, span);
        let Some(Identity::Entity(entity)) = value.identity else { return value };
        if arguments.positional.is_empty() && arguments.keywords.is_empty() {
            return value;
        }
        let own = if let Some(key) = super::lookups::asked_for(arguments) {
            Identity::Entity(Symbol::new(&format!("{entity}[{key}]")))
        } else {
            let own = Identity::Site(span.start, 45);
            frame.state.forget(own);
            own
        };
        value.with_identity(Some(own))
    }

    fn source_result(&mut self, frame: &mut Frame<'p>, name: Symbol, value: Value, span: Span) -> Value {
        match self.input.models.result(name) {
            Some((called, source)) if source.active => {
                let source = self.source_value(frame, called, span);
                value.join(&source)
            }
            _ => value,
        }
    }

    /// A value of an external type. Types that methods change are objects of their own.
    pub(super) fn instance(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        content: Value,
        span: Span,
    ) -> Value {
        let mutable = self.mutable_types.contains(&kind)
            || self.input.models.lineage(kind).iter().any(|base| self.mutable_types.contains(base));
        if mutable {
            let mut object = Object::new(ObjectKind::External(kind));
            object.rest = content;
            return Value::object(self.allocate(frame, span, 46, object));
        }
        Self::typed(kind, &content)
    }

    /// An instance of a type with the text and labels of a value.
    pub(super) fn typed(kind: Symbol, content: &Value) -> Value {
        let mut data = Data {
            refs: [Ref::Instance(kind)].into_iter().collect(),
            texts: content.texts.clone(),
            labels: content.labels.clone(),
            identity: content.identity,
            predicate: content.predicate.clone(),
            encoding: content.encoding.clone(),
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
        // A handle of a file.
        self.write_handle(frame, target, value);
        for reference in &target.refs.clone() {
            if let Ref::Object(id) = reference {
                self.change(frame, *id, |object| object.take_in(value));
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
        self.unknown_calls += 1;
        let mut labels = Labels::NONE;
        if let Some(receiver) = site.receiver {
            labels = labels.union(&self.deep_labels(frame, receiver));
        }
        let last = name.as_str().rsplit('.').next().unwrap_or_default();
        self.query_by_text(frame, Symbol::new(last), site.arguments, site.span);
        // What is found by a key isn't made of the key.
        if site.receiver.is_some() && is_lookup(last) {
            self.count("lookups by a key");
        } else {
            for value in site.arguments.all() {
                labels = labels.union(&self.deep_labels(frame, value));
            }
        }
        let labels = labels.guessed();
        let labels = self.through_labels(frame, &labels, site.span, name);
        let identity = Identity::Site(site.span.start, 47);
        frame.state.forget(identity);
        // By its name a class: methods will be looked up under it.
        if last.starts_with(|one: char| one.is_ascii_uppercase())
            && !last.chars().all(|one| !one.is_ascii_lowercase())
        {
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

    // ---- sinks and checks

    pub(super) fn apply_sinks(
        &mut self,
        frame: &mut Frame<'p>,
        model: &'p FunctionModel,
        site: &CallSite<'_>,
    ) {
        for sink in &model.sinks {
            self.apply_sink(frame, sink, site);
        }
        for check in &model.checks {
            self.apply_check(frame, check, site);
        }
    }

    fn apply_sink(&mut self, frame: &mut Frame<'p>, sink: &Sink, site: &CallSite<'_>) {
        if !sink.unless_mentions.is_empty() {
            let file = self.input.program.file(vansire_python::FileId(frame.file));
            let seen_to = |name: &Symbol| file.ir.bodies.iter().any(|body| body.mentions.contains(name));
            if sink.unless_mentions.iter().any(seen_to) {
                return;
            }
        }
        if sink.kinds.as_slice() == [SinkKind::Log]
            && let Some(line) = self.log_line(frame, site)
        {
            self.sink(frame, SinkKind::Log, &line, site.span, sink.name);
            return;
        }
        if sink.kinds.contains(&SinkKind::Html)
            && site.receiver.is_some_and(|receiver| {
                self.writes_no_page(frame, receiver)
                    || sink.name.as_str().starts_with("tornado.")
                        && self.finishes_no_page(frame, receiver, site.span)
            })
        {
            return;
        }
        for port in &sink.ports {
            let value = match port.base {
                // The program and its arguments, each by its position.
                Base::ArgumentsFrom(from) if sink.kinds.contains(&SinkKind::Command) => {
                    let known = site.arguments.positional.iter().skip(from as usize).cloned().collect();
                    match &site.arguments.rest {
                        None => Value::tuple(known),
                        Some(rest) => {
                            let mut list = Object::new(ObjectKind::List);
                            list.elements = known;
                            list.exact = false;
                            list.rest = rest.clone();
                            Value::object(self.allocate(frame, site.span, 144, list))
                        }
                    }
                }
                // A message that is a container is written as its text.
                Base::Argument { .. } if sink.kinds.as_slice() == [SinkKind::Log] => {
                    let value = self.port_value(frame, site, port);
                    if value.refs.iter().any(|one| matches!(one, Ref::Object(_) | Ref::Tuple(_))) {
                        self.text_value(frame, &value)
                    } else {
                        value
                    }
                }
                _ => self.port_value(frame, site, port),
            };
            if value.is_undefined() || value.is_constant() {
                continue;
            }
            if !self.conditions(frame, site, &sink.when, &sink.unless) {
                continue;
            }
            let value = if sink.keeps == CharSet::ALL {
                value
            } else {
                Fact { chars: sink.keeps, ..Fact::default() }.apply(&value)
            };
            for &kind in &sink.kinds {
                self.sink(frame, kind, &value, site.span, sink.name);
            }
        }
    }

    /// The line that `logger.info("… %r", value)` writes.
    pub(super) fn log_line(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>) -> Option<Value> {
        let arguments = site.arguments;
        let at = arguments
            .positional
            .iter()
            .position(|one| one.as_string().is_some_and(|text| text.contains('%')))?;
        if at > 1 || arguments.rest.is_some() || arguments.positional.len() <= at + 1 {
            return None;
        }
        let values = match &arguments.positional[at + 1..] {
            // A single dictionary is where the names of the format are looked up.
            [one] if matches!(one.refs.as_slice(), [Ref::Object(id)] if self.kind(frame, *id) == ObjectKind::Dictionary) => {
                one.clone()
            }
            several => Value::tuple(several.to_vec()),
        };
        Some(self.percent(frame, &arguments.positional[at], &values, site.span))
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
            let fact =
                Fact { chars: guard.keeps, cleared: guard.clears, form: guard.form, ..Fact::default() };
            match guard.when {
                GuardWhen::True => when_true.push((identity, fact)),
                GuardWhen::False => when_false.push((identity, fact)),
                GuardWhen::Returns => frame.state.add_fact(identity, &fact),
            }
        }
        let (when_true, when_false) =
            (super::comparisons::collect_facts(when_true), super::comparisons::collect_facts(when_false));
        if when_true.is_empty() && when_false.is_empty() {
            return result;
        }
        let result = if result.truth().is_none() { result } else { Value::either() };
        result.with_predicate(when_true, when_false)
    }
}

/// Whether a socket of this family only talks to programs on the same machine.
fn is_local_family(arguments: &Arguments) -> bool {
    let family = arguments.positional.first().cloned().or_else(|| arguments.keyword("family"));
    family.is_some_and(|family| {
        !family.other
            && matches!(family.refs.as_slice(), [Ref::External(name)] if matches!(
                name.as_str(),
                "socket.AF_UNIX" | "socket.AddressFamily.AF_UNIX"
            ))
    })
}
