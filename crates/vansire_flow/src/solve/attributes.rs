//! Attributes: reading and writing them, through classes, properties and models.

use std::rc::Rc;

use vansire_python::ir::Span;
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::classes::Ancestor;
use super::members::type_of_scalar;
use super::{Frame, Solver};
use crate::domain::{Data, Identity, Key, Object, ObjectId, ObjectKind, PathStep, Ref, Value};

/// What containers can do: lists, dictionaries, sets, queues, iterators.
const CONTAINER_METHODS: &[&str] = &[
    "add",
    "aclose",
    "append",
    "appendleft",
    "asend",
    "athrow",
    "clear",
    "close",
    "copy",
    "count",
    "default_factory",
    "difference",
    "difference_update",
    "discard",
    "elements",
    "empty",
    "extend",
    "extendleft",
    "fromkeys",
    "full",
    "get",
    "get_nowait",
    "index",
    "insert",
    "intersection",
    "intersection_update",
    "isdisjoint",
    "issubset",
    "issuperset",
    "items",
    "join",
    "keys",
    "maps",
    "maxlen",
    "most_common",
    "move_to_end",
    "new_child",
    "parents",
    "pop",
    "popitem",
    "popleft",
    "put",
    "put_nowait",
    "qsize",
    "remove",
    "reverse",
    "rotate",
    "send",
    "setdefault",
    "sort",
    "subtract",
    "symmetric_difference",
    "symmetric_difference_update",
    "task_done",
    "throw",
    "total",
    "union",
    "update",
    "values",
];

/// What an object says of its class is the program's, whatever data the object holds.
fn describes_class(name: Symbol) -> bool {
    matches!(name.as_str(), "_meta" | "__class__" | "__doc__" | "__module__" | "__name__" | "__qualname__")
}

impl<'p> Solver<'p> {
    /// A value with what tests have proved about it.
    pub(super) fn read(&mut self, frame: &Frame<'p>, value: &Value) -> Value {
        match value.identity.and_then(|identity| frame.state.fact(identity)) {
            Some(fact) => fact.apply(value),
            None => value.clone(),
        }
    }

