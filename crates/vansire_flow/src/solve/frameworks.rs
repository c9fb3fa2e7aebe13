//! What frameworks do that models can't say: tasks, signals, routes of classes, settings.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::{BodyKind, Span};

use super::binding::Arguments;
use super::external::CallSite;
use super::parsers::{ARGUMENT_PARSER, REQUEST_PARSER};
use super::responses::ANNOUNCED_TYPE;
use super::tasks::makes_tasks;
use super::template_context::registers_for_templates;
use super::{Frame, Solver};
use crate::domain::{BodyIndex, Identity, Key, Labels, Object, ObjectId, ObjectKind, Partial, Ref, Value};

/// Where the receivers of a signal are kept.
const RECEIVERS: &str = "<receivers>";

/// What is known of the routes that lead to a class.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    pub names: Vec<(Symbol, Option<Symbol>)>,
    pub positional: Vec<Option<Symbol>>,
    /// There may be more names in it.
    pub partial: bool,
}

impl Route {
    /// Either of two routes may have been taken.
    fn merge(&mut self, other: &Self) {
        self.partial |= other.partial;
        for (name, converter) in &other.names {
            match self.names.iter_mut().find(|(own, _)| own == name) {
                Some((_, own)) if own != converter => *own = Some(Symbol::new("path")),
                Some(_) => {}
                None => self.names.push((*name, *converter)),
            }
        }
        for (at, converter) in other.positional.iter().enumerate() {
            match self.positional.get_mut(at) {
                Some(own) if own != converter => *own = Some(Symbol::new("path")),
                Some(_) => {}
                None => self.positional.push(*converter),
            }
        }
    }
}

