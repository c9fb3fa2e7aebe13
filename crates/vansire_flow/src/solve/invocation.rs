//! Calling what was handed to frameworks: with what, what comes before, and what becomes of errors.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::{ExprKind, ParameterKind, Span};

use super::binding::Arguments;
use super::classes::Ancestor;
use super::declarations::UNDECLARED;
use super::entries::{EntryTable, Pending};
use super::external::CallSite;
use super::frameworks::{error_entity, status_of};
use super::{Frame, Solver};
use crate::domain::{
    BodyIndex, ClassRef, Identity, Key, Labels, Object, ObjectId, ObjectKind, Ref, State, Value,
};
use crate::model::{Entry, EntryParameters};
use crate::text::CharSet;

/// Methods that frameworks call on a view before the one that answers.
const PREPARATIONS: &[&str] = &["setup", "initialize", "initial", "prepare", "dispatch"];

/// Where it is kept which names stand in the prefixes that routers are mounted under.
const MOUNTED: &str = "<mounted>";

/// Where converters of routes are kept that the project has registered.
const CONVERTERS: &str = "<converters>";

/// The type of a mapping of converters by their names.
const CONVERTER_MAP: &str = "werkzeug.routing.Converters";

impl<'p> Solver<'p> {
    /// Calls what was registered, as the framework does, at the end of the body that registered it.
    pub(super) fn run_pending(&mut self, frame: &mut Frame<'p>) {
        self.note_admissions(frame);
        let mut done = 0;
        while done < frame.pending.len() {
            let pending = frame.pending[done].clone();
            done += 1;
            frame.state.alive = true;
            let before = frame.state.clone();
            self.invoke(frame, &pending);
            // Requests come in any order: what one of them stores, others may see.
            let after = frame.state.alive.then(|| frame.state.clone());
            match self.join_states(frame, Some(before), after) {
                Some(state) => frame.state = state,
                None => return,
            }
            frame.state.facts = Rc::default();
        }
        frame.pending.clear();
        frame.state.alive = true;
    }

    fn invoke(&mut self, frame: &mut Frame<'p>, pending: &Pending) {
        let Some(entry) = self.entry(pending.entry) else { return };
        let Some(target) = pending.target else { return };
        let file = self.body(target).0;
        let of_package = self.is_installed(file);
        self.count(if of_package { "entry points of installed packages" } else { "entry points" });
        if !of_package && super::library::is_of_program(self.input, file) {
            self.count("entry points of the program");
        }
        let attached = self.attached(frame, pending, entry, target);
        let pending = attached.as_ref().unwrap_or(pending);
        let method =
            self.is_method(target) && pending.value.refs.iter().any(|one| matches!(one, Ref::Bound(_)));
        let known = pending.first.as_ref().map(|first| self.handed_error(frame, first));
        // What it does with a response depends on its being one; of a request, data comes whatever it is.
        let first = entry.first.first().copied().flatten().map(|first| self.input.models.canonical(first));
        if first.is_some_and(|first| {
            !self.source_types.contains(&first) || self.mentions_shared(self.body(target).1, first)
        }) {
            let path = self.parameter_path(usize::from(method));
            self.demand_of(target, path);
        }
        let arguments = self.framework_arguments(frame, pending, entry, target, method, known);
        // Class-based views keep the request and the route's values.
        if pending.entry.0 == EntryTable::Class || method {
            for reference in &pending.value.refs {
                if let Ref::Bound(bound) = reference
                    && let Some(setup) = self.special_method(frame, &bound.1, "__init__")
                {
                    let simple =
                        Self::function_of(&setup).is_some_and(|body| self.body(body).1.parameters.len() <= 1);
                    if simple {
                        self.call(frame, &setup, &Arguments::default(), pending.span);
                    }
                }
            }
            self.prepare_view(frame, pending, entry, target);
        }
        frame.tries.push(super::Try { state: None, raised: Value::undefined(), unforeseen: true });
        let result = self.call(frame, &pending.value, &arguments, pending.span);
        // A framework asks the generators that it is given.
        for reference in &result.refs {
            if let Ref::Object(id) = reference {
                self.object(frame, *id);
            }
        }
        if let Some(attempt) = frame.tries.pop()
            && !attempt.raised.is_undefined()
        {
            self.note_errors(frame, &attempt.raised, attempt.state);
        }
        // The context of a view of Django is there for its template.
        if pending.entry.0 == EntryTable::Class
            && self.body(target).1.name.as_str() == "get_context_data"
            && frame.state.alive
        {
            for reference in &pending.value.refs {
                if let Ref::Bound(bound) = reference {
                    let template =
                        self.attribute(frame, &bound.1, Symbol::new("template_name"), pending.span);
                    self.render_view(frame, &template, &result, pending.span);
                }
            }
        }
    }

