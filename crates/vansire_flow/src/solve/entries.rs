//! Entry points: functions that a framework calls, and with what.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::{ParameterKind, Span};

use super::binding::Arguments;
use super::external::CallSite;
use super::{Frame, Solver};
use crate::domain::{BodyIndex, ClassRef, Identity, Nature, ObjectId, ObjectKind, Ref, Value};
use crate::model::{Entry, EntryKind, EntryParameters};
use crate::text::{CharSet, SinkKind};

/// A function that was handed to a framework and is to be called as the framework would.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    // What tells most of them apart comes first: that is the order in which they're compared.
    pub span: Span,
    pub file: u32,
    /// The function whose parameters are meant, inside its decorators.
    pub target: Option<BodyIndex>,
    /// Which row of the models, by the name it stands under and its number there.
    pub entry: (EntryTable, Symbol, usize),
    pub value: Value,
    /// The names in the route, with the name of their converter; none when every parameter counts.
    pub names: Vec<(Symbol, Option<Symbol>)>,
    /// The converters of the groups of a pattern that have no name.
    pub positional: Vec<Option<Symbol>>,
    /// What the first parameter is, where the registration says it.
    pub first: Option<Value>,
    /// The application or blueprint that it was handed to.
    pub router: Option<ObjectId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryTable {
    Decorator,
    Register,
    Class,
}

