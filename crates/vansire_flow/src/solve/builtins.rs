//! Functions of the standard library whose meaning is about structure: what data can't say about them.

use std::rc::Rc;

use vansire_python::ir::Span;
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Fact, Identity, Key, Object, ObjectKind, Partial, Ref, Value};
use crate::text::CharSet;

/// Marks a list or a dictionary that stands for one of `collections` with its content in `data`.
pub(super) const WRAPPED: &str = "<content>";

impl<'p> Solver<'p> {
    fn mark_content(&mut self, frame: &mut Frame<'p>, made: &Value) {
        if let Some(Ref::Object(id)) = made.refs.first() {
            self.change(frame, *id, |object| object.set_field(Symbol::new(WRAPPED), Value::boolean(true)));
        }
    }

    /// What a builtin gives; none when the name isn't known here.
    pub(super) fn builtin(
        &mut self,
        frame: &mut Frame<'p>,
        name: Symbol,
        receiver: Option<&Value>,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let text = name.as_str();
        if text.starts_with("re.") || text.starts_with("regex.") {
            return self.regex_call(frame, text, receiver, arguments, span);
        }
        if let Some(value) = self.protocol(frame, text, receiver, arguments, span) {
            return Some(value);
        }
        if let Some(value) = self.relation(frame, text, receiver, arguments, span) {
            return Some(value);
        }
        if text.rsplit('.').next() == Some("get")
            && let Some(value) = self.stored_item(frame, name, receiver, arguments)
        {
            return Some(value);
        }
        if let Some((owner, method)) = text.rsplit_once('.')
            && let Some(receiver) = receiver
        {
            if owner == "builtins.str" || owner == "builtins.bytes" {
                return self.str_method(frame, receiver, method, arguments, span);
            }
            if matches!(
                owner,
                "builtins.list"
                    | "builtins.dict"
                    | "builtins.set"
                    | "builtins.iterator"
                    | "builtins.frozenset"
                    | "collections.OrderedDict"
                    | "collections.defaultdict"
                    | "collections.deque"
                    | "collections.Counter"
                    | "queue.Queue"
                    | "asyncio.Queue"
                    | "collections.UserDict"
                    | "collections.UserList"
                    | "collections.abc.MutableMapping"
            ) {
                let mut result: Option<Value> = None;
                for reference in &receiver.refs.clone() {
                    let one = match reference {
                        Ref::Object(id) => self.container_method(frame, *id, method, arguments, span),
                        _ => None,
                    };
                    if let Some(one) = one {
                        result = Some(result.unwrap_or_default().join(&one));
                    }
                }
                if result.is_some() {
                    return result;
                }
            }
            if owner == "builtins.tuple" {
                return Some(Value::unknown());
            }
            if owner == "builtins.object" {
                return self.object_method(frame, method, receiver, arguments, span);
            }
            if owner == "builtins.type" {
                return self.type_method(frame, method, receiver, arguments, span);
            }
            if owner.starts_with("configparser.")
                && let Some(value) =
                    self.configuration_method(frame, owner, method, receiver, arguments, span)
            {
                return Some(value);
            }
            if let Some(value) = self.record_method(frame, owner, method, receiver, arguments, span) {
                return Some(value);
            }
            if super::dispatch::is_dispatcher(owner) {
                return self.dispatcher_method(frame, method, receiver, arguments);
            }
            if let Some(value) = self.schema_method(frame, owner, method, receiver, arguments, span) {
                return Some(value);
            }
            if owner == "builtins.property" {
                return self.property_method(method, receiver, arguments);
            }
            if matches!(owner, "builtins.Exception" | "builtins.BaseException")
                || self.is_exception(Symbol::new(owner))
            {
                if method == "__init__" {
                    self.fill_exception(frame, receiver, arguments, span);
                    return Some(Value::none());
                }
                return None;
            }
        }
        match text {
            "string.Template.substitute" | "string.Template.safe_substitute" => {
                self.substituted(frame, receiver?, arguments, span)
            }
            // Its results come in the order of what it's given.
            "concurrent.futures.Executor.map"
            | "concurrent.futures.ThreadPoolExecutor.map"
            | "concurrent.futures.ProcessPoolExecutor.map"
            | "concurrent.futures.InterpreterPoolExecutor.map" => {
                self.builtin_function(frame, "map", arguments, span)
            }
            _ if text.starts_with("builtins.") => self.builtin_function(frame, &text[9..], arguments, span),
            "functools.partial" => {
                let callee = arguments.positional.first()?.clone();
                Some(Value::reference(Ref::Partial(Rc::new(Partial {
                    callee,
                    positional: arguments.positional[1..].to_vec(),
                    keywords: arguments.keywords.clone(),
                }))))
            }
            "functools.partialmethod" => {
                let callee = arguments.positional.first()?.clone();
                let mut keywords = arguments.keywords.clone();
                keywords.push((symbol!("<partialmethod>"), Value::none()));
                Some(Value::reference(Ref::Partial(Rc::new(Partial {
                    callee,
                    positional: arguments.positional[1..].to_vec(),
                    keywords,
                }))))
            }
            "functools.cached_property"
            | "django.utils.functional.cached_property"
            | "werkzeug.utils.cached_property" => Some(Self::marker(name, arguments.positional.clone())),
            "functools.wraps"
            | "functools.update_wrapper"
            | "functools.lru_cache"
            | "functools.cache"
            | "functools.total_ordering"
            | "contextlib.contextmanager"
            | "contextlib.asynccontextmanager"
            | "abc.abstractmethod"
            | "typing.overload"
            | "typing.final"
            | "typing.runtime_checkable"
            | "asyncio.coroutine"
            | "types.coroutine"
            | "unittest.mock.patch"
            | "staticmethod"
            | "enum.unique"
            | "dataclasses.dataclass"
            | "attr.s"
            | "attr.attrs"
            | "attr.define"
            | "attrs.define"
            | "attrs.frozen"
            | "attrs.mutable"
            | "attr.frozen"
            | "attr.mutable"
            | "pydantic.dataclasses.dataclass" => {
                let first = arguments.positional.first();
                let is_function = first.is_some_and(|value| {
                    value.refs.iter().any(|one| {
                        matches!(one, Ref::Function(..) | Ref::Bound(_) | Ref::Partial(_) | Ref::Class(_))
                    })
                });
                if text == "functools.wraps" || !is_function {
                    // A decorator that changes nothing that matters here.
                    let mut kept = vec![Value::external(name)];
                    if text == "functools.wraps" {
                        kept.extend(first.cloned());
                    }
                    return Some(Self::marker(symbol!("<transparent>"), kept));
                }
                let value = first?.clone();
                if text.contains("dataclass") || text.starts_with("attr") {
                    self.mark_dataclass(frame, &value);
                }
                Some(value)
            }
            // A decorator that is called.
            "<transparent>" => {
                let (value, kept) = arguments.positional.split_last()?;
                let marker = Self::marker(name, kept.to_vec());
                Some(self.decorate(frame, &marker, value.clone(), span))
            }
            "functools.singledispatch" | "functools.singledispatchmethod" => {
                self.dispatcher(frame, name, arguments, span)
            }
            super::dispatch::REGISTER => self.register_implementation(frame, None, arguments),
            "functools.reduce" => {
                let function = arguments.positional.first()?.clone();
                let sequence = arguments.positional.get(1)?.clone();
                let start = arguments.positional.get(2).cloned();
                if let Some(elements) = self.known_elements(frame, &sequence)
                    && elements.len() <= 12
                {
                    let mut elements = elements.into_iter();
                    let mut value = start.or_else(|| elements.next())?;
                    for element in elements {
                        value = self.call(frame, &function, &Arguments::of(vec![value, element]), span);
                    }
                    return Some(value);
                }
                Self::demand_value(frame, &sequence);
                let element = self.element(frame, &sequence, span);
                // Without a start the first element is one.
                let mut value = start.unwrap_or_else(|| element.clone());
                for _ in 0..3 {
                    let next = self.call(
                        frame,
                        &function,
                        &Arguments::of(vec![value.clone(), element.clone()]),
                        span,
                    );
                    let joined = value.join(&next);
                    if joined == value {
                        break;
                    }
                    value = joined;
                }
                Some(value)
            }
            "operator.itemgetter" | "operator.attrgetter" | "operator.methodcaller" => {
                Some(Self::marker(Symbol::new(&format!("<{text}>")), arguments.positional.clone()))
            }
            "<operator.itemgetter>" | "<operator.attrgetter>" => {
                let (subject, names) = arguments.positional.split_last()?;
                let values: Vec<Value> = names
                    .iter()
                    .map(|name| {
                        if text == "<operator.itemgetter>" {
                            self.subscript(frame, subject, name, span)
                        } else {
                            match name.as_string() {
                                Some(path) => {
                                    let path = path.to_owned();
                                    path.split('.').fold(subject.clone(), |value, part| {
                                        self.attribute(frame, &value, Symbol::new(part), span)
                                    })
                                }
                                None => Value::opaque(subject.own_labels().inexact()),
                            }
                        }
                    })
                    .collect();
                Some(if let [value] = values.as_slice() { value.clone() } else { Value::tuple(values) })
            }
            "<operator.methodcaller>" => {
                let (subject, rest) = arguments.positional.split_last()?;
                let name = rest.first()?.as_string()?.to_owned();
                let given = Arguments { positional: rest[1..].to_vec(), ..Arguments::default() };
                Some(self.call_method(frame, subject, Symbol::new(&name), &given, span, span))
            }
            "operator.add" | "operator.concat" | "operator.mod" | "operator.getitem"
            | "operator.contains" => {
                let (one, two) =
                    (arguments.positional.first()?.clone(), arguments.positional.get(1)?.clone());
                use vansire_python::ir::BinaryOperator as Op;
                Some(match text {
                    "operator.getitem" => self.subscript(frame, &one, &two, span),
                    "operator.mod" => self.binary(frame, Op::Modulo, &one, &two, span),
                    "operator.contains" => Value::either(),
                    _ => self.binary(frame, Op::Add, &one, &two, span),
                })
            }
            "copy.copy" => Some(self.copy_of(frame, &arguments.positional.first()?.clone(), false, span)),
            "copy.deepcopy" => Some(self.copy_of(frame, &arguments.positional.first()?.clone(), true, span)),
            super::enumerations::AUTO => Some(Value::instance(name, crate::domain::Labels::NONE)),
            "typing.cast" => arguments.positional.get(1).cloned(),
            "types.SimpleNamespace" | "argparse.Namespace" | "threading.local" => {
                let mut object = Object::new(ObjectKind::External(name));
                for (name, value) in &arguments.keywords {
                    object.set_field(*name, value.clone());
                }
                if let Some(rest) = &arguments.keyword_rest {
                    object.rest = rest.clone();
                }
                Some(Value::object(self.allocate(frame, span, 77, object)))
            }
            "collections.Counter" => {
                let mut object = Object::new(ObjectKind::Dictionary);
                object.set_field(Symbol::new(super::mutations::COUNTER), Value::boolean(true));
                for (name, _) in &arguments.keywords {
                    object.set_entry(Key::Text(*name), Value::unknown());
                }
                let id = self.allocate(frame, span, 102, object);
                if let Some(counted) = arguments.positional.first() {
                    self.count_elements(frame, id, &counted.clone(), span);
                }
                Some(Value::object(id))
            }
            "collections.OrderedDict" => self.builtin_function(frame, "dict", arguments, span),
            "collections.UserDict" => {
                let made = self.builtin_function(frame, "dict", arguments, span)?;
                self.mark_content(frame, &made);
                Some(made)
            }
            "collections.defaultdict" => {
                let factory = arguments.positional.first().cloned();
                let mut rest = arguments.clone();
                if !rest.positional.is_empty() {
                    rest.positional.remove(0);
                }
                let value = self.builtin_function(frame, "dict", &rest, span)?;
                if let (Some(factory), Some(Ref::Object(id))) = (factory, value.refs.first()) {
                    self.change(frame, *id, |object| {
                        object.set_field(symbol!("<default>"), factory);
                    });
                }
                Some(value)
            }
            "collections.deque"
            | "queue.Queue"
            | "asyncio.Queue"
            | "collections.UserList"
            | "queue.LifoQueue"
            | "queue.SimpleQueue"
            | "queue.PriorityQueue"
            | "asyncio.PriorityQueue"
            | "multiprocessing.Queue"
            | "asyncio.LifoQueue" => {
                if text.ends_with("Queue") {
                    let made = self.builtin_function(frame, "list", &Arguments::default(), span)?;
                    if let (true, Some(Ref::Object(id))) = (text.ends_with("LifoQueue"), made.refs.first()) {
                        let stack = symbol!("<stack>");
                        self.change(frame, *id, |object| object.set_field(stack, Value::boolean(true)));
                    }
                    if let (true, Some(Ref::Object(id))) =
                        (text.ends_with("PriorityQueue"), made.refs.first())
                    {
                        let mark = Symbol::new(super::ordering::LEAST_FIRST);
                        self.change(frame, *id, |object| object.set_field(mark, Value::boolean(true)));
                    }
                    return Some(made);
                }
                let made = self.builtin_function(frame, "list", arguments, span)?;
                if text == "collections.UserList" {
                    self.mark_content(frame, &made);
                }
                if let (Some(limit), Some(Ref::Object(id))) = (arguments.get(1, "maxlen"), made.refs.first())
                    && let Some(most) = limit.as_integer().filter(|limit| *limit > 0)
                {
                    let name = Symbol::new(super::mutations::LIMIT);
                    self.change(frame, *id, |object| {
                        object.set_field(name, limit);
                        // What doesn't fit is pushed out in front.
                        if object.exact {
                            let most = usize::try_from(most).unwrap_or(usize::MAX);
                            object.elements.drain(..object.elements.len().saturating_sub(most));
                        } else {
                            object.forget_positions();
                        }
                    });
                }
                Some(made)
            }
            "collections.ChainMap" => {
                let maps = arguments.positional.iter().chain(&arguments.rest).cloned().collect();
                Some(self.chain_map(frame, maps, span, 78))
            }
            "collections.namedtuple" => Some(Self::named_tuple_class(arguments)?),
            _ if text.starts_with("<namedtuple") => self.named_tuple_call(frame, text, arguments, span),
            "dataclasses.asdict" | "dataclasses.astuple" => {
                let value = arguments.positional.first()?.clone();
                let Some(Ref::Object(id)) = value.refs.first() else { return Some(value) };
                let object = self.object(frame, *id);
                if text.ends_with("astuple") {
                    return Some(Value::tuple(
                        object.fields.iter().map(|(_, value)| value.clone()).collect(),
                    ));
                }
                let mut copy = Object::new(ObjectKind::Dictionary);
                for (name, value) in &object.fields {
                    copy.set_entry(Key::Text(*name), value.clone());
                }
                Some(Value::object(self.allocate(frame, span, 81, copy)))
            }
            "dataclasses.replace" | "attr.evolve" | "attrs.evolve" | "copy.replace" => {
                let value = arguments.positional.first()?.clone();
                let copy = self.copied(frame, &value, false, span, 0);
                for (name, value) in &arguments.keywords {
                    self.set_attribute(frame, &copy, *name, value.clone(), span);
                }
                Some(copy)
            }
            "dataclasses.field" | "attr.ib" | "attrs.field" | "pydantic.Field" | "pydantic.fields.Field" => {
                Some(Value::reference(Ref::Partial(Rc::new(Partial {
                    callee: Value::external(symbol!("dataclasses.field")),
                    positional: Vec::new(),
                    keywords: arguments.keywords.clone(),
                }))))
            }
            "attr.Factory" | "attrs.Factory" => {
                let factory = arguments.get(0, "factory")?;
                Some(Value::reference(Ref::Partial(Rc::new(Partial {
                    callee: Value::external(symbol!("dataclasses.field")),
                    positional: Vec::new(),
                    keywords: vec![(symbol!("factory"), factory)],
                }))))
            }
            "importlib.import_module" => {
                let name = arguments.positional.first()?.as_string()?.to_owned();
                let (level, dotted) =
                    (name.chars().take_while(|&one| one == '.').count(), name.trim_start_matches('.'));
                let resolution = self.input.program.resolve_module(
                    vansire_python::FileId(frame.file),
                    level as u32,
                    dotted,
                );
                Some(self.resolved(resolution))
            }
            "asyncio.gather" => Some(match &arguments.rest {
                None => {
                    let mut object = Object::new(ObjectKind::List);
                    object.elements.clone_from(&arguments.positional);
                    Value::object(self.allocate(frame, span, 82, object))
                }
                Some(rest) => {
                    let all = arguments.positional.iter().fold(rest.clone(), |all, one| all.join(one));
                    self.loose_list(frame, all, span, 82)
                }
            }),
            "asyncio.run"
            | "asyncio.create_task"
            | "asyncio.ensure_future"
            | "asyncio.shield"
            | "asyncio.wait_for"
            | "asyncio.TaskGroup.create_task"
            | "asyncio.AbstractEventLoop.run_until_complete"
            | "asyncio.AbstractEventLoop.create_task" => arguments.positional.first().cloned(),
            "urllib.parse.urlparse" | "urllib.parse.urlsplit" => self.parsed_url(frame, arguments, span),
            "contextlib.suppress" => Some(Value::reference(Ref::Instance(name))),
            "contextlib.nullcontext" => {
                Some(arguments.positional.first().cloned().unwrap_or_else(Value::none))
            }
            _ if text.starts_with("heapq.") => self.heap_function(frame, &text[6..], arguments, span),
            _ if text.starts_with("itertools.") => {
                self.iterator_function(frame, &text[10..], arguments, span)
            }
            _ => None,
        }
    }

