//! Containers: elements by position and key.

use vansire_python::ir::Span;
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::builtin_functions::NAMESPACE;
use super::external::CallSite;
use super::structs::octet;
use super::{Frame, MAXIMUM_UNROLLING_OF_CHARACTERS, Solver};
use crate::domain::{
    Identity, Key, Label, Labels, Object, ObjectId, ObjectKind, Origin, PathStep, Ref, Value,
};

/// The field under which a list remembers the expression that it always is the result of.
pub(super) const RESULT_OF: &str = "<result of>";

impl<'p> Solver<'p> {
    /// The elements of a sequence, when all are known by position.
    pub(super) fn known_elements(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<Vec<Value>> {
        if value.other || !value.constants.is_empty() {
            return None;
        }
        if value.refs.is_empty() {
            let text = value.as_string()?;
            return (text.chars().count() <= MAXIMUM_UNROLLING_OF_CHARACTERS)
                .then(|| text.chars().map(|one| Value::string(&one.to_string())).collect());
        }
        let [reference] = value.refs.as_slice() else { return None };
        if !value.texts.is_empty() {
            return None;
        }
        match reference {
            Ref::Tuple(elements) => Some((**elements).clone()),
            Ref::Object(id) => {
                let object = self.object(frame, *id);
                match &object.kind {
                    ObjectKind::List | ObjectKind::Set | ObjectKind::Iterator
                        if object.exact && object.rest.is_undefined() =>
                    {
                        self.used_up(frame, *id);
                        Some(object.elements.clone())
                    }
                    ObjectKind::Instance(_) if !object.elements.is_empty() => Some(object.elements.clone()),
                    _ => None,
                }
            }
            Ref::Class(class) => {
                // Iterating an enum.
                let namespace = self.object(frame, class.namespace);
                namespace.field(symbol!("<enum>"))?;
                let mut members = Vec::new();
                for (_, value) in &namespace.fields {
                    if let Some(Ref::Object(id)) = value.refs.first()
                        && matches!(self.kind(frame, *id), ObjectKind::Instance(own) if own.body == class.body)
                    {
                        members.push(Value::object(*id));
                    }
                }
                Some(members)
            }
            _ => None,
        }
    }

    /// The elements of a sequence as they come one after the other: those of a set in any order.
    pub(super) fn elements_in_order(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<Vec<Value>> {
        let elements = self.known_elements(frame, value)?;
        Some(self.mixed(frame, value, elements))
    }

    /// Elements that come in any order, if it's those of a set.
    fn mixed(&mut self, frame: &mut Frame<'p>, value: &Value, elements: Vec<Value>) -> Vec<Value> {
        if elements.len() < 2 {
            return elements;
        }
        let [Ref::Object(id)] = value.refs.as_slice() else { return elements };
        if self.kind(frame, *id) != ObjectKind::Set {
            return elements;
        }
        let any = elements.iter().fold(Value::undefined(), |all, element| all.join(element));
        vec![any; elements.len()]
    }

    /// What a loop goes over, when it's known: elements, or the keys of a dictionary.
    pub(super) fn iterated_elements(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        span: Span,
    ) -> Option<Vec<Value>> {
        let elements = self.members_iterated(frame, value, span)?;
        Some(self.mixed(frame, value, elements))
    }

    /// The same where it doesn't matter in which order they come.
    pub(super) fn members_iterated(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        span: Span,
    ) -> Option<Vec<Value>> {
        if let Some(elements) = self.known_elements(frame, value) {
            return Some(elements);
        }
        if let Some(text) = value.as_string()
            && text.chars().count() <= super::MAXIMUM_UNROLLING_OF_CHARACTERS
        {
            return Some(text.chars().map(|one| Value::string(&one.to_string())).collect());
        }
        // An attribute of the class, unless the object has its own: the caller knows.
        if value.refs.len() == 2 {
            Self::demand_value(frame, value);
        }
        if value.other || !value.texts.is_empty() || !value.constants.is_empty() {
            return None;
        }
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        let object = self.object(frame, *id);
        match object.kind {
            ObjectKind::Dictionary if object.has_fixed_keys() => {
                Some(object.entries.iter().map(|(key, _)| key.value()).collect())
            }
            ObjectKind::Instance(_) => {
                let own = Value::object(*id);
                let method = self.special_method(frame, &own, "__iter__")?;
                let iterator = self.call(frame, &method, &Arguments::default(), span);
                // What an iterator of the project's own gives isn't known beforehand.
                if let [Ref::Object(id)] = iterator.refs.as_slice()
                    && matches!(self.kind(frame, *id), ObjectKind::Instance(_))
                {
                    return None;
                }
                self.known_elements(frame, &iterator)
            }
            _ => None,
        }
    }

    /// The entries of a dictionary, and whether there are no others; nothing where one of them may be absent.
    pub(super) fn known_entries(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
    ) -> Option<(Vec<(Key, Value)>, bool)> {
        if value.other {
            return None;
        }
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        let object = self.object(frame, *id);
        match object.kind {
            ObjectKind::Dictionary
                if object.optional.is_empty() && (object.exact || !object.entries.is_empty()) =>
            {
                Some((
                    object.entries.clone(),
                    object.exact && object.rest.is_undefined() && object.keys.is_undefined(),
                ))
            }
            _ => None,
        }
    }

    /// Any element: what iteration gives.
    pub(super) fn element(&mut self, frame: &mut Frame<'p>, value: &Value, span: Span) -> Value {
        let mut result = Value::undefined();
        for reference in &value.refs {
            let one = match reference {
                Ref::Tuple(elements) => {
                    elements.iter().fold(Value::undefined(), |all, element| all.join(element))
                }
                Ref::Object(id) => {
                    let object = self.object(frame, *id);
                    Self::note_asked(frame, *id, &object);
                    match &object.kind {
                        ObjectKind::Dictionary => {
                            let mut keys = object.all_keys();
                            if let (ObjectId::Path(path), false) = (id, object.exact) {
                                let step = self.path_step(*path, PathStep::Keys);
                                let more = self.path_value(frame, step);
                                keys = keys.join(&more);
                            }
                            keys
                        }
                        ObjectKind::List | ObjectKind::Set | ObjectKind::Iterator => {
                            let mut all = object.all();
                            if let (ObjectId::Path(path), false) = (id, object.exact) {
                                let step = self.path_step(*path, PathStep::Element);
                                let more = self.path_value(frame, step);
                                all = all.join(&more);
                            }
                            all
                        }
                        ObjectKind::Instance(_) => self.instance_element(frame, *id, &object, span),
                        ObjectKind::External(kind) => self.external_element(frame, *kind, value, &object),
                        _ => match id {
                            ObjectId::Path(path) => {
                                let step = self.path_step(*path, PathStep::Element);
                                let all = object.all();
                                let more = if step == *path {
                                    Value::opaque(
                                        Labels::one(Label::new(Origin::Path(*path), None)).inexact(),
                                    )
                                } else {
                                    self.path_value(frame, step)
                                };
                                all.join(&more)
                            }
                            _ => object.all(),
                        },
                    }
                }
                Ref::Instance(kind) => {
                    let object = Object::new(ObjectKind::Unknown);
                    self.external_element(frame, *kind, value, &object)
                }
                Ref::Class(class) => match self.known_elements(frame, &Value::reference(reference.clone())) {
                    Some(elements) => elements.iter().fold(Value::undefined(), |all, one| all.join(one)),
                    None => match self.metaclass_method(frame, *class, "__iter__") {
                        Some(method) => {
                            let iterator = self.call(frame, &method, &Arguments::default(), span);
                            self.element(frame, &iterator, span)
                        }
                        None => Value::unknown(),
                    },
                },
                _ => Value::unknown(),
            };
            let one = match reference {
                // What was proved of every element.
                Ref::Object(id) => match frame.state.fact(Identity::Elements(*id)) {
                    Some(fact) => fact.apply(&one),
                    None => one,
                },
                _ => one,
            };
            result = result.join(&one);
        }
        if !value.texts.is_empty() {
            // Characters.
            let mut labels = Labels::NONE;
            for text in &value.texts {
                labels = labels.union(&text.labels());
                if let Some(text) = text.as_constant()
                    && text.chars().count() <= 64
                {
                    for one in text.chars() {
                        result = result.join(&Value::string(&one.to_string()));
                    }
                }
            }
            result = result.join(&Value::opaque(labels.inexact()));
        }
        if value.other
            && let Some(labels) = Self::labels_beside_parameters(value)
        {
            result = result.join(&Value::opaque(labels.inexact()));
        }
        if let Some(identity) = value.identity
            && let Some(fact) = frame.state.fact(identity)
        {
            result = result.map_labels(|labels| fact.restrict(labels));
        }
        if result.is_undefined() { Value::unknown() } else { result }
    }

    pub(super) fn instance_element(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        object: &Object,
        span: Span,
    ) -> Value {
        let own = Value::object(id);
        if let Some(method) = self
            .special_method(frame, &own, "__iter__")
            .or_else(|| self.special_method(frame, &own, "__aiter__"))
        {
            let iterator = self.call(frame, &method, &Arguments::default(), span);
            let same = iterator.refs.iter().any(|one| *one == Ref::Object(id));
            if same {
                for name in ["__next__", "__anext__"] {
                    if let Some(method) = self.special_method(frame, &own, name) {
                        return self.call(frame, &method, &Arguments::default(), span);
                    }
                }
                return Value::unknown();
            }
            // An iterator is asked for the next one, not for an iterator again.
            if let [Ref::Object(_)] = iterator.refs.as_slice()
                && !iterator.other
                && let Some(method) = self
                    .special_method(frame, &iterator, "__next__")
                    .or_else(|| self.special_method(frame, &iterator, "__anext__"))
            {
                return self.call(frame, &method, &Arguments::default(), span);
            }
            return self.element(frame, &iterator, span);
        }
        if let Some(method) = self.special_method(frame, &own, "__next__") {
            return self.call(frame, &method, &Arguments::default(), span);
        }
        if let Some(method) = self.special_method(frame, &own, "__getitem__") {
            return self.call(frame, &method, &Arguments::of(vec![Value::unknown()]), span);
        }
        let mut all = if object.entries.is_empty() { object.all() } else { object.all_keys() };
        if let (ObjectId::Path(path), ObjectKind::Instance(class)) = (id, &object.kind)
            && let Some(step) = self.iterated_step(frame, *class)
        {
            let step = self.path_step(path, step);
            all = all.join(&self.path_value(frame, step));
        }
        if all.is_undefined() { Value::unknown() } else { all }
    }

    pub(super) fn external_element(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        value: &Value,
        object: &Object,
    ) -> Value {
        let mut labels = value.labels.clone();
        labels = labels.union(&self.deep_labels(frame, &object.rest));
        if self.source_types.contains(&kind) {
            for owner in self.input.models.lineage(kind) {
                for method in ["__iter__", "__aiter__"] {
                    let name = self.member(*owner, Symbol::new(method));
                    if let Some((called, source)) = self.input.models.result(name)
                        && source.active
                    {
                        return self.source_value(frame, called, frame.statement);
                    }
                }
            }
        }
        let element = self
            .input
            .models
            .lineage(kind)
            .iter()
            .find_map(|name| self.input.models.types.get(name).and_then(|model| model.element));
        match element {
            Some(element) => Value::instance(element, labels.inexact()),
            None => Value::opaque(labels.inexact()),
        }
    }

    /// The keys of a dictionary, whichever it is.
    pub(super) fn keys_of(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        self.contents(frame, value, &PathStep::Keys, Object::all_keys)
    }

    /// The elements of a list, the values of a dictionary.
    pub(super) fn values_of(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        self.contents(frame, value, &PathStep::Element, Object::all)
    }

    /// The values of a mapping under keys that aren't known.
    pub(super) fn others_of(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        self.contents(frame, value, &PathStep::Element, |object| object.rest.clone())
    }

    fn contents(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        step: &PathStep,
        known: fn(&Object) -> Value,
    ) -> Value {
        let mut result = Value::undefined();
        for reference in &value.refs {
            if let Ref::Object(id) = reference {
                let object = self.object(frame, *id);
                result = result.join(&known(&object));
                if let (ObjectId::Path(path), false) = (id, object.exact) {
                    // The elements of a dictionary are its keys.
                    let step = match step {
                        PathStep::Element if object.kind == ObjectKind::Dictionary => PathStep::Values,
                        other => other.clone(),
                    };
                    let step = self.path_step(*path, step);
                    let more = self.path_value(frame, step);
                    result = result.join(&more);
                }
            }
        }
        if value.other || result.is_undefined() {
            result = result.join(&Value::opaque(value.own_labels().inexact()));
        }
        result
    }

    // ---- `base[index]`

    pub(super) fn subscript(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        index: &Value,
        span: Span,
    ) -> Value {
        if let Some(piece) = self.cut_by_object(frame, base, index, span) {
            return piece;
        }
        let mut result = Value::undefined();
        let mut keys = self.keys_known(frame, index);
        if keys.is_none() {
            Self::demand_value(frame, index);
        }
        // `(no, yes)[x > 3]`
        if let Some(keys) = &mut keys
            && !base
                .refs
                .iter()
                .any(|one| matches!(one, Ref::Object(id) if self.kind(frame, *id) == ObjectKind::Dictionary))
        {
            for key in keys {
                if let Key::Boolean(truth) = key {
                    *key = Key::Integer(i64::from(*truth));
                }
            }
        }
        for reference in &base.refs {
            let one = match reference {
                Ref::Tuple(elements) => Self::at(elements, keys.as_deref()),
                Ref::Object(id) => self.object_item(frame, *id, index, keys.as_deref(), span),
                // An annotation says only what sort of container it is that the caller knows.
                Ref::Instance(kind)
                    if matches!(kind.as_str(), "builtins.dict" | "builtins.list" | "builtins.tuple")
                        && base.refs.iter().any(|one| matches!(one, Ref::Object(ObjectId::Path(_)))) =>
                {
                    continue;
                }
                Ref::Instance(kind) => self.external_item(frame, *kind, base, index, keys.as_deref(), span),
                // `List[int]`, `Model[T]`: the thing itself.
                Ref::Class(class) => {
                    let hook = symbol!("__class_getitem__");
                    if let Some((found, _)) = self.class_lookup(frame, *class, hook) {
                        let own = Value::reference(reference.clone());
                        if found.refs.iter().any(|one| matches!(one, Ref::Function(..))) {
                            let method = Self::bind_function(&found, &own);
                            self.call(frame, &method, &Arguments::of(vec![index.clone()]), span)
                        } else {
                            own
                        }
                    } else {
                        let namespace = self.object(frame, class.namespace);
                        if namespace.field(symbol!("<enum>")).is_some() {
                            match keys.as_deref() {
                                Some(keys) => keys.iter().fold(Value::undefined(), |all, key| match key {
                                    Key::Text(name) => {
                                        all.join(&namespace.field(*name).cloned().unwrap_or_default())
                                    }
                                    _ => all,
                                }),
                                None => self.element(frame, &Value::reference(reference.clone()), span),
                            }
                        } else {
                            Value::reference(reference.clone())
                        }
                    }
                }
                Ref::External(name) => {
                    let known = self.external_subscript(frame, *name, index, span);
                    known.unwrap_or_else(|| Value::reference(reference.clone()))
                }
                Ref::Partial(partial) => match Self::regex_member(partial, symbol!("__getitem__")) {
                    Some(Ref::External(method)) => {
                        let own = Value::reference(reference.clone());
                        self.call_external(
                            frame,
                            method,
                            Some(&own),
                            &Arguments::of(vec![index.clone()]),
                            span,
                        )
                    }
                    _ => Value::unknown(),
                },
                _ => Value::unknown(),
            };
            result = result.join(&one);
        }
        if !base.texts.is_empty() {
            let mut labels = Labels::NONE;
            for text in &base.texts {
                match (text.as_constant(), keys.as_deref()) {
                    (Some(text), Some([Key::Integer(at)])) => {
                        let count = text.chars().count() as i64;
                        let at = if *at < 0 { at + count } else { *at };
                        if let Some(one) = usize::try_from(at).ok().and_then(|at| text.chars().nth(at)) {
                            result = result.join(&Value::string(&one.to_string()));
                        }
                    }
                    // A place within the known beginning.
                    (None, Some([Key::Integer(at)]))
                        if usize::try_from(*at).is_ok_and(|at| at < text.prefix().chars().count()) =>
                    {
                        if let Some(one) =
                            usize::try_from(*at).ok().and_then(|at| text.prefix().chars().nth(at))
                        {
                            result = result.join(&Value::string(&one.to_string()));
                        }
                    }
                    _ => labels = labels.union(&text.labels()),
                }
            }
            if !labels.is_empty() || result.is_undefined() {
                result = result.join(&Value::opaque(labels.inexact()));
            }
        }
        if base.other
            && !base.refs.iter().any(|one| matches!(one, Ref::Instance(_)))
            && let Some(labels) = Self::labels_beside_parameters(base)
        {
            let labels = self.said_by_client(labels, keys.as_deref());
            let one = matches!(keys.as_deref(), Some([Key::Integer(_)]));
            let opaque = match octet(&labels) {
                Some(number) if one => number,
                _ => Value::opaque(labels.inexact()),
            };
            result = result.join(&Self::keyed(opaque, base.identity, keys.as_deref()));
        }
        if result.is_undefined() {
            result = Value::unknown();
        }
        self.read(frame, &result)
    }

    /// What the parts of a value carry that nothing is known of. What the caller handed over is read from the
    /// object that stands for it; what came in here isn't. None if there are no other parts.
    pub(super) fn labels_beside_parameters(value: &Value) -> Option<Labels> {
        if !value.refs.iter().any(|one| matches!(one, Ref::Object(ObjectId::Path(_)))) {
            return Some(value.labels.clone());
        }
        // They are those of what has a type, which tells more.
        if value.refs.iter().any(|one| matches!(one, Ref::Instance(_))) {
            return None;
        }
        let labels = value.labels.of_sources();
        (!labels.is_empty()).then_some(labels)
    }

    /// What something holds under a constant key is the same each time.
    pub(super) fn keyed(value: Value, base: Option<Identity>, keys: Option<&[Key]>) -> Value {
        match (base, keys) {
            (Some(base), Some([Key::Text(key)])) => match base.part('[', key.as_str()) {
                Some(part) => value.with_identity(Some(part)),
                None => value,
            },
            _ => value,
        }
    }

    pub(super) fn at(elements: &[Value], keys: Option<&[Key]>) -> Value {
        let Some(keys) = keys else {
            return elements.iter().fold(Value::undefined(), |all, element| all.join(element));
        };
        keys.iter().fold(Value::undefined(), |all, key| {
            let Key::Integer(at) = key else { return all };
            let at = if *at < 0 { at + elements.len() as i64 } else { *at };
            match usize::try_from(at).ok().and_then(|at| elements.get(at)) {
                Some(element) => all.join(element),
                None => all,
            }
        })
    }

    pub(super) fn object_item(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        index: &Value,
        keys: Option<&[Key]>,
        span: Span,
    ) -> Value {
        let object = self.object(frame, id);
        match &object.kind {
            ObjectKind::List | ObjectKind::Iterator => {
                if object.exact && object.rest.is_undefined() {
                    return Self::at(&object.elements, keys);
                }
                if let Some([Key::Integer(at)]) = keys
                    && let Some(place) = object.place(*at)
                {
                    return object.elements[place].clone();
                }
                if let (ObjectId::Path(path), Some([Key::Integer(at)])) = (id, keys)
                    && object.elements.is_empty()
                    && object.rest.is_undefined()
                {
                    Self::demand(frame, path);
                    let step = self.path_step(path, PathStep::Index(*at as i32));
                    return self.path_value(frame, step);
                }
                let element = self.element(frame, &Value::object(id), span);
                if let (Some([Key::Integer(at)]), Some(expression)) =
                    (keys, object.field(Symbol::new(RESULT_OF)).and_then(Value::as_string))
                {
                    let place = Identity::Entity(Symbol::new(&format!("{expression}[{at}]")));
                    return self.read(frame, &element.with_identity(Some(place)));
                }
                element
            }
            ObjectKind::Dictionary => {
                if object.field(Symbol::new(NAMESPACE)).is_some()
                    && let Some(model) =
                        self.input.models.functions.get(&symbol!("builtins.Namespace.__getitem__"))
                {
                    let arguments = Arguments::of(vec![index.clone()]);
                    self.apply_sinks(frame, model, &CallSite { receiver: None, arguments: &arguments, span });
                }
                if let Some(of) = self.owner_of_dictionary(&object) {
                    return self.raw_fields(frame, of, index, keys);
                }
                // Which entry of a shared one it is decides about the data that others left there.
                if keys.is_none()
                    && matches!(id, ObjectId::Global(_))
                    && object.entries.iter().any(|(_, value)| value.has_labels())
                {
                    Self::demand_constants(frame, index);
                }
                if let Some(maps) = Self::chained(&object) {
                    return self.chained_item(frame, &maps, index, None, span);
                }
                self.dictionary_item(frame, id, &object, keys, span)
            }
            ObjectKind::Instance(_) => {
                let own = Value::object(id);
                if let Some(method) = self.special_method(frame, &own, "__getitem__") {
                    return self.call(frame, &method, &Arguments::of(vec![index.clone()]), span);
                }
                if !object.elements.is_empty() {
                    return Self::at(&object.elements, keys);
                }
                if let Some(method) = self.special_method(frame, &own, "__missing__") {
                    let empty = object.entries.is_empty() && object.rest.is_undefined();
                    let found = if empty {
                        Value::undefined()
                    } else {
                        self.dictionary_item(frame, id, &object, keys, span)
                    };
                    if keys.is_some_and(|keys| keys.iter().all(|key| object.surely_has(key))) {
                        return found;
                    }
                    let missing = self.call(frame, &method, &Arguments::of(vec![index.clone()]), span);
                    return found.join(&missing);
                }
                if !object.entries.is_empty() || !object.rest.is_undefined() {
                    return self.dictionary_item(frame, id, &object, keys, span);
                }
                match id {
                    ObjectId::Path(path) => self.path_item(frame, path, keys),
                    _ => Value::unknown(),
                }
            }
            ObjectKind::External(kind) => {
                let kind = *kind;
                if let Some(value) = self.configuration_item(frame, id, kind, index) {
                    return value;
                }
                if let Some(keys) = keys {
                    let known = keys.iter().fold(Value::undefined(), |all, key| {
                        all.join(&object.entry(key).cloned().unwrap_or_default())
                    });
                    if !known.is_undefined() {
                        return known;
                    }
                }
                self.external_item(frame, kind, &Value::object(id), index, keys, span)
            }
            _ => {
                if let Some(keys) = keys {
                    let known = keys.iter().fold(Value::undefined(), |all, key| {
                        all.join(&object.entry(key).cloned().unwrap_or_default())
                    });
                    if !known.is_undefined() {
                        return known;
                    }
                }
                match id {
                    ObjectId::Path(path) => {
                        let value = self.path_item(frame, path, keys);
                        value.join(&object.rest)
                    }
                    _ => object.all(),
                }
            }
        }
    }

    pub(super) fn path_item(
        &mut self,
        frame: &mut Frame<'p>,
        path: crate::domain::PathId,
        keys: Option<&[Key]>,
    ) -> Value {
        let step = match keys {
            Some([Key::Integer(at)]) => PathStep::Index(*at as i32),
            Some([key]) => PathStep::Key(key.clone()),
            _ => PathStep::Element,
        };
        let step = self.path_step(path, step);
        if step == path {
            return Value::opaque(Labels::one(Label::new(Origin::Path(path), None)).inexact());
        }
        self.path_value(frame, step)
    }

    pub(super) fn dictionary_item(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        object: &Object,
        keys: Option<&[Key]>,
        span: Span,
    ) -> Value {
        let Some(keys) = keys else {
            return self.values_of(frame, &Value::object(id));
        };
        let mut result = Value::undefined();
        // A key of ours that wasn't known may have been this one; who chooses the keys chooses this one, too.
        let ours = !object.keys.is_undefined() && object.keys.own_labels().is_empty();
        let others = if ours { object.rest.map_labels(Labels::unsure) } else { object.rest.clone() };
        for key in keys {
            if let Some(value) = object.entry(key) {
                result = result.join(value);
            } else {
                result = result.join(&others);
                if let (ObjectId::Path(path), false) = (id, object.exact) {
                    let value = self.path_item(frame, path, Some(std::slice::from_ref(key)));
                    result = result.join(&value);
                }
            }
        }
        if result.is_undefined()
            && let Some(factory) = object.field(symbol!("<default>")).cloned()
        {
            let value = self.call(frame, &factory, &Arguments::default(), span);
            if let [key] = keys {
                let key = key.clone();
                let stored = value.clone();
                self.change(frame, id, |object| object.set_entry(key, stored));
            }
            return value;
        }
        result
    }

    pub(super) fn external_item(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        base: &Value,
        index: &Value,
        keys: Option<&[Key]>,
        span: Span,
    ) -> Value {
        // What the project has put there, into what everybody shares.
        if let (Some(Identity::Entity(entity)), Some(keys)) = (base.identity, keys) {
            let object = self.object(frame, ObjectId::External(entity));
            let found: Option<Vec<&Value>> = keys.iter().map(|key| object.entry(key)).collect();
            if let Some(found) = found.filter(|found| !found.is_empty()) {
                let value = found.into_iter().fold(Value::undefined(), |all, one| all.join(one));
                return self.read(frame, &value);
            }
        }
        let lineage: Vec<Symbol> = self.input.models.lineage(kind).to_vec();
        for owner in &lineage {
            let full = self.member(*owner, symbol!("__getitem__"));
            if self.input.models.functions.contains_key(&full) {
                let value =
                    self.call_external(frame, full, Some(base), &Arguments::of(vec![index.clone()]), span);
                return Self::keyed(value, base.identity, keys);
            }
            if self.input.models.keyed_sources.contains(owner)
                && let Some([Key::Text(key)]) = keys
            {
                let name = Symbol::new(&format!("{owner}[\"{key}\"]"));
                if self.input.models.sources.get(&name).is_some_and(|source| source.active) {
                    return Self::keyed(self.source_value(frame, name, span), base.identity, keys);
                }
            }
        }
        let object = Object::new(ObjectKind::Unknown);
        let mut rest = Self::said_in_environment(kind, &base.labels, keys);
        for reference in &base.refs {
            if let Ref::Object(id) = reference {
                let own = self.object(frame, *id);
                rest = rest.union(&self.deep_labels(frame, &own.rest));
                if let (ObjectId::Path(path), true) = (id, own.rest.is_undefined()) {
                    rest = rest.union(&Labels::one(Label::new(Origin::Path(*path), None)));
                }
            }
        }
        let value = self.external_element(frame, kind, &Value::instance(kind, rest), &object);
        Self::keyed(value, base.identity, keys)
    }
}
