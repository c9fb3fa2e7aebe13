//! Changes of containers, and the methods of the builtin ones.

use std::rc::Rc;

use vansire_python::ir::Span;
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::builtin_functions::NAMESPACE;
use super::{Frame, Solver};
use crate::domain::{Identity, Key, Object, ObjectId, ObjectKind, PathStep, Ref, Value};

/// Marks a dictionary that counts its keys.
pub(super) const COUNTER: &str = "<counter>";

/// How many elements a list can have, where it's limited.
pub(super) const LIMIT: &str = "<limit>";

impl<'p> Solver<'p> {
    pub(super) fn loose_list(
        &mut self,
        frame: &mut Frame<'p>,
        element: Value,
        span: Span,
        tag: u32,
    ) -> Value {
        let mut list = Object::new(ObjectKind::List);
        list.exact = false;
        list.rest = element;
        Value::object(self.allocate(frame, span, tag, list))
    }

    // ---- `base[index] = value`

    pub(super) fn set_item(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        index: &Value,
        value: &Value,
        span: Span,
    ) {
        if !frame.state.alive {
            return;
        }
        // Under which key something is kept decides about what is found under the others.
        Self::demand_value(frame, index);
        let keys = self.keys_known(frame, index);
        let strong = base.refs.len() == 1 && keys.as_ref().is_some_and(|keys| keys.len() == 1);
        self.item_written(frame, base, keys.as_deref(), value);
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
                        ObjectKind::Unknown => {
                            Self::demand_written(frame, *id, value);
                            Self::demand_written(frame, *id, index);
                        }
                        ObjectKind::External(kind) => {
                            self.item_assigned(frame, *kind, base, index, value, span);
                            if self.configuration_assigned(frame, *id, *kind, index, value, strong, span) {
                                continue;
                            }
                        }
                        ObjectKind::Dictionary
                            if self.object(frame, *id).field(Symbol::new(NAMESPACE)).is_some() =>
                        {
                            let kind = symbol!("builtins.Namespace");
                            self.item_assigned(frame, kind, base, index, value, span);
                        }
                        _ => {}
                    }
                    if kind == ObjectKind::Dictionary {
                        self.write_through(frame, *id, index, keys.as_deref(), value, strong);
                    }
                    // Of several maps in a chain the first one is written.
                    if let Some(first) =
                        Self::chained(&self.object(frame, *id)).and_then(|maps| maps.first().cloned())
                    {
                        self.set_item(frame, &first, index, value, span);
                    }
                    let is_list = kind == ObjectKind::List;
                    let whole = index.clone();
                    self.change(frame, *id, |object| match &keys {
                        Some(keys) => {
                            for key in keys {
                                if is_list && let Key::Integer(at) = key {
                                    match object.place(*at) {
                                        Some(place) if strong => object.elements[place] = value.clone(),
                                        Some(place) => {
                                            object.elements[place] = object.elements[place].join(value);
                                        }
                                        None => {
                                            if *at < 0 {
                                                // From the end: it may be any of them.
                                                for own in &mut object.elements {
                                                    *own = own.join(value);
                                                }
                                            }
                                            object.rest = object.rest.join(value);
                                        }
                                    }
                                    continue;
                                }
                                if strong {
                                    object.set_entry(key.clone(), value.clone());
                                } else {
                                    object.set_entry_perhaps(key.clone(), value);
                                }
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
                                object.set_unknown(&whole, value);
                            }
                        }
                    });
                }
                Ref::Instance(kind) => {
                    self.item_assigned(frame, *kind, base, index, value, span);
                    self.registry_assigned(frame, *kind, index, value);
                    if let Some(entity) = Self::keeper(base, *kind) {
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

    pub(super) fn external_item_stored(
        &mut self,
        frame: &mut Frame<'p>,
        entity: Symbol,
        keys: Option<&[Key]>,
        index: &Value,
        value: &Value,
    ) {
        let id = ObjectId::External(entity);
        self.change(frame, id, |object| {
            if let Some(keys) = keys {
                for key in keys {
                    object.set_entry(key.clone(), value.clone());
                }
            } else {
                object.set_unknown(index, value);
            }
        });
        // A fact about what stood there before doesn't hold for what stands there now.
        if let Some([Key::Text(key)]) = keys {
            frame.state.forget(Identity::Entity(Symbol::new(&format!("{entity}[{key}]"))));
        }
    }

    pub(super) fn delete_item(&mut self, frame: &mut Frame<'p>, base: &Value, index: &Value) {
        if let [Ref::Object(id)] = base.refs.as_slice()
            && matches!(self.kind(frame, *id), ObjectKind::Instance(_))
            && let Some(method) = self.special_method(frame, base, "__delitem__")
        {
            self.call(frame, &method, &Arguments::of(vec![index.clone()]), frame.statement);
            return;
        }
        let Some(keys) = self.keys_known(frame, index) else { return };
        if base.refs.len() != 1 || keys.len() != 1 {
            return;
        }
        if let Some(Ref::Object(id)) = base.refs.first() {
            self.change(frame, *id, |object| {
                if let (ObjectKind::List, Key::Integer(at)) = (&object.kind, &keys[0]) {
                    object.take(*at);
                } else {
                    object.entries.retain(|(key, _)| *key != keys[0]);
                }
            });
        }
    }

    pub(super) fn extend_list(&mut self, frame: &mut Frame<'p>, id: ObjectId, other: &Value, span: Span) {
        if let Some(elements) = self.iterated_elements(frame, other, span) {
            self.change(frame, id, |object| {
                for element in elements {
                    object.push(element);
                }
            });
        } else {
            let element = self.element(frame, other, span);
            self.change(frame, id, |object| {
                // What stood before keeps its place.
                object.rest = object.rest.join(&element);
                object.exact = false;
            });
        }
    }

    /// A shallow copy, as a list if it is none of the containers.
    pub(super) fn copy_container(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        span: Span,
        tag: u32,
    ) -> Value {
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
                        let step = self.path_step(*path, PathStep::Element);
                        let rest = self.path_value(frame, step);
                        copy.rest = copy.rest.join(&rest);
                    }
                    copy
                }
                Ref::Tuple(elements) => {
                    let mut copy = Object::new(ObjectKind::List);
                    copy.elements.clone_from(elements);
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
    pub(super) fn copied(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        deep: bool,
        span: Span,
        depth: u32,
    ) -> Value {
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
                            copy.fields[at].1 = self.copied(
                                frame,
                                &copy.fields[at].1.clone(),
                                true,
                                span,
                                next * 8 + at as u32,
                            );
                        }
                        for at in 0..copy.elements.len() {
                            copy.elements[at] = self.copied(
                                frame,
                                &copy.elements[at].clone(),
                                true,
                                span,
                                next * 64 + at as u32,
                            );
                        }
                        for at in 0..copy.entries.len() {
                            copy.entries[at].1 = self.copied(
                                frame,
                                &copy.entries[at].1.clone(),
                                true,
                                span,
                                next * 512 + at as u32,
                            );
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
        if kind == ObjectKind::Dictionary
            && let Some(maps) = Self::chained(&self.object(frame, id))
            && let Some(value) =
                self.chain_method(frame, &maps, name, first.as_ref(), arguments.positional.get(1), span)
        {
            return Some(value);
        }
        Some(match name {
            "append" | "add" | "appendleft" | "put" | "put_nowait" => {
                let value = first.or_else(|| arguments.rest.clone()).unwrap_or_else(Value::unknown);
                self.change(frame, id, |object| {
                    let limit = object.field(Symbol::new(LIMIT)).and_then(Value::as_integer);
                    if let Some(limit) = limit
                        && object.exact
                        && usize::try_from(limit).is_ok_and(|limit| object.elements.len() >= limit)
                        && !object.elements.is_empty()
                    {
                        // What is at the other end is pushed out.
                        let at = if name == "appendleft" { object.elements.len() - 1 } else { 0 };
                        object.elements.remove(at);
                    }
                    if name == "appendleft" && object.exact {
                        object.elements.insert(0, value);
                    } else if object.kind == ObjectKind::Unknown {
                        object.rest = object.rest.join(&value);
                    } else {
                        object.push(value);
                    }
                });
                self.keep_ordered(frame, id, span);
                Value::none()
            }
            "insert" => {
                let at = first.as_ref().and_then(Value::as_integer);
                let value = arguments.positional.get(1).cloned().unwrap_or_else(Value::unknown);
                self.change(frame, id, |object| match at {
                    Some(at) if object.exact => {
                        let length = object.elements.len() as i64;
                        let at = if at < 0 { (at + length).max(0) } else { at.min(length) };
                        object.elements.insert(at as usize, value);
                    }
                    Some(at @ 0..) if usize::try_from(at).is_ok_and(|at| at <= object.elements.len()) => {
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
                if name == "extendleft" {
                    let known = self.known_elements(frame, &other);
                    let element = self.element(frame, &other, span);
                    self.change(frame, id, |object| match known {
                        Some(elements) if object.exact => {
                            for one in elements {
                                object.elements.insert(0, one);
                            }
                        }
                        _ => {
                            object.forget_positions();
                            object.rest = object.rest.join(&element);
                        }
                    });
                    return Some(Value::none());
                }
                self.extend_list(frame, id, &other, span);
                if self.object(frame, id).field(Symbol::new(LIMIT)).is_some() {
                    // How many were pushed out isn't counted.
                    self.change(frame, id, Object::forget_positions);
                }
                Value::none()
            }
            "update" | "subtract" if self.object(frame, id).field(Symbol::new(COUNTER)).is_some() => {
                if let Some(other) = first {
                    self.count_elements(frame, id, &other, span);
                }
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
                    match self.keys_known(frame, &key) {
                        Some(keys) if keys.len() == 1 && object.surely_has(&keys[0]) => {
                            self.subscript(frame, &own, &key, span)
                        }
                        Some(keys)
                            if object.exact
                                && object.rest.is_undefined()
                                && keys.iter().all(|key| object.entry(key).is_none()) =>
                        {
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
            "update"
            | "union"
            | "difference"
            | "intersection"
            | "symmetric_difference"
            | "intersection_update"
            | "difference_update"
            | "symmetric_difference_update" => {
                let mut others = arguments.positional.clone();
                if let Some(rest) = &arguments.rest {
                    others.push(rest.clone());
                }
                return self.set_method(frame, id, name, &others, span);
            }
            "get" if is_dictionary => {
                let key = first.unwrap_or_else(Value::unknown);
                let mut default = arguments.get(1, "default").unwrap_or_else(Value::none);
                let object = self.object(frame, id);
                // `table.get(character, character)`: what is left as it is has no place in the table.
                if let Some(identity) = key.identity
                    && default.identity == key.identity
                    && let Some(fact) = super::comparisons::without_characters(identity, &object.all_keys())
                {
                    default = fact.apply(&default);
                }
                match self.keys_known(frame, &key) {
                    Some(keys) if object.exact && keys.len() == 1 => match object.entry(&keys[0]) {
                        Some(_) if object.surely_has(&keys[0]) => self.subscript(frame, &own, &key, span),
                        Some(_) => self.subscript(frame, &own, &key, span).join(&default),
                        None if object.rest.is_undefined() => default,
                        None => object.rest.join(&default),
                    },
                    // What a class of the project does where a key is missing, it does at a look-up only.
                    keys if matches!(kind, ObjectKind::Instance(_))
                        && self.special_method(frame, &own, "__missing__").is_some() =>
                    {
                        let value = self.dictionary_item(frame, id, &object, keys.as_deref(), span);
                        value.join(&default)
                    }
                    _ => {
                        let value = self.subscript(frame, &own, &key, span);
                        if value.is_undefined() { default } else { value.join(&default) }
                    }
                }
            }
            "__next__" | "__anext__" if kind == ObjectKind::Iterator => self.next_of(frame, &own, None, span),
            "get" | "get_nowait" | "popleft" | "__next__" | "__anext__" if !is_dictionary => {
                if matches!(name, "popleft" | "get" | "get_nowait") {
                    let object = self.object(frame, id);
                    if object.kind == ObjectKind::List {
                        // The one put in last comes first out of a stack, and out of nothing else.
                        let last_first = object.field(symbol!("<stack>")).is_some();
                        let mut value = None;
                        let at = if last_first { -1 } else { 0 };
                        if object.can_take(at) || matches!(id, ObjectId::Path(_)) && !object.exact {
                            self.change(frame, id, |object| value = object.take(at));
                        }
                        if let Some(value) = value {
                            return Some(value);
                        }
                    }
                }
                self.element(frame, &own, span)
            }
            "pop" if kind == ObjectKind::Dictionary => {
                let key = first.unwrap_or_else(Value::unknown);
                let object = self.object(frame, id);
                let known = self.keys_known(frame, &key);
                // What is shared with others they may have taken out before.
                let own_only = !matches!(id, ObjectId::Global(_)) || self.is_shared(frame);
                let present = own_only
                    && known.as_ref().is_some_and(|keys| keys.iter().all(|key| object.surely_has(key)));
                let perhaps =
                    known.as_ref().is_some_and(|keys| keys.iter().any(|key| object.entry(key).is_some()));
                let mut value = if perhaps || known.is_none() || !object.exact || !object.rest.is_undefined()
                {
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
                if object.kind == ObjectKind::Set {
                    // Any of them is gone.
                    let element = self.element(frame, &own, span);
                    if object.elements.len() != 1 || !object.exact {
                        self.change(frame, id, Object::forget_positions);
                        return Some(element);
                    }
                }
                let at = first.as_ref().map_or(Some(-1), Value::as_integer);
                let mut value = None;
                // The caller learns that its list was changed, even where nothing is known of it here.
                let unseen = matches!(id, ObjectId::Path(_)) && !object.exact;
                if unseen || at.map_or(!object.elements.is_empty(), |at| object.can_take(at)) {
                    self.change(frame, id, |object| match at {
                        Some(at) => value = object.take(at),
                        None => object.forget_positions(),
                    });
                }
                match value {
                    Some(value) => value,
                    None => self.element(frame, &own, span),
                }
            }
            "popitem" => {
                let object = self.object(frame, id);
                let known = object.has_fixed_keys();
                let last = arguments.get(0, "last").map_or(Some(true), |one| one.truth());
                if let (true, true, Some(last)) = (known, is_dictionary, last)
                    && !object.entries.is_empty()
                {
                    let at = if last { object.entries.len() - 1 } else { 0 };
                    let (key, value) = object.entries[at].clone();
                    self.change(frame, id, |object| {
                        object.entries.remove(at);
                    });
                    return Some(Value::tuple(vec![key.value(), value]));
                }
                let key = self.keys_of(frame, &own);
                let value = self.values_of(frame, &own);
                Value::tuple(vec![key, value])
            }
            "remove" | "discard" => {
                if let (Some(value), ObjectKind::Set) = (&first, &kind) {
                    self.discarded(frame, id, value);
                    return Some(Value::none());
                }
                if let Some(value) = first {
                    self.change(frame, id, |object| {
                        // The first that is the same value; those in front are known to be others.
                        let at = object.elements.iter().position(|own| {
                            let same = own.identity.is_some() && own.identity == value.identity;
                            same || !(own.is_constant() && value.is_constant()) || *own == value
                        });
                        let at = at.filter(|&at| {
                            let own = &object.elements[at];
                            let known = own.is_constant() && own.as_string().is_some() && *own == value;
                            known || own.identity.is_some() && own.identity == value.identity
                        });
                        if let Some(at) = at {
                            object.elements.remove(at);
                        } else if object.kind == ObjectKind::List {
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
                    object.optional.clear();
                    object.rest = Value::undefined();
                    object.keys = Value::undefined();
                    object.exact = true;
                });
                Value::none()
            }
            "rotate" => {
                let by = first.as_ref().map_or(Some(1), Value::as_integer);
                self.change(frame, id, |object| match by {
                    Some(by) if object.exact && object.rest.is_undefined() => {
                        let length = object.elements.len() as i64;
                        let by = by.checked_rem_euclid(length).unwrap_or(0);
                        object.elements.rotate_right(by as usize);
                    }
                    _ => object.forget_positions(),
                });
                Value::none()
            }
            "sort" => {
                let object = self.object(frame, id);
                let known = object.exact && object.rest.is_undefined();
                let sorted =
                    if known { self.sorted_by(frame, &object.elements, arguments, span) } else { None };
                if let (None, Some(key)) = (&sorted, arguments.keyword("key")) {
                    let element = self.element(frame, &own, span);
                    self.call(frame, &key, &Arguments::of(vec![element]), span);
                }
                self.change(frame, id, |object| match sorted {
                    Some(sorted) => object.elements = sorted,
                    None => object.forget_positions(),
                });
                Value::none()
            }
            "reverse" => {
                self.change(frame, id, |object| {
                    if object.exact {
                        object.elements.reverse();
                    } else {
                        object.forget_positions();
                    }
                });
                Value::none()
            }
            "copy" | "__copy__" | "__deepcopy__" => self.copied(frame, &own, false, span, 0),
            "keys" | "values" | "items" if is_dictionary => self.view(frame, id, name, span),
            "index" => self.place_in(frame, &own, first.as_ref(), span),
            "count" | "__len__" | "qsize" | "total" => Value::unknown(),
            "empty" | "full" => Value::either(),
            "issubset" | "issuperset" | "isdisjoint" => {
                let other = first.unwrap_or_else(Value::unknown);
                self.related_sets(frame, name, &own, &other)
            }
            "__contains__" => Value::either(),
            "__getitem__" => {
                let index = first.unwrap_or_else(Value::unknown);
                if matches!(kind, ObjectKind::Instance(_)) {
                    return Some(self.inherited_item(frame, id, &index, span));
                }
                self.subscript(frame, &own, &index, span)
            }
            "__setitem__" => {
                let index = first.unwrap_or_else(Value::unknown);
                let value = arguments.positional.get(1).cloned().unwrap_or_else(Value::unknown);
                match kind {
                    ObjectKind::Instance(_) => self.set_inherited_item(frame, id, &index, &value),
                    _ => self.set_item(frame, &own, &index, &value, span),
                }
                Value::none()
            }
            "__delitem__" => {
                if let Some(index) = first {
                    self.delete_item(frame, &own, &index);
                }
                Value::none()
            }
            "__iter__" => own,
            "send" | "asend" => self.sent(frame, id, &first.unwrap_or_else(Value::none), span),
            "move_to_end" => {
                let keys = first.as_ref().and_then(Key::of);
                let last = arguments.get(1, "last").map_or(Some(true), |one| one.truth());
                self.change(frame, id, |object| match (keys.as_deref(), last) {
                    (Some([key]), Some(last)) => {
                        if let Some(at) = object.entries.iter().position(|(own, _)| own == key) {
                            let entry = object.entries.remove(at);
                            let at = if last { object.entries.len() } else { 0 };
                            object.entries.insert(at, entry);
                        }
                    }
                    _ => object.forget_positions(),
                });
                Value::none()
            }
            "throw" | "athrow" if kind == ObjectKind::Iterator => {
                let exception = first.unwrap_or_else(Value::unknown);
                let thrown = self.thrown(frame, id, &exception, span);
                thrown.unwrap_or_else(|| self.element(frame, &own, span))
            }
            "close" | "aclose" | "throw" | "task_done" | "join" => Value::none(),
            "most_common" | "elements" => {
                let keys = self.keys_of(frame, &own);
                let element =
                    if name == "elements" { keys } else { Value::tuple(vec![keys, Value::unknown()]) };
                self.loose_list(frame, element, span, 34)
            }
            "fromkeys" => return None,
            _ => return None,
        })
    }
}