    pub(super) fn attribute(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        name: Symbol,
        span: Span,
    ) -> Value {
        if let Some(declared) = self.declared_sharer(frame, base, name) {
            return self.attribute(frame, &declared, name, span);
        }
        let mut result = Value::undefined();
        let single = base.refs.len() == 1 && !base.other;
        for reference in &base.refs {
            let value = match reference {
                Ref::External(entity) => self.external_attribute(frame, *entity, name, span),
                Ref::Instance(kind) => {
                    let receiver = if single {
                        base.clone()
                    } else {
                        base.edit(|data| {
                            data.refs = [reference.clone()].into_iter().collect();
                            data.other = false;
                            data.constants.clear();
                        })
                    };
                    self.member_value(frame, *kind, name, &receiver, span)
                }
                Ref::Module(file) => self.module_attribute(frame, *file, name),
                Ref::Namespace(prefix) => self.submodule(*prefix, name),
                Ref::Object(id) => self.object_attribute(frame, *id, name, span),
                Ref::Class(class) => {
                    let receiver = Value::reference(reference.clone());
                    match self.class_lookup(frame, *class, name) {
                        Some((value, _)) => self.through_class(frame, &value, None, &receiver, span),
                        None => match name.as_str() {
                            "__name__" | "__qualname__" => {
                                Value::string(self.body(class.body).1.name.as_str())
                            }
                            "__dict__" => Value::object(class.namespace),
                            "__members__" => self.enum_members(frame, *class, span),
                            "__subclasses__" => Value::reference(Ref::Bound(Rc::new((
                                Ref::External(symbol!("builtins.type.__subclasses__")),
                                receiver,
                            )))),
                            _ if let Some(value) = self.metaclass_attribute(frame, *class, name, span) => {
                                value
                            }
                            _ => {
                                let mut found = Value::undefined();
                                for external in self.external_ancestors(frame, *class) {
                                    // What instances have, the class has: Django's managers.
                                    if let Some(value) =
                                        self.known_member(frame, external, name, &receiver, span)
                                    {
                                        found = found.join(&value);
                                        continue;
                                    }
                                    let member = self.member(external, name);
                                    found = found.join(&Value::reference(Ref::Bound(Rc::new((
                                        Ref::External(member),
                                        receiver.clone(),
                                    )))));
                                }
                                if found.is_undefined() && name.as_str() == "mro" {
                                    Value::unknown()
                                } else {
                                    found
                                }
                            }
                        },
                    }
                }
                Ref::Tuple(_) => {
                    let member = self.member(symbol!("builtins.tuple"), name);
                    Value::reference(Ref::Bound(Rc::new((
                        Ref::External(member),
                        Value::reference(reference.clone()),
                    ))))
                }
                Ref::Function(body, environment) => match name.as_str() {
                    "__name__" | "__qualname__" => Value::string(self.body(*body).1.name.as_str()),
                    "__call__" | "__func__" => Value::reference(reference.clone()),
                    "__doc__" | "__module__" => Value::unknown(),
                    _ if self.tasks.contains(*body)
                        && let Some(method) = self.task_method(frame, *body, reference, name, span) =>
                    {
                        method
                    }
                    _ => match self.function_attribute(frame, *body, *environment, name) {
                        Some(value) => value,
                        None if name.as_str() == "__wrapped__" => Value::reference(reference.clone()),
                        None => Value::unknown(),
                    },
                },
                Ref::Bound(bound) => match name.as_str() {
                    "__self__" => bound.1.clone(),
                    "__func__" => Value::reference(bound.0.clone()),
                    "__name__" => match &bound.0 {
                        Ref::Function(body, _) => Value::string(self.body(*body).1.name.as_str()),
                        _ => Value::unknown(),
                    },
                    _ => match &bound.0 {
                        Ref::External(entity) => self.external_attribute(frame, *entity, name, span),
                        _ => Value::unknown(),
                    },
                },
                Ref::Super(parts) => self.super_attribute(frame, parts.0, &parts.1, name, span),
                Ref::Partial(partial) => match (Self::descriptor(reference), name.as_str()) {
                    (Some(("property", _)), "setter" | "getter" | "deleter") => {
                        Value::reference(Ref::Bound(Rc::new((
                            Ref::External(Symbol::new(&format!("builtins.property.{name}"))),
                            Value::reference(reference.clone()),
                        ))))
                    }
                    (_, "string")
                        if Self::regex_member(partial, name).is_some_and(
                            |one| matches!(one, Ref::External(full) if full.as_str() == "re.Match.string"),
                        ) =>
                    {
                        partial.positional.get(2).cloned().unwrap_or_default()
                    }
                    _ if let Some(name) = Self::regex_member(partial, name) => {
                        Value::reference(Ref::Bound(Rc::new((name, Value::reference(reference.clone())))))
                    }
                    (_, "func" | "__wrapped__") => partial.callee.clone(),
                    (_, "args") => Value::tuple(partial.positional.clone()),
                    (_, "keywords") => self.keywords_of(frame, partial, span),
                    _ => Self::named_tuple_class_attribute(partial, name).unwrap_or_else(|| {
                        // A pattern or a match of the caller's is told by what it is made of.
                        Self::demand_value(frame, &partial.callee);
                        Value::unknown()
                    }),
                },
                Ref::Frozen(_) => Value::unknown(),
            };
            result = result.join(&value);
        }
        // The text of an instance has the methods of its type.
        let typed = base.refs.iter().any(|one| match one {
            Ref::Instance(kind) => {
                let lineage: Vec<Symbol> = self.input.models.lineage(*kind).to_vec();
                lineage.into_iter().any(|owner| {
                    let member = self.member(owner, name);
                    self.input.models.functions.contains_key(&member)
                        || self
                            .input
                            .models
                            .types
                            .get(&owner)
                            .is_some_and(|model| model.attributes.contains_key(&name))
                })
            }
            _ => false,
        });
        if typed && !base.texts.is_empty() {
        } else if !base.texts.is_empty() || !base.constants.is_empty() && base.refs.is_empty() && !base.other
        {
            let receiver: Value = Data {
                texts: base.texts.clone(),
                constants: base.constants.clone(),
                other: base.other,
                labels: base.labels.clone(),
                identity: base.identity,
                encoding: base.encoding.clone(),
                ..Data::default()
            }
            .into();
            let member = self.member(type_of_scalar(base), name);
            result = result.join(&Value::reference(Ref::Bound(Rc::new((Ref::External(member), receiver)))));
        } else if base.other
            && !describes_class(name)
            && let Some(labels) = Self::labels_beside_parameters(base)
        {
            let part = base.identity.and_then(|identity| identity.part('.', name.as_str()));
            let opaque = Value::opaque(labels.of_attribute()).with_identity(part);
            result = result.join(&opaque);
        }
        if result.is_undefined() {
            result = Value::unknown();
        }
        self.read(frame, &result)
    }

