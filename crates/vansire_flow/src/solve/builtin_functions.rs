//! The builtin functions.

use std::rc::Rc;

use vansire_python::ir::Span;
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Fact, Kept, Key, Labels, Nature, Object, ObjectId, ObjectKind, Ref, Value};
use crate::text::{CharSet, KindSet, SinkKind};

/// Marks a dictionary whose keys are names of variables.
pub(super) const NAMESPACE: &str = "<namespace>";

impl<'p> Solver<'p> {
    pub(super) fn builtin_function(
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
                            return Some(value.map_labels(|labels| labels.of_nature(Nature::Plain)));
                        }
                        let text = self.text_value(frame, &value);
                        let text = self.as_literal(frame, &value, text);
                        // That it is a text from here on shows in its trace.
                        if text.other && text.texts.is_empty() && !text.labels.is_empty() {
                            let name = Symbol::new("builtins.str");
                            let kind = crate::domain::StepKind::Through;
                            let labels = self.stepped(&text.labels, kind, frame.file, span, name);
                            return Some(text.edit(|data| data.labels = labels));
                        }
                        text
                    }
                    "format" => {
                        let specification = second.unwrap_or_else(|| Value::string(""));
                        self.formatted(frame, &value, None, &specification, span)
                    }
                    _ => {
                        let text = self.formatted(frame, &value, Some('r'), &Value::string(""), span);
                        if value.refs.is_empty() && !value.is_constant() {
                            let format = symbol!("python");
                            let encoding = self.encoding(frame, format, Kept::Whole, &value, None);
                            text.with_encoding(encoding)
                        } else {
                            self.as_literal(frame, &value, text)
                        }
                    }
                }
            }
            "bytes" | "bytearray" | "memoryview" => {
                let value = first.unwrap_or_else(|| Value::string(""));
                // So many zeros.
                if let Some(count @ 0..=64) = value.as_integer()
                    && name != "memoryview"
                {
                    return Some(Value::string(&"\0".repeat(count as usize)));
                }
                let labels = self.deep_labels(frame, &value);
                if value.refs.is_empty() { value } else { Value::opaque(labels.inexact()) }
            }
            "int" | "float" | "complex" | "bool" => self.number(frame, name, first.as_ref(), span),
            "len" => {
                let value = first?;
                if let Some(elements) = self.known_elements(frame, &value)
                    && self.are_distinct(frame, &value, &elements)
                {
                    return Some(Value::integer(elements.len() as i64));
                }
                if let Some(method) = self.special_method(frame, &value, "__len__") {
                    return Some(self.call(frame, &method, &Arguments::default(), span));
                }
                if let Some(text) = value.as_string() {
                    return Some(Value::integer(text.chars().count() as i64));
                }
                if let Some((entries, true)) = self.known_entries(frame, &value) {
                    Value::integer(entries.len() as i64)
                } else {
                    Self::demand_value(frame, &value);
                    // Where there is none of it, it was false.
                    match &value.predicate {
                        Some(found) => {
                            Value::unknown().with_predicate(found.when_true.clone(), found.when_false.clone())
                        }
                        None => Value::unknown(),
                    }
                }
            }
            "ord" => {
                // A number; but `chr` makes the character of it again.
                let value = first?;
                let mut characters = value.as_string().unwrap_or_default().chars();
                if let (Some(one), None) = (characters.next(), characters.next()) {
                    return Some(Value::integer(i64::from(one as u32)));
                }
                let labels = self.deep_labels(frame, &value);
                let number = Value::opaque(labels.restrict(CharSet::EMPTY, CharSet::DIGITS).inexact());
                Self::note_code(frame, number, &value, span)
            }
            "abs" | "round" | "divmod" | "pow" | "hash" | "id" => {
                if let Some(known) = self.computed(frame, name, arguments) {
                    return Some(known);
                }
                let value = first?;
                if matches!(name, "abs" | "round" | "hash")
                    && let Some(method) = self.special_method(frame, &value, &format!("__{name}__"))
                {
                    let rest = Arguments::of(arguments.positional[1..].to_vec());
                    return Some(self.call(frame, &method, &rest, span));
                }
                match (name, value.as_constant()) {
                    ("abs" | "round", None) => {
                        let labels = value.own_labels();
                        Value::opaque(labels.restrict(CharSet::NUMBER, CharSet::EMPTY).inexact())
                    }
                    _ => Value::unknown(),
                }
            }
            "chr" => {
                let value = first?;
                if let Some(one) =
                    value.as_integer().and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32)
                {
                    Value::string(&one.to_string())
                } else {
                    let labels = self.deep_labels(frame, &value);
                    Value::opaque(labels.restrict(CharSet::ALL, CharSet::ALL).inexact())
                }
            }
            "hex" | "oct" | "bin" => self.computed(frame, name, arguments).unwrap_or_else(Value::unknown),
            "sum" => {
                if let Some(known) = self.computed(frame, name, arguments) {
                    return Some(known);
                }
                let value = first?;
                // Lists and tuples one behind the other.
                if let Some(start) = second.or_else(|| arguments.keyword("start"))
                    && !start.refs.is_empty()
                    && let Some(elements) = self.iterated_elements(frame, &value, span)
                    && elements.len() <= 12
                {
                    return Some(elements.iter().fold(start, |all, one| {
                        self.binary(frame, vansire_python::ir::BinaryOperator::Add, &all, one, span)
                    }));
                }
                let element = self.element(frame, &value, span);
                let labels = self.deep_labels(frame, &element);
                Value::opaque(labels.inexact())
            }
            "min" | "max" => {
                if let Some(known) = self.computed(frame, name, arguments) {
                    return Some(known);
                }
                let known = match (&first, &second, &arguments.rest) {
                    (Some(value), None, None) => self.members_iterated(frame, value, span),
                    (_, Some(_), None) => Some(arguments.positional.clone()),
                    _ => None,
                };
                if let Some(known) = known.filter(|known| !known.is_empty()) {
                    let key = arguments.keyword("key");
                    if let Some(sorted) = self.in_order(frame, &known, key.as_ref(), name == "max", span) {
                        return sorted.into_iter().next();
                    }
                }
                if let Some(key) = arguments.keyword("key") {
                    let element = match &second {
                        Some(_) => {
                            arguments.positional.iter().fold(Value::undefined(), |all, one| all.join(one))
                        }
                        None => self.element(frame, &first.clone()?, span),
                    };
                    self.call(frame, &key, &Arguments::of(vec![element]), span);
                }
                if second.is_some() {
                    let all = arguments.positional.iter().fold(Value::undefined(), |all, one| all.join(one));
                    // The least of several is no larger than that of ours.
                    let bounded = name == "min" && arguments.positional.iter().any(|one| !one.has_labels());
                    let sizes = if bounded { KindSet::EMPTY.with(SinkKind::Size) } else { KindSet::EMPTY };
                    all.map_labels(|labels| labels.clear(sizes))
                } else {
                    let value = first?;
                    let default = arguments.keyword("default").unwrap_or_default();
                    // Whether there is anything to choose from may be known.
                    match self.known_elements(frame, &value) {
                        Some(elements) if elements.is_empty() && !default.is_undefined() => default,
                        Some(elements) if !elements.is_empty() => {
                            elements.iter().fold(Value::undefined(), |all, one| all.join(one))
                        }
                        _ => self.element(frame, &value, span).join(&default),
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
                if name == "reversed"
                    && let Some(value) = &first
                    && let Some(method) = self.special_method(frame, value, "__reversed__")
                {
                    return Some(self.call(frame, &method, &Arguments::default(), span));
                }
                let mut object = Object::new(kind);
                let origin = first.clone();
                if let Some(value) = first {
                    if name == "sorted"
                        && let Some(elements) = self.members_iterated(frame, &value, span)
                        && let Some(sorted) = self.sorted_by(frame, &elements, arguments, span)
                    {
                        object.elements = sorted;
                        return Some(Value::object(self.allocate(frame, span, 84, object)));
                    }
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
                        // Their order doesn't matter.
                        _ if matches!(name, "set" | "frozenset" | "sorted") => {
                            self.members_iterated(frame, &value, span)
                        }
                        _ => self.iterated_elements(frame, &value, span),
                    };
                    if let Some(mut elements) = known {
                        if name == "reversed" {
                            elements.reverse();
                        }
                        if name == "tuple" {
                            return Some(Value::tuple(elements));
                        }
                        for element in elements {
                            object.push(element);
                        }
                        if name == "sorted" {
                            object.forget_positions();
                        }
                    } else {
                        Self::demand_value(frame, &value);
                        object.exact = false;
                        object.rest = self.element(frame, &value, span);
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
                        object.set_unknown(&Value::unknown(), rest);
                    });
                }
                Value::object(id)
            }
            "dict.fromkeys" => {
                let keys = first?;
                let value = second.unwrap_or_else(Value::none);
                let id = self.allocate(frame, span, 86, Object::new(ObjectKind::Dictionary));
                if let Some(elements) = self.members_iterated(frame, &keys, span) {
                    for key in elements {
                        self.set_item(frame, &Value::object(id), &key, &value, span);
                    }
                } else {
                    let key = self.element(frame, &keys, span);
                    self.set_item(frame, &Value::object(id), &key, &value, span);
                }
                Value::object(id)
            }
            "str.maketrans" => self.translation_table(frame, arguments, span),
            "bytes.fromhex" | "bytearray.fromhex" => {
                let text = first?;
                if let Some(encoding) = self.encoding_of(frame, &text)
                    && encoding.format.as_str() == "hexadecimal"
                {
                    return Some(encoding.content.clone());
                }
                let labels = text.own_labels();
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
                let start =
                    second.or_else(|| arguments.keyword("start")).map_or(Some(0), |start| start.as_integer());
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
                self.next_of(frame, &value, second.as_ref(), span)
            }
            "any" | "all" => {
                let value = first?;
                if let Some(elements) = self.known_elements(frame, &value) {
                    let truths: Vec<Option<bool>> = elements.iter().map(Value::truth).collect();
                    let stop = name == "any";
                    if truths.contains(&Some(stop)) {
                        return Some(Value::boolean(stop));
                    }
                    if truths.iter().all(|truth| *truth == Some(!stop)) {
                        return Some(Value::boolean(!stop));
                    }
                    // What each of them proves holds when all of them are true, or none of them is.
                    let facts = super::comparisons::collect_facts(
                        elements
                            .iter()
                            .filter_map(|element| element.predicate.as_ref())
                            .flat_map(|predicate| {
                                let side = if stop { &predicate.when_false } else { &predicate.when_true };
                                side.iter().cloned().collect::<Vec<_>>()
                            })
                            .collect(),
                    );
                    return Some(if stop {
                        Value::either().with_predicate(Rc::default(), facts)
                    } else {
                        Value::either().with_predicate(facts, Rc::default())
                    });
                }
                Value::either()
            }
            "isinstance" => {
                let (value, class) = (first?, second?);
                if let Some(truth) = self.instance_check(frame, &value, &class) {
                    Value::boolean(truth)
                } else {
                    let Some(identity) = value.identity else { return Some(Value::either()) };
                    let fact = self.class_fact(frame, &class);
                    let facts = |fact: Option<Fact>| {
                        fact.map_or_else(Rc::default, |fact| Rc::new(vec![(identity, fact)]))
                    };
                    let no_text = self.fact_of_other_than(&value, &class);
                    let foreign = self.fact_of_foreign(&value, &class);
                    Value::either().with_predicate(facts(fact.or(foreign)), facts(no_text))
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
                            && self
                                .external_ancestors(frame, class)
                                .iter()
                                .all(|one| one.as_str() == "builtins.object")
                        {
                            let found = self.class_lookup(frame, class, Symbol::new(name)).is_some();
                            return Some(Value::boolean(found));
                        }
                        Value::either()
                    }
                    // What the models say of the attribute.
                    ([Ref::Instance(kind)], Some(name)) if !value.other => {
                        let member = self.member(*kind, Symbol::new(name));
                        if self.input.models.sources.contains_key(&member) {
                            Value::boolean(true)
                        } else {
                            Value::either()
                        }
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
                                let own = Value::object(*id);
                                for method in ["__getattribute__", "__getattr__"] {
                                    if let Some(method) = self.special_method(frame, &own, method) {
                                        let given = Arguments::of(vec![name.clone()]);
                                        all = all.join(&self.call(frame, &method, &given, span));
                                    }
                                }
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
                                if let Some(method) = self.metaclass_method(frame, *class, "__getattr__") {
                                    let given = Arguments::of(vec![name.clone()]);
                                    all = all.join(&self.call(frame, &method, &given, span));
                                }
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
                        ([Ref::Object(id @ (ObjectId::Local(_) | ObjectId::Global(_)))], Some(_))
                            if !value.other =>
                        {
                            let object = self.object(frame, *id);
                            let in_class = match object.kind {
                                ObjectKind::Instance(class) => {
                                    self.class_lookup(frame, class, Symbol::new(&name)).is_some()
                                        || self
                                            .class_lookup(frame, class, Symbol::new("__getattr__"))
                                            .is_some()
                                        || !self
                                            .external_ancestors(frame, class)
                                            .iter()
                                            .all(|one| one.as_str() == "builtins.object")
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
                                    // Mostly it's another one.
                                    for (_, own) in &mut object.fields {
                                        *own = own.join(&value.unsure());
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
                // It has what the module has made so far.
                if self.module_depth > 0 {
                    self.flush(frame);
                }
                let (_, ir) = self.body(crate::domain::BodyIndex(self.input.bases[file as usize]));
                for slot in &ir.slots {
                    let value = self.global(frame, slot.name);
                    object.set_entry(Key::Text(slot.name), value);
                }
                object.set_field(Symbol::new(NAMESPACE), Value::reference(Ref::Module(file)));
                Value::object(self.allocate(frame, span, 89, object))
            }
            "dir" => match first {
                Some(subject) => self.names_of_module(frame, &subject, span),
                None => Value::unknown(),
            },
            "locals" => Value::unknown(),
            "type" => {
                let value = first?;
                if arguments.positional.len() >= 3 {
                    return Some(Value::unknown());
                }
                Self::demand_value(frame, &value);
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
                if result.is_undefined() { Self::type_of_constant(&value) } else { result }
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
                let bounds: Option<Vec<i64>> = arguments.positional.iter().map(Value::as_integer).collect();
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
            "slice" => match arguments.positional.as_slice() {
                [stop] => self.slice_object(frame, [None, Some(stop), None], span),
                [start, stop] => self.slice_object(frame, [Some(start), Some(stop), None], span),
                [start, stop, step] => self.slice_object(frame, [Some(start), Some(stop), Some(step)], span),
                _ => Value::unknown(),
            },
            "eval" | "exec" => {
                // Constant code is known to be a name of ours or not known at all.
                let code = first?;
                match code.as_string() {
                    Some(text) => {
                        let text = text.trim().to_owned();
                        // A plain name, or a call of it without arguments.
                        let (text, is_call) = match text.strip_suffix("()") {
                            Some(name) => (name.to_owned(), true),
                            None => (text, false),
                        };
                        if name == "exec" && !is_call {
                            return Some(Value::unknown());
                        }
                        let plain = text.chars().all(|one| one.is_alphanumeric() || one == '_' || one == '.');
                        if plain && text.starts_with(|one: char| one.is_alphabetic() || one == '_') {
                            let mut parts = text.split('.');
                            let head = Symbol::new(parts.next().unwrap_or_default());
                            let slot = frame.ir.slots.iter().position(|slot| slot.name == head);
                            let mut value = match slot {
                                Some(slot) => {
                                    let variable = vansire_python::ir::Variable::Local(
                                        vansire_python::ir::SlotId(slot as u32),
                                    );
                                    self.variable(frame, variable, head)
                                }
                                None => self.global(frame, head),
                            };
                            for part in parts {
                                value = self.attribute(frame, &value, Symbol::new(part), span);
                            }
                            if is_call {
                                value = self.call(frame, &value, &Arguments::default(), span);
                            }
                            return Some(if name == "exec" { Value::none() } else { value });
                        }
                        Value::unknown()
                    }
                    None => Value::unknown(),
                }
            }
            "super" => Value::unknown(),
            "object" => {
                let object = Object::new(ObjectKind::External(Symbol::new("builtins.object")));
                Value::object(self.allocate(frame, span, 92, object))
            }
            _ if name.ends_with("Error")
                || name.ends_with("Exception")
                || name.ends_with("Warning")
                || matches!(name, "StopIteration" | "KeyboardInterrupt" | "SystemExit") =>
            {
                let mut object = Object::new(ObjectKind::External(Symbol::new(&format!("builtins.{name}"))));
                object.set_field(Symbol::new("args"), Value::tuple(arguments.positional.clone()));
                if let ("StopIteration", Some(value)) = (name, arguments.positional.first()) {
                    object.set_field(Symbol::new("value"), value.clone());
                }
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
}