    /// A callable with arguments already given, under a name that only the solver knows.
    pub(super) fn marker(name: Symbol, positional: Vec<Value>) -> Value {
        Value::reference(Ref::Partial(Rc::new(Partial {
            callee: Value::external(name),
            positional,
            keywords: Vec::new(),
        })))
    }

    pub(super) fn mark_dataclass(&mut self, frame: &mut Frame<'p>, value: &Value) {
        for reference in &value.refs {
            if let Ref::Class(class) = reference {
                self.change(frame, class.namespace, |object| {
                    object.set_field(symbol!("<dataclass>"), Value::boolean(true));
                });
            }
        }
    }

    pub(super) fn is_exception(&self, name: Symbol) -> bool {
        let text = name.as_str();
        text.starts_with("builtins.")
            && (text.ends_with("Error") || text.ends_with("Exception") || text.ends_with("Warning"))
    }

    pub(super) fn property_method(
        &mut self,
        method: &str,
        receiver: &Value,
        arguments: &Arguments,
    ) -> Option<Value> {
        let mut result = Value::undefined();
        for reference in &receiver.refs {
            let (_, partial) = Self::descriptor(reference)?;
            let mut functions = partial.positional.clone();
            functions.resize(3, Value::none());
            let at = match method {
                "setter" => 1,
                "deleter" => 2,
                _ => 0,
            };
            functions[at] = arguments.positional.first()?.clone();
            result = result.join(&Self::marker(symbol!("builtins.property"), functions));
        }
        Some(result)
    }