    fn enum_members(&mut self, frame: &mut Frame<'p>, class: crate::domain::ClassRef, span: Span) -> Value {
        let namespace = self.object(frame, class.namespace);
        let mut object = Object::new(ObjectKind::Dictionary);
        for (name, value) in &namespace.fields {
            if value.refs.iter().any(|one| matches!(one, Ref::Object(_))) {
                object.set_entry(Key::Text(*name), value.clone());
            }
        }
        let id = self.allocate(frame, span, 61, object);
        Value::object(id)
    }

    /// What is found in a class, as an instance or the class itself gives it.
    pub(super) fn through_class(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        instance: Option<&Value>,
        class: &Value,
        span: Span,
    ) -> Value {
        let mut result = Value::undefined();
        let mut rest = (**value).clone();
        rest.refs.clear();
        for reference in &value.refs {
            let one = match (Self::descriptor(reference), reference) {
                (Some(("staticmethod", partial)), _) => {
                    partial.positional.first().cloned().unwrap_or_default()
                }
                (Some(("classmethod", partial)), _) => {
                    let function = partial.positional.first().cloned().unwrap_or_default();
                    Self::bind_function(&function, class)
                }
                (Some(("property", partial)), _) => match instance {
                    Some(instance) => {
                        let getter = partial.positional.first().cloned().unwrap_or_default();
                        self.call(frame, &getter, &Arguments::of(vec![instance.clone()]), span)
                    }
                    None => Value::reference(reference.clone()),
                },
                (_, Ref::Function(body, _)) => {
                    // Some functions of a class are class methods without being told.
                    let special =
                        matches!(self.body(*body).1.name.as_str(), "__init_subclass__" | "__class_getitem__");
                    match instance {
                        Some(instance) => Self::bind_function(&Value::reference(reference.clone()), instance),
                        None if special => Self::bind_function(&Value::reference(reference.clone()), class),
                        None => Value::reference(reference.clone()),
                    }
                }
                (_, Ref::Partial(partial))
                    if instance.is_some()
                        && partial.keywords.iter().any(|(name, _)| name.as_str() == "<partialmethod>") =>
                {
                    let mut copy = crate::domain::Partial {
                        callee: partial.callee.clone(),
                        positional: partial.positional.clone(),
                        keywords: partial.keywords.clone(),
                    };
                    copy.keywords.retain(|(name, _)| name.as_str() != "<partialmethod>");
                    if let Some(instance) = instance {
                        copy.callee = Self::bind_function(&copy.callee, instance);
                    }
                    Value::reference(Ref::Partial(Rc::new(copy)))
                }
                (_, Ref::Object(id)) => {
                    let own = Value::reference(reference.clone());
                    if let Some(instance) = instance
                        && self.is_dispatching_method(frame, *id)
                    {
                        Value::reference(Ref::Bound(Rc::new((reference.clone(), instance.clone()))))
                    } else if matches!(self.kind(frame, *id), ObjectKind::Instance(_))
                        && let Some(getter) = self.special_method(frame, &own, "__get__")
                    {
                        let arguments =
                            Arguments::of(vec![instance.cloned().unwrap_or_else(Value::none), class.clone()]);
                        self.call(frame, &getter, &arguments, span)
                    } else {
                        own
                    }
                }
                _ => Value::reference(reference.clone()),
            };
            result = result.join(&one);
        }
        let rest: Value = rest.into();
        result.join(&rest)
    }