impl<'p> Solver<'p> {
    /// Calls of frameworks that have an effect of their own; none for all others.
    pub(super) fn framework_call(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        site: &CallSite<'_>,
    ) -> Option<Value> {
        let (owner, last) = name.as_str().rsplit_once('.')?;
        match last {
            "as_view" => {
                let class =
                    site.receiver.filter(|one| one.refs.iter().any(|one| matches!(one, Ref::Class(_))))?;
                Some(Value::reference(Ref::Partial(Rc::new(Partial {
                    callee: Value::external(Symbol::new("<as_view>")),
                    positional: vec![class.clone()],
                    keywords: Vec::new(),
                }))))
            }
            // What a view of Django starts its context with.
            "get_context_data" if owner.starts_with("django.views.generic.") => {
                let mut object = Object::new(ObjectKind::Dictionary);
                for (keyword, value) in &site.arguments.keywords {
                    object.set_entry(Key::Text(*keyword), value.clone());
                }
                if let Some(view) = site.receiver {
                    object.set_entry(Key::Text(Symbol::new("view")), view.clone());
                }
                Some(Value::object(self.allocate(frame, site.span, 134, object)))
            }
            "make_response" if matches!(owner, "flask" | "flask.Flask" | "quart") => {
                self.made_response(frame, site)
            }
            "as_manager" | "from_queryset" if owner.starts_with("django.db.models.") => {
                self.manager_of_queries(frame, last, site)
            }
            _ if owner == "django.db.models.QuerySet" => self.queries_of_manager(frame, name, site),
            "get_serializer" if owner.starts_with("rest_framework.") => self.serializer_made(frame, site),
            "template" if owner == "aiohttp_jinja2" => Some(waiting(name, site.arguments)),
            "add_tween" if owner == "pyramid.config.Configurator" => {
                self.tween_added(frame, site);
                None
            }
            // Waits for the function that it decorates.
            "receiver" if owner == "django.dispatch" => Some(waiting(name, site.arguments)),
            _ if makes_tasks(name) => {
                let function = site.arguments.positional.first();
                match function.filter(|one| Self::is_function(one)) {
                    Some(function) => Some(self.task_made(name, site.arguments, function)),
                    None => Some(waiting(name, site.arguments)),
                }
            }
            _ if owner.starts_with("celery") => self.celery_call(frame, name, site),
            "connect" | "send" | "send_robust" | "asend" | "asend_robust" if owner.ends_with(".Signal") => {
                self.signal_call(frame, last, site)
            }
            "Application" | "add_handlers"
                if owner == "tornado.web" || owner == "tornado.web.Application" =>
            {
                let handlers = site.arguments.get(usize::from(last == "add_handlers"), "handlers")?;
                self.tornado_routes(frame, &handlers);
                None
            }
            _ if super::caches::is_cache_method(last) => self.cache_call(frame, owner, last, site),
            "abort" if matches!(owner, "flask" | "werkzeug.exceptions" | "quart") => {
                self.http_error(frame, site);
                None
            }
            "register_blueprint" | "include_router" | "mount" => {
                self.mounted_at(frame, site);
                None
            }
            "register_converter" if owner == "django.urls" => {
                let class = site.arguments.get(0, "converter")?;
                let name = site.arguments.get(1, "type_name")?;
                self.add_converter(frame, &name, &class);
                None
            }
            "update" if self.environment_updated(frame, owner, site) => Some(Value::none()),
            _ if registers_for_templates(name) => {
                let function = site.arguments.positional.first();
                match function.filter(|one| Self::is_function(one)).cloned() {
                    Some(function) => {
                        self.register_for_templates(frame, name, site.arguments, &function, site.span);
                        Some(function)
                    }
                    None => Some(waiting(name, site.arguments)),
                }
            }
            "save" if owner == "django.db.models.Model" => {
                self.saved_signals(frame, site);
                None
            }
            // A signal by its name.
            "signal" | "Signal" if matches!(owner, "blinker" | "blinker.Namespace") => {
                let object = Object::new(ObjectKind::External(Symbol::new("blinker.Signal")));
                Some(Value::object(self.allocate(frame, site.span, 139, object)))
            }
            "update" if owner == "werkzeug.routing.Converters" => {
                self.converters_updated(frame, site);
                None
            }
            "ArgumentParser" | "RequestParser"
                if matches!(name.as_str(), ARGUMENT_PARSER | REQUEST_PARSER) =>
            {
                Some(self.parser_made(frame, name, site))
            }
            "parser" if matches!(owner, "flask_restx.Namespace" | "flask_restx.Api") => {
                Some(self.parser_made(frame, Symbol::new(REQUEST_PARSER), site))
            }
            "add_argument" if matches!(owner, ARGUMENT_PARSER | REQUEST_PARSER) => {
                self.argument_declared(frame, site)
            }
            "parse_args" if matches!(owner, ARGUMENT_PARSER | REQUEST_PARSER) => {
                self.arguments_parsed(frame, name, site)
            }
            // Its type of content decides about what is written later.
            "HttpResponse" | "StreamingHttpResponse" if owner == "django.http" => {
                let mut object = Object::new(ObjectKind::External(name));
                if let Some(kind) = site.arguments.get(1, "content_type") {
                    object.set_field(Symbol::new("content_type"), kind);
                }
                Some(Value::object(self.allocate(frame, site.span, 138, object)))
            }
            "Response" | "response_class"
                if matches!(owner, "flask" | "flask.Flask" | "werkzeug.wrappers") =>
            {
                self.plain_response(frame, site)
            }
            // Which type of content was announced decides about what is written.
            "set_header" if owner == "tornado.web.RequestHandler" => {
                let said = site.arguments.get(0, "name")?;
                if said.as_string().is_some_and(|name| name.eq_ignore_ascii_case("content-type")) {
                    let kind = site.arguments.get(1, "value")?;
                    for reference in &site.receiver?.refs.clone() {
                        if let Ref::Object(id) = reference {
                            let kind = kind.clone();
                            self.change(frame, *id, |object| {
                                object.set_field(Symbol::new(ANNOUNCED_TYPE), kind);
                            });
                        }
                    }
                }
                None
            }
            // What it was made with is there no longer.
            "set_data" if owner.ends_with(".Response") => {
                let [Ref::Object(id)] = site.receiver?.refs.as_slice() else { return None };
                let data = site.arguments.get(0, "value")?;
                let text = self.text_value(frame, &data);
                self.change(frame, *id, |object| object.rest = text);
                Some(Value::none())
            }
            "Depends" | "Security" if matches!(owner, "fastapi" | "fastapi.params") => {
                let mut object = Object::new(ObjectKind::External(name));
                if let Some(function) = site.arguments.get(0, "dependency") {
                    object.set_field(Symbol::new("dependency"), function);
                }
                Some(Value::object(self.allocate(frame, site.span, 145, object)))
            }
            // What a router was made with belongs to all its routes.
            "Blueprint" | "APIRouter" | "Flask" if self.input.models.types.contains_key(&name) => {
                let mut object = Object::new(ObjectKind::External(name));
                for (keyword, value) in &site.arguments.keywords {
                    object.set_field(*keyword, value.clone());
                }
                Some(Value::object(self.allocate(frame, site.span, 130, object)))
            }
            _ => None,
        }
    }

