//! Classes: their order of look-up, their construction, their instances.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use vansire_python::ir::{
    ArgumentKind, BodyId, BodyKind, ExprKind, Span, Stmt, StmtKind, TargetKind, Variable,
};
use vansire_python::walk;
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::records::{field_option, is_field, is_wrapped};
use super::{Frame, Solver};
use crate::domain::{
    BodyIndex, ClassRef, Data, Key, Object, ObjectId, ObjectKind, Partial, PathStep, Ref, Value,
};

/// The number of the first field that a constructor fills, among the values made there.
const FIELD_TAG: u32 = 60_000;

/// Bases are followed this many levels up.
const MAXIMUM_INHERITANCE: usize = 24;

/// A class in an order of look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ancestor {
    Class(ClassRef),
    External(Symbol),
}

impl<'p> Solver<'p> {
    /// The order of look-up (C3); where that has no solution, depth first.
    pub(super) fn lineage(&mut self, frame: &mut Frame<'p>, class: ClassRef) -> Vec<Ancestor> {
        self.lineage_within(frame, class, 0)
    }

    fn lineage_within(&mut self, frame: &mut Frame<'p>, class: ClassRef, depth: usize) -> Vec<Ancestor> {
        let mut result = vec![Ancestor::Class(class)];
        if depth > MAXIMUM_INHERITANCE {
            return result;
        }
        let bases = self.bases(frame, class);
        let mut lists: Vec<Vec<Ancestor>> = Vec::new();
        let mut direct = Vec::new();
        for base in &bases {
            for reference in &base.refs {
                match reference {
                    Ref::Class(own) if *own != class => {
                        lists.push(self.lineage_within(frame, *own, depth + 1));
                        direct.push(Ancestor::Class(*own));
                    }
                    Ref::External(name) | Ref::Instance(name) => {
                        let name = self.input.models.canonical(*name);
                        lists.push(vec![Ancestor::External(name)]);
                        direct.push(Ancestor::External(name));
                    }
                    // `app.Task`: a class that an object of a library has.
                    Ref::Bound(bound) => {
                        if let Ref::External(name) = bound.0 {
                            let name = self.input.models.canonical(name);
                            if self.input.models.types.contains_key(&name) {
                                lists.push(vec![Ancestor::External(name)]);
                                direct.push(Ancestor::External(name));
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        lists.push(direct);
        loop {
            lists.retain(|list| !list.is_empty());
            if lists.is_empty() {
                break;
            }
            let next = lists
                .iter()
                .map(|list| &list[0])
                .find(|first| !lists.iter().any(|list| list[1..].contains(first)))
                .unwrap_or(&lists[0][0])
                .clone();
            for list in &mut lists {
                list.retain(|one| *one != next);
            }
            if !result.contains(&next) {
                result.push(next);
            }
        }
        result
    }

    pub(super) fn bases(&mut self, frame: &mut Frame<'p>, class: ClassRef) -> Vec<Value> {
        if let ObjectKind::Class(_, bases) = &self.object(frame, class.namespace).kind {
            return bases.to_vec();
        }
        // A class of the caller's: its bases as far as its module tells.
        let (file, ir) = self.body(class.body);
        ir.bases
            .iter()
            .filter(|argument| argument.kind == ArgumentKind::Positional)
            .map(|argument| self.static_value(file, &argument.value))
            .collect()
    }

    /// What a class or its bases say about a name; with the class that says it.
    pub(super) fn class_lookup(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        name: Symbol,
    ) -> Option<(Value, ClassRef)> {
        let lineage = self.lineage(frame, class);
        self.lookup_in(frame, &lineage, name)
    }

    pub(super) fn lookup_in(
        &mut self,
        frame: &mut Frame<'p>,
        lineage: &[Ancestor],
        name: Symbol,
    ) -> Option<(Value, ClassRef)> {
        for ancestor in lineage {
            let Ancestor::Class(class) = ancestor else { continue };
            let object = self.object(frame, class.namespace);
            if let Some(value) = object.field(name) {
                return Some((value.clone(), *class));
            }
            if let ObjectId::Path(path) = class.namespace {
                let (_, ir) = self.body(class.body);
                if ir.slots.iter().any(|slot| slot.name == name) {
                    let path = self.path_step(path, PathStep::Attribute(name));
                    Self::demand(frame, path);
                    let value = self.path_value(frame, path);
                    return Some((value, *class));
                }
            }
        }
        None
    }

    /// The external types among the ancestors.
    pub(super) fn external_ancestors(&mut self, frame: &mut Frame<'p>, class: ClassRef) -> Vec<Symbol> {
        self.lineage(frame, class)
            .into_iter()
            .filter_map(|ancestor| match ancestor {
                Ancestor::External(name) => Some(name),
                Ancestor::Class(_) => None,
            })
            .collect()
    }

    /// A method that the language calls: looked up in the class, bound to the instance.
    pub(super) fn special_method(
        &mut self,
        frame: &mut Frame<'p>,
        receiver: &Value,
        name: &str,
    ) -> Option<Value> {
        let mut result: Option<Value> = None;
        for reference in &receiver.refs {
            let Ref::Object(id) = reference else { continue };
            let ObjectKind::Instance(class) = self.kind(frame, *id) else { continue };
            if let Some((value, _)) = self.class_lookup(frame, class, Symbol::new(name)) {
                let own = Value::object(*id);
                let bound = Self::bind_function(&value, &own);
                result = Some(match result {
                    Some(earlier) => earlier.join(&bound),
                    None => bound,
                });
            }
        }
        result
    }

    /// Functions become methods of the receiver.
    pub(super) fn bind_function(value: &Value, receiver: &Value) -> Value {
        let mut data = (**value).clone();
        for reference in &mut data.refs {
            if let Ref::Function(..) = reference {
                *reference = Ref::Bound(Rc::new((reference.clone(), receiver.clone())));
            }
        }
        data.into()
    }

    /// The value of a decorator-made descriptor, by the name of its kind.
    pub(super) fn descriptor(reference: &Ref) -> Option<(&'static str, &Partial)> {
        let Ref::Partial(partial) = reference else { return None };
        let [Ref::External(name)] = partial.callee.refs.as_slice() else { return None };
        let kind = match name.as_str() {
            "builtins.property" => "property",
            "functools.cached_property"
            | "django.utils.functional.cached_property"
            | "werkzeug.utils.cached_property" => "property",
            "builtins.staticmethod" => "staticmethod",
            "builtins.classmethod" => "classmethod",
            _ => return None,
        };
        Some((kind, partial))
    }

    // ---- instances

    pub(super) fn construct(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        // A metaclass of the project that overrides the call.
        let namespace = self.object(frame, class.namespace);
        if let Some(metaclass) = namespace.field(symbol!("<metaclass>")).cloned()
            && let Some(Ref::Class(meta)) = metaclass.refs.first()
            && let Some((call, _)) = self.class_lookup(frame, *meta, symbol!("__call__"))
        {
            let method = Self::bind_function(&call, &Value::reference(Ref::Class(class)));
            return self.call(frame, &method, arguments, span);
        }
        self.construct_plainly(frame, class, arguments, span)
    }

    /// Without asking the metaclass: what `type.__call__` does.
    pub(super) fn construct_plainly(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        arguments: &Arguments,
        span: Span,
    ) -> Value {
        let lineage = self.lineage(frame, class);
        let namespace = self.object(frame, class.namespace);
        if namespace.field(symbol!("<enum>")).is_some() {
            return self.enum_member(frame, class, arguments, span);
        }
        let instance = match self.lookup_in(frame, &lineage, symbol!("__new__")) {
            Some((new, _)) => {
                let callee = Self::strip_static(&new);
                let arguments = arguments.with_receiver(Value::reference(Ref::Class(class)));
                let made = self.call(frame, &callee, &arguments, span);
                let ours = made.refs.iter().any(|reference| {
                    matches!(reference, Ref::Object(id) if matches!(self.kind(frame, *id), ObjectKind::Instance(own) if own.body == class.body))
                });
                if !ours {
                    return made;
                }
                made
            }
            None => self.bare_instance(frame, class, span),
        };
        let externals: Vec<Symbol> = lineage
            .iter()
            .filter_map(|ancestor| match ancestor {
                Ancestor::External(name) => Some(*name),
                Ancestor::Class(_) => None,
            })
            .collect();
        self.fields_spread(frame, &externals, arguments, span);
        let text_like = externals.iter().any(|name| {
            matches!(
                name.as_str(),
                "builtins.str" | "builtins.bytes" | "collections.UserString" | "markupsafe.Markup"
            )
        });
        if self.lookup_in(frame, &lineage, symbol!("__new__")).is_none() {
            self.fill_named_tuple(frame, class, &instance, arguments, span);
        }
        if let Some((initialize, _)) = self.lookup_in(frame, &lineage, symbol!("__init__")) {
            let method = Self::bind_function(&initialize, &instance).without_classes();
            self.call(frame, &method, arguments, span);
        } else if namespace.field(symbol!("<dataclass>")).is_some() || self.has_fields(frame, &lineage) {
            let after = self.fill_fields(frame, &lineage, &instance, arguments, span, true);
            if let Some((method, _)) = self
                .lookup_in(frame, &lineage, symbol!("__post_init__"))
                .or_else(|| self.lookup_in(frame, &lineage, symbol!("__attrs_post_init__")))
            {
                let method = Self::bind_function(&method, &instance).without_classes();
                self.call(frame, &method, &Arguments::of(after), span);
            }
            self.validate_fields(frame, class, &lineage, &instance, arguments, span);
        } else if text_like || externals.iter().any(|name| name.as_str() == "builtins.int") {
            let value = arguments.get(0, "object").unwrap_or_else(|| Value::string(""));
            let text = self.text_value(frame, &value);
            return self.carry_text(frame, &instance, text);
        } else {
            for name in externals {
                if matches!(
                    name.as_str(),
                    "builtins.dict"
                        | "builtins.list"
                        | "builtins.set"
                        | "collections.OrderedDict"
                        | "collections.UserDict"
                        | "collections.UserList"
                        | "collections.deque"
                ) {
                    let content = self.call_external(frame, name, None, arguments, span);
                    self.adopt(frame, &instance, &content);
                } else if name.as_str() == "builtins.Exception" || self.is_exception(name) {
                    self.fill_exception(frame, &instance, arguments, span);
                } else if name.as_str() != "builtins.object" {
                    // The base's own constructor keeps what it is given.
                    self.count("constructors of external bases");
                    for (keyword, value) in &arguments.keywords {
                        self.set_attribute(frame, &instance, *keyword, value.clone(), span);
                    }
                    let mut labels = crate::domain::Labels::NONE;
                    for value in arguments.all() {
                        labels = labels.union(&self.deep_labels(frame, value));
                    }
                    // Where in it that is found again is a guess, unless a model says what it is.
                    let models = self.input.models;
                    let own = models.canonical(name);
                    let known = models.types.contains_key(&own) || models.functions.contains_key(&own);
                    let labels = if known { labels.inexact() } else { labels.guessed() };
                    if let Some(Ref::Object(id)) = instance.refs.first() {
                        self.change(frame, *id, |object| {
                            if !labels.is_empty() {
                                object.rest = object.rest.join(&Value::opaque(labels));
                            }
                        });
                    }
                }
            }
        }
        instance
    }

    /// A text subclass: the instance carries its text.
    fn carry_text(&mut self, frame: &mut Frame<'p>, instance: &Value, text: Value) -> Value {
        if let Some(Ref::Object(id)) = instance.refs.first() {
            self.change(frame, *id, |object| object.rest = text);
        }
        instance.clone()
    }

    fn adopt(&mut self, frame: &mut Frame<'p>, instance: &Value, content: &Value) {
        let Some(Ref::Object(from)) = content.refs.first() else { return };
        let Some(Ref::Object(to)) = instance.refs.first() else { return };
        let content = self.object(frame, *from);
        self.change(frame, *to, |object| {
            object.elements.clone_from(&content.elements);
            object.entries.clone_from(&content.entries);
            object.rest = content.rest.clone();
            object.keys = content.keys.clone();
            object.exact = content.exact;
        });
    }

    pub(super) fn bare_instance(&mut self, frame: &mut Frame<'p>, class: ClassRef, span: Span) -> Value {
        let id = self.allocate(frame, span, 40_000 + class.body.0, Object::new(ObjectKind::Instance(class)));
        Value::object(id)
    }

    pub(super) fn strip_static(value: &Value) -> Value {
        let mut result = Value::undefined();
        for reference in &value.refs {
            result = result.join(&match Self::descriptor(reference) {
                Some((_, partial)) => partial.positional.first().cloned().unwrap_or_default(),
                None => Value::reference(reference.clone()),
            });
        }
        result
    }

    /// Constructors made from annotated fields: dataclasses, named tuples, pydantic models.
    pub(super) fn has_fields(&mut self, frame: &mut Frame<'p>, lineage: &[Ancestor]) -> bool {
        lineage.iter().any(|ancestor| match ancestor {
            Ancestor::External(name) => matches!(
                name.as_str(),
                "typing.NamedTuple"
                    | "pydantic.BaseModel"
                    | "pydantic.main.BaseModel"
                    | "msgspec.Struct"
                    | "sqlmodel.SQLModel"
                    | "typing.TypedDict"
                    | "pydantic_settings.BaseSettings"
            ),
            Ancestor::Class(class) => {
                self.object(frame, class.namespace).field(symbol!("<dataclass>")).is_some()
            }
        })
    }

    /// The annotated names of a class body, in order, with their default.
    pub(super) fn annotated_fields(
        &mut self,
        frame: &mut Frame<'p>,
        lineage: &[Ancestor],
    ) -> Vec<(Symbol, Option<Value>)> {
        let mut fields: Vec<(Symbol, Option<Value>)> = Vec::new();
        for ancestor in lineage.iter().rev() {
            let Ancestor::Class(class) = ancestor else { continue };
            let (_, ir) = self.body(class.body);
            for statement in &ir.block {
                let (name, has_value) = match &statement.kind {
                    StmtKind::Annotate { target, annotation } if !is_wrapped(annotation, "ClassVar") => {
                        match &target.kind {
                            TargetKind::Name(_, name) => (*name, false),
                            _ => continue,
                        }
                    }
                    StmtKind::Assign { targets, annotation, .. }
                        if !annotation.as_ref().is_some_and(|one| is_wrapped(one, "ClassVar")) =>
                    {
                        match targets.first().map(|t| &t.kind) {
                            Some(TargetKind::Name(_, name)) => (*name, true),
                            _ => continue,
                        }
                    }
                    _ => continue,
                };
                let default =
                    if has_value { self.object(frame, class.namespace).field(name).cloned() } else { None };
                // Without an annotation only `attr.ib()` makes a field.
                if matches!(&statement.kind, StmtKind::Assign { annotation: None, .. })
                    && !default.as_ref().is_some_and(is_field)
                {
                    continue;
                }
                match fields.iter_mut().find(|(own, _)| *own == name) {
                    Some((_, own)) => *own = default,
                    None => fields.push((name, default)),
                }
            }
        }
        fields
    }

    /// Gives a new instance its fields; what is only passed on to `__post_init__` is handed back.
    pub(super) fn fill_fields(
        &mut self,
        frame: &mut Frame<'p>,
        lineage: &[Ancestor],
        instance: &Value,
        arguments: &Arguments,
        span: Span,
        checks: bool,
    ) -> Vec<Value> {
        let fields = self.annotated_fields(frame, lineage);
        let passed_on = self.passed_to_post_init(lineage);
        let mut after = Vec::new();
        let mut at = 0;
        let tuple_like = lineage.iter().any(
            |ancestor| matches!(ancestor, Ancestor::External(name) if name.as_str() == "typing.NamedTuple"),
        );
        let typed_dict = lineage.iter().any(
            |ancestor| matches!(ancestor, Ancestor::External(name) if name.as_str() == "typing.TypedDict"),
        );
        let mut values = Vec::new();
        for (number, (name, default)) in fields.iter().enumerate() {
            let option = |wanted: &str| default.as_ref().and_then(|default| field_option(default, wanted));
            let position = arguments.positional.get(at);
            let given = if option("init").is_some_and(|value| value.truth() == Some(false)) {
                None
            } else {
                at += 1;
                position.cloned().or_else(|| {
                    arguments.keywords.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
                })
            };
            let value = if let Some(value) = given {
                value
            } else {
                let default = default.clone().map(|default| self.field_default(frame, &default, span));
                let spread = arguments
                    .rest
                    .iter()
                    .chain(&arguments.keyword_rest)
                    .fold(Value::undefined(), |all, value| all.join(value));
                // Which of the values it is isn't known: it's no other field's.
                default.unwrap_or_default().join(&spread.with_identity(None))
            };
            let value = if value.is_undefined() { Value::unknown() } else { value };
            let value = if checks {
                self.checked_field(frame, lineage, *name, value, span, number as u32)
            } else {
                value
            };
            let value = match option("converter") {
                Some(converter) => self.call(frame, &converter, &Arguments::of(vec![value]), span),
                None => value,
            };
            if passed_on.contains(name) {
                after.push(value);
                continue;
            }
            values.push(value.clone());
            if typed_dict {
                if let Some(Ref::Object(id)) = instance.refs.first() {
                    self.change(frame, *id, |object| object.set_entry(Key::Text(*name), value));
                }
            } else {
                let value = self.identified(frame, value, span, FIELD_TAG + number as u32);
                self.set_attribute(frame, instance, *name, value, span);
            }
        }
        if tuple_like && let Some(Ref::Object(id)) = instance.refs.first() {
            self.change(frame, *id, |object| object.elements = values);
        }
        after
    }

    /// `field(default=…, default_factory=…)`
    fn field_default(&mut self, frame: &mut Frame<'p>, default: &Value, span: Span) -> Value {
        if let [Ref::Partial(partial)] = default.refs.as_slice()
            && partial.callee.refs.first().is_some_and(
                |callee| matches!(callee, Ref::External(name) if name.as_str() == "dataclasses.field"),
            )
        {
            for (name, value) in &partial.keywords {
                match name.as_str() {
                    "default" => return value.clone(),
                    "default_factory" | "factory" => {
                        return self.call(frame, &value.clone(), &Arguments::default(), span);
                    }
                    _ => {}
                }
            }
            return partial.positional.first().cloned().unwrap_or_else(Value::unknown);
        }
        default.clone()
    }

    // ---- what methods store in `self`

    /// What the methods of a class are known to put into a field.
    pub(super) fn class_field(&mut self, class: ClassRef, name: Symbol) -> Option<Value> {
        let key = (class.body, name);
        if let Some(known) = self.class_fields.get(&key) {
            return known.clone();
        }
        self.class_fields.insert(key, None);
        if self.running.len() + 8 > super::MAXIMUM_DEPTH {
            self.class_fields.remove(&key);
            return None;
        }
        let mut result = Value::undefined();
        let mut frame = self.new_frame(class.body, Rc::default());
        let lineage = self.lineage(&mut frame, class);
        for ancestor in &lineage {
            let Ancestor::Class(own) = ancestor else { continue };
            let writers = self.writers(own.body);
            let Some(methods) = writers.get(&name) else { continue };
            for &method in methods {
                self.dependencies.uses(method, class.body);
                let context = self.context_of_writer(method);
                let Some(summary) = self.solve(method, &context) else { continue };
                let receiver = self.parameter_path(0);
                let Some((_, object)) =
                    summary.objects.iter().find(|(id, _)| *id == ObjectId::Path(receiver))
                else {
                    continue;
                };
                let Some(value) = object.field(name) else { continue };
                let value = self.detach(&summary.objects, value);
                result = result.join(&value);
            }
        }
        let result = (!result.is_undefined()).then_some(result);
        self.class_fields.insert(key, result.clone());
        result
    }

    /// A value of a finished body as everybody can see it: its own objects become global ones, its
    /// inputs unknown.
    pub(super) fn detach(&mut self, objects: &[(ObjectId, Rc<Object>)], value: &Value) -> Value {
        self.detached(objects, value, 0, &mut FxHashMap::default())
    }

    /// The same, with what became of the objects met before.
    pub(super) fn detached(
        &mut self,
        objects: &[(ObjectId, Rc<Object>)],
        value: &Value,
        depth: usize,
        known: &mut FxHashMap<ObjectId, ObjectId>,
    ) -> Value {
        if value.is_constant() || value.is_undefined() {
            return value.clone();
        }
        let mut data = Data { constants: value.constants.clone(), other: value.other, ..Data::default() };
        let keep = |labels: &crate::domain::Labels| {
            crate::domain::Labels::of(
                labels
                    .iter()
                    .filter(|label| matches!(label.origin, crate::domain::Origin::Source(_)))
                    .copied(),
            )
        };
        data.labels = keep(&value.labels);
        for text in &value.texts {
            let text = crate::domain::Text::from_parts(
                text.parts()
                    .iter()
                    .map(|part| match part {
                        crate::domain::Part::Hole { labels, .. } => {
                            crate::domain::Part::Hole { labels: keep(labels), identity: None }
                        }
                        literal @ crate::domain::Part::Literal(_) => literal.clone(),
                    })
                    .collect(),
            );
            data.add_text(text);
        }
        for reference in &value.refs {
            match reference {
                Ref::Object(ObjectId::Path(_)) => data.other = true,
                Ref::Object(id @ ObjectId::Local(_)) if depth < 4 => {
                    if let Some(&global) = known.get(id) {
                        data.refs.push(Ref::Object(global));
                        continue;
                    }
                    let Ok(at) = objects.binary_search_by_key(id, |(own, _)| *own) else { continue };
                    let object = objects[at].1.clone();
                    let global = ObjectId::Global(self.globals.len() as u32);
                    self.globals.push(Rc::new(Object::new(ObjectKind::Unknown)));
                    known.insert(*id, global);
                    let mut copy = Object::new(match &object.kind {
                        ObjectKind::Instance(class) if !matches!(class.namespace, ObjectId::Global(_)) => {
                            ObjectKind::Unknown
                        }
                        ObjectKind::Environment(_) | ObjectKind::Class(..) => ObjectKind::Unknown,
                        kind => kind.clone(),
                    });
                    for (name, value) in &object.fields {
                        let value = self.detached(objects, value, depth + 1, known);
                        copy.fields.push((*name, value));
                    }
                    copy.elements = object
                        .elements
                        .iter()
                        .map(|value| self.detached(objects, value, depth + 1, known))
                        .collect();
                    copy.entries = object
                        .entries
                        .iter()
                        .map(|(key, value)| (key.clone(), self.detached(objects, value, depth + 1, known)))
                        .collect();
                    copy.exact = object.exact;
                    copy.rest = self.detached(objects, &object.rest, depth + 1, known);
                    copy.keys = self.detached(objects, &object.keys, depth + 1, known);
                    if let ObjectId::Global(number) = global {
                        self.globals[number as usize] = Rc::new(copy);
                    }
                    data.refs.push(Ref::Object(global));
                }
                Ref::Object(ObjectId::Local(_)) => data.other = true,
                Ref::Function(body, Some(ObjectId::Local(_) | ObjectId::Path(_))) => {
                    data.refs.push(Ref::Function(*body, None));
                }
                Ref::Class(class) if !matches!(class.namespace, ObjectId::Global(_)) => data.other = true,
                Ref::Tuple(elements) => {
                    let elements = elements
                        .iter()
                        .map(|value| self.detached(objects, value, depth + 1, known))
                        .collect();
                    data.refs.push(Ref::Tuple(Rc::new(elements)));
                }
                Ref::Bound(bound) => {
                    let receiver = self.detached(objects, &bound.1, depth + 1, known);
                    if let Ref::Function(body, _) = &bound.0 {
                        data.refs.push(Ref::Bound(Rc::new((Ref::Function(*body, None), receiver))));
                    } else {
                        data.refs.push(Ref::Bound(Rc::new((bound.0.clone(), receiver))));
                    }
                }
                Ref::Partial(partial) => {
                    let partial = Partial {
                        callee: self.detached(objects, &partial.callee, depth + 1, known),
                        positional: partial
                            .positional
                            .iter()
                            .map(|value| self.detached(objects, value, depth + 1, known))
                            .collect(),
                        keywords: partial
                            .keywords
                            .iter()
                            .map(|(name, value)| (*name, self.detached(objects, value, depth + 1, known)))
                            .collect(),
                    };
                    data.refs.push(Ref::Partial(Rc::new(partial)));
                }
                Ref::Super(_) => data.other = true,
                other => data.refs.push(other.clone()),
            }
        }
        data.normalize();
        data.into()
    }

    /// For each field that methods assign through their receiver, those methods.
    /// The methods of a class and of those above it that write a field.
    pub(super) fn writers_in_lineage(&mut self, class: BodyIndex, field: Symbol) -> Vec<BodyIndex> {
        let mut classes = vec![class];
        if let Some(known) = self.class_of_body(class) {
            let mut frame = self.new_frame(class, Rc::default());
            let above = self.lineage(&mut frame, known);
            classes.extend(above.iter().filter_map(|ancestor| match ancestor {
                Ancestor::Class(own) => Some(own.body),
                Ancestor::External(_) => None,
            }));
        }
        let mut found = Vec::new();
        for class in classes {
            found.extend(self.writers(class).get(&field).into_iter().flatten().copied());
        }
        found
    }

    /// Whether a method writes fields of its object.
    pub(super) fn writes_fields(&self, method: BodyIndex) -> bool {
        let mut fields = Vec::new();
        written_fields(&self.body(method).1.block, &mut fields);
        !fields.is_empty()
    }

    fn writers(&mut self, class: BodyIndex) -> Rc<FxHashMap<Symbol, Vec<BodyIndex>>> {
        if let Some(known) = self.field_writers.get(&class) {
            return known.clone();
        }
        let mut result: FxHashMap<Symbol, Vec<BodyIndex>> = FxHashMap::default();
        let (file, _) = self.body(class);
        let base = self.input.bases[file as usize];
        let bodies = &self.input.program.file(vansire_python::FileId(file)).ir.bodies;
        for (number, body) in bodies.iter().enumerate() {
            if body.parent == Some(BodyId(class.0 - base)) && body.kind == BodyKind::Function {
                let index = BodyIndex(base + number as u32);
                let mut fields = Vec::new();
                written_fields(&body.block, &mut fields);
                for field in fields {
                    let methods = result.entry(field).or_default();
                    if !methods.contains(&index) {
                        methods.push(index);
                    }
                }
            }
        }
        let result = Rc::new(result);
        self.field_writers.insert(class, result.clone());
        result
    }
}

/// The fields of the first parameter that statements assign.
fn written_fields(block: &[Stmt], fields: &mut Vec<Symbol>) {
    let mut target = |target: &vansire_python::ir::Target| collect_target(target, fields);
    walk::statements(block, &mut |statement| match &statement.kind {
        StmtKind::Assign { targets, .. } => targets.iter().for_each(&mut target),
        StmtKind::AugmentedAssign { target: one, .. } | StmtKind::For { target: one, .. } => target(one),
        StmtKind::With { items, .. } => {
            items.iter().filter_map(|(_, to)| to.as_ref()).for_each(&mut target);
        }
        _ => {}
    });
}

fn collect_target(target: &vansire_python::ir::Target, fields: &mut Vec<Symbol>) {
    match &target.kind {
        TargetKind::Attribute(base, name) => {
            if let ExprKind::Name(Variable::Local(slot), _) = &base.kind
                && slot.0 == 0
            {
                fields.push(*name);
            }
        }
        TargetKind::Sequence(targets) => targets.iter().for_each(|target| collect_target(target, fields)),
        TargetKind::Starred(target) => collect_target(target, fields),
        _ => {}
    }
}