    pub(super) fn object_method(
        &mut self,
        frame: &mut Frame<'p>,
        method: &str,
        receiver: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        match method {
            "__new__" => {
                let class = arguments.positional.first().unwrap_or(receiver).clone();
                for reference in class.refs.iter().chain(&receiver.refs) {
                    if let Ref::Class(class) = reference {
                        let instance = self.bare_instance(frame, *class, span);
                        if arguments.positional.len() > 1 || !arguments.keywords.is_empty() {
                            let mut given = arguments.clone();
                            given.positional.drain(..1.min(given.positional.len()));
                            if self.fill_named_tuple(frame, *class, &instance, &given, span) {
                                return Some(instance);
                            }
                        }
                        // A text subclass: `super().__new__(cls, text)`.
                        if let Some(text) = arguments.positional.get(1) {
                            let text = self.text_value(frame, text);
                            if let Some(Ref::Object(id)) = instance.refs.first() {
                                self.change(frame, *id, |object| object.rest = text);
                            }
                        }
                        return Some(instance);
                    }
                }
                Some(Value::unknown())
            }
            "__setattr__" => {
                let name = arguments.positional.first()?;
                Self::demand_value(frame, name);
                let name = name.as_string()?.to_owned();
                let value = arguments.positional.get(1)?.clone();
                for reference in &receiver.refs.clone() {
                    if let Ref::Object(id) = reference {
                        self.write_field(frame, *id, Symbol::new(&name), &value, true);
                    }
                }
                Some(Value::none())
            }
            "__getattribute__" => {
                let name = arguments.positional.first()?.clone();
                Self::demand_value(frame, &name);
                let name = name.as_string().map(Symbol::new)?;
                Some(self.attribute(frame, receiver, name, span))
            }
            "__init__" | "__init_subclass__" => Some(Value::none()),
            _ => None,
        }
    }