impl<'p> Solver<'p> {
    pub(super) fn entry(&self, key: (EntryTable, Symbol, usize)) -> Option<&'p Entry> {
        let models = self.input.models;
        let table = match key.0 {
            EntryTable::Decorator => &models.entry_decorators,
            EntryTable::Register => &models.entry_registers,
            EntryTable::Class => &models.entry_classes,
        };
        table.get(&key.1)?.get(key.2)
    }

    /// `@decorator` on a function or a class.
    pub(super) fn decorate(
        &mut self,
        frame: &mut Frame<'p>,
        callee: &Value,
        value: Value,
        span: Span,
    ) -> Value {
        let mut result = Value::undefined();
        let mut external = callee.other || callee.refs.is_empty();
        for reference in &callee.refs {
            // `@property` and its like say what a function is, others are called.
            if let Ref::External(name) = reference
                && !name.as_str().starts_with("builtins.")
            {
                self.note_call(frame, super::CallName::External(*name));
            }
            match reference {
                Ref::Partial(partial) => {
                    let name = if let Some(Ref::External(name)) = partial.callee.refs.first() {
                        *name
                    } else {
                        let arguments = Arguments::of(vec![value.clone()]);
                        let one = self.call(frame, &Value::reference(reference.clone()), &arguments, span);
                        result = result.join(&one);
                        continue;
                    };
                    let given = Arguments {
                        positional: partial.positional.clone(),
                        keywords: partial.keywords.clone(),
                        ..Arguments::default()
                    };
                    if let Some(one) = self.framework_decorated(frame, name, &given, &value) {
                        result = result.join(&one);
                        continue;
                    }
                    if name.as_str() == "<transparent>" {
                        let inner = partial.positional.first().and_then(|one| match one.refs.first() {
                            Some(Ref::External(name)) => Some(name.as_str()),
                            _ => None,
                        });
                        if inner.is_some_and(|name| name.contains("dataclass") || name.starts_with("attr")) {
                            self.mark_dataclass(frame, &value);
                        }
                        if let Some(wrapped) = partial.positional.get(1) {
                            self.note_wrapped(frame, &value, wrapped);
                        }
                        external = true;
                        continue;
                    }
                    if self.input.models.entry_decorators.contains_key(&name) {
                        let mut arguments =
                            Arguments { positional: partial.positional.clone(), ..Arguments::default() };
                        let mut receiver = None;
                        for (key, value) in &partial.keywords {
                            if key.as_str() == "<receiver>" {
                                receiver = Some(value.clone());
                            } else {
                                arguments.keywords.push((*key, value.clone()));
                            }
                        }
                        let site = CallSite { receiver: receiver.as_ref(), arguments: &arguments, span };
                        self.add_entry(frame, EntryTable::Decorator, name, &value, &site);
                        external = true;
                        continue;
                    }
                    let arguments = Arguments::of(vec![value.clone()]);
                    let one = self.call(frame, &Value::reference(reference.clone()), &arguments, span);
                    result = result.join(&one);
                }
                Ref::External(name) => {
                    let name = self.input.models.canonical(*name);
                    if let Some(one) = self.framework_decorated(frame, name, &Arguments::default(), &value) {
                        result = result.join(&one);
                        continue;
                    }
                    if self.input.models.entry_decorators.contains_key(&name) {
                        let arguments = Arguments::default();
                        let site = CallSite { receiver: None, arguments: &arguments, span };
                        self.add_entry(frame, EntryTable::Decorator, name, &value, &site);
                        external = true;
                        continue;
                    }
                    let arguments = Arguments::of(vec![value.clone()]);
                    match self.builtin(frame, name, None, &arguments, span) {
                        Some(one) => result = result.join(&one),
                        None => external = true,
                    }
                }
                Ref::Bound(bound) => {
                    if let Ref::External(name) = &bound.0 {
                        let name = *name;
                        if let Some(one) =
                            self.framework_decorated(frame, name, &Arguments::default(), &value)
                        {
                            result = result.join(&one);
                            continue;
                        }
                        if self.input.models.entry_decorators.contains_key(&name) {
                            let arguments = Arguments::default();
                            let receiver = bound.1.clone();
                            let site = CallSite { receiver: Some(&receiver), arguments: &arguments, span };
                            self.add_entry(frame, EntryTable::Decorator, name, &value, &site);
                            external = true;
                            continue;
                        }
                        if name.as_str() == "blinker.Signal.connect" {
                            let arguments = Arguments::of(vec![value.clone()]);
                            let one =
                                self.call(frame, &Value::reference(reference.clone()), &arguments, span);
                            result = result.join(&one);
                            continue;
                        }
                        if name.as_str().starts_with("builtins.property.")
                            || super::dispatch::is_method_of_dispatcher(name.as_str())
                        {
                            let receiver = bound.1.clone();
                            let arguments = Arguments::of(vec![value.clone()]);
                            if let Some(one) = self.builtin(frame, name, Some(&receiver), &arguments, span) {
                                result = result.join(&one);
                                continue;
                            }
                        }
                        external = true;
                    } else {
                        let arguments = Arguments::of(vec![value.clone()]);
                        let one = self.call(frame, &Value::reference(reference.clone()), &arguments, span);
                        result = result.join(&one);
                    }
                }
                Ref::Function(..) | Ref::Class(_) => {
                    let arguments = Arguments::of(vec![value.clone()]);
                    let one = self.call(frame, &Value::reference(reference.clone()), &arguments, span);
                    result = result.join(&one);
                }
                Ref::Object(id) if matches!(self.kind(frame, *id), ObjectKind::Instance(_)) => {
                    let arguments = Arguments::of(vec![value.clone()]);
                    let one = self.call(frame, &Value::reference(reference.clone()), &arguments, span);
                    result = result.join(&one);
                }
                _ => external = true,
            }
        }
        // A decorator outside the project is taken to keep what it decorates.
        let lost = result.refs.is_empty();
        if external || result.is_undefined() || lost && result.other {
            value.join(&result).edit(|data| data.other = false)
        } else {
            result
        }
    }

    /// A call that hands a function to a framework.
    pub(super) fn register_entries(&mut self, frame: &mut Frame<'p>, name: Symbol, site: &CallSite<'_>) {
        let Some(entries) = self.input.models.entry_registers.get(&name) else { return };
        for entry in entries {
            if let EntryKind::Register(port) = &entry.kind {
                let value = self.port_value(frame, site, port);
                let value = self.view_of_pyramid(frame, name, value, site);
                if !value.is_undefined() {
                    self.add_entry(frame, EntryTable::Register, name, &value, site);
                    break;
                }
            }
        }
    }

    /// Methods of a class that a framework calls. Those of a class that everybody sees are called when
    /// all routes that lead to it are known.
    pub(super) fn class_entries(&mut self, frame: &mut Frame<'p>, class: ClassRef) {
        if matches!(class.namespace, ObjectId::Global(_)) {
            let bases = self.external_ancestors(frame, class);
            let called = bases.into_iter().any(|kind| {
                let models = self.input.models;
                models.entry_classes.contains_key(&kind)
                    || models.lineage(kind).iter().any(|one| models.entry_classes.contains_key(one))
            });
            if called && self.is_own(frame.file) && !self.views.contains(&(class, frame.file)) {
                self.views.push((class, frame.file));
            }
            return;
        }
        self.add_class_entries(frame, class);
    }

    /// Calls the methods of all classes that frameworks call.
    pub(super) fn run_views(&mut self) {
        for (class, file) in self.views.clone() {
            self.begin_work(super::MAXIMUM_WORK);
            let body = BodyIndex(self.input.bases[file as usize]);
            let context = Rc::new(super::Context {
                shapes: Vec::new(),
                root: true,
                precise: false,
                part: super::deferred::Part::default(),
            });
            let mut frame = self.new_frame(body, context);
            self.module_depth += 1;
            self.add_class_entries(&mut frame, class);
            self.run_pending(&mut frame);
            self.module_depth -= 1;
            self.flush(&mut frame);
            self.settle(&mut frame);
        }
    }

    /// Whether a body is a method of a class that waits for its routes.
    pub(super) fn is_view_method(&self, body: BodyIndex) -> bool {
        self.parent(body).is_some_and(|parent| self.views.iter().any(|(class, _)| class.body == parent))
    }

    fn add_class_entries(&mut self, frame: &mut Frame<'p>, class: ClassRef) {
        let route = self.routes.get(&class.body).cloned();
        let lineage = self.lineage(frame, class);
        for ancestor in &lineage {
            let super::classes::Ancestor::External(kind) = ancestor else { continue };
            let mut kinds = vec![*kind];
            kinds.extend_from_slice(self.input.models.lineage(*kind));
            for kind in kinds {
                let Some(entries) = self.input.models.entry_classes.get(&kind) else { continue };
                for (number, entry) in entries.iter().enumerate() {
                    let EntryKind::Class(patterns) = &entry.kind else { continue };
                    for ancestor in &lineage {
                        let super::classes::Ancestor::Class(own) = ancestor else { continue };
                        let fields = self.object(frame, own.namespace).fields.clone();
                        for (name, value) in fields {
                            if !name_fits(name, patterns) || name.as_str().starts_with("__") {
                                continue;
                            }
                            let span = self.body(class.body).1.name_span;
                            let instance = self.bare_instance(frame, class, span);
                            let method = Self::bind_function(&value, &instance);
                            let target = Self::function_of(&method);
                            self.note_result(target, kind, entry);
                            let pending = Pending {
                                value: method,
                                entry: (EntryTable::Class, kind, number),
                                names: route.as_ref().map(|one| one.names.clone()).unwrap_or_default(),
                                positional: route
                                    .as_ref()
                                    .map(|one| one.positional.clone())
                                    .unwrap_or_default(),
                                first: None,
                                router: None,
                                target,
                                file: frame.file,
                                span,
                            };
                            if !frame.pending.contains(&pending) {
                                frame.pending.push(pending);
                            }
                        }
                    }
                }
            }
        }
    }

    /// A framework sends on what a function returns. It may have been solved before that was known, while it was
    /// asked whether its callers matter: such a summary says nothing of the response.
    pub(super) fn answers(&mut self, target: BodyIndex, kind: SinkKind) {
        if self.results.insert(target, kind) != Some(kind) {
            self.memo.remove(&target);
        }
    }

    /// The innermost function of the project behind a value.
    pub(super) fn function_of(value: &Value) -> Option<BodyIndex> {
        value.refs.iter().find_map(|reference| match reference {
            Ref::Function(body, _) => Some(*body),
            Ref::Bound(bound) => match &bound.0 {
                Ref::Function(body, _) => Some(*body),
                _ => None,
            },
            Ref::Partial(partial) => Self::function_of(&partial.callee)
                .or_else(|| partial.positional.first().and_then(Self::function_of)),
            _ => None,
        })
    }

    /// A decorated function is closed over by its wrapper: the function itself is found in its cells.
    fn wrapped_function(&mut self, frame: &mut Frame<'p>, value: &Value, depth: usize) -> Option<BodyIndex> {
        let outer = Self::function_of(value)?;
        if depth > 4 {
            return Some(outer);
        }
        for reference in &value.refs {
            let Ref::Function(body, Some(environment)) = reference else { continue };
            let (_, ir) = self.body(*body);
            let starred = ir.parameters.iter().any(|one| one.kind == ParameterKind::Starred);
            if !starred {
                continue;
            }
            let ObjectKind::Environment(cells) = &self.object(frame, *environment).kind.clone() else {
                continue;
            };
            for cell in cells.iter() {
                let content = self.cell_content(frame, *cell);
                if content.refs.iter().any(|one| matches!(one, Ref::Function(..)))
                    && let Some(inner) = self.wrapped_function(frame, &content, depth + 1)
                {
                    return Some(inner);
                }
            }
        }
        Some(outer)
    }

    pub(super) fn add_entry(
        &mut self,
        frame: &mut Frame<'p>,
        table: EntryTable,
        name: Symbol,
        value: &Value,
        site: &CallSite<'_>,
    ) {
        let count = match table {
            EntryTable::Decorator => self.input.models.entry_decorators.get(&name).map_or(0, Vec::len),
            EntryTable::Register => self.input.models.entry_registers.get(&name).map_or(0, Vec::len),
            EntryTable::Class => 0,
        };
        let site_file = frame.file;
        for number in 0..count {
            let Some(entry) = self.entry((table, name, number)) else { continue };
            if !entry.active && entry.first.is_empty() && entry.result.is_none() {
                continue;
            }
            let mut names = Vec::new();
            let mut positional = Vec::new();
            let mut partial = false;
            // What is injected may be a request, from which the names are read.
            let routed = matches!(entry.parameters, EntryParameters::NamedIn(_) | EntryParameters::Rest);
            if routed || Self::takes_route_values(name) {
                let route = match &entry.parameters {
                    EntryParameters::NamedIn(port) => self.port_value(frame, site, port),
                    EntryParameters::Rest => site.arguments.get(0, "path").unwrap_or_default(),
                    _ => Value::undefined(),
                };
                if name.as_str().ends_with(".re_path")
                    && let Some(pattern) = route.as_string()
                    && !pattern.contains("(?P<")
                {
                    positional = super::converters::group_converters(pattern);
                }
                // The prefix of a blueprint or a router.
                let mut routes = vec![route];
                for reference in site.receiver.iter().flat_map(|one| one.refs.iter()) {
                    if let Ref::Object(id) = reference {
                        let router = self.object(frame, *id);
                        routes.extend(
                            ["url_prefix", "prefix"]
                                .iter()
                                .filter_map(|one| router.field(Symbol::new(one)).cloned()),
                        );
                    }
                }
                let route = routes.iter().fold(Value::undefined(), |all, one| all.join(one));
                partial = route.as_strings().is_none();
                for text in route.as_strings().unwrap_or_default() {
                    names.extend(route_names(text));
                }
                // A part of the route that isn't known can hold any name.
                for text in &route.texts {
                    for part in text.parts() {
                        if let crate::domain::Part::Literal(text) = part {
                            names.extend(route_names(text));
                        }
                    }
                }
            }
            if let Some(port) = &entry.declared {
                let declared = self.port_value(frame, site, port);
                positional = self.declared_parameters(frame, &declared, entry);
            }
            names.sort_by_key(|(name, _)| name.as_str());
            names.dedup();
            let router = site.receiver.and_then(|one| match one.refs.as_slice() {
                [Ref::Object(id)] => Some(*id),
                _ => None,
            });
            // A class whose methods are called: `View.as_view()` came as a bound method of the class.
            let value = Self::viewed(value);
            let mut classes = Vec::new();
            for reference in &value.refs {
                if let Ref::Class(class) = reference {
                    classes.push(*class);
                }
            }
            if !classes.is_empty() {
                for class in classes {
                    let route = super::frameworks::Route {
                        names: names.clone(),
                        positional: positional.clone(),
                        partial,
                    };
                    self.add_route(class.body, &route);
                    if self.views.iter().any(|(own, _)| own.body == class.body) {
                        continue;
                    }
                    for method in [
                        "get", "post", "put", "patch", "delete", "head", "options", "dispatch", "list",
                        "create", "retrieve", "update", "destroy",
                    ] {
                        if let Some((function, _)) = self.class_lookup(frame, class, Symbol::new(method)) {
                            let instance = self.bare_instance(frame, class, site.span);
                            let method = Self::bind_function(&function, &instance);
                            let target = Self::function_of(&method);
                            self.note_result(target, name, entry);
                            let pending = Pending {
                                value: method,
                                entry: (table, name, number),
                                names: names.clone(),
                                positional: positional.clone(),
                                first: None,
                                router,
                                target,
                                file: frame.file,
                                span: site.span,
                            };
                            if !frame.pending.contains(&pending) {
                                frame.pending.push(pending);
                            }
                        }
                    }
                }
                continue;
            }
            if !entry.methods.is_empty() {
                self.add_methods(frame, entry, &value, &|value, target| Pending {
                    value,
                    entry: (table, name, number),
                    names: names.clone(),
                    positional: positional.clone(),
                    first: None,
                    router,
                    target,
                    file: site_file,
                    span: site.span,
                });
                if value.refs.iter().all(|one| matches!(one, Ref::Object(_))) {
                    continue;
                }
            }
            let target = self.wrapped_function(frame, &value, 0);
            if target.is_none() && !names.is_empty() {
                // What others are included under.
                self.mount(frame, &names);
            }
            if let (Some(target), true) = (target, routed || Self::takes_route_values(name)) {
                let route = super::frameworks::Route {
                    names: names.clone(),
                    positional: positional.clone(),
                    partial,
                };
                self.add_route(target, &route);
            }
            self.note_renderer(name, target, site);
            let html = site.arguments.keyword("response_class").is_some_and(|class| {
                class
                    .refs
                    .iter()
                    .any(|one| matches!(one, Ref::External(name) if name.as_str().ends_with("HTMLResponse")))
            });
            let result = if html { Some(SinkKind::Html) } else { entry.result };
            if let (Some(target), Some(kind)) = (target, result) {
                self.answers(target, kind);
            }
            let first = if ["errorhandler", "error_handler", "exception_handler", ".exception"]
                .iter()
                .any(|end| name.as_str().ends_with(end))
            {
                site.arguments
                    .get(0, "exc_class_or_status_code")
                    .and_then(|one| Self::handled_error(&one).or_else(|| Self::handled_class(&one)))
            } else {
                None
            };
            let pending = Pending {
                value,
                entry: (table, name, number),
                names,
                positional,
                first,
                router,
                target,
                file: frame.file,
                span: site.span,
            };
            // What is injected into nothing is called all the same, before the view.
            if matches!(entry.parameters, EntryParameters::Rest) {
                self.add_dependencies(frame, site, &pending);
            }
            if !frame.pending.contains(&pending) {
                frame.pending.push(pending);
            }
        }
    }

    /// `dependencies=[Depends(function)]`
    fn add_dependencies(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>, view: &Pending) {
        let Some(list) = site.arguments.keyword("dependencies") else { return };
        for dependency in self.known_elements(frame, &list).unwrap_or_default() {
            let [Ref::Object(id)] = dependency.refs.as_slice() else { continue };
            let Some(value) = self.object(frame, *id).field(Symbol::new("dependency")).cloned() else {
                continue;
            };
            let target = Self::function_of(&value);
            let pending =
                Pending { value, target, names: Vec::new(), positional: Vec::new(), ..view.clone() };
            if target.is_some() && !frame.pending.contains(&pending) {
                frame.pending.push(pending);
            }
        }
    }

    /// The methods of an object that a framework calls.
    fn add_methods(
        &mut self,
        frame: &mut Frame<'p>,
        entry: &Entry,
        value: &Value,
        pending: &dyn Fn(Value, Option<BodyIndex>) -> Pending,
    ) {
        for reference in &value.refs {
            let Ref::Object(id) = reference else { continue };
            let ObjectKind::Instance(class) = self.kind(frame, *id) else { continue };
            for ancestor in self.lineage(frame, class) {
                let super::classes::Ancestor::Class(own) = ancestor else { continue };
                let fields = self.object(frame, own.namespace).fields.clone();
                for (name, function) in fields {
                    if !name_fits(name, &entry.methods) {
                        continue;
                    }
                    let method = Self::bind_function(&function, &Value::object(*id));
                    let target = Self::function_of(&method);
                    let pending = pending(method, target);
                    if target.is_some() && !frame.pending.contains(&pending) {
                        frame.pending.push(pending);
                    }
                }
            }
        }
    }

    /// `View.as_view(…)` stands for the class.
    fn viewed(value: &Value) -> Value {
        let mut result = value.clone();
        for reference in &value.refs {
            if let Ref::Partial(partial) = reference
                && let Some(Ref::External(name)) = partial.callee.refs.first()
                && name.as_str() == "<as_view>"
                && let Some(class) = partial.positional.first()
            {
                result = class.clone();
            }
        }
        result
    }

    /// Some entry whose parameters come out of routes: all of them say the same of what they carry.
    pub(super) fn any_route_entry(&self) -> Option<&'p Entry> {
        let models = self.input.models;
        let mut found: Option<&'p Entry> = None;
        for table in [&models.entry_registers, &models.entry_decorators] {
            for entry in table.values().flatten() {
                if matches!(entry.parameters, EntryParameters::NamedIn(_))
                    && entry.active
                    && found.is_none_or(|found| entry.name.as_str() < found.name.as_str())
                {
                    found = Some(entry);
                }
            }
        }
        found
    }

    pub(super) fn parameter_source(&mut self, file: u32, span: Span, name: Symbol, entry: &Entry) -> Value {
        if !entry.active {
            return Value::unknown();
        }
        let mut labels = self.source_labels(file, span, name);
        if entry.bytes {
            labels = labels.of_nature(Nature::Bytes);
        }
        Value::opaque(labels)
            .with_identity(Some(Identity::Entity(Symbol::new(&format!("<{file}:{}:{name}>", span.start)))))
    }

    /// A value out of a route, by its converter.
    pub(super) fn route_value(
        &mut self,
        file: u32,
        span: Span,
        name: Symbol,
        converter: Option<Symbol>,
        entry: &Entry,
    ) -> Value {
        match converter.map(Symbol::as_str) {
            Some("int" | "float" | "uuid" | "decimal" | "bool" | "dt") => Value::unknown(),
            Some(choices) if choices.starts_with("any(") => {
                choices[4..].trim_end_matches(')').split(',').fold(Value::undefined(), |all, one| {
                    all.join(&Value::string(one.trim().trim_matches(['"', '\''])))
                })
            }
            Some("slug") => self
                .parameter_source(file, span, name, entry)
                .map_labels(|labels| labels.restrict(CharSet::class("A-Za-z0-9_-"), CharSet::EMPTY)),
            Some("path") => self.parameter_source(file, span, name, entry),
            // Flask's and Django's default converters let no slash through.
            Some("string" | "str" | "default") | None => self
                .parameter_source(file, span, name, entry)
                .map_labels(|labels| labels.restrict(!CharSet::of("/"), CharSet::EMPTY)),
            Some(pattern) => {
                let value = self.parameter_source(file, span, name, entry);
                match super::converters::pattern_chars(pattern) {
                    Some(chars) => value.map_labels(|labels| labels.restrict(chars, CharSet::EMPTY)),
                    None => value,
                }
            }
        }
    }
}