    fn is_function(value: &Value) -> bool {
        value.refs.iter().any(|one| matches!(one, Ref::Function(..) | Ref::Bound(_)))
    }

    // ---- decorators and signals

    /// A decorator of a framework with a meaning of its own: what becomes of the function.
    pub(super) fn framework_decorated(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        arguments: &Arguments,
        value: &Value,
    ) -> Option<Value> {
        if makes_tasks(name) {
            return Some(self.task_made(name, arguments, value));
        }
        if registers_for_templates(name) {
            let span = frame.statement;
            self.register_for_templates(frame, name, arguments, value, span);
            return Some(value.clone());
        }
        match name.as_str() {
            "aiohttp_jinja2.template" => {
                let template = arguments.get(0, "template_name").unwrap_or_default();
                if let Some(view) = Self::function_of(value) {
                    self.add_renderer(view, &template);
                }
                Some(value.clone())
            }
            "django.dispatch.receiver" => {
                let signals = arguments.get(0, "signal").unwrap_or_default();
                let signals = self.known_elements(frame, &signals).unwrap_or_else(|| vec![signals]);
                for signal in signals {
                    self.connect(frame, &signal, value);
                }
                Some(value.clone())
            }
            _ => None,
        }
    }

    fn connect(&mut self, frame: &mut Frame<'p>, signal: &Value, function: &Value) {
        for reference in &signal.refs {
            let id = match reference {
                Ref::Object(id) => *id,
                Ref::External(name) | Ref::Instance(name) => ObjectId::External(*name),
                _ => continue,
            };
            self.change(frame, id, |object| {
                let field = Symbol::new(RECEIVERS);
                let all = object.field(field).cloned().unwrap_or_default();
                object.set_field(field, all.join(function));
            });
        }
    }

    fn signal_call(&mut self, frame: &mut Frame<'p>, method: &str, site: &CallSite<'_>) -> Option<Value> {
        let signal = site.receiver?;
        if method == "connect" {
            let function = site.arguments.get(0, "receiver")?;
            self.connect(frame, signal, &function);
            return Some(function);
        }
        let mut receivers = Value::undefined();
        for reference in &signal.refs {
            if let Ref::Object(id) = reference {
                let object = self.object(frame, *id);
                if let Some(known) = object.field(Symbol::new(RECEIVERS)) {
                    receivers = receivers.join(known);
                }
            }
        }
        if receivers.is_undefined() {
            return None;
        }
        let mut arguments = site.arguments.clone();
        if !arguments.keywords.iter().any(|(name, _)| name.as_str() == "signal") {
            arguments.keywords.push((Symbol::new("signal"), signal.clone()));
        }
        for reference in &receivers.refs.clone() {
            let before = frame.state.clone();
            self.call(frame, &Value::reference(reference.clone()), &arguments, site.span);
            if !frame.state.alive {
                frame.state = before;
            }
        }
        Some(Value::unknown())
    }

