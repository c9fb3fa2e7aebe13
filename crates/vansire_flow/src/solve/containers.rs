//! Containers: elements by position and key, and the methods of the builtin ones.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{
    Identity, Key, Label, Labels, Object, ObjectId, ObjectKind, Origin, PathStep, Ref, Value,
};

impl<'p> Solver<'p> {
    /// The elements of a sequence, when all are known by position.
    pub(super) fn known_elements(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<Vec<Value>> {
        if value.other || !value.constants.is_empty() {
            return None;
        }
        if value.refs.is_empty() {
            let text = value.as_string()?;
            let count = text.chars().count();
            return (count <= 16).then(|| text.chars().map(|one| Value::string(&one.to_string())).collect());
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
                    ObjectKind::List | ObjectKind::Set | ObjectKind::Iterator if object.exact && object.rest.is_undefined() => {
                        Some(object.elements.clone())
                    }
                    ObjectKind::Instance(_) if !object.elements.is_empty() => Some(object.elements.clone()),
                    _ => None,
                }
            }
            Ref::Class(class) => {
                // Iterating an enum.
                let namespace = self.object(frame, class.namespace);
                namespace.field(Symbol::new("<enum>"))?;
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

    /// What a loop goes over, when it's known: elements, or the keys of a dictionary.
    pub(super) fn iterated_elements(&mut self, frame: &mut Frame<'p>, value: &Value, span: Span) -> Option<Vec<Value>> {
        if let Some(elements) = self.known_elements(frame, value) {
            return Some(elements);
        }
        if value.other || !value.texts.is_empty() || !value.constants.is_empty() {
            return None;
        }
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        let object = self.object(frame, *id);
        match object.kind {
            ObjectKind::Dictionary if object.exact && object.rest.is_undefined() && object.keys.is_undefined() => {
                Some(object.entries.iter().map(|(key, _)| key.value()).collect())
            }
            ObjectKind::Instance(_) => {
                let own = Value::object(*id);
                let method = self.special_method(frame, &own, "__iter__")?;
                let iterator = self.call(frame, &method, &Arguments::default(), span);
                self.known_elements(frame, &iterator)
            }
            _ => None,
        }
    }

    pub(super) fn known_entries(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<(Vec<(Key, Value)>, bool)> {
        if value.other {
            return None;
        }
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        let object = self.object(frame, *id);
        match object.kind {
            ObjectKind::Dictionary if object.exact || !object.entries.is_empty() => Some((
                object.entries.clone(),
                object.exact && object.rest.is_undefined() && object.keys.is_undefined(),
            )),
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
                                    Value::opaque(Labels::one(Label::new(Origin::Path(*path), None)).inexact())
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
                Ref::Class(_) => match self.known_elements(frame, &Value::reference(reference.clone())) {
                    Some(elements) => elements.iter().fold(Value::undefined(), |all, one| all.join(one)),
                    None => Value::unknown(),
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
        if value.other && !value.refs.iter().any(|one| matches!(one, Ref::Object(ObjectId::Path(_)))) {
            result = result.join(&Value::opaque(value.labels.inexact()));
        }
        if let Some(identity) = value.identity
            && let Some(fact) = frame.state.fact(identity)
        {
            result = result.map_labels(|labels| fact.restrict(labels));
        }
        if result.is_undefined() { Value::unknown() } else { result }
    }

    fn instance_element(&mut self, frame: &mut Frame<'p>, id: ObjectId, object: &Object, span: Span) -> Value {
        let own = Value::object(id);
        if let Some(method) = self.special_method(frame, &own, "__iter__").or_else(|| self.special_method(frame, &own, "__aiter__")) {
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
            return self.element(frame, &iterator, span);
        }
        if let Some(method) = self.special_method(frame, &own, "__next__") {
            return self.call(frame, &method, &Arguments::default(), span);
        }
        if let Some(method) = self.special_method(frame, &own, "__getitem__") {
            return self.call(frame, &method, &Arguments::of(vec![Value::unknown()]), span);
        }
        let all = if object.entries.is_empty() { object.all() } else { object.all_keys() };
        if all.is_undefined() { Value::unknown() } else { all }
    }

    fn external_element(&mut self, frame: &mut Frame<'p>, kind: Symbol, value: &Value, object: &Object) -> Value {
        let mut labels = value.labels.clone();
        labels = labels.union(&self.deep_labels(frame, &object.rest));
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

    pub(super) fn keys_of(&mut self, frame: &mut Frame<'p>, value: &Value, span: Span) -> Value {
        let mut result = Value::undefined();
        for reference in &value.refs {
            if let Ref::Object(id) = reference {
                let object = self.object(frame, *id);
                result = result.join(&object.all_keys());
                if let (ObjectId::Path(path), false) = (id, object.exact) {
                    let step = self.path_step(*path, PathStep::Keys);
                    let more = self.path_value(frame, step);
                    result = result.join(&more);
                }
            }
        }
        if value.other || result.is_undefined() {
            result = result.join(&Value::opaque(value.own_labels().inexact()));
        }
        let _ = span;
        result
    }

    pub(super) fn values_of(&mut self, frame: &mut Frame<'p>, value: &Value, span: Span) -> Value {
        let mut result = Value::undefined();
        for reference in &value.refs {
            if let Ref::Object(id) = reference {
                let object = self.object(frame, *id);
                result = result.join(&object.all());
                if let (ObjectId::Path(path), false) = (id, object.exact) {
                    let step = self.path_step(*path, PathStep::Element);
                    let more = self.path_value(frame, step);
                    result = result.join(&more);
                }
            }
        }
        if value.other || result.is_undefined() {
            result = result.join(&Value::opaque(value.own_labels().inexact()));
        }
        let _ = span;
        result
    }

    // ---- `base[index]`

    pub(super) fn subscript(&mut self, frame: &mut Frame<'p>, base: &Value, index: &Value, span: Span) -> Value {
        let mut result = Value::undefined();
        let keys = Key::of(index);
        if keys.is_none() {
            Self::demand_value(frame, index);
        }
        for reference in &base.refs {
            let one = match reference {
                Ref::Tuple(elements) => Self::at(elements, keys.as_deref()),
                Ref::Object(id) => self.object_item(frame, *id, index, keys.as_deref(), span),
                Ref::Instance(kind) => self.external_item(frame, *kind, base, index, keys.as_deref(), span),
                // `List[int]`, `Model[T]`: the thing itself.
                Ref::Class(class) => match self.class_lookup(frame, *class, Symbol::new("__class_getitem__")) {
                    Some(_) => Value::reference(reference.clone()),
                    None => {
                        let namespace = self.object(frame, class.namespace);
                        if namespace.field(Symbol::new("<enum>")).is_some() {
                            match keys.as_deref() {
                                Some(keys) => keys.iter().fold(Value::undefined(), |all, key| match key {
                                    Key::Text(name) => all.join(&namespace.field(*name).cloned().unwrap_or_default()),
                                    _ => all,
                                }),
                                None => self.element(frame, &Value::reference(reference.clone()), span),
                            }
                        } else {
                            Value::reference(reference.clone())
                        }
                    }
                },
                Ref::External(name) => {
                    let known = self.external_subscript(frame, *name, index, span);
                    known.unwrap_or_else(|| Value::reference(reference.clone()))
                }
                Ref::Partial(partial) => {
                    match Self::regex_member(partial, Symbol::new("__getitem__")) {
                        Some(Ref::External(method)) => {
                            let own = Value::reference(reference.clone());
                            self.call_external(frame, method, Some(&own), &Arguments::of(vec![index.clone()]), span)
                        }
                        _ => Value::unknown(),
                    }
                }
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
                        if let Some(one) = usize::try_from(*at).ok().and_then(|at| text.prefix().chars().nth(at)) {
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
        if base.other && !base.refs.iter().any(|one| matches!(one, Ref::Object(ObjectId::Path(_)) | Ref::Instance(_))) {
            let mut opaque = Value::opaque(base.labels.inexact());
            opaque = Self::keyed(opaque, base.identity, keys.as_deref());
            result = result.join(&opaque);
        }
        if result.is_undefined() {
            result = Value::unknown();
        }
        self.read(frame, &result)
    }

    /// What a shared entity holds under a constant key is the same each time.
    pub(super) fn keyed(value: Value, base: Option<Identity>, keys: Option<&[Key]>) -> Value {
        match (base, keys) {
            (Some(Identity::Entity(entity)), Some([Key::Text(key)])) => {
                value.with_identity(Some(Identity::Entity(Symbol::new(&format!("{entity}[{key}]")))))
            }
            _ => value,
        }
    }

    fn at(elements: &[Value], keys: Option<&[Key]>) -> Value {
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

    fn object_item(
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
                if let (ObjectId::Path(path), Some([Key::Integer(at)])) = (id, keys)
                    && object.elements.is_empty()
                    && object.rest.is_undefined()
                {
                    Self::demand(frame, path);
                    let step = self.path_step(path, PathStep::Index(*at as i32));
                    return self.path_value(frame, step);
                }
                self.element(frame, &Value::object(id), span)
            }
            ObjectKind::Dictionary => self.dictionary_item(frame, id, &object, keys, span),
            ObjectKind::Instance(_) => {
                let own = Value::object(id);
                if let Some(method) = self.special_method(frame, &own, "__getitem__") {
                    return self.call(frame, &method, &Arguments::of(vec![index.clone()]), span);
                }
                if !object.elements.is_empty() {
                    return Self::at(&object.elements, keys);
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

    fn path_item(&mut self, frame: &mut Frame<'p>, path: crate::domain::PathId, keys: Option<&[Key]>) -> Value {
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

    fn dictionary_item(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        object: &Object,
        keys: Option<&[Key]>,
        span: Span,
    ) -> Value {
        let Some(keys) = keys else {
            return self.values_of(frame, &Value::object(id), span);
        };
        let mut result = Value::undefined();
        for key in keys {
            match object.entry(key) {
                Some(value) => {
                    result = result.join(value);
                    // A key that wasn't known may have been this one.
                    if !object.keys.is_undefined() {
                        result = result.join(&object.rest);
                    }
                }
                None => {
                    result = result.join(&object.rest);
                    if let (ObjectId::Path(path), false) = (id, object.exact) {
                        let value = self.path_item(frame, path, Some(std::slice::from_ref(key)));
                        result = result.join(&value);
                    }
                }
            }
        }
        if result.is_undefined()
            && let Some(factory) = object.field(Symbol::new("<default>")).cloned()
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

    fn external_item(
        &mut self,
        frame: &mut Frame<'p>,
        kind: Symbol,
        base: &Value,
        index: &Value,
        keys: Option<&[Key]>,
        span: Span,
    ) -> Value {
        let lineage: Vec<Symbol> = self.input.models.lineage(kind).to_vec();
        for owner in &lineage {
            let full = self.member(*owner, Symbol::new("__getitem__"));
            if self.input.models.functions.contains_key(&full) {
                let value =
                    self.call_external(frame, full, Some(base), &Arguments::of(vec![index.clone()]), span);
                return Self::keyed(value, base.identity, keys);
            }
        }
        let object = Object::new(ObjectKind::Unknown);
        let mut rest = base.labels.clone();
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

    pub(super) fn slice(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        lower: Option<&Value>,
        upper: Option<&Value>,
        step: Option<&Value>,
        span: Span,
    ) -> Value {
        let bound = |value: Option<&Value>| match value {
            None => Some(None),
            Some(value) if matches!(value.as_constant(), Some(crate::domain::Constant::None)) => Some(None),
            Some(value) => value.as_integer().map(Some),
        };
        let bounds = match (bound(lower), bound(upper), bound(step)) {
            (Some(lower), Some(upper), Some(step)) => Some((lower, upper, step.unwrap_or(1))),
            _ => None,
        };
        let mut result = Value::undefined();
        for reference in &base.refs {
            match reference {
                Ref::Tuple(elements) => match bounds.and_then(|bounds| cut(elements, bounds)) {
                    Some(elements) => result = result.join(&Value::tuple(elements)),
                    None => {
                        let all = elements.iter().fold(Value::undefined(), |all, one| all.join(one));
                        let list = self.loose_list(frame, all, span, 26);
                        result = result.join(&list);
                    }
                },
                Ref::Object(id) => {
                    let object = self.object(frame, *id);
                    let known = match &object.kind {
                        ObjectKind::List if object.exact => bounds.and_then(|bounds| cut(&object.elements, bounds)),
                        _ => None,
                    };
                    match known {
                        Some(elements) => {
                            let mut list = Object::new(ObjectKind::List);
                            list.elements = elements;
                            let list = self.allocate(frame, span, 27, list);
                            result = result.join(&Value::object(list));
                        }
                        None if matches!(object.kind, ObjectKind::List | ObjectKind::Iterator) => {
                            let element = self.element(frame, &Value::object(*id), span);
                            let list = self.loose_list(frame, element, span, 28);
                            result = result.join(&list);
                        }
                        None => {
                            let own = Value::object(*id);
                            if let Some(method) = self.special_method(frame, &own, "__getitem__") {
                                let value =
                                    self.call(frame, &method, &Arguments::of(vec![Value::unknown()]), span);
                                result = result.join(&value);
                            } else if !base.other {
                                let labels = self.deep_labels(frame, &own);
                                let mut value = Value::opaque(labels.inexact());
                                if let ObjectId::Path(path) = id {
                                    value = value
                                        .with_labels(&Labels::one(Label::new(Origin::Path(*path), None)).inexact());
                                }
                                result = result.join(&value);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        if !base.texts.is_empty() || base.other || !base.labels.is_empty() {
            let text = Self::slice_text(base, bounds);
            result = result.join(&text);
        }
        if result.is_undefined() { Value::unknown() } else { result }
    }

    pub(super) fn loose_list(&mut self, frame: &mut Frame<'p>, element: Value, span: Span, tag: u32) -> Value {
        let mut list = Object::new(ObjectKind::List);
        list.exact = false;
        list.rest = element;
        Value::object(self.allocate(frame, span, tag, list))
    }

    // ---- `base[index] = value`

    pub(super) fn set_item(&mut self, frame: &mut Frame<'p>, base: &Value, index: &Value, value: &Value, span: Span) {
        if !frame.state.alive {
            return;
        }
        let keys = Key::of(index);
        let strong = base.refs.len() == 1 && keys.as_ref().is_some_and(|keys| keys.len() == 1);
        for reference in &base.refs.clone() {
            match reference {
                Ref::Object(id) => {
                    let own = Value::object(*id);
                    let kind = self.kind(frame, *id);
                    match &kind {
                        ObjectKind::Instance(class) => {
                            if let Some(method) = self.special_method(frame, &own, "__setitem__") {
                                let arguments = Arguments::of(vec![index.clone(), value.clone()]);
                                self.call(frame, &method, &arguments, span);
                                continue;
                            }
                            for kind in self.external_ancestors(frame, *class) {
                                self.item_assigned(frame, kind, base, index, value, span);
                            }
                        }
                        ObjectKind::External(kind) => self.item_assigned(frame, *kind, base, index, value, span),
                        _ => {}
                    }
                    // `vars(object)[name] = value`
                    if let Some(of) = self.object(frame, *id).field(Symbol::new("<of>")).cloned()
                        && let Some(keys) = &keys
                    {
                        for key in keys {
                            if let Key::Text(name) = key {
                                self.set_attribute(frame, &of, *name, value.clone(), span);
                            }
                        }
                    }
                    let is_list = kind == ObjectKind::List;
                    let whole = index.clone();
                    self.change(frame, *id, |object| match &keys {
                        Some(keys) => {
                            for key in keys {
                                if is_list && let Key::Integer(at) = key {
                                    let at = if *at < 0 { at + object.elements.len() as i64 } else { *at };
                                    match usize::try_from(at).ok().and_then(|at| object.elements.get_mut(at)) {
                                        Some(own) if strong => *own = value.clone(),
                                        Some(own) => *own = own.join(value),
                                        None => object.rest = object.rest.join(value),
                                    }
                                    continue;
                                }
                                let before = if strong { None } else { object.entry(key).cloned() };
                                let value = match before {
                                    Some(before) => before.join(value),
                                    None => value.clone(),
                                };
                                object.set_entry(key.clone(), value);
                            }
                        }
                        None => {
                            if is_list {
                                for own in &mut object.elements {
                                    *own = own.join(value);
                                }
                                if object.elements.is_empty() || !object.exact {
                                    object.rest = object.rest.join(value);
                                }
                            } else {
                                object.rest = object.rest.join(value);
                                object.keys = object.keys.join(&whole);
                            }
                        }
                    });
                }
                Ref::Instance(kind) => {
                    self.item_assigned(frame, *kind, base, index, value, span);
                    if let Some(Identity::Entity(entity)) = base.identity {
                        self.external_item_stored(frame, entity, keys.as_deref(), index, value);
                    }
                }
                Ref::External(name) => {
                    let name = *name;
                    self.item_assigned(frame, name, base, index, value, span);
                    self.external_item_stored(frame, name, keys.as_deref(), index, value);
                }
                _ => {}
            }
        }
    }

    fn external_item_stored(
        &mut self,
        frame: &mut Frame<'p>,
        entity: Symbol,
        keys: Option<&[Key]>,
        index: &Value,
        value: &Value,
    ) {
        let id = ObjectId::External(entity);
        self.change(frame, id, |object| match keys {
            Some(keys) => {
                for key in keys {
                    object.set_entry(key.clone(), value.clone());
                }
            }
            None => {
                object.rest = object.rest.join(value);
                object.keys = object.keys.join(index);
            }
        });
        // A fact about what stood there before doesn't hold for what stands there now.
        if let Some([Key::Text(key)]) = keys {
            frame.state.forget(Identity::Entity(Symbol::new(&format!("{entity}[{key}]"))));
        }
    }

    pub(super) fn delete_item(&mut self, frame: &mut Frame<'p>, base: &Value, index: &Value) {
        let Some(keys) = Key::of(index) else { return };
        if base.refs.len() != 1 || keys.len() != 1 {
            return;
        }
        if let Some(Ref::Object(id)) = base.refs.first() {
            self.change(frame, *id, |object| {
                if let (ObjectKind::List, Key::Integer(at)) = (&object.kind, &keys[0]) {
                    let at = if *at < 0 { at + object.elements.len() as i64 } else { *at };
                    if let Ok(at) = usize::try_from(at)
                        && at < object.elements.len()
                    {
                        object.elements.remove(at);
                    }
                } else {
                    object.entries.retain(|(key, _)| *key != keys[0]);
                }
            });
        }
    }

    pub(super) fn update_mapping(&mut self, frame: &mut Frame<'p>, id: ObjectId, other: &Value, span: Span) {
        match self.known_entries(frame, other) {
            Some((entries, exact)) => {
                let rest = if exact { Value::undefined() } else { self.values_of(frame, other, span) };
                let keys = if exact { Value::undefined() } else { self.keys_of(frame, other, span) };
                self.change(frame, id, |object| {
                    for (key, value) in entries {
                        object.set_entry(key, value);
                    }
                    if !exact {
                        object.rest = object.rest.join(&rest);
                        object.keys = object.keys.join(&keys);
                    }
                });
            }
            None => {
                // Pairs, or something unknown.
                let pairs = self.known_elements(frame, other);
                if let Some(pairs) = pairs {
                    for pair in pairs {
                        if let Some(parts) = self.known_elements(frame, &pair)
                            && let [key, value] = parts.as_slice()
                        {
                            let (key, value) = (key.clone(), value.clone());
                            self.set_item(frame, &Value::object(id), &key, &value, span);
                        }
                    }
                    return;
                }
                let mut values = self.values_of(frame, other, span);
                let mut keys = self.keys_of(frame, other, span);
                // An iterator of pairs.
                let element = self.element(frame, other, span);
                if element.refs.iter().any(|one| matches!(one, Ref::Tuple(elements) if elements.len() == 2)) {
                    keys = self.subscript(frame, &element, &Value::integer(0), span);
                    values = self.subscript(frame, &element, &Value::integer(1), span);
                }
                self.change(frame, id, |object| {
                    object.rest = object.rest.join(&values);
                    object.keys = object.keys.join(&keys);
                });
            }
        }
    }

    pub(super) fn extend_list(&mut self, frame: &mut Frame<'p>, id: ObjectId, other: &Value, span: Span) {
        match self.known_elements(frame, other) {
            Some(elements) => self.change(frame, id, |object| {
                for element in elements {
                    object.push(element);
                }
            }),
            None => {
                let element = self.element(frame, other, span);
                self.change(frame, id, |object| {
                    // What stood before keeps its place.
                    object.rest = object.rest.join(&element);
                    object.exact = false;
                });
            }
        }
    }

    /// A shallow copy, as a list if it is none of the containers.
    pub(super) fn copy_container(&mut self, frame: &mut Frame<'p>, value: &Value, span: Span, tag: u32) -> Value {
        let mut result: Option<Object> = None;
        for reference in &value.refs {
            let object = match reference {
                Ref::Object(id) => {
                    let object = self.object(frame, *id);
                    let mut copy = (*object).clone();
                    if copy.kind == ObjectKind::Iterator {
                        copy.kind = ObjectKind::List;
                    }
                    if let ObjectId::Path(path) = id
                        && !copy.exact
                    {
                        let step = if copy.kind == ObjectKind::Dictionary { PathStep::Element } else { PathStep::Element };
                        let step = self.path_step(*path, step);
                        let rest = self.path_value(frame, step);
                        copy.rest = copy.rest.join(&rest);
                    }
                    copy
                }
                Ref::Tuple(elements) => {
                    let mut copy = Object::new(ObjectKind::List);
                    copy.elements = (**elements).clone();
                    copy
                }
                _ => continue,
            };
            result = Some(match result {
                None => object,
                Some(earlier) => earlier.join(&object, |_| Value::undefined()),
            });
        }
        match result {
            Some(object) => Value::object(self.allocate(frame, span, tag, object)),
            None => value.clone(),
        }
    }

    /// A copy of an instance or a container, as `copy.copy` and `copy.deepcopy` make it.
    pub(super) fn copied(&mut self, frame: &mut Frame<'p>, value: &Value, deep: bool, span: Span, depth: u32) -> Value {
        let mut data = (**value).clone();
        for (number, reference) in data.refs.iter_mut().enumerate() {
            match reference {
                Ref::Object(id) if !matches!(id, ObjectId::Path(_)) || depth == 0 => {
                    let mut copy = (*self.object(frame, *id)).clone();
                    if matches!(copy.kind, ObjectKind::Class(..)) {
                        continue;
                    }
                    if deep && depth < 3 {
                        let next = depth + 1;
                        for at in 0..copy.fields.len() {
                            copy.fields[at].1 = self.copied(frame, &copy.fields[at].1.clone(), true, span, next * 8 + at as u32);
                        }
                        for at in 0..copy.elements.len() {
                            copy.elements[at] = self.copied(frame, &copy.elements[at].clone(), true, span, next * 64 + at as u32);
                        }
                        for at in 0..copy.entries.len() {
                            copy.entries[at].1 = self.copied(frame, &copy.entries[at].1.clone(), true, span, next * 512 + at as u32);
                        }
                    }
                    if let (ObjectId::Path(_), ObjectKind::Unknown) = (&id, &copy.kind) {
                        continue;
                    }
                    *id = self.allocate(frame, span, 100_000 + depth * 16 + number as u32, copy);
                }
                Ref::Tuple(elements) if deep => {
                    let elements =
                        elements.iter().map(|one| self.copied(frame, one, true, span, depth + 1)).collect();
                    *reference = Ref::Tuple(Rc::new(elements));
                }
                _ => {}
            }
        }
        data.into()
    }

    // ---- methods

    /// A method of a builtin container; none when it has no such method.
    pub(super) fn container_method(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        name: &str,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let kind = self.kind(frame, id);
        let own = Value::object(id);
        let is_dictionary = kind == ObjectKind::Dictionary || {
            matches!(kind, ObjectKind::Instance(_) | ObjectKind::External(_) | ObjectKind::Unknown)
                && matches!(name, "get" | "items" | "values" | "keys" | "setdefault" | "update" | "popitem")
        };
        let first = arguments.positional.first().cloned();
        Some(match name {
            "append" | "add" | "appendleft" | "put" | "put_nowait" => {
                let value = first.or_else(|| arguments.rest.clone()).unwrap_or_else(Value::unknown);
                self.change(frame, id, |object| {
                    if name == "appendleft" && object.exact {
                        object.elements.insert(0, value);
                    } else if object.kind == ObjectKind::Unknown {
                        object.rest = object.rest.join(&value);
                    } else {
                        object.push(value);
                    }
                });
                Value::none()
            }
            "insert" => {
                let at = first.as_ref().and_then(|value| value.as_integer());
                let value = arguments.positional.get(1).cloned().unwrap_or_else(Value::unknown);
                self.change(frame, id, |object| match at {
                    Some(at) if object.exact => {
                        let length = object.elements.len() as i64;
                        let at = if at < 0 { (at + length).max(0) } else { at.min(length) };
                        object.elements.insert(at as usize, value);
                    }
                    _ => {
                        object.forget_positions();
                        object.rest = object.rest.join(&value);
                    }
                });
                Value::none()
            }
            "extend" | "extendleft" => {
                let other = first.unwrap_or_else(Value::unknown);
                self.extend_list(frame, id, &other, span);
                Value::none()
            }
            "update" | "setdefault" if is_dictionary => {
                if name == "update" {
                    if let Some(other) = first {
                        self.update_mapping(frame, id, &other, span);
                    }
                    for (name, value) in &arguments.keywords {
                        self.set_item(frame, &own, &Value::string(name.as_str()), value, span);
                    }
                    if let Some(rest) = &arguments.keyword_rest {
                        self.set_item(frame, &own, &Value::unknown(), rest, span);
                    }
                    Value::none()
                } else {
                    let key = first.unwrap_or_else(Value::unknown);
                    let default = arguments.positional.get(1).cloned().unwrap_or_else(Value::none);
                    let object = self.object(frame, id);
                    match Key::of(&key) {
                        Some(keys) if keys.len() == 1 && object.entry(&keys[0]).is_some() => {
                            self.subscript(frame, &own, &key, span)
                        }
                        Some(_) if object.exact && object.rest.is_undefined() => {
                            self.set_item(frame, &own, &key, &default, span);
                            default
                        }
                        _ => {
                            let before = self.subscript(frame, &own, &key, span);
                            let value = before.join(&default);
                            self.set_item(frame, &own, &key, &value, span);
                            value
                        }
                    }
                }
            }
            "update" | "union" | "difference" | "intersection" | "symmetric_difference" => {
                if name == "update" {
                    let element = first.map(|other| self.element(frame, &other, span)).unwrap_or_default();
                    self.change(frame, id, |object| object.push(element));
                    return Some(Value::none());
                }
                let copy = self.copy_container(frame, &own, span, 29);
                if matches!(name, "union" | "symmetric_difference")
                    && let (Some(Ref::Object(copy)), Some(other)) = (copy.refs.first(), first)
                {
                    let element = self.element(frame, &other, span);
                    self.change(frame, *copy, |object| object.push(element));
                }
                copy
            }
            "get" if is_dictionary => {
                let key = first.unwrap_or_else(Value::unknown);
                let mut default = arguments.get(1, "default").unwrap_or_else(Value::none);
                let object = self.object(frame, id);
                // `table.get(character, character)`: what is left as it is has no place in the table.
                if let Some(identity) = key.identity
                    && default.identity == key.identity
                    && let Some(fact) = super::conditions::without_characters(identity, &object.all_keys())
                {
                    default = fact.apply(&default);
                }
                match Key::of(&key) {
                    Some(keys) if object.exact && keys.len() == 1 => match object.entry(&keys[0]) {
                        Some(_) => self.subscript(frame, &own, &key, span),
                        None if object.rest.is_undefined() => default,
                        None => object.rest.join(&default),
                    },
                    _ => {
                        let value = self.subscript(frame, &own, &key, span);
                        if value.is_undefined() { default } else { value.join(&default) }
                    }
                }
            }
            "get" | "get_nowait" | "popleft" | "__next__" | "__anext__" if !is_dictionary => {
                if name == "popleft" {
                    let object = self.object(frame, id);
                    if object.exact && !object.elements.is_empty() {
                        let value = object.elements[0].clone();
                        self.change(frame, id, |object| {
                            object.elements.remove(0);
                        });
                        return Some(value);
                    }
                }
                self.element(frame, &own, span)
            }
            "pop" if kind == ObjectKind::Dictionary => {
                let key = first.unwrap_or_else(Value::unknown);
                let object = self.object(frame, id);
                let known = Key::of(&key);
                let present = known.as_ref().is_some_and(|keys| keys.iter().any(|key| object.entry(key).is_some()));
                let mut value = if present || !object.exact || !object.rest.is_undefined() {
                    self.subscript(frame, &own, &key, span)
                } else {
                    Value::undefined()
                };
                if !present && let Some(default) = arguments.positional.get(1) {
                    value = value.join(default);
                }
                self.delete_item(frame, &own, &key);
                value
            }
            "pop" => {
                let object = self.object(frame, id);
                let at = first.as_ref().map_or(Some(-1), |value| value.as_integer());
                if let (true, Some(at)) = (object.exact && !object.elements.is_empty(), at) {
                    let length = object.elements.len() as i64;
                    let at = if at < 0 { at + length } else { at };
                    if (0..length).contains(&at) {
                        let value = object.elements[at as usize].clone();
                        self.change(frame, id, |object| {
                            object.elements.remove(at as usize);
                        });
                        return Some(value);
                    }
                }
                self.element(frame, &own, span)
            }
            "popitem" => {
                let key = self.keys_of(frame, &own, span);
                let value = self.values_of(frame, &own, span);
                Value::tuple(vec![key, value])
            }
            "remove" | "discard" => {
                if let Some(value) = first {
                    self.change(frame, id, |object| {
                        let at = object.elements.iter().position(|own| *own == value && own.is_constant());
                        if let Some(at) = at {
                            object.elements.remove(at);
                        } else if object.kind == ObjectKind::List && object.exact {
                            // One of them is gone, and those behind it moved up.
                            object.forget_positions();
                        }
                    });
                }
                Value::none()
            }
            "clear" => {
                self.change(frame, id, |object| {
                    object.elements.clear();
                    object.entries.clear();
                    object.rest = Value::undefined();
                    object.keys = Value::undefined();
                    object.exact = true;
                });
                Value::none()
            }
            "sort" | "rotate" => {
                if let Some(key) = arguments.keyword("key") {
                    let element = self.element(frame, &own, span);
                    self.call(frame, &key, &Arguments::of(vec![element]), span);
                }
                self.change(frame, id, |object| {
                    let sorted = object.exact
                        && object.elements.iter().all(|value| value.as_string().is_some())
                        && name == "sort"
                        && arguments.keywords.is_empty();
                    if sorted {
                        object.elements.sort_by(|one, two| one.as_string().cmp(&two.as_string()));
                    } else {
                        object.forget_positions();
                    }
                });
                Value::none()
            }
            "reverse" => {
                self.change(frame, id, |object| object.elements.reverse());
                Value::none()
            }
            "copy" | "__copy__" | "__deepcopy__" => self.copied(frame, &own, false, span, 0),
            "keys" if is_dictionary => {
                let object = self.object(frame, id);
                if object.exact && object.rest.is_undefined() && object.kind == ObjectKind::Dictionary {
                    let mut list = Object::new(ObjectKind::List);
                    list.elements = object.entries.iter().map(|(key, _)| key.value()).collect();
                    Value::object(self.allocate(frame, span, 31, list))
                } else {
                    let keys = self.keys_of(frame, &own, span);
                    self.loose_list(frame, keys, span, 31)
                }
            }
            "values" if is_dictionary => {
                let object = self.object(frame, id);
                if object.exact && object.rest.is_undefined() && object.kind == ObjectKind::Dictionary {
                    let mut list = Object::new(ObjectKind::List);
                    list.elements = object.entries.iter().map(|(_, value)| value.clone()).collect();
                    Value::object(self.allocate(frame, span, 32, list))
                } else {
                    let values = self.values_of(frame, &own, span);
                    self.loose_list(frame, values, span, 32)
                }
            }
            "items" if is_dictionary => {
                let object = self.object(frame, id);
                if object.exact && object.rest.is_undefined() && object.kind == ObjectKind::Dictionary {
                    let mut list = Object::new(ObjectKind::List);
                    list.elements = object
                        .entries
                        .iter()
                        .map(|(key, value)| Value::tuple(vec![key.value(), value.clone()]))
                        .collect();
                    Value::object(self.allocate(frame, span, 33, list))
                } else {
                    let keys = self.keys_of(frame, &own, span);
                    let values = self.values_of(frame, &own, span);
                    self.loose_list(frame, Value::tuple(vec![keys, values]), span, 33)
                }
            }
            "index" | "count" | "__len__" | "qsize" => Value::unknown(),
            "issubset" | "issuperset" | "isdisjoint" | "__contains__" => Value::either(),
            "__getitem__" => {
                let index = first.unwrap_or_else(Value::unknown);
                self.subscript(frame, &own, &index, span)
            }
            "__setitem__" => {
                let index = first.unwrap_or_else(Value::unknown);
                let value = arguments.positional.get(1).cloned().unwrap_or_else(Value::unknown);
                self.set_item(frame, &own, &index, &value, span);
                Value::none()
            }
            "__delitem__" => {
                if let Some(index) = first {
                    self.delete_item(frame, &own, &index);
                }
                Value::none()
            }
            "__iter__" => own,
            "send" | "asend" => self.element(frame, &own, span),
            "close" | "aclose" | "throw" | "task_done" | "join" | "move_to_end" => Value::none(),
            "most_common" | "elements" => {
                let keys = self.keys_of(frame, &own, span);
                let element = if name == "elements" { keys } else { Value::tuple(vec![keys, Value::unknown()]) };
                self.loose_list(frame, element, span, 34)
            }
            "fromkeys" => return None,
            _ => return None,
        })
    }
}

/// A slice of known elements.
fn cut(elements: &[Value], (lower, upper, step): (Option<i64>, Option<i64>, i64)) -> Option<Vec<Value>> {
    let length = elements.len() as i64;
    let clamp = |at: i64| if at < 0 { (at + length).max(0) } else { at.min(length) };
    match step {
        1.. => {
            let (from, to) = (lower.map_or(0, clamp), upper.map_or(length, clamp));
            Some(
                (from..to.max(from))
                    .step_by(usize::try_from(step).ok()?)
                    .map(|at| elements[at as usize].clone())
                    .collect(),
            )
        }
        -1 if lower.is_none() && upper.is_none() => Some(elements.iter().rev().cloned().collect()),
        _ => None,
    }
}
