//! Builtin functions, and the functions of the standard library whose meaning is about structure:
//! what data can't say about them.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{
    Constant, Fact, Identity, Key, Labels, Object, ObjectId, ObjectKind, Partial, PathStep, Ref, Value,
};
use crate::text::{CharSet, KindSet, SinkKind};

impl<'p> Solver<'p> {
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
        if let Some(value) = self.relation(frame, text, receiver, arguments, span) {
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
                "builtins.list" | "builtins.dict" | "builtins.set" | "builtins.iterator" | "builtins.frozenset"
                    | "collections.OrderedDict" | "collections.defaultdict" | "collections.deque" | "collections.Counter"
                    | "queue.Queue" | "asyncio.Queue" | "collections.UserDict" | "collections.abc.MutableMapping"
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
            if owner == "builtins.property" {
                return self.property_method(method, receiver, arguments);
            }
            if matches!(owner, "builtins.Exception" | "builtins.BaseException") || self.is_exception(Symbol::new(owner)) {
                if method == "__init__" {
                    let value = Value::tuple(arguments.positional.clone());
                    self.set_attribute(frame, receiver, Symbol::new("args"), value, span);
                    let mut text = Value::undefined();
                    for value in &arguments.positional {
                        text = text.join(&self.text_value(frame, value));
                    }
                    for reference in &receiver.refs.clone() {
                        if let Ref::Object(id) = reference {
                            self.change(frame, *id, |object| object.rest = object.rest.join(&text));
                        }
                    }
                    return Some(Value::none());
                }
                return None;
            }
        }
        match text {
            "string.Template.substitute" | "string.Template.safe_substitute" => {
                self.substituted(frame, receiver?, arguments, span)
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
                keywords.push((Symbol::new("<partialmethod>"), Value::none()));
                Some(Value::reference(Ref::Partial(Rc::new(Partial {
                    callee,
                    positional: arguments.positional[1..].to_vec(),
                    keywords,
                }))))
            }
            "functools.cached_property" | "django.utils.functional.cached_property" | "werkzeug.utils.cached_property" => {
                Some(Self::marker(name, arguments.positional.clone()))
            }
            "functools.wraps" | "functools.update_wrapper" | "functools.lru_cache" | "functools.cache"
            | "functools.total_ordering" | "functools.singledispatch" | "contextlib.contextmanager"
            | "contextlib.asynccontextmanager" | "abc.abstractmethod" | "typing.overload" | "typing.final"
            | "typing.runtime_checkable" | "asyncio.coroutine" | "types.coroutine" | "atexit.register"
            | "unittest.mock.patch" | "staticmethod" | "enum.unique" | "dataclasses.dataclass" | "attr.s"
            | "attr.attrs" | "attr.define" | "attrs.define" | "attrs.frozen" | "pydantic.dataclasses.dataclass" => {
                let first = arguments.positional.first();
                let is_function = first.is_some_and(|value| {
                    value.refs.iter().any(|one| {
                        matches!(one, Ref::Function(..) | Ref::Bound(_) | Ref::Partial(_) | Ref::Class(_))
                    })
                });
                if text == "functools.wraps" || !is_function {
                    // A decorator that changes nothing that matters here.
                    return Some(Self::marker(Symbol::new("<transparent>"), vec![Value::external(name)]));
                }
                let value = first?.clone();
                if text.contains("dataclass") || text.starts_with("attr") {
                    self.mark_dataclass(frame, &value);
                }
                Some(value)
            }
            "<transparent>" => None,
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
                let element = self.element(frame, &sequence, span);
                let mut value = start.unwrap_or_default().join(&element);
                for _ in 0..3 {
                    let next = self.call(frame, &function, &Arguments::of(vec![value.clone(), element.clone()]), span);
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
            "operator.add" | "operator.concat" | "operator.mod" | "operator.getitem" | "operator.contains" => {
                let (one, two) = (arguments.positional.first()?.clone(), arguments.positional.get(1)?.clone());
                use vansire_python::ir::BinaryOperator as Op;
                Some(match text {
                    "operator.getitem" => self.subscript(frame, &one, &two, span),
                    "operator.mod" => self.binary(frame, Op::Modulo, &one, &two, span),
                    "operator.contains" => Value::either(),
                    _ => self.binary(frame, Op::Add, &one, &two, span),
                })
            }
            "copy.copy" => Some(self.copied(frame, &arguments.positional.first()?.clone(), false, span, 0)),
            "copy.deepcopy" => Some(self.copied(frame, &arguments.positional.first()?.clone(), true, span, 0)),
            "typing.cast" => arguments.positional.get(1).cloned(),
            "types.SimpleNamespace" | "argparse.Namespace" => {
                let mut object = Object::new(ObjectKind::External(name));
                for (name, value) in &arguments.keywords {
                    object.set_field(*name, value.clone());
                }
                if let Some(rest) = &arguments.keyword_rest {
                    object.rest = rest.clone();
                }
                Some(Value::object(self.allocate(frame, span, 77, object)))
            }
            "collections.OrderedDict" | "collections.Counter" | "collections.UserDict" => {
                self.builtin_function(frame, "dict", arguments, span)
            }
            "collections.defaultdict" => {
                let factory = arguments.positional.first().cloned();
                let mut rest = arguments.clone();
                if !rest.positional.is_empty() {
                    rest.positional.remove(0);
                }
                let value = self.builtin_function(frame, "dict", &rest, span)?;
                if let (Some(factory), Some(Ref::Object(id))) = (factory, value.refs.first()) {
                    self.change(frame, *id, |object| object.set_field(Symbol::new("<default>"), factory));
                }
                Some(value)
            }
            "collections.deque" | "queue.Queue" | "asyncio.Queue" | "collections.UserList" | "queue.LifoQueue"
            | "queue.SimpleQueue" | "multiprocessing.Queue" | "asyncio.LifoQueue" => {
                if text.ends_with("Queue") {
                    return self.builtin_function(frame, "list", &Arguments::default(), span);
                }
                self.builtin_function(frame, "list", arguments, span)
            }
            "collections.ChainMap" => {
                let mut object = Object::new(ObjectKind::Dictionary);
                for mapping in arguments.positional.iter().rev() {
                    match self.known_entries(frame, mapping) {
                        Some((entries, exact)) => {
                            for (key, value) in entries {
                                object.set_entry(key, value);
                            }
                            object.exact &= exact;
                        }
                        None => {
                            object.exact = false;
                            object.rest = object.rest.join(&self.values_of(frame, mapping, span));
                        }
                    }
                }
                Some(Value::object(self.allocate(frame, span, 78, object)))
            }
            "collections.namedtuple" => {
                let fields = arguments.get(1, "field_names")?;
                Some(Self::marker(Symbol::new("<namedtuple>"), vec![fields]))
            }
            "<namedtuple>" => {
                let fields = arguments.positional.first()?.clone();
                let names: Vec<Symbol> = match fields.as_string() {
                    Some(text) => text.replace(',', " ").split_whitespace().map(Symbol::new).collect(),
                    None => self
                        .known_elements(frame, &fields)?
                        .iter()
                        .filter_map(|one| one.as_string().map(Symbol::new))
                        .collect(),
                };
                let mut object = Object::new(ObjectKind::List);
                for (at, name) in names.iter().enumerate() {
                    let value = arguments
                        .positional
                        .get(at + 1)
                        .cloned()
                        .or_else(|| arguments.keyword(name.as_str()))
                        .unwrap_or_else(Value::unknown);
                    object.set_field(*name, value.clone());
                    object.elements.push(value);
                }
                Some(Value::object(self.allocate(frame, span, 79, object)))
            }
            "dataclasses.asdict" | "dataclasses.astuple" => {
                let value = arguments.positional.first()?.clone();
                let Some(Ref::Object(id)) = value.refs.first() else { return Some(value) };
                let object = self.object(frame, *id);
                if text.ends_with("astuple") {
                    return Some(Value::tuple(object.fields.iter().map(|(_, value)| value.clone()).collect()));
                }
                let mut copy = Object::new(ObjectKind::Dictionary);
                for (name, value) in &object.fields {
                    copy.set_entry(Key::Text(*name), value.clone());
                }
                Some(Value::object(self.allocate(frame, span, 81, copy)))
            }
            "dataclasses.replace" => {
                let value = arguments.positional.first()?.clone();
                let copy = self.copied(frame, &value, false, span, 0);
                for (name, value) in &arguments.keywords {
                    self.set_attribute(frame, &copy, *name, value.clone(), span);
                }
                Some(copy)
            }
            "dataclasses.field" | "attr.ib" | "attrs.field" | "pydantic.Field" | "pydantic.fields.Field" => {
                Some(Value::reference(Ref::Partial(Rc::new(Partial {
                    callee: Value::external(Symbol::new("dataclasses.field")),
                    positional: Vec::new(),
                    keywords: arguments.keywords.clone(),
                }))))
            }
            "importlib.import_module" => {
                let name = arguments.positional.first()?.as_string()?.to_owned();
                let (level, dotted) = (name.chars().take_while(|&one| one == '.').count(), name.trim_start_matches('.'));
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
            "asyncio.run" | "asyncio.create_task" | "asyncio.ensure_future" | "asyncio.shield" | "asyncio.wait_for"
            | "asyncio.TaskGroup.create_task" | "asyncio.AbstractEventLoop.run_until_complete"
            | "asyncio.AbstractEventLoop.create_task" => arguments.positional.first().cloned(),
            "urllib.parse.urlparse" | "urllib.parse.urlsplit" => self.parsed_url(frame, arguments, span),
            "contextlib.suppress" => Some(Value::reference(Ref::Instance(name))),
            "contextlib.nullcontext" => Some(arguments.positional.first().cloned().unwrap_or_else(Value::none)),
            _ if text.starts_with("itertools.") => self.iterator_function(frame, &text[10..], arguments, span),
            _ => None,
        }
    }

    /// A callable with arguments already given, under a name that only the solver knows.
    fn marker(name: Symbol, positional: Vec<Value>) -> Value {
        Value::reference(Ref::Partial(Rc::new(Partial { callee: Value::external(name), positional, keywords: Vec::new() })))
    }

    pub(super) fn mark_dataclass(&mut self, frame: &mut Frame<'p>, value: &Value) {
        for reference in &value.refs {
            if let Ref::Class(class) = reference {
                self.change(frame, class.namespace, |object| {
                    object.set_field(Symbol::new("<dataclass>"), Value::boolean(true));
                });
            }
        }
    }

    pub(super) fn is_exception(&self, name: Symbol) -> bool {
        let text = name.as_str();
        text.starts_with("builtins.")
            && (text.ends_with("Error") || text.ends_with("Exception") || text.ends_with("Warning"))
    }

    fn property_method(&mut self, method: &str, receiver: &Value, arguments: &Arguments) -> Option<Value> {
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
            result = result.join(&Self::marker(Symbol::new("builtins.property"), functions));
        }
        Some(result)
    }