    fn is_data_descriptor(&mut self, frame: &mut Frame<'p>, value: &Value) -> bool {
        value.refs.iter().any(|reference| match (Self::descriptor(reference), reference) {
            (Some(("property", partial)), _) => !partial.callee.refs.iter().any(
                |callee| matches!(callee, Ref::External(name) if name.as_str().contains("cached_property")),
            ),
            (_, Ref::Object(id)) => {
                matches!(self.kind(frame, *id), ObjectKind::Instance(_))
                    && self.special_method(frame, &Value::reference(reference.clone()), "__set__").is_some()
            }
            _ => false,
        })
    }

    /// Whether a `__getattribute__` asks for that of `object`, or of the class above.
    fn hands_over_lookup(&self, method: &Value) -> bool {
        method.refs.iter().any(|one| {
            matches!(one, Ref::Function(body, _)
                if self.body(*body).1.mentions_name(symbol!("__getattribute__")))
        })
    }

    fn object_attribute(&mut self, frame: &mut Frame<'p>, id: ObjectId, name: Symbol, span: Span) -> Value {
        let own = Value::object(id);
        match self.kind(frame, id) {
            ObjectKind::Instance(class) => {
                let class_value = Value::reference(Ref::Class(class));
                match name.as_str() {
                    "__class__" => {
                        if let ObjectId::Path(path) = id {
                            Self::demand(frame, path);
                        }
                        return class_value;
                    }
                    "__dict__" => match self.given_dictionary(frame, id) {
                        Some(given) => return given,
                        None => return self.fields_as_dictionary(frame, id, span),
                    },
                    _ => {}
                }
                let lineage = self.lineage(frame, class);
                let looked_through = std::mem::take(&mut self.looked_through);
                if !looked_through
                    && let Some((method, _)) = self.lookup_in(frame, &lineage, symbol!("__getattribute__"))
                    && !self.running.iter().any(|running| {
                        method
                            .refs
                            .iter()
                            .any(|one| matches!(one, Ref::Function(body, _) if *body == running.body))
                    })
                {
                    // What was read in a callee is taken to be what the object keeps, not what properties make of it.
                    if self.projecting > 0 && self.hands_over_lookup(&method) {
                        return self.plain_attribute(frame, &own, name);
                    }
                    let method = Self::bind_function(&method, &own);
                    let arguments = Arguments::of(vec![Value::string(name.as_str())]);
                    return self.call(frame, &method, &arguments, span);
                }
                let found = self.lookup_in(frame, &lineage, name);
                if let Some((value, _)) = &found
                    && self.is_data_descriptor(frame, value)
                {
                    // A subclass may have another.
                    if let ObjectId::Path(path) = id {
                        Self::demand(frame, path);
                    }
                    return self.through_class(frame, &value.clone(), Some(&own), &class_value, span);
                }
                let object = self.object(frame, id);
                if let Some(value) = object.field(name) {
                    return self.read(frame, &value.clone());
                }
                if let Some(given) = self.given_dictionary(frame, id)
                    && let Some(value) = self.shared_attribute(frame, &given, name, span)
                {
                    return value;
                }
                if let Some((value, _)) = found {
                    let result = self.through_class(frame, &value, Some(&own), &class_value, span);
                    let callable = value
                        .refs
                        .iter()
                        .any(|one| matches!(one, Ref::Function(..)) || Self::descriptor(one).is_some());
                    if let ObjectId::Path(path) = id
                        && !callable
                    {
                        let step = self.path_step(path, PathStep::Attribute(name));
                        let before = self.path_value(frame, step);
                        // The caller has looked it up, in the object's own class.
                        if frame.context.shape(step).is_some() {
                            return before;
                        }
                        // Whichever it is: what a test proves holds of it.
                        return before.join(&result).with_identity(before.identity);
                    }
                    let result = if let ObjectId::Path(path) = id
                        && callable
                    {
                        Self::demand(frame, path);
                        self.with_overrides(frame, id, class, name, result)
                    } else {
                        result
                    };
                    // A cached property's value takes its place.
                    if matches!(id, ObjectId::Local(_) | ObjectId::Path(_))
                        && value.refs.iter().any(|one| matches!(Self::descriptor(one), Some(("property", _))))
                    {
                        self.write_field(frame, id, name, &result, true);
                    }
                    return result;
                }
                if let Some(value) = self.named_tuple_attribute(frame, id, name) {
                    return self.read(frame, &value);
                }
                if let Some(value) = self.mixin(&lineage, name, &own) {
                    return value;
                }
                // A base outside the project.
                for ancestor in &lineage {
                    let Ancestor::External(kind) = ancestor else { continue };
                    if let Some(value) = self.known_member(frame, *kind, name, &own, span) {
                        return value;
                    }
                }
                if let Some((method, _)) = self.lookup_in(frame, &lineage, symbol!("__getattr__"))
                    && !matches!(id, ObjectId::Path(_))
                {
                    let method = Self::bind_function(&method, &own);
                    let arguments = Arguments::of(vec![Value::string(name.as_str())]);
                    return self.call(frame, &method, &arguments, span);
                }
                if let ObjectId::Path(path) = id {
                    let step = self.path_step(path, PathStep::Attribute(name));
                    let value = self.path_value(frame, step);
                    return self.with_overrides(frame, id, class, name, value);
                }
                self.dependencies.uses(class.body, frame.body);
                if let Some(value) = self.class_field(class, name) {
                    return value.map_labels(|_| crate::domain::Labels::NONE);
                }
                if let Some(member) = lineage.iter().find_map(|ancestor| match ancestor {
                    Ancestor::External(kind) if kind.as_str() != "builtins.object" => Some(*kind),
                    _ => None,
                }) {
                    let member = self.member(member, name);
                    let mut value = Value::reference(Ref::Bound(Rc::new((Ref::External(member), own))));
                    if !object.rest.is_undefined() {
                        value = value.join(&Value::opaque(object.rest.own_labels().inexact()));
                    }
                    return value;
                }
                Value::unknown()
            }
            ObjectKind::External(kind) => {
                let object = self.object(frame, id);
                if let Some(value) = object.field(name) {
                    return self.read(frame, &value.clone());
                }
                if name.as_str() == "__dict__" && kind.as_str().ends_with("Namespace") {
                    return self.fields_as_dictionary(frame, id, span);
                }
                self.member_value(frame, kind, name, &own, span)
            }
            // What a `UserList` or a `UserDict` holds is what it is.
            ObjectKind::List | ObjectKind::Dictionary
                if name.as_str() == "data"
                    && self.peek(frame, id).field(Symbol::new(super::builtins::WRAPPED)).is_some() =>
            {
                own
            }
            ObjectKind::List => match self.named_tuple_attribute(frame, id, name) {
                Some(value) => self.read(frame, &value),
                None => self.container_member("builtins.list", name, own),
            },
            ObjectKind::Set => self.container_member("builtins.set", name, own),
            ObjectKind::Dictionary => match self.chain_attribute(frame, id, name, span) {
                Some(value) => value,
                None => self.container_member("builtins.dict", name, own),
            },
            ObjectKind::Iterator => self.container_member("builtins.iterator", name, own),
            ObjectKind::Class(body, _) => {
                let class = crate::domain::ClassRef { body, namespace: id };
                self.attribute(frame, &Value::reference(Ref::Class(class)), name, span)
            }
            ObjectKind::Unknown | ObjectKind::Cell | ObjectKind::Environment(_) => {
                let object = self.object(frame, id);
                if let Some(value) = object.field(name) {
                    return self.read(frame, &value.clone());
                }
                match id {
                    ObjectId::Path(_) if name.as_str() == "__dict__" => {
                        self.fields_as_dictionary(frame, id, span)
                    }
                    ObjectId::Path(path) => {
                        let step = self.path_step(path, PathStep::Attribute(name));
                        if step == path {
                            return Value::opaque(crate::domain::Labels::one(crate::domain::Label::new(
                                crate::domain::Origin::Path(path),
                                None,
                            )));
                        }
                        self.path_value(frame, step)
                    }
                    _ => Value::unknown(),
                }
            }
        }
    }