/// Whether a method's name is one of these, or begins as those with a star at their end.
fn name_fits(name: Symbol, patterns: &[String]) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => name.as_str().starts_with(start),
        None => pattern == name.as_str(),
    })
}

/// The names in a route, with their converters: `<int:id>`, `{id:int}`, `<id>`, `(?P<id>…)`.
pub(super) fn route_names(route: &str) -> Vec<(Symbol, Option<Symbol>)> {
    let mut names = Vec::new();
    let mut rest = route;
    if route.contains("(?P<") {
        while let Some(at) = rest.find("(?P<") {
            rest = &rest[at + 4..];
            let Some(end) = rest.find('>') else { break };
            let name = &rest[..end];
            rest = &rest[end + 1..];
            // What the group lets through decides: digits alone are a number.
            let mut depth = 1;
            let mut inner = String::new();
            for one in rest.chars() {
                match one {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                inner.push(one);
            }
            names.push((Symbol::new(name), super::converters::group_converter(&inner)));
        }
        return names;
    }
    while let Some(at) = rest.find(['<', '{']) {
        let angle = rest.as_bytes()[at] == b'<';
        rest = &rest[at + 1..];
        let Some(end) = rest.find(if angle { '>' } else { '}' }) else { break };
        let inner = &rest[..end];
        rest = &rest[end + 1..];
        let (name, converter) = if angle {
            match inner.rsplit_once(':') {
                // The choices of `any(…)` are all that comes through.
                Some((converter, name)) if converter.starts_with("any(") => (name, Some(converter)),
                Some(_) if let Some((name, converter)) = super::converters::name_first(inner) => {
                    (name, Some(converter))
                }
                Some((converter, name)) => (name, Some(converter.split('(').next().unwrap_or(converter))),
                None => (inner, None),
            }
        } else {
            match inner.split_once(':') {
                // `{number:int(min=1)}`
                Some((name, converter))
                    if ["int(", "float(", "uuid(", "dt("].iter().any(|one| converter.starts_with(one)) =>
                {
                    (name, converter.split('(').next())
                }
                Some((name, converter)) => (name, Some(converter)),
                None => (inner, None),
            }
        };
        names.push((Symbol::new(name.trim()), converter.map(|one| Symbol::new(one.trim()))));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_routes() {
        let text = |route: &str| -> Vec<(String, Option<String>)> {
            route_names(route)
                .into_iter()
                .map(|(name, converter)| (name.to_string(), converter.map(|one| one.to_string())))
                .collect()
        };
        assert_eq!(text("/a/<int:id>/<name>"), [("id".into(), Some("int".into())), ("name".into(), None)]);
        assert_eq!(text("/a/{id}/{rest:path}"), [("id".into(), None), ("rest".into(), Some("path".into()))]);
        assert_eq!(text(r"^a/(?P<year>\d+)/$"), [("year".into(), Some("int".into()))]);
        assert_eq!(
            text("/<id:int>/<rest:path>"),
            [("id".into(), Some("int".into())), ("rest".into(), Some("path".into()))]
        );
        assert_eq!(text("/<word:re:[a-z]+>"), [("word".into(), Some("[a-z]+".into()))]);
        assert_eq!(
            text("/<path:path>/<int:path>"),
            [("path".into(), Some("path".into())), ("path".into(), Some("int".into()))]
        );
        assert_eq!(text("/<any(a, b):kind>"), [("kind".into(), Some("any(a, b)".into()))]);
    }
}