    /// A method that was handed over while its class was still being made, or that takes no instance: as
    /// it is when it's called.
    fn attached(
        &mut self,
        frame: &mut Frame<'p>,
        pending: &Pending,
        entry: &'p Entry,
        target: BodyIndex,
    ) -> Option<Pending> {
        if !self.is_method(target) || pending.value.refs.iter().any(|one| matches!(one, Ref::Bound(_))) {
            return None;
        }
        let plain = Self::strip_static(&pending.value);
        let value = if self.decorated_as(target, "staticmethod") {
            plain
        } else {
            let class = self.class_of_body(self.parent(target)?)?;
            let receiver = if self.decorated_as(target, "classmethod") {
                Value::reference(Ref::Class(class))
            } else if entry.constructs
                && let Some(kind) = entry.first.first().copied().flatten()
            {
                let kind = self.input.models.canonical(kind);
                let given = Value::instance(kind, Labels::NONE).with_identity(Some(Identity::Entity(kind)));
                let class = Value::reference(Ref::Class(class));
                self.call(frame, &class, &Arguments::of(vec![given]), pending.span)
            } else {
                self.bare_instance(frame, class, pending.span)
            };
            Self::bind_function(&plain, &receiver)
        };
        Some(Pending { value, ..pending.clone() })
    }

    pub(super) fn decorated_as(&self, body: BodyIndex, name: &str) -> bool {
        self.body(body)
            .1
            .decorators
            .iter()
            .any(|decorator| matches!(&decorator.kind, ExprKind::Name(_, own) if own.as_str() == name))
    }

    pub(super) fn is_method(&self, target: BodyIndex) -> bool {
        self.parent(target)
            .is_some_and(|parent| self.body(parent).1.kind == vansire_python::ir::BodyKind::Class)
    }