    /// A stored model of Django is handed to those who wait for it.
    fn saved_signals(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>) {
        let Some(model) = site.receiver else { return };
        for signal in ["pre_save", "post_save"] {
            let signal = Symbol::new(&format!("django.db.models.signals.{signal}"));
            let object = self.object(frame, ObjectId::External(signal));
            let Some(receivers) = object.field(Symbol::new(RECEIVERS)).cloned() else { continue };
            let arguments = Arguments {
                keywords: ["sender", "created", "raw", "using", "update_fields", "signal"]
                    .iter()
                    .map(|name| (Symbol::new(name), Value::unknown()))
                    .chain([(Symbol::new("instance"), model.clone())])
                    .collect(),
                ..Arguments::default()
            };
            for reference in &receivers.refs {
                let before = frame.state.clone();
                self.call(frame, &Value::reference(reference.clone()), &arguments, site.span);
                if !frame.state.alive {
                    frame.state = before;
                }
            }
        }
    }

    /// `make_response(text)`: a response whose type can still be changed.
    fn made_response(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>) -> Option<Value> {
        let mut body = site.arguments.positional.first()?.clone();
        let mut said = None;
        if let [Ref::Tuple(elements)] = body.refs.clone().as_slice() {
            said = self.said_type(frame, elements.get(1..)?);
            body = elements.first()?.clone();
        }
        for reference in &body.refs {
            match reference {
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::External(_) => return Some(body),
                    // JSON.
                    ObjectKind::Dictionary | ObjectKind::List => body = Value::unknown(),
                    _ => {}
                },
                Ref::Instance(kind) if kind.as_str() != "markupsafe.Markup" => return Some(body),
                _ => continue,
            }
            break;
        }
        let mut object = Object::new(ObjectKind::External(Symbol::new("flask.Response")));
        object.rest = self.text_value(frame, &body);
        if let Some(said) = said {
            object.set_field(Symbol::new("content_type"), said);
        }
        Some(Value::object(self.allocate(frame, site.span, 135, object)))
    }

    // ---- WSGI

    /// Calls a WSGI application as a server does; false for all other bodies.
    pub(super) fn run_application(&mut self, body: BodyIndex) -> bool {
        let (file, ir) = self.body(body);
        let is_application = ["environ", "start_response"]
            .iter()
            .all(|name| ir.parameters.iter().any(|parameter| parameter.name.as_str() == *name));
        if !is_application || !self.input.options.threats.remote || ir.kind != BodyKind::Function {
            return false;
        }
        let mut function = Value::reference(Ref::Function(body, None));
        let module = BodyIndex(self.input.bases[file as usize]);
        let context = Rc::new(super::Context {
            shapes: Vec::new(),
            root: true,
            precise: false,
            part: super::deferred::Part::default(),
        });
        let mut frame = self.new_frame(module, context);
        match self.parent(body) {
            Some(parent) if parent == module => {}
            // A method of a class that everybody sees; what is made within functions is found by its callers.
            Some(parent) => {
                let Some(class) = self.class_of_body(parent) else { return false };
                let instance = self.bare_instance(&mut frame, class, ir.name_span);
                function = Self::bind_function(&function, &instance);
            }
            None => return false,
        }
        self.begin_work(super::MAXIMUM_WORK);
        let name = Symbol::new("environ");
        let Some(parameter) = ir.parameters.iter().find(|parameter| parameter.name == name) else {
            return false;
        };
        let labels = self.source_labels(file, parameter.span, name);
        let arguments = Arguments { keywords: vec![(name, Value::opaque(labels))], ..Arguments::default() };
        self.call(&mut frame, &function, &arguments, ir.name_span);
        frame.state.alive = true;
        self.run_pending(&mut frame);
        self.settle(&mut frame);
        true
    }

    // ---- errors

    /// `abort(404, description=…)`: the handler of that status gets to see it.
    fn http_error(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>) {
        let Some(code) = site.arguments.get(0, "code").and_then(|code| code.as_integer()) else { return };
        let Some(description) = site.arguments.get(1, "description") else { return };
        let objects: Vec<_> = frame.state.heap.iter().cloned().collect();
        let description = self.detach(&objects, &description);
        let id = ObjectId::External(error_entity(code));
        let field = Symbol::new("description");
        let object = self.new_objects.entry(id).or_insert_with(|| Object::new(ObjectKind::Unknown));
        let all = object.field(field).cloned().unwrap_or_default();
        object.set_field(field, all.join(&description));
    }

    /// What the handler of an error is given, by the argument of its decorator.
    pub(super) fn handled_error(handled: &Value) -> Option<Value> {
        let code = handled.as_integer().or_else(|| {
            handled.refs.iter().find_map(|one| match one {
                Ref::External(name) => status_of(name.as_str().rsplit('.').next()?),
                _ => None,
            })
        })?;
        let kind = Symbol::new("werkzeug.exceptions.HTTPException");
        Some(Value::instance(kind, Labels::NONE).with_identity(Some(Identity::Entity(error_entity(code)))))
    }

    // ---- routes

    fn tornado_routes(&mut self, frame: &mut Frame<'p>, handlers: &Value) {
        for rule in self.known_elements(frame, handlers).unwrap_or_default() {
            let Some(parts) = self.known_elements(frame, &rule) else { continue };
            let [pattern, handler, ..] = parts.as_slice() else { continue };
            let Some(pattern) = pattern.as_string() else { continue };
            let route = Route {
                names: super::entries::route_names(pattern),
                positional: if pattern.contains("(?P<") {
                    Vec::new()
                } else {
                    super::converters::group_converters(pattern)
                },
                partial: false,
            };
            for reference in &handler.refs {
                if let Ref::Class(class) = reference {
                    self.add_route(class.body, &route);
                }
            }
        }
    }

    pub(super) fn add_route(&mut self, body: BodyIndex, route: &Route) {
        match self.routes.get_mut(&body) {
            Some(known) => known.merge(route),
            None => {
                self.routes.insert(body, route.clone());
            }
        }
    }

    /// A request whose path was taken apart by its route.
    pub(super) fn routed_request(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        names: &[(Symbol, Value)],
        span: Span,
    ) -> Option<Value> {
        let attribute = ["match_info", "path_params"].into_iter().find(|attribute| {
            let full = self.member(kind, Symbol::new(attribute));
            self.input.models.sources.get(&full).is_some_and(|source| source.active)
        })?;
        let dictionary = self.route_dictionary(frame, names, span);
        // What middleware has left on it is there as well.
        let mut object = (*self.entry_object(frame, ObjectId::External(kind))).clone();
        object.kind = ObjectKind::External(kind);
        object.set_field(Symbol::new(attribute), dictionary);
        Some(Value::object(self.allocate(frame, span, 131, object)))
    }

    fn route_dictionary(&mut self, frame: &mut Frame<'p>, names: &[(Symbol, Value)], span: Span) -> Value {
        let mut object = Object::new(ObjectKind::Dictionary);
        for (name, value) in names {
            object.set_entry(Key::Text(*name), value.clone());
        }
        Value::object(self.allocate(frame, span, 132, object))
    }

    /// `request.path_params`: what the routes of this view let through, each name by its converter. None in a
    /// function that is no view, or where its routes aren't known.
    pub(super) fn captured_from_path(&mut self, frame: &mut Frame<'p>, span: Span) -> Option<Value> {
        let class = self.parent(frame.body);
        let view = [Some(frame.body), class]
            .into_iter()
            .flatten()
            .find(|one| self.routes.get(one).is_some_and(|route| !route.partial))?;
        self.captured_by_route(frame, view, span)
    }

    /// `self.kwargs` of a class of views whose routes are known, `request.view_args` in such a view.
    pub(super) fn captured_by_route(
        &mut self,
        frame: &mut Frame<'p>,
        view: BodyIndex,
        span: Span,
    ) -> Option<Value> {
        let route = self.routes.get(&view).cloned()?;
        let entry = self.any_route_entry()?;
        let (file, ir) = self.body(view);
        let mut names = Vec::new();
        for (name, converter) in route.names {
            names.push((name, self.converted(frame, file, ir.name_span, name, converter, entry)));
        }
        // What its routes are included under is captured as well.
        for (name, converter) in self.mounted_names(frame) {
            if !names.iter().any(|(own, _)| *own == name) {
                names.push((name, self.converted(frame, file, ir.name_span, name, converter, entry)));
            }
        }
        Some(self.route_dictionary(frame, &names, span))
    }

    // ---- settings

    /// A request on which middleware leaves attributes for the views.
    pub(super) fn shared_request(&mut self, frame: &mut Frame<'p>, kind: Symbol) -> Value {
        let id = ObjectId::External(kind);
        let mut object =
            self.stored_objects.get(&id).cloned().unwrap_or_else(|| Object::new(ObjectKind::Unknown));
        object.kind = ObjectKind::External(kind);
        frame.state.set_object(id, object);
        Value::object(id)
    }

    /// The request that a view is given, if middleware has left something on it.
    pub(super) fn prepared_request(&mut self, frame: &mut Frame<'p>, kind: Symbol) -> Option<Value> {
        let left = self
            .stored_objects
            .get(&ObjectId::External(kind))
            .is_some_and(|object| !object.fields.is_empty() || !object.entries.is_empty());
        left.then(|| self.shared_request(frame, kind))
    }

    /// Django's middleware stands in the settings by name.
    pub(super) fn run_middleware(&mut self) {
        let request = Symbol::new("django.http.HttpRequest");
        if !self.input.models.types.contains_key(&request) {
            return;
        }
        let files = self.input.bases.len() as u32;
        for file in 0..files {
            let Some(super::ModuleStatus::Done(values)) = self.modules.get(&file) else { continue };
            let templates = values.get(&Symbol::new("TEMPLATES")).cloned();
            let Some(list) = values.get(&Symbol::new("MIDDLEWARE")).cloned().or_else(|| templates.clone())
            else {
                continue;
            };
            let body = BodyIndex(self.input.bases[file as usize]);
            let context = Rc::new(super::Context {
                shapes: Vec::new(),
                root: true,
                precise: false,
                part: super::deferred::Part::default(),
            });
            let mut frame = self.new_frame(body, context);
            let span = frame.ir.span;
            // All of them are given the same one.
            let given = self.shared_request(&mut frame, request);
            for name in self.known_elements(&mut frame, &list).unwrap_or_default() {
                let Some((module, last)) = name.as_string().and_then(|name| name.rsplit_once('.')) else {
                    continue;
                };
                let module = self.import(file, Symbol::new(module), true);
                let made = self.attribute(&mut frame, &module, Symbol::new(last), span);
                if !made.refs.iter().any(|one| matches!(one, Ref::Class(_) | Ref::Function(..))) {
                    continue;
                }
                let instance = self.call(&mut frame, &made, &Arguments::of(vec![Value::unknown()]), span);
                let mut methods = Vec::new();
                for method in ["__call__", "process_request", "process_view"] {
                    methods.extend(self.special_method(&mut frame, &instance, method));
                }
                if methods.is_empty() || instance.refs.iter().any(|one| matches!(one, Ref::Function(..))) {
                    methods = vec![instance];
                }
                for method in methods {
                    frame.state.alive = true;
                    self.call(&mut frame, &method, &Arguments::of(vec![given.clone()]), span);
                }
            }
            frame.state.alive = true;
            if let Some(templates) = templates {
                let given = self.prepared_request(&mut frame, request).unwrap_or_else(|| {
                    Value::instance(request, Labels::NONE).with_identity(Some(Identity::Entity(request)))
                });
                self.run_context_processors(&mut frame, file, &templates, &given);
            }
            self.settle(&mut frame);
        }
    }
}

fn waiting(name: Symbol, arguments: &Arguments) -> Value {
    Value::reference(Ref::Partial(Rc::new(Partial {
        callee: Value::external(name),
        positional: arguments.positional.clone(),
        keywords: arguments.keywords.clone(),
    })))
}

pub(super) fn error_entity(code: i64) -> Symbol {
    Symbol::new(&format!("<http error {code}>"))
}

pub(super) fn status_of(name: &str) -> Option<i64> {
    Some(match name {
        "BadRequest" => 400,
        "Unauthorized" => 401,
        "Forbidden" => 403,
        "NotFound" => 404,
        "MethodNotAllowed" => 405,
        "Conflict" => 409,
        "Gone" => 410,
        "UnprocessableEntity" => 422,
        "TooManyRequests" => 429,
        "InternalServerError" => 500,
        _ => return None,
    })
}