    /// `urlparse(url)`: its host decides about the URL.
    pub(super) fn parsed_url(
        &mut self,
        frame: &mut Frame<'p>,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let url = arguments.get(0, "url")?;
        let url = self.text_of_object(frame, &url);
        let mut object = Object::new(ObjectKind::External(symbol!("urllib.parse.SplitResult")));
        let labels = url.own_labels().inexact();
        object.rest = Value::opaque(labels.clone());
        for (number, (name, keeps)) in [
            ("scheme", CharSet::class("A-Za-z0-9+.-")),
            ("netloc", !CharSet::of("/?#")),
            ("hostname", !CharSet::of("/?#@")),
            ("path", !CharSet::of("?#")),
            ("query", !CharSet::of("#")),
            ("fragment", CharSet::ALL),
            ("params", CharSet::ALL),
            ("username", CharSet::ALL),
            ("password", CharSet::ALL),
        ]
        .into_iter()
        .enumerate()
        {
            let identity = Identity::Site(span.start, 600 + number as u32);
            frame.state.forget(identity);
            let mut value =
                Value::opaque(labels.restrict(keeps, CharSet::EMPTY)).with_identity(Some(identity));
            if name == "scheme" {
                // Without a colon in it a text has no scheme and no host.
                value = value.map_labels(|labels| labels.restrict(keeps, CharSet::EMPTY));
            }
            if let (Some(base), "netloc" | "hostname") = (url.identity, name) {
                let implies = Some((base, super::guards::ADDRESSES));
                frame.state.add_fact(identity, &Fact { implies, ..Fact::default() });
            }
            object.set_field(Symbol::new(name), value);
        }
        object.set_field(symbol!("port"), Value::unknown());
        for name in ["scheme", "netloc", "path", "query", "fragment"] {
            if let Some(value) = object.field(Symbol::new(name)).cloned() {
                object.elements.push(value);
            }
        }
        Some(Value::object(self.allocate(frame, span, 83, object)))
    }
}