    /// What a framework hands to a function: the request, the values of the route, what is injected.
    pub(super) fn framework_arguments(
        &mut self,
        frame: &mut Frame<'p>,
        pending: &Pending,
        entry: &'p Entry,
        target: BodyIndex,
        method: bool,
        mut known: Option<Value>,
    ) -> Arguments {
        if let Some(arguments) = self.preprocessor_arguments(frame, pending) {
            return arguments;
        }
        let (file, ir) = self.body(target);
        let mut arguments = Arguments::default();
        // A plain function takes them all, and its receiver is the first of them.
        let receiver =
            (entry.unbound || entry.constructs) && method && !self.decorated_as(target, "classmethod");
        let mut first = entry.first.iter().skip(usize::from(receiver));
        let mut second = entry.second;
        // The classes of views say nothing of parameters: these are what the routes say.
        let route_entry = if matches!(entry.parameters, EntryParameters::None) {
            self.any_route_entry()
        } else {
            Some(entry)
        };
        let mut in_path = Vec::new();
        if let Some(route_entry) = route_entry {
            for (name, converter) in &pending.names {
                let value = self.converted(frame, file, ir.name_span, *name, *converter, route_entry);
                in_path.push((*name, value));
            }
        }
        let mut position = 0;
        let harmless = self.harmless_arguments(target, entry);
        for (index, parameter) in ir.parameters.iter().enumerate() {
            if index == 0 && method {
                continue;
            }
            match parameter.kind {
                ParameterKind::Starred => {
                    if let EntryParameters::All = entry.parameters {
                        arguments.rest =
                            Some(self.parameter_source(file, parameter.span, parameter.name, entry));
                    }
                    continue;
                }
                ParameterKind::DoubleStarred => {
                    if let EntryParameters::All = entry.parameters {
                        arguments.keyword_rest =
                            Some(self.parameter_source(file, parameter.span, parameter.name, entry));
                    }
                    if let EntryParameters::NamedIn(_) = entry.parameters {
                        for (name, converter) in &pending.names {
                            if !ir.parameters.iter().any(|one| one.name == *name) {
                                let value =
                                    self.converted(frame, file, parameter.span, *name, *converter, entry);
                                arguments.keywords.push((*name, value));
                            }
                        }
                    }
                    continue;
                }
                _ => {}
            }
            if parameter.kind != ParameterKind::KeywordOnly
                && let Some(kind) = first.next()
            {
                let Some(kind) = *kind else {
                    arguments.positional.push(Value::unknown());
                    continue;
                };
                let kind = self.input.models.canonical(kind);
                if !in_path.is_empty()
                    && let Some(request) = self.routed_request(frame, kind, &in_path, pending.span)
                {
                    arguments.positional.push(request);
                    continue;
                }
                let shared = pending.entry.1.as_str().ends_with(".middleware");
                let prepared = if shared {
                    Some(self.shared_request(frame, kind))
                } else {
                    self.prepared_request(frame, kind)
                };
                let value = prepared.unwrap_or_else(|| {
                    Value::instance(kind, Labels::NONE).with_identity(Some(Identity::Entity(kind)))
                });
                arguments.positional.push(value);
                continue;
            }
            // A response, which the function fills.
            if let Some(kind) = second.take() {
                let kind = self.input.models.canonical(kind);
                let id = self.allocate(frame, pending.span, 144, Object::new(ObjectKind::External(kind)));
                arguments.positional.push(Value::object(id));
                let path = self.parameter_path(index);
                self.demand_of(target, path);
                continue;
            }
            if let Some(value) = known.take() {
                arguments.positional.push(value);
                continue;
            }
            let named = pending.names.iter().find(|(name, _)| *name == parameter.name);
            if named.is_none()
                && let Some(converter) = pending.positional.get(position)
                && let Some(route_entry) = route_entry
            {
                position += 1;
                if *converter != Some(Symbol::new(UNDECLARED)) {
                    let value =
                        self.converted(frame, file, parameter.span, parameter.name, *converter, route_entry);
                    arguments.keywords.push((parameter.name, value));
                    continue;
                }
            }
            // A name in what the router is mounted under.
            let mounted = if named.is_none()
                && route_entry.is_some()
                && !matches!(entry.parameters, EntryParameters::Rest)
            {
                self.mounted_name(frame, parameter.name)
            } else {
                None
            };
            let named = named.or(mounted.as_ref());
            let value = match (&entry.parameters, named) {
                (EntryParameters::None, Some((name, converter))) if route_entry.is_some() => route_entry
                    .map(|entry| self.converted(frame, file, parameter.span, *name, *converter, entry)),
                (EntryParameters::NamedIn(_), Some((name, converter))) => {
                    Some(self.converted(frame, file, parameter.span, *name, *converter, entry))
                }
                (EntryParameters::All, _) if harmless.contains(&parameter.name) => None,
                (EntryParameters::Named(names), _) if !names.contains(&parameter.name) => None,
                (EntryParameters::All | EntryParameters::Named(_), _) => {
                    Some(self.parameter_source(file, parameter.span, parameter.name, entry))
                }
                (EntryParameters::Rest, _) => self.injected(
                    frame,
                    file,
                    parameter.annotation.as_ref(),
                    parameter.default.as_ref(),
                    parameter.span,
                    parameter.name,
                    entry,
                    0,
                ),
                _ => None,
            };
            // A request that is injected was taken apart by the route as well.
            let value = match (&entry.parameters, value) {
                (EntryParameters::Rest, Some(value)) if !in_path.is_empty() => match value.refs.as_slice() {
                    [Ref::Instance(kind)] => {
                        self.routed_request(frame, *kind, &in_path, pending.span).or(Some(value))
                    }
                    _ => Some(value),
                },
                (_, value) => value,
            };
            match value {
                Some(value) => arguments.keywords.push((parameter.name, value)),
                None if parameter.default.is_none() => {
                    arguments.keywords.push((parameter.name, Value::unknown()));
                }
                None => {}
            }
        }
        arguments
    }

    // ---- views

    /// What views keep on themselves before they answer.
    fn prepare_view(
        &mut self,
        frame: &mut Frame<'p>,
        pending: &Pending,
        entry: &'p Entry,
        answering: BodyIndex,
    ) {
        for reference in &pending.value.refs {
            let Ref::Bound(bound) = reference else { continue };
            for name in PREPARATIONS {
                let Some(method) = self.special_method(frame, &bound.1, name) else { continue };
                let Some(target) = Self::function_of(&method) else { continue };
                if target == answering || !frame.state.alive {
                    continue;
                }
                let arguments = if *name == "initialize" {
                    // What the table of routes says beside the pattern is the application's own.
                    let parameters = self.body(target).1.parameters.iter().skip(1);
                    let plain = parameters.filter(|one| {
                        !matches!(one.kind, ParameterKind::Starred | ParameterKind::DoubleStarred)
                            && one.default.is_none()
                    });
                    let keywords = plain.map(|one| (one.name, Value::unknown())).collect();
                    Arguments { keywords, ..Arguments::default() }
                } else {
                    let preparing = Pending { target: Some(target), ..pending.clone() };
                    self.framework_arguments(frame, &preparing, entry, target, true, None)
                };
                let before = frame.state.clone();
                self.call(frame, &method, &arguments, pending.span);
                if !frame.state.alive {
                    frame.state = before;
                }
            }
        }
    }