    fn container_member(&mut self, kind: &str, name: Symbol, own: Value) -> Value {
        // No container has other attributes: the object isn't what it was taken for.
        if !name.as_str().starts_with("__") && !CONTAINER_METHODS.contains(&name.as_str()) {
            return Value::unknown();
        }
        let member = self.member(Symbol::new(kind), name);
        Value::reference(Ref::Bound(Rc::new((Ref::External(member), own))))
    }

    fn super_attribute(
        &mut self,
        frame: &mut Frame<'p>,
        class: crate::domain::ClassRef,
        receiver: &Value,
        name: Symbol,
        span: Span,
    ) -> Value {
        let mut result = Value::undefined();
        for reference in &receiver.refs {
            let (own, instance) = match reference {
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::Instance(own) => {
                        if let ObjectId::Path(path) = id {
                            Self::demand(frame, *path);
                        }
                        (own, Some(Value::object(*id)))
                    }
                    _ => (class, Some(Value::object(*id))),
                },
                Ref::Class(own) => (*own, None),
                _ => continue,
            };
            let lineage = self.lineage(frame, own);
            let behind = match lineage
                .iter()
                .position(|one| matches!(one, Ancestor::Class(c) if c.body == class.body))
            {
                Some(at) => lineage[at + 1..].to_vec(),
                None => self.lineage(frame, class)[1..].to_vec(),
            };
            if let Some((value, _)) = self.lookup_in(frame, &behind, name) {
                let class_value = Value::reference(Ref::Class(own));
                let value = match (&instance, name.as_str()) {
                    (_, "__new__") => value,
                    (Some(instance), _) => {
                        self.through_class(frame, &value, Some(instance), &class_value, span)
                    }
                    (None, _) => {
                        let bound = self.through_class(frame, &value, None, &class_value, span);
                        if name.as_str() == "__init_subclass__" {
                            bound
                        } else {
                            Self::bind_function(&bound, &class_value)
                        }
                    }
                };
                result = result.join(&value);
            } else {
                let external = behind.iter().find_map(|ancestor| match ancestor {
                    Ancestor::External(kind) => Some(*kind),
                    Ancestor::Class(_) => None,
                });
                let owner = external.unwrap_or_else(|| symbol!("builtins.object"));
                let member = self.member(owner, name);
                let own = instance.unwrap_or_else(|| Value::reference(Ref::Class(own)));
                result = result.join(&Value::reference(Ref::Bound(Rc::new((Ref::External(member), own)))));
            }
        }
        if result.is_undefined() { Value::unknown() } else { result }
    }

    // ---- writing

    pub(super) fn set_attribute(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        name: Symbol,
        value: Value,
        span: Span,
    ) {
        if !frame.state.alive {
            return;
        }
        let value = self.identified(frame, value, span, 5);
        self.attribute_written(frame, base, name, &value);
        let strong = base.refs.len() == 1;
        for reference in &base.refs.clone() {
            match reference {
                Ref::Object(id) => self.set_object_attribute(frame, *id, name, &value, strong, span),
                Ref::Class(class) => self.write_field(frame, class.namespace, name, &value, strong),
                Ref::External(entity) => {
                    let full = self.member(*entity, name);
                    self.assignment_sinks(frame, full, base, &value, span);
                    self.write_field(frame, ObjectId::External(*entity), name, &value, strong);
                }
                Ref::Instance(kind) => {
                    self.member_assigned(frame, *kind, name, base, &value, span);
                    // An entity that everybody shares keeps what is put there.
                    if let Some(entity) = Self::keeper(base, *kind) {
                        self.write_field(frame, ObjectId::External(entity), name, &value, strong);
                    }
                }
                Ref::Module(file) => self.set_global(frame, *file, name, value.clone()),
                Ref::Function(body, environment) => {
                    self.set_function_attribute(frame, *body, *environment, name, &value, strong);
                }
                _ => {}
            }
        }
    }

    fn set_object_attribute(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        name: Symbol,
        value: &Value,
        strong: bool,
        span: Span,
    ) {
        match self.kind(frame, id) {
            ObjectKind::Instance(class) => {
                let lineage = self.lineage(frame, class);
                let own = Value::object(id);
                if let Some((descriptor, _)) = self.lookup_in(frame, &lineage, name) {
                    for reference in &descriptor.refs {
                        match (Self::descriptor(reference), reference) {
                            (Some(("property", partial)), _) if partial.positional.len() > 1 => {
                                let setter = partial.positional[1].clone();
                                self.call(frame, &setter, &Arguments::of(vec![own, value.clone()]), span);
                                return;
                            }
                            (_, Ref::Object(_)) => {
                                let descriptor = Value::reference(reference.clone());
                                if let Some(setter) = self.special_method(frame, &descriptor, "__set__") {
                                    self.call(frame, &setter, &Arguments::of(vec![own, value.clone()]), span);
                                    return;
                                }
                            }
                            _ => {}
                        }
                    }
                }
                if let Some((method, _)) = self.lookup_in(frame, &lineage, symbol!("__setattr__"))
                    && !self.running.iter().any(|running| {
                        method
                            .refs
                            .iter()
                            .any(|one| matches!(one, Ref::Function(body, _) if *body == running.body))
                    })
                    && name.as_str() != "args"
                {
                    let method = Self::bind_function(&method, &own);
                    let arguments = Arguments::of(vec![Value::string(name.as_str()), value.clone()]);
                    self.call(frame, &method, &arguments, span);
                    return;
                }
                for ancestor in &lineage {
                    if let Ancestor::External(kind) = ancestor {
                        self.member_assigned(frame, *kind, name, &own, value, span);
                    }
                }
                if name.as_str() == "__dict__" {
                    self.give_dictionary(frame, id, value);
                } else if let Some(given) = self.given_dictionary(frame, id) {
                    self.set_item(frame, &given, &Value::string(name.as_str()), value, span);
                } else {
                    self.write_field(frame, id, name, value, strong);
                }
            }
            ObjectKind::External(kind) => {
                self.member_assigned(frame, kind, name, &Value::object(id), value, span);
                self.write_field(frame, id, name, value, strong);
            }
            _ => {
                Self::demand_written(frame, id, value);
                self.write_field(frame, id, name, value, strong);
            }
        }
    }

    pub(super) fn write_field(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        name: Symbol,
        value: &Value,
        strong: bool,
    ) {
        let before = if strong {
            None
        } else {
            let object = self.object(frame, id);
            let mut before = object.field(name).cloned();
            if before.is_none()
                && let ObjectId::Path(path) = id
            {
                let step = self.path_step(path, PathStep::Attribute(name));
                before = Some(self.path_value(frame, step));
            }
            before
        };
        self.change(frame, id, |object| {
            let value = before.as_ref().map_or_else(|| value.clone(), |before| before.join(value));
            object.set_field(name, value);
        });
    }

    /// A value that can be told apart from others: tests on it hold for it wherever it stands.
    pub(super) fn identified(&mut self, frame: &mut Frame<'p>, value: Value, span: Span, tag: u32) -> Value {
        // One constant is what it is; which of several it is, a test can tell.
        let single = value.is_constant() && value.texts.len() + value.constants.len() <= 1;
        if value.identity.is_some() || value.is_undefined() || single {
            return value;
        }
        if let [reference] = value.refs.as_slice()
            && !value.other
            && value.texts.is_empty()
            && value.constants.is_empty()
            && (!matches!(reference, Ref::Instance(_)) || value.labels.is_empty())
        {
            return value;
        }
        let identity = Identity::Site(span.start, tag);
        frame.state.forget(identity);
        value.with_identity(Some(identity))
    }
}