    fn object_method(
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
                    match reference {
                        Ref::Class(class) => {
                            let instance = self.bare_instance(frame, *class, span);
                            // A text subclass: `super().__new__(cls, text)`.
                            if let Some(text) = arguments.positional.get(1) {
                                let text = self.text_value(frame, text);
                                if let Some(Ref::Object(id)) = instance.refs.first() {
                                    self.change(frame, *id, |object| object.rest = text);
                                }
                            }
                            return Some(instance);
                        }
                        _ => continue,
                    }
                }
                Some(Value::unknown())
            }
            "__setattr__" => {
                let name = arguments.positional.first()?.as_string()?.to_owned();
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
                let name = name.as_string().map(Symbol::new)?;
                Some(self.attribute(frame, receiver, name, span))
            }
            "__init__" | "__init_subclass__" => {
                if let Some(text) = arguments.positional.first()
                    && method == "__init__"
                {
                    let _ = text;
                }
                Some(Value::none())
            }
            _ => None,
        }
    }

    /// `urlparse(url)`: its host decides about the URL.
    fn parsed_url(&mut self, frame: &mut Frame<'p>, arguments: &Arguments, span: Span) -> Option<Value> {
        let url = arguments.get(0, "url")?;
        let url = self.text_of_object(frame, &url);
        let mut object = Object::new(ObjectKind::External(Symbol::new("urllib.parse.SplitResult")));
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
            let mut value = Value::opaque(labels.restrict(keeps, CharSet::EMPTY)).with_identity(Some(identity));
            if name == "scheme" {
                // Without a colon in it a text has no scheme and no host.
                value = value.map_labels(|labels| labels.restrict(keeps, CharSet::EMPTY));
            }
            if let (Some(base), "netloc" | "hostname") = (url.identity, name) {
                let kinds =
                    KindSet::EMPTY.with(SinkKind::Url).with(SinkKind::Host).with(SinkKind::Redirect);
                frame.state.add_fact(identity, &Fact { implies: Some((base, kinds)), ..Fact::default() });
            }
            object.set_field(Symbol::new(name), value);
        }
        object.set_field(Symbol::new("port"), Value::unknown());
        for name in ["scheme", "netloc", "path", "query", "fragment"] {
            if let Some(value) = object.field(Symbol::new(name)).cloned() {
                object.elements.push(value);
            }
        }
        Some(Value::object(self.allocate(frame, span, 83, object)))
    }

    fn builtin_function(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let first = arguments.positional.first().cloned().or_else(|| arguments.rest.clone());
        let second = arguments.positional.get(1).cloned();
        Some(match name {
            "str" | "ascii" | "repr" | "format" => {
                let Some(value) = first else { return Some(Value::string("")) };
                match name {
                    "str" => {
                        if second.is_some() || arguments.keyword("encoding").is_some() {
                            return Some(value);
                        }
                        self.text_value(frame, &value)
                    }
                    "format" => {
                        let specification = second.unwrap_or_else(|| Value::string(""));
                        self.formatted(frame, &value, None, &specification, span)
                    }
                    _ => self.formatted(frame, &value, Some('r'), &Value::string(""), span),
                }
            }
            "bytes" | "bytearray" | "memoryview" => {
                let value = first.unwrap_or_else(|| Value::string(""));
                let labels = self.deep_labels(frame, &value);
                if value.refs.is_empty() { value } else { Value::opaque(labels.inexact()) }
            }
            "int" | "float" | "complex" | "bool" => self.number(frame, name, first.as_ref(), span),
            "len" => {
                let value = first?;
                if let Some(elements) = self.known_elements(frame, &value) {
                    return Some(Value::integer(elements.len() as i64));
                }
                if let Some(method) = self.special_method(frame, &value, "__len__") {
                    return Some(self.call(frame, &method, &Arguments::default(), span));
                }
                if let Some(text) = value.as_string() {
                    return Some(Value::integer(text.chars().count() as i64));
                }
                match self.known_entries(frame, &value) {
                    Some((entries, true)) => Value::integer(entries.len() as i64),
                    _ => {
                        Self::demand_value(frame, &value);
                        Value::unknown()
                    }
                }
            }
            "ord" => {
                // A number; but `chr` makes the character of it again.
                let labels = self.deep_labels(frame, &first?);
                Value::opaque(labels.restrict(CharSet::EMPTY, CharSet::DIGITS).inexact())
            }
            "abs" | "round" | "divmod" | "pow" | "hash" | "id" => match (name, first?.as_constant()) {
                ("abs", Some(Constant::Integer(number))) => Value::integer(number.abs()),
                _ => Value::unknown(),
            },
            "chr" => {
                let value = first?;
                match value.as_integer().and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32) {
                    Some(one) => Value::string(&one.to_string()),
                    None => {
                        let labels = self.deep_labels(frame, &value);
                        Value::opaque(labels.restrict(CharSet::ALL, CharSet::ALL).inexact())
                    }
                }
            }
            "hex" | "oct" | "bin" => Value::unknown(),
            "sum" => {
                let value = first?;
                let element = self.element(frame, &value, span);
                let labels = self.deep_labels(frame, &element);
                Value::opaque(labels.inexact())
            }
            "min" | "max" => {
                if let Some(key) = arguments.keyword("key") {
                    let element = match &second {
                        Some(_) => arguments.positional.iter().fold(Value::undefined(), |all, one| all.join(one)),
                        None => self.element(frame, &first.clone()?, span),
                    };
                    self.call(frame, &key, &Arguments::of(vec![element]), span);
                }
                match second {
                    Some(_) => arguments.positional.iter().fold(Value::undefined(), |all, one| all.join(one)),
                    None => {
                        let value = first?;
                        let default = arguments.keyword("default").unwrap_or_default();
                        self.element(frame, &value, span).join(&default)
                    }
                }
            }
            "list" | "tuple" | "set" | "frozenset" | "sorted" | "reversed" | "iter" | "aiter" => {
                let kind = match name {
                    "set" | "frozenset" => ObjectKind::Set,
                    "iter" | "aiter" | "reversed" => ObjectKind::Iterator,
                    _ => ObjectKind::List,
                };
                if name == "iter" && second.is_some() {
                    let function = first?;
                    let value = self.call(frame, &function, &Arguments::default(), span);
                    let mut object = Object::new(kind);
                    object.exact = false;
                    object.rest = value;
                    return Some(Value::object(self.allocate(frame, span, 84, object)));
                }
                let mut object = Object::new(kind);
                let origin = first.clone();
                if let Some(value) = first {
                    if let Some(key) = arguments.keyword("key") {
                        let element = self.element(frame, &value, span);
                        self.call(frame, &key, &Arguments::of(vec![element]), span);
                    }
                    let known = match value.as_string() {
                        // All the characters of a longer text, each once.
                        Some(text) if object.kind == ObjectKind::Set => {
                            let characters: std::collections::BTreeSet<char> = text.chars().collect();
                            Some(characters.into_iter().map(|one| Value::string(&one.to_string())).collect())
                        }
                        _ => self.iterated_elements(frame, &value, span),
                    };
                    match known {
                        Some(mut elements) => {
                            let sortable = arguments.keywords.is_empty()
                                && elements.iter().all(|one| one.as_string().is_some());
                            match name {
                                "reversed" => elements.reverse(),
                                "sorted" if sortable => elements.sort_by(|one, two| one.as_string().cmp(&two.as_string())),
                                _ => {}
                            }
                            if name == "tuple" {
                                return Some(Value::tuple(elements));
                            }
                            for element in elements {
                                object.push(element);
                            }
                            if name == "sorted" && !sortable {
                                object.forget_positions();
                            }
                        }
                        None => {
                            Self::demand_value(frame, &value);
                            object.exact = false;
                            object.rest = self.element(frame, &value, span);
                        }
                    }
                } else if name == "tuple" {
                    return Some(Value::tuple(Vec::new()));
                }
                let made = Value::object(self.allocate(frame, span, 84, object));
                if let (Some(origin), "set" | "frozenset") = (origin, name) {
                    self.note_text_of_set(frame, &made, &origin);
                }
                made
            }
            "dict" => {
                let id = self.allocate(frame, span, 85, Object::new(ObjectKind::Dictionary));
                if let Some(other) = &first {
                    self.update_mapping(frame, id, other, span);
                }
                for (name, value) in &arguments.keywords {
                    self.change(frame, id, |object| object.set_entry(Key::Text(*name), value.clone()));
                }
                if let Some(rest) = &arguments.keyword_rest {
                    self.change(frame, id, |object| {
                        object.exact = false;
                        object.rest = object.rest.join(rest);
                        object.keys = object.keys.join(&Value::unknown());
                    });
                }
                Value::object(id)
            }
            "dict.fromkeys" => {
                let keys = first?;
                let value = second.unwrap_or_else(Value::none);
                let id = self.allocate(frame, span, 86, Object::new(ObjectKind::Dictionary));
                match self.iterated_elements(frame, &keys, span) {
                    Some(elements) => {
                        for key in elements {
                            self.set_item(frame, &Value::object(id), &key, &value, span);
                        }
                    }
                    None => {
                        let key = self.element(frame, &keys, span);
                        self.set_item(frame, &Value::object(id), &key, &value, span);
                    }
                }
                Value::object(id)
            }
            "str.maketrans" => self.translation_table(frame, arguments, span),
            "bytes.fromhex" | "bytearray.fromhex" => {
                let labels = first?.own_labels();
                Value::opaque(labels.restrict(CharSet::ALL, CharSet::ALL).inexact())
            }
            _ if name.starts_with("str.") || name.starts_with("bytes.") => {
                // A method taken from the class: the first argument is the text.
                let method = name.split_once('.').map(|(_, method)| method.to_owned())?;
                let receiver = first?;
                let mut rest = arguments.clone();
                if !rest.positional.is_empty() {
                    rest.positional.remove(0);
                }
                return self.str_method(frame, &receiver, &method, &rest, span);
            }
            _ if name.starts_with("list.") || name.starts_with("dict.") || name.starts_with("set.") => {
                let method = name.split_once('.').map(|(_, method)| method.to_owned())?;
                let receiver = first?;
                let mut rest = arguments.clone();
                if !rest.positional.is_empty() {
                    rest.positional.remove(0);
                }
                let Some(Ref::Object(id)) = receiver.refs.first() else { return None };
                return self.container_method(frame, *id, &method, &rest, span);
            }
            "object.__new__" | "str.__new__" | "object.__setattr__" | "object.__getattribute__" => {
                let receiver = first?;
                let mut rest = arguments.clone();
                let method = name.split_once('.').map(|(_, method)| method)?;
                if method == "__new__" {
                    return self.object_method(frame, method, &receiver, &rest, span);
                }
                rest.positional.remove(0);
                return self.object_method(frame, method, &receiver, &rest, span);
            }
            "enumerate" => {
                let value = first?;
                let start = second.or_else(|| arguments.keyword("start")).map_or(Some(0), |one| one.as_integer());
                self.zipped(frame, &[value], start, span)
            }
            "zip" => {
                let sequences = arguments.positional.clone();
                self.zipped(frame, &sequences, None, span)
            }
            "map" => {
                let function = first?;
                let sequences = arguments.positional[1.min(arguments.positional.len())..].to_vec();
                let mut object = Object::new(ObjectKind::Iterator);
                let known: Option<Vec<Vec<Value>>> =
                    sequences.iter().map(|one| self.iterated_elements(frame, one, span)).collect();
                match known {
                    Some(lists) if lists.iter().all(|list| list.len() <= 12) && !lists.is_empty() => {
                        let count = lists.iter().map(Vec::len).min().unwrap_or(0);
                        for at in 0..count {
                            let given = lists.iter().map(|list| list[at].clone()).collect();
                            let value = self.call(frame, &function, &Arguments::of(given), span);
                            object.push(value);
                        }
                    }
                    _ => {
                        let given = sequences.iter().map(|one| self.element(frame, one, span)).collect();
                        object.exact = false;
                        object.rest = self.call(frame, &function, &Arguments::of(given), span);
                    }
                }
                Value::object(self.allocate(frame, span, 87, object))
            }
            "filter" => {
                let function = first?;
                let sequence = second?;
                let mut object = Object::new(ObjectKind::Iterator);
                let known = self.iterated_elements(frame, &sequence, span);
                match known {
                    Some(elements) if elements.len() <= 12 => {
                        let mut unsure = false;
                        for element in elements {
                            let (kept, sure) = self.filtered_element(frame, &function, &element, span);
                            unsure |= !sure;
                            if let Some(kept) = kept {
                                object.push(kept);
                            }
                        }
                        if unsure {
                            object.forget_positions();
                        }
                    }
                    _ => {
                        let element = self.element(frame, &sequence, span);
                        let element = self.identified_anew(frame, element, &sequence, span);
                        let (kept, _) = self.filtered_element(frame, &function, &element, span);
                        object.exact = false;
                        object.rest = kept.unwrap_or_default();
                    }
                }
                Value::object(self.allocate(frame, span, 88, object))
            }
            "next" | "anext" => {
                let value = first?;
                let default = second.unwrap_or_default();
                if let [Ref::Object(id)] = value.refs.as_slice()
                    && !value.other
                {
                    let object = self.object(frame, *id);
                    if object.exact && !object.elements.is_empty() {
                        let element = object.elements[0].clone();
                        self.change(frame, *id, |object| {
                            object.elements.remove(0);
                        });
                        return Some(element);
                    }
                }
                self.element(frame, &value, span).join(&default)
            }
            "any" | "all" => {
                let value = first?;
                if let Some(elements) = self.known_elements(frame, &value) {
                    let truths: Vec<Option<bool>> = elements.iter().map(|one| one.truth()).collect();
                    let stop = name == "any";
                    if truths.contains(&Some(stop)) {
                        return Some(Value::boolean(stop));
                    }
                    if truths.iter().all(|truth| *truth == Some(!stop)) {
                        return Some(Value::boolean(!stop));
                    }
                }
                Value::either()
            }
            "isinstance" => {
                let (value, class) = (first?, second?);
                match self.instance_check(frame, &value, &class) {
                    Some(truth) => Value::boolean(truth),
                    None => {
                        let numeric = class.refs.iter().flat_map(|one| match one {
                            Ref::Tuple(elements) => elements.iter().flat_map(|one| one.refs.iter().cloned()).collect(),
                            other => vec![other.clone()],
                        }).all(|one| {
                            matches!(&one, Ref::External(name) if matches!(name.as_str(), "builtins.int" | "builtins.float" | "builtins.bool"))
                        }) && !class.refs.is_empty();
                        match value.identity {
                            Some(identity) if numeric => {
                                let fact = Fact { chars: CharSet::NUMBER, trusted: true, ..Fact::default() };
                                Value::either().with_predicate(Rc::new(vec![(identity, fact)]), Rc::default())
                            }
                            _ => Value::either(),
                        }
                    }
                }
            }
            "issubclass" | "callable" => Value::either(),
            "hasattr" => {
                let (value, name) = (first?, second?);
                match (value.refs.as_slice(), name.as_string()) {
                    ([Ref::Object(id)], Some(name)) if !value.other => {
                        let object = self.object(frame, *id);
                        if object.field(Symbol::new(name)).is_some() {
                            return Some(Value::boolean(true));
                        }
                        if let ObjectKind::Instance(class) = object.kind
                            && !matches!(id, ObjectId::Path(_))
                            && self.external_ancestors(frame, class).iter().all(|one| one.as_str() == "builtins.object")
                        {
                            let found = self.class_lookup(frame, class, Symbol::new(name)).is_some();
                            return Some(Value::boolean(found));
                        }
                        Value::either()
                    }
                    _ => Value::either(),
                }
            }
            "getattr" => {
                let (value, name) = (first?, second?);
                let default = arguments.positional.get(2).cloned();
                Self::demand_value(frame, &name);
                let Some(names) = name.as_strings() else {
                    // Any attribute.
                    let mut all = Value::opaque(value.own_labels().inexact());
                    for reference in &value.refs {
                        match reference {
                            Ref::Object(id) => {
                                let object = self.object(frame, *id);
                                for (_, field) in &object.fields {
                                    all = all.join(field);
                                }
                                if let ObjectKind::Instance(class) = object.kind {
                                    let namespace = self.object(frame, class.namespace);
                                    for (_, field) in &namespace.fields {
                                        all = all.join(&Self::bind_function(field, &Value::object(*id)));
                                    }
                                }
                            }
                            Ref::Class(class) => {
                                let namespace = self.object(frame, class.namespace);
                                for (_, field) in &namespace.fields {
                                    all = all.join(field);
                                }
                            }
                            _ => {}
                        }
                    }
                    return Some(all.join(&default.unwrap_or_default()));
                };
                let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
                let mut result = Value::undefined();
                for name in names {
                    // Surely absent: only the default.
                    let absent = match (value.refs.as_slice(), &default) {
                        ([Ref::Object(id @ (ObjectId::Local(_) | ObjectId::Global(_)))], Some(_)) if !value.other => {
                            let object = self.object(frame, *id);
                            let in_class = match object.kind {
                                ObjectKind::Instance(class) => {
                                    self.class_lookup(frame, class, Symbol::new(&name)).is_some()
                                        || self.class_lookup(frame, class, Symbol::new("__getattr__")).is_some()
                                        || !self.external_ancestors(frame, class).iter().all(|one| one.as_str() == "builtins.object")
                                }
                                _ => true,
                            };
                            object.field(Symbol::new(&name)).is_none() && !in_class
                        }
                        _ => false,
                    };
                    if absent {
                        result = result.join(&default.clone().unwrap_or_default());
                    } else {
                        result = result.join(&self.attribute(frame, &value, Symbol::new(&name), span));
                        let present = match value.refs.as_slice() {
                            [Ref::Object(id)] => self.object(frame, *id).field(Symbol::new(&name)).is_some(),
                            _ => false,
                        };
                        if let Some(default) = &default
                            && !present
                        {
                            let identity = result.identity;
                            result = result.join(default).with_identity(identity);
                        }
                    }
                }
                result
            }
            "setattr" => {
                let (target, name) = (first?, second?);
                let value = arguments.positional.get(2)?.clone();
                Self::demand_value(frame, &name);
                match name.as_strings() {
                    Some(names) => {
                        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
                        for name in names {
                            self.set_attribute(frame, &target, Symbol::new(&name), value.clone(), span);
                        }
                    }
                    None => {
                        for reference in &target.refs.clone() {
                            if let Ref::Object(id) = reference {
                                self.change(frame, *id, |object| {
                                    for (_, own) in &mut object.fields {
                                        *own = own.join(&value);
                                    }
                                });
                            }
                        }
                    }
                }
                Value::none()
            }
            "delattr" => Value::none(),
            "vars" => {
                let value = first?;
                self.attribute(frame, &value, Symbol::new("__dict__"), span)
            }
            "globals" => {
                let mut object = Object::new(ObjectKind::Dictionary);
                let file = frame.file;
                let (_, ir) = self.body(crate::domain::BodyIndex(self.input.bases[file as usize]));
                for slot in &ir.slots {
                    let value = self.global(frame, slot.name);
                    object.set_entry(Key::Text(slot.name), value);
                }
                Value::object(self.allocate(frame, span, 89, object))
            }
            "locals" | "dir" => Value::unknown(),
            "type" => {
                let value = first?;
                if arguments.positional.len() >= 3 {
                    return Some(Value::unknown());
                }
                let mut result = Value::undefined();
                for reference in &value.refs {
                    if let Ref::Object(id) = reference
                        && let ObjectKind::Instance(class) = self.kind(frame, *id)
                    {
                        if let ObjectId::Path(path) = id {
                            Self::demand(frame, *path);
                        }
                        result = result.join(&Value::reference(Ref::Class(class)));
                    }
                }
                if result.is_undefined() { Value::unknown() } else { result }
            }
            "property" => {
                let mut functions = arguments.positional.clone();
                for (at, key) in ["fget", "fset", "fdel"].into_iter().enumerate() {
                    if let Some(value) = arguments.keyword(key) {
                        functions.resize(functions.len().max(at + 1), Value::none());
                        functions[at] = value;
                    }
                }
                Self::marker(Symbol::new("builtins.property"), functions)
            }
            "staticmethod" | "classmethod" => {
                Self::marker(Symbol::new(&format!("builtins.{name}")), arguments.positional.clone())
            }
            "print" => Value::none(),
            "range" => {
                let bounds: Option<Vec<i64>> = arguments.positional.iter().map(|one| one.as_integer()).collect();
                let mut object = Object::new(ObjectKind::List);
                let range = match bounds.as_deref() {
                    Some([end]) => Some((0, *end, 1)),
                    Some([start, end]) => Some((*start, *end, 1)),
                    Some([start, end, step]) if *step > 0 => Some((*start, *end, *step)),
                    _ => None,
                };
                match range {
                    Some((start, end, step)) if (end - start) / step <= 16 => {
                        let mut at = start;
                        while at < end {
                            object.push(Value::integer(at));
                            at += step;
                        }
                    }
                    _ => {
                        object.exact = false;
                        object.rest = Value::unknown();
                    }
                }
                Value::object(self.allocate(frame, span, 91, object))
            }
            "slice" => Value::unknown(),
            "eval" | "exec" => {
                // Constant code is known to be a name of ours or not known at all.
                let code = first?;
                match code.as_string() {
                    Some(text) if name == "eval" => {
                        let text = text.trim().to_owned();
                        let plain = text.chars().all(|one| one.is_alphanumeric() || one == '_' || one == '.');
                        if plain && text.starts_with(|one: char| one.is_alphabetic() || one == '_') {
                            let mut parts = text.split('.');
                            let head = Symbol::new(parts.next().unwrap_or_default());
                            let slot = frame.ir.slots.iter().position(|slot| slot.name == head);
                            let mut value = match slot {
                                Some(slot) => {
                                    let variable = vansire_python::ir::Variable::Local(vansire_python::ir::SlotId(slot as u32));
                                    self.variable(frame, variable, head)
                                }
                                None => self.global(frame, head),
                            };
                            for part in parts {
                                value = self.attribute(frame, &value, Symbol::new(part), span);
                            }
                            return Some(value);
                        }
                        Value::unknown()
                    }
                    _ => Value::unknown(),
                }
            }
            "super" => Value::unknown(),
            "object" => {
                let object = Object::new(ObjectKind::External(Symbol::new("builtins.object")));
                Value::object(self.allocate(frame, span, 92, object))
            }
            _ if name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Warning") || matches!(name, "StopIteration" | "KeyboardInterrupt" | "SystemExit") => {
                let mut object = Object::new(ObjectKind::External(Symbol::new(&format!("builtins.{name}"))));
                object.set_field(Symbol::new("args"), Value::tuple(arguments.positional.clone()));
                if let [value] = arguments.positional.as_slice() {
                    object.rest = self.text_value(frame, value);
                } else {
                    let mut labels = Labels::NONE;
                    for value in arguments.all() {
                        labels = labels.union(&self.deep_labels(frame, value));
                    }
                    object.rest = Value::opaque(labels.inexact());
                }
                Value::object(self.allocate(frame, span, 93, object))
            }
            "exit" | "quit" => {
                frame.state.alive = false;
                Value::undefined()
            }
            _ => return None,
        })
    }

    /// The element, if the function lets it through; and whether that is sure.
    fn filtered_element(
        &mut self,
        frame: &mut Frame<'p>,
        function: &Value,
        element: &Value,
        span: Span,
    ) -> (Option<Value>, bool) {
        let tested = if matches!(function.as_constant(), Some(Constant::None)) {
            element.clone()
        } else {
            self.call(frame, function, &Arguments::of(vec![element.clone()]), span)
        };
        let before = frame.state.clone();
        let (yes, no) = self.split(frame, &tested);
        let sure = yes.is_none() || no.is_none();
        let kept = yes.map(|state| {
            frame.state = state;
            self.read(frame, element)
        });
        frame.state = before;
        (kept, sure)
    }

    fn number(&mut self, frame: &mut Frame<'p>, name: &str, value: Option<&Value>, span: Span) -> Value {
        let Some(value) = value else {
            return match name {
                "int" => Value::integer(0),
                "bool" => Value::boolean(false),
                _ => Value::constant(Constant::Float(0.0)),
            };
        };
        if name == "bool" {
            let result = match value.truth() {
                Some(truth) => Value::boolean(truth),
                None => Value::either(),
            };
            let result = match &value.predicate {
                Some(predicate) => result.with_predicate(predicate.when_true.clone(), predicate.when_false.clone()),
                None => result,
            };
            return result;
        }
        if let Some(text) = value.as_string() {
            let text = text.trim().replace('_', "");
            match name {
                "int" => {
                    if let Ok(number) = text.parse() {
                        return Value::integer(number);
                    }
                }
                _ => {
                    if let Ok(number) = text.parse() {
                        return Value::constant(Constant::Float(number));
                    }
                }
            }
        }
        if let Some(constant) = value.as_constant() {
            match (name, constant) {
                ("int", Constant::Float(number)) => return Value::integer(*number as i64),
                ("int", Constant::Boolean(flag)) => return Value::integer(i64::from(*flag)),
                ("int", Constant::Integer(_)) => return value.clone(),
                ("float", constant) => {
                    if let Some(number) = constant.number() {
                        return Value::constant(Constant::Float(number));
                    }
                }
                _ => {}
            }
        }
        // That it didn't raise says what the text was made of: digits, but blanks around them too.
        if let Some(identity) = value.identity
            && name == "int"
        {
            let chars = CharSet::DIGITS | CharSet::of("+-_") | CharSet::SPACE;
            frame.state.add_fact(identity, &Fact { chars: chars.with_other(), ..Fact::default() });
        } else if let Some(identity) = value.identity {
            let chars = CharSet::NUMBER | CharSet::SPACE | CharSet::of("INFATYinfaty");
            frame.state.add_fact(identity, &Fact { chars: chars.with_other(), ..Fact::default() });
        }
        if let Some(method) = self.special_method(frame, value, "__int__") {
            return self.call(frame, &method, &Arguments::default(), span);
        }
        if name != "int" {
            return Value::unknown();
        }
        // Digits harm nobody; but `chr` makes the character of a number again.
        let labels = self.deep_labels(frame, value);
        Value::opaque(labels.restrict(CharSet::EMPTY, CharSet::DIGITS | CharSet::of("-")).inexact())
    }

    fn translation_table(&mut self, frame: &mut Frame<'p>, arguments: &Arguments, span: Span) -> Value {
        let mut object = Object::new(ObjectKind::Dictionary);
        match arguments.positional.as_slice() {
            [mapping] => return mapping.clone(),
            [from, to, rest @ ..] => {
                let (Some(from), Some(to)) = (from.as_string(), to.as_string()) else { return Value::unknown() };
                for (one, two) in from.chars().zip(to.chars()) {
                    object.set_entry(Key::Integer(one as i64), Value::string(&two.to_string()));
                }
                if let Some(removed) = rest.first() {
                    let Some(removed) = removed.as_string() else { return Value::unknown() };
                    for one in removed.chars() {
                        object.set_entry(Key::Integer(one as i64), Value::none());
                    }
                }
            }
            [] => {}
        }
        Value::object(self.allocate(frame, span, 94, object))
    }

    /// `zip` and `enumerate`.
    fn zipped(&mut self, frame: &mut Frame<'p>, sequences: &[Value], start: Option<i64>, span: Span) -> Value {
        let enumerated = sequences.len() == 1 && start.is_some();
        let known: Option<Vec<Vec<Value>>> =
            sequences.iter().map(|one| self.iterated_elements(frame, one, span)).collect();
        let mut object = Object::new(ObjectKind::Iterator);
        match known {
            Some(lists) if !lists.is_empty() => {
                let count = lists.iter().map(Vec::len).min().unwrap_or(0);
                for at in 0..count {
                    let mut parts: Vec<Value> = lists.iter().map(|list| list[at].clone()).collect();
                    if enumerated {
                        parts.insert(0, Value::integer(start.unwrap_or(0) + at as i64));
                    }
                    object.push(Value::tuple(parts));
                }
            }
            _ => {
                let mut parts: Vec<Value> = sequences.iter().map(|one| self.element(frame, one, span)).collect();
                if sequences.len() == 1 && start.is_some() {
                    parts.insert(0, Value::unknown());
                }
                object.exact = false;
                object.rest = Value::tuple(parts);
            }
        }
        Value::object(self.allocate(frame, span, 95, object))
    }

    fn iterator_function(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let mut object = Object::new(ObjectKind::Iterator);
        match name {
            "chain" => {
                let mut known = arguments.rest.is_none();
                for sequence in &arguments.positional {
                    match self.iterated_elements(frame, sequence, span) {
                        Some(elements) if known => elements.into_iter().for_each(|one| object.push(one)),
                        _ => {
                            known = false;
                            let element = self.element(frame, sequence, span);
                            object.forget_positions();
                            object.rest = object.rest.join(&element);
                        }
                    }
                }
                if let Some(rest) = &arguments.rest {
                    let element = self.element(frame, rest, span);
                    object.rest = object.rest.join(&element);
                    object.exact = false;
                }
            }
            "chain.from_iterable" => {
                let sequence = arguments.positional.first()?.clone();
                let inner = self.element(frame, &sequence, span);
                object.exact = false;
                object.rest = self.element(frame, &inner, span);
            }
            "cycle" | "islice" | "takewhile" | "dropwhile" | "filterfalse" | "tee" | "compress" => {
                let at = usize::from(matches!(name, "takewhile" | "dropwhile" | "filterfalse"));
                let sequence = arguments.positional.get(at)?.clone();
                if name == "islice"
                    && let Some(elements) = self.iterated_elements(frame, &sequence, span)
                {
                    let bounds: Vec<Option<i64>> =
                        arguments.positional[1..].iter().map(|one| one.as_integer()).collect();
                    let (from, to) = match bounds.as_slice() {
                        [end] => (0, end.unwrap_or(i64::MAX)),
                        [start, end, ..] => (start.unwrap_or(0), end.unwrap_or(i64::MAX)),
                        [] => (0, i64::MAX),
                    };
                    for (at, element) in elements.into_iter().enumerate() {
                        if (from..to).contains(&(at as i64)) {
                            object.push(element);
                        }
                    }
                    return Some(Value::object(self.allocate(frame, span, 96, object)));
                }
                if name == "compress"
                    && let (Some(elements), Some(selectors)) = (
                        self.iterated_elements(frame, &sequence, span),
                        arguments.positional.get(1).cloned().and_then(|one| self.iterated_elements(frame, &one, span)),
                    )
                    && selectors.iter().all(|one| one.truth().is_some())
                {
                    for (element, selector) in elements.into_iter().zip(selectors) {
                        if selector.truth() == Some(true) {
                            object.push(element);
                        }
                    }
                    return Some(Value::object(self.allocate(frame, span, 96, object)));
                }
                object.exact = false;
                object.rest = self.element(frame, &sequence, span);
                if name == "tee" {
                    let id = self.allocate(frame, span, 97, object);
                    return Some(Value::tuple(vec![Value::object(id), Value::object(id)]));
                }
            }
            "repeat" => {
                object.exact = false;
                object.rest = arguments.positional.first()?.clone();
            }
            "zip_longest" => {
                let fill = arguments.keyword("fillvalue").unwrap_or_else(Value::none);
                let parts = arguments
                    .positional
                    .iter()
                    .map(|one| self.element(frame, one, span).join(&fill))
                    .collect();
                object.exact = false;
                object.rest = Value::tuple(parts);
            }
            "product" | "permutations" | "combinations" | "combinations_with_replacement" | "pairwise" => {
                let parts: Vec<Value> =
                    arguments.positional.iter().map(|one| self.element(frame, one, span)).collect();
                object.exact = false;
                object.rest = if name == "product" {
                    Value::tuple(parts)
                } else {
                    let element = parts.first()?.clone();
                    let count = if name == "pairwise" {
                        2
                    } else {
                        arguments.positional.get(1).and_then(|one| one.as_integer()).unwrap_or(2).clamp(1, 8)
                    };
                    Value::tuple(vec![element; count as usize])
                };
            }
            "groupby" => {
                let sequence = arguments.positional.first()?.clone();
                let element = self.element(frame, &sequence, span);
                let key = match arguments.positional.get(1).cloned().or_else(|| arguments.keyword("key")) {
                    Some(function) => self.call(frame, &function, &Arguments::of(vec![element.clone()]), span),
                    None => element.clone(),
                };
                let group = self.loose_list(frame, element, span, 98);
                object.exact = false;
                object.rest = Value::tuple(vec![key, group]);
            }
            "starmap" => {
                let function = arguments.positional.first()?.clone();
                let sequence = arguments.positional.get(1)?.clone();
                let element = self.element(frame, &sequence, span);
                let given = match self.known_elements(frame, &element) {
                    Some(elements) => Arguments::of(elements),
                    None => Arguments { rest: Some(self.element(frame, &element, span)), ..Arguments::default() },
                };
                object.exact = false;
                object.rest = self.call(frame, &function, &given, span);
            }
            "accumulate" => {
                let sequence = arguments.positional.first()?.clone();
                let element = self.element(frame, &sequence, span);
                let labels = self.deep_labels(frame, &element);
                object.exact = false;
                object.rest = Value::opaque(labels.inexact());
            }
            "count" => {
                object.exact = false;
                object.rest = Value::unknown();
            }
            _ => return None,
        }
        Some(Value::object(self.allocate(frame, span, 96, object)))
    }

    pub(super) fn step_of(&mut self, path: crate::domain::PathId, name: Symbol) -> crate::domain::PathId {
        self.path_step(path, PathStep::Attribute(name))
    }
}