    // ---- errors

    /// The class of errors that a handler is for.
    pub(super) fn handled_class(handled: &Value) -> Option<Value> {
        handled
            .refs
            .iter()
            .find(|one| matches!(one, Ref::Class(_) | Ref::External(_)))
            .map(|one| Value::reference(one.clone()))
    }

    /// What a handler of errors is given: what the views were seen to raise.
    fn handed_error(&mut self, frame: &mut Frame<'p>, handled: &Value) -> Value {
        let (id, kind) = match handled.refs.first() {
            Some(Ref::Class(class)) => (raised_class(*class), ObjectKind::Instance(*class)),
            Some(Ref::External(name)) => (raised_external(*name), ObjectKind::External(*name)),
            _ => return handled.clone(),
        };
        let mut object = (*self.entry_object(frame, id)).clone();
        object.kind = kind;
        frame.state.set_object(id, object);
        Value::object(id)
    }

    /// Errors that leave a view come to the handlers of their classes.
    fn note_errors(&mut self, frame: &mut Frame<'p>, raised: &Value, state: Option<State>) {
        let state = state.unwrap_or_else(|| frame.state.clone());
        let now = std::mem::replace(&mut frame.state, state);
        let objects: Vec<_> = frame.state.heap.iter().cloned().collect();
        for reference in &raised.refs {
            match reference {
                Ref::Object(id) => {
                    let object = self.object(frame, *id);
                    let mut kept = Object::new(ObjectKind::Unknown);
                    for (name, value) in &object.fields {
                        kept.set_field(*name, self.detach(&objects, value));
                    }
                    kept.rest = self.detach(&objects, &object.rest);
                    let holds = kept.rest.has_labels()
                        || kept.fields.iter().any(|(_, value)| {
                            value.has_labels() || self.deep_labels(frame, value).iter().next().is_some()
                        });
                    if !holds {
                        continue;
                    }
                    match &object.kind {
                        ObjectKind::Instance(class) => {
                            for ancestor in self.lineage(frame, *class) {
                                let id = match ancestor {
                                    Ancestor::Class(class) => raised_class(class),
                                    Ancestor::External(name) => raised_external(name),
                                };
                                self.keep_error(id, &kept);
                            }
                        }
                        ObjectKind::External(kind) => self.keep_external_error(*kind, &kept),
                        _ => {}
                    }
                }
                Ref::Instance(kind) | Ref::External(kind) => {
                    let text = self.detach(&objects, &raised.with_identity(None));
                    if text.has_labels() {
                        let mut kept = Object::new(ObjectKind::Unknown);
                        kept.rest = text.edit(|data| data.refs.clear());
                        self.keep_external_error(*kind, &kept);
                    }
                }
                _ => {}
            }
        }
        frame.state = now;
    }

    fn keep_external_error(&mut self, kind: Symbol, kept: &Object) {
        self.keep_error(raised_external(kind), kept);
        // Handlers of a status see the text that the error was made with.
        if let Some((_, last)) = kind.as_str().rsplit_once('.')
            && let Some(code) = status_of(last)
        {
            let mut described = Object::new(ObjectKind::Unknown);
            described.set_field(Symbol::new("description"), kept.rest.clone());
            self.keep_error(ObjectId::External(error_entity(code)), &described);
        }
        for base in self.input.models.lineage(kind) {
            if *base != kind {
                self.keep_error(raised_external(*base), kept);
            }
        }
        self.keep_error(raised_external(Symbol::new("builtins.Exception")), kept);
    }

    fn keep_error(&mut self, id: ObjectId, kept: &Object) {
        let object = self.new_objects.entry(id).or_insert_with(|| Object::new(ObjectKind::Unknown));
        // What isn't there in one of them doesn't make it unknown in the others.
        *object = object.join(kept, |_| Value::undefined());
    }

    // ---- routers in one another

    /// Routers are mounted under a route with these names.
    pub(super) fn mount(&mut self, frame: &mut Frame<'p>, names: &[(Symbol, Option<Symbol>)]) {
        for (name, converter) in names {
            let value = Value::external(converter.unwrap_or_else(|| Symbol::new("string")));
            self.change(frame, ObjectId::External(Symbol::new(MOUNTED)), |object| {
                let known = object.field(*name).cloned().unwrap_or_default();
                object.set_field(*name, known.join(&value));
            });
        }
    }

    /// `register_blueprint(blueprint, url_prefix=…)`
    pub(super) fn mounted_at(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>) {
        for keyword in ["url_prefix", "prefix"] {
            let Some(prefix) = site.arguments.keyword(keyword) else { continue };
            for text in prefix.as_strings().unwrap_or_default() {
                let names = super::entries::route_names(text);
                self.mount(frame, &names);
            }
        }
    }

    /// Whether a name stands in a prefix that something is mounted under; with its converter.
    fn mounted_name(&mut self, frame: &mut Frame<'p>, name: Symbol) -> Option<(Symbol, Option<Symbol>)> {
        self.mounted_names(frame).into_iter().find(|(own, _)| *own == name)
    }

    /// All names that stand in prefixes, with their converters.
    pub(super) fn mounted_names(&mut self, frame: &mut Frame<'p>) -> Vec<(Symbol, Option<Symbol>)> {
        let object = self.object(frame, ObjectId::External(Symbol::new(MOUNTED)));
        let converter = |value: &Value| match value.refs.as_slice() {
            [Ref::External(converter)] => *converter,
            _ => Symbol::new("path"),
        };
        object.fields.iter().map(|(name, value)| (*name, Some(converter(value)))).collect()
    }

    // ---- converters

    /// `register_converter(Year, "year")`, `app.url_map.converters["year"] = Year`
    pub(super) fn add_converter(&mut self, frame: &mut Frame<'p>, name: &Value, class: &Value) {
        let Some(name) = name.as_string().map(Symbol::new) else { return };
        if class.refs.iter().any(|one| matches!(one, Ref::Class(_))) {
            let class = class.clone();
            self.change(frame, ObjectId::External(Symbol::new(CONVERTERS)), |object| {
                object.set_field(name, class);
            });
        }
    }

    /// An item of a mapping of a framework is set.
    pub(super) fn registry_assigned(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        name: &Value,
        class: &Value,
    ) {
        if kind.as_str() == CONVERTER_MAP {
            self.add_converter(frame, name, class);
        } else {
            self.environment_assigned(frame, kind, name, class);
        }
    }

    /// `app.url_map.converters.update(year=Year)`
    pub(super) fn converters_updated(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>) {
        for (name, class) in &site.arguments.keywords {
            self.add_converter(frame, &Value::string(name.as_str()), class);
        }
        if let Some(mapping) = site.arguments.positional.first()
            && let Some((entries, _)) = self.known_entries(frame, mapping)
        {
            for (key, class) in entries {
                if let Key::Text(name) = key {
                    self.add_converter(frame, &Value::string(name.as_str()), &class);
                }
            }
        }
    }

    /// A value out of a route, by its converter, which may be one of the project.
    pub(super) fn converted(
        &mut self,
        frame: &mut Frame<'p>,
        file: u32,
        span: Span,
        name: Symbol,
        converter: Option<Symbol>,
        entry: &Entry,
    ) -> Value {
        let own = converter.and_then(|converter| {
            let registered = self.object(frame, ObjectId::External(Symbol::new(CONVERTERS)));
            registered.field(converter).cloned()
        });
        let Some(class) = own.as_ref().and_then(|own| {
            own.refs.iter().find_map(|one| if let Ref::Class(class) = one { Some(*class) } else { None })
        }) else {
            return self.route_value(file, span, name, converter, entry);
        };
        let mut value = self.route_value(file, span, name, Some(Symbol::new("path")), entry);
        match self.class_lookup(frame, class, Symbol::new("regex")) {
            Some((pattern, _)) => {
                if let Some(pattern) = pattern.as_string()
                    && let Some(facts) =
                        crate::text::regex::facts(pattern, crate::text::regex::RegexFlags::default())
                {
                    let chars = facts.proved(crate::text::regex::MatchMode::FullMatch).chars;
                    value = value.map_labels(|labels| labels.restrict(chars, CharSet::EMPTY));
                }
            }
            None => value = value.map_labels(|labels| labels.restrict(!CharSet::of("/"), CharSet::EMPTY)),
        }
        if let Some((method, _)) = self.class_lookup(frame, class, Symbol::new("to_python")) {
            let instance = self.bare_instance(frame, class, span);
            let method = Self::bind_function(&method, &instance);
            let before = frame.state.clone();
            let made = self.call(frame, &method, &Arguments::of(vec![value.clone()]), span);
            if frame.state.alive {
                return made;
            }
            frame.state = before;
        }
        value
    }
}

/// What was raised of a class.
fn raised_class(class: ClassRef) -> ObjectId {
    ObjectId::External(Symbol::new(&format!("<raised {}>", class.body.0)))
}

/// What was raised of a class outside the project.
fn raised_external(name: Symbol) -> ObjectId {
    ObjectId::External(Symbol::new(&format!("<raised {name}>")))
}
