//! Texts that remember what they were made of: `json.loads(json.dumps(x))` gives `x` again, key by key.
//!
//! What is written is *frozen*: its containers become a part of the text's value, as they are at that time. What reads
//! the same format *thaws* it: new containers with the same content. Which functions write and read which format, models
//! say (`encodes`, `decodes`).

use std::hash::{Hash, Hasher};
use std::rc::Rc;

use vansire_python::ir::Span;
use vansire_python::{Symbol, symbol};

use super::binding::Arguments;
use super::external::CallSite;
use super::{Frame, Solver};
use crate::domain::{
    Constant, Data, Encoding, Identity, Kept, Key, Label, Labels, MAXIMUM_ENCODED, MAXIMUM_ENCODED_DEPTH,
    Object, ObjectId, ObjectKind, Origin, PathId, PathStep, Ref, Value,
};
use crate::model::{Coding, FunctionModel, Read, Step};
use crate::text::CharSet;

/// The field of a container of the caller's under which the caller's own is kept: what isn't known of it here.
const BASE: &str = "<as given>";

/// The formats of copies of what only the caller knows: as it is, and as plain data.
const COPY: &str = "<copy>";
const PLAIN_COPY: &str = "<plain copy>";

/// How containers are taken down.
struct Freezing<'h> {
    kept: Kept,
    /// What makes something that can be written of what can't.
    hook: Option<&'h Value>,
    /// The objects that are being taken down: one in itself is taken down once.
    open: Vec<ObjectId>,
    /// How many values more may be taken down.
    left: u32,
    span: Span,
}

impl<'p> Solver<'p> {
    /// What a text is made of when this is written in a format.
    pub(super) fn encoding(
        &mut self,
        frame: &mut Frame<'p>,
        format: Symbol,
        kept: Kept,
        content: &Value,
        hook: Option<&Value>,
    ) -> Option<Rc<Encoding>> {
        let span = frame.statement;
        let mut freezing = Freezing { kept, hook, open: Vec::new(), left: MAXIMUM_ENCODED, span };
        let content = self.frozen(frame, &mut freezing, content, 0);
        if freezing.left == 0 {
            self.count("encoded structures too large");
            return None;
        }
        Some(Rc::new(Encoding { format, kept, content }))
    }

    /// The text of a container, which is a literal of it.
    pub(super) fn as_literal(&mut self, frame: &mut Frame<'p>, value: &Value, text: Value) -> Value {
        let container = !value.refs.is_empty()
            && value.is_reference()
            && value.refs.iter().all(|one| match one {
                Ref::Tuple(_) => true,
                Ref::Object(id @ (ObjectId::Local(_) | ObjectId::Global(_))) => matches!(
                    self.kind(frame, *id),
                    ObjectKind::Dictionary | ObjectKind::List | ObjectKind::Set
                ),
                _ => false,
            });
        if !container || !text.has_labels() {
            return text;
        }
        let encoding = self.encoding(frame, symbol!("python"), Kept::Whole, value, None);
        text.with_encoding(encoding)
    }

    /// What a value, or the only text in an object of a library's, was made of.
    pub(super) fn encoding_of(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<Rc<Encoding>> {
        if let Some(encoding) = &value.encoding {
            return Some(encoding.clone());
        }
        if !value.is_reference() || value.has_labels() {
            return None;
        }
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        if !matches!(self.kind(frame, *id), ObjectKind::External(_)) || matches!(id, ObjectId::Path(_)) {
            return None;
        }
        self.cell_content(frame, *id).encoding.clone()
    }

    /// What a call gives that reads a text in the format in which it was written; none where what the text was made of
    /// isn't known.
    pub(super) fn remembered(
        &mut self,
        frame: &mut Frame<'p>,
        model: &'p FunctionModel,
        site: &CallSite<'_>,
        name: Symbol,
    ) -> Option<Value> {
        for step in &model.steps {
            let Some((format, read)) = step.coding.as_ref().and_then(Coding::reads) else { continue };
            if !self.conditions(frame, site, &step.when, &step.unless) {
                continue;
            }
            let mut text = Value::undefined();
            for port in &step.from {
                text = text.join(&self.port_value(frame, site, port));
            }
            if let Some(encoding) = self.encoding_of(frame, &text) {
                if encoding.format != format {
                    continue;
                }
                let mut number = 0;
                let content = (encoding.kept, site.span, name);
                let value = self.thawed(frame, &encoding.content, content, &mut number);
                return Some(match read {
                    Read::Same => value,
                    Read::Lists | Read::Pairs => self.read_entries(frame, &value, read, site.span)?,
                });
            }
            if step.to.path.is_empty()
                && let Some(value) = self.read_for_caller(frame, format, &text, name)
            {
                return Some(value);
            }
        }
        None
    }

    /// Entries that were written as texts: those of a dictionary, or pairs.
    fn read_entries(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        read: Read,
        span: Span,
    ) -> Option<Value> {
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        if !value.is_reference() {
            return None;
        }
        let object = self.object(frame, *id);
        let mut entries: Vec<(Key, Vec<Value>)> = Vec::new();
        match object.kind {
            ObjectKind::Dictionary if object.has_fixed_keys() => {
                for (key, value) in &object.entries {
                    entries.push((key.clone(), vec![self.written_text(frame, value)]));
                }
            }
            ObjectKind::List => {
                for pair in self.known_elements(frame, value)? {
                    let parts = self.known_elements(frame, &pair)?;
                    let [key, value] = parts.as_slice() else { return None };
                    let keys = Key::of(key)?;
                    let [key] = keys.as_slice() else { return None };
                    let text = self.written_text(frame, value);
                    match entries.iter_mut().find(|(own, _)| own == key) {
                        Some((_, all)) if read == Read::Lists => all.push(text),
                        _ => entries.push((key.clone(), vec![text])),
                    }
                }
            }
            _ => return None,
        }
        let mut result = Object::new(ObjectKind::Dictionary);
        if read == Read::Pairs {
            // What is empty isn't given, so that places aren't known.
            result = Object::new(ObjectKind::List);
            result.exact = false;
        }
        for (key, texts) in entries {
            if read == Read::Pairs {
                for text in texts {
                    result.rest = result.rest.join(&Value::tuple(vec![key.value(), text]));
                }
                continue;
            }
            let mut list = Object::new(ObjectKind::List);
            list.exact = false;
            list.rest = texts.iter().fold(Value::undefined(), |all, one| all.join(one));
            list.elements = texts;
            let number = 310_000 + result.entries.len() as u32;
            let list = Value::object(self.allocate(frame, span, number, list));
            result.set_entry_perhaps(key, &list);
        }
        Some(Value::object(self.allocate(frame, span, 309_999, result)))
    }

    /// The text that a value is written as. A list is written as several, or as its own text: any of them.
    fn written_text(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        if value.refs.is_empty() {
            return self.text_value(frame, value);
        }
        Value::opaque(self.deep_labels(frame, value).inexact())
    }

    /// What reading a text of the caller's gives: the caller knows what it was made of.
    pub(super) fn read_for_caller(
        &mut self,
        frame: &mut Frame<'p>,
        format: Symbol,
        value: &Value,
        name: Symbol,
    ) -> Option<Value> {
        if !value.texts.is_empty() || !value.constants.is_empty() || !value.other {
            return None;
        }
        let mut labels = value.labels.iter();
        let (Some(label), None) = (labels.next(), labels.next()) else { return None };
        let Origin::Path(path) = label.origin else { return None };
        let own = |one: &Ref| *one == Ref::Object(ObjectId::Path(path));
        if !label.exact || !label.cleared.is_empty() || label.guesses > 0 || !value.refs.iter().all(own) {
            return None;
        }
        let step = self.path_step(path, PathStep::Decoded(format, name));
        (step != path).then(|| self.path_value(frame, step))
    }

    /// The same, where the caller's text is known.
    pub(super) fn project_decoded(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        format: Symbol,
        name: Symbol,
    ) -> Value {
        let span = frame.statement;
        let copied = match format.as_str() {
            COPY => Some(Kept::Whole),
            PLAIN_COPY => Some(Kept::Plain),
            _ => None,
        };
        let encoding = match copied {
            Some(kept) => self.encoding(frame, format, kept, base, None),
            None => self.encoding_of(frame, base).filter(|encoding| encoding.format == format),
        };
        // Several texts can be read in one statement.
        let mut hasher = rustc_hash::FxHasher::default();
        base.hash(&mut hasher);
        let mut number = (hasher.finish() % 1_000_000_000) as u32;
        if let Some(encoding) = encoding {
            return self.thawed(frame, &encoding.content, (encoding.kept, span, name), &mut number);
        }
        if let Some(value) = self.read_for_caller(frame, format, base, name) {
            return value;
        }
        let models = self.input.models;
        let reads =
            |step: &&Step| step.coding.as_ref().and_then(Coding::reads).is_some_and(|(own, _)| own == format);
        let step = models.functions.get(&name).and_then(|model| model.steps.iter().find(reads));
        let Some(step) = step else { return Value::opaque(base.own_labels().inexact()) };
        let arguments = Arguments::default();
        let site = CallSite { receiver: None, arguments: &arguments, span };
        self.stepped_value(frame, step, &site, name, std::slice::from_ref(base))
    }

    // ---- taking down

    fn frozen(
        &mut self,
        frame: &mut Frame<'p>,
        freezing: &mut Freezing<'_>,
        value: &Value,
        depth: u32,
    ) -> Value {
        freezing.left = freezing.left.saturating_sub(1);
        if freezing.left == 0 {
            return Value::unknown();
        }
        let value = self.read(frame, value);
        if value.refs.is_empty() {
            return value;
        }
        if depth >= MAXIMUM_ENCODED_DEPTH {
            self.count("encoded structures too deep");
            return Value::opaque(self.deep_labels(frame, &value).inexact());
        }
        let mut data = (*value).clone();
        data.predicate = None;
        let mut made = Value::undefined();
        for reference in std::mem::take(&mut data.refs) {
            match (&reference, freezing.kept) {
                (Ref::Tuple(elements), kept) => {
                    let elements: Vec<Value> =
                        elements.iter().map(|one| self.frozen(frame, freezing, one, depth + 1)).collect();
                    data.add_reference(if kept == Kept::Whole {
                        Ref::Tuple(Rc::new(elements))
                    } else {
                        let mut list = Object::new(ObjectKind::List);
                        list.elements = elements;
                        Ref::Frozen(Rc::new(list))
                    });
                }
                (Ref::Object(ObjectId::Path(path)), _)
                    if frame.state.object(ObjectId::Path(*path)).is_none() =>
                {
                    // As the caller has it.
                    data.add_reference(reference);
                }
                (Ref::Object(id), _) => {
                    if freezing.open.contains(id) {
                        data.other = true;
                        continue;
                    }
                    if let ObjectId::Path(path) = id {
                        leave_to_copy(&mut data, *path);
                    }
                    freezing.open.push(*id);
                    made = made.join(&self.frozen_object(frame, freezing, *id, depth));
                    freezing.open.pop();
                }
                (Ref::Frozen(object), _) => {
                    let mut object = (**object).clone();
                    self.freeze_within(frame, freezing, &mut object, depth);
                    data.add_reference(Ref::Frozen(Rc::new(self.over_its_base(frame, object))));
                }
                (_, Kept::Whole) => data.add_reference(reference),
                (Ref::Instance(_), Kept::Plain) => {
                    let own = value.edit(|data| data.refs = [reference.clone()].into_iter().collect());
                    match freezing.hook.cloned() {
                        Some(hook) => {
                            let given = Arguments::of(vec![own]);
                            let plain = self.call(frame, &hook, &given, freezing.span);
                            made = made.join(&self.frozen(frame, freezing, &plain, depth + 1));
                        }
                        None => data.other = true,
                    }
                }
                (_, Kept::Plain) => data.other = true,
            }
        }
        data.normalize();
        let value = Value::from(data);
        if value.is_undefined() { made } else { value.join(&made) }
    }

    fn frozen_object(
        &mut self,
        frame: &mut Frame<'p>,
        freezing: &mut Freezing<'_>,
        id: ObjectId,
        depth: u32,
    ) -> Value {
        let mut object = (*self.object(frame, id)).clone();
        let own = Value::object(id);
        if freezing.kept == Kept::Plain {
            match &object.kind {
                ObjectKind::Dictionary | ObjectKind::List | ObjectKind::Unknown => {}
                ObjectKind::Instance(class) => {
                    let ancestors = self.external_ancestors(frame, *class);
                    if ancestors.iter().any(|name| name.as_str().ends_with("dict")) {
                        object.kind = ObjectKind::Dictionary;
                    } else if !object.elements.is_empty()
                        || ancestors
                            .iter()
                            .any(|name| matches!(name.as_str(), "builtins.list" | "builtins.tuple"))
                    {
                        object.kind = ObjectKind::List;
                    } else {
                        return self.frozen_by_hook(frame, freezing, &own, depth);
                    }
                }
                _ => return self.frozen_by_hook(frame, freezing, &own, depth),
            }
            object.fields.clear();
            let entries = std::mem::take(&mut object.entries);
            let optional = std::mem::take(&mut object.optional);
            for (key, value) in entries {
                let sure = !optional.contains(&key);
                let key = text_of_key(key);
                // The later of two keys with the same text counts, where it's there.
                if sure {
                    object.set_entry(key, value);
                } else {
                    object.set_entry_perhaps(key, &value);
                }
            }
            object.keys = as_texts(&object.keys);
        } else {
            match &object.kind {
                ObjectKind::Cell | ObjectKind::Environment(_) | ObjectKind::Class(..) => return own,
                ObjectKind::Instance(_) => {
                    let reduces = ["__reduce__", "__reduce_ex__", "__getstate__", "__setstate__"];
                    if reduces.iter().any(|name| self.special_method(frame, &own, name).is_some()) {
                        let texts = self.deep_labels(frame, &own);
                        return Value::opaque(texts.inexact());
                    }
                }
                _ => {}
            }
        }
        object.when_empty = None;
        self.freeze_within(frame, freezing, &mut object, depth);
        if let ObjectId::Path(path) = id {
            let given = self.plain_path(path);
            object.set_field(Symbol::new(BASE), given);
        }
        Value::reference(Ref::Frozen(Rc::new(object)))
    }

    /// What isn't plain data is what the hook makes of it, or its text.
    fn frozen_by_hook(
        &mut self,
        frame: &mut Frame<'p>,
        freezing: &mut Freezing<'_>,
        own: &Value,
        depth: u32,
    ) -> Value {
        if let Some(hook) = freezing.hook.cloned() {
            let plain = self.call(frame, &hook, &Arguments::of(vec![own.clone()]), freezing.span);
            self.frozen(frame, freezing, &plain, depth + 1)
        } else {
            let labels = self.deep_labels(frame, own);
            let texts = Value::texts(self.texts_of(frame, own));
            texts.join(&Value::opaque(labels.inexact()))
        }
    }

    fn freeze_within(
        &mut self,
        frame: &mut Frame<'p>,
        freezing: &mut Freezing<'_>,
        object: &mut Object,
        depth: u32,
    ) {
        for value in &mut object.elements {
            *value = self.frozen(frame, freezing, value, depth + 1);
        }
        for (_, value) in &mut object.entries {
            *value = self.frozen(frame, freezing, value, depth + 1);
        }
        for (_, value) in &mut object.fields {
            *value = self.frozen(frame, freezing, value, depth + 1);
        }
        object.rest = self.frozen(frame, freezing, &object.rest, depth + 1);
    }

    /// A container with what was changed of it in a callee, once it's known what it was before.
    fn over_its_base(&mut self, frame: &mut Frame<'p>, mut object: Object) -> Object {
        let name = Symbol::new(BASE);
        let Some(given) = object.field(name).cloned() else { return object };

        if given.refs.iter().any(|one| matches!(one, Ref::Object(ObjectId::Path(_)))) {
            // Its caller knows.
            return object;
        }
        object.fields.retain(|(own, _)| *own != name);
        if let [Ref::Frozen(base)] = given.refs.as_slice()
            && given.is_reference()
            && base.kind == ObjectKind::Dictionary
            && matches!(object.kind, ObjectKind::Dictionary | ObjectKind::Unknown)
            && object.rest.is_undefined()
        {
            let mut whole = (**base).clone();
            for (key, value) in &object.entries {
                if object.surely_has(key) {
                    whole.set_entry(key.clone(), value.clone());
                } else {
                    whole.set_entry_perhaps(key.clone(), value);
                }
            }
            return whole;
        }
        let labels = Self::frozen_labels(&given).union(&self.deep_labels(frame, &given));
        object.rest = object.rest.join(&Value::opaque(labels.inexact()));
        object
    }

    /// All labels in what was taken down.
    fn frozen_labels(value: &Value) -> Labels {
        let mut labels = value.own_labels();
        for reference in &value.refs {
            match reference {
                Ref::Frozen(object) => {
                    for value in Ref::frozen_values(object) {
                        labels = labels.union(&Self::frozen_labels(value));
                    }
                }
                Ref::Tuple(elements) => {
                    for value in elements.iter() {
                        labels = labels.union(&Self::frozen_labels(value));
                    }
                }
                _ => {}
            }
        }
        labels
    }

    // ---- giving back

    fn thawed(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        (kept, span, name): (Kept, Span, Symbol),
        number: &mut u32,
    ) -> Value {
        let value = self.passed_through(frame, value, span, name);
        if value.refs.is_empty() {
            return value;
        }
        let mut data = (*value).clone();
        let mut given = Labels::NONE;
        let mut copies = Value::undefined();
        for reference in std::mem::take(&mut data.refs) {
            match &reference {
                Ref::Frozen(object) => {
                    let mut object = (**object).clone();
                    let base = object.field(Symbol::new(BASE)).cloned();
                    object.fields.retain(|(own, _)| own.as_str() != BASE);
                    for value in &mut object.elements {
                        *value = self.thawed(frame, value, (kept, span, name), number);
                    }
                    for (_, value) in &mut object.entries {
                        *value = self.thawed(frame, value, (kept, span, name), number);
                    }
                    for (_, value) in &mut object.fields {
                        *value = self.thawed(frame, value, (kept, span, name), number);
                    }
                    object.rest = self.thawed(frame, &object.rest, (kept, span, name), number);
                    object.keys = self.passed_through(frame, &object.keys, span, name);
                    if let Some(base) = base {
                        let labels = self.deep_labels(frame, &base);
                        object.rest = object.rest.join(&Value::opaque(labels.inexact()));
                        object.exact = false;
                    }
                    if object.kind == ObjectKind::Unknown {
                        object.kind = ObjectKind::Dictionary;
                    }
                    *number = number.wrapping_add(1);
                    let id = self.allocate(frame, span, number.wrapping_add(300_000), object);
                    data.add_reference(Ref::Object(id));
                }
                Ref::Tuple(elements) => {
                    let elements = elements
                        .iter()
                        .map(|one| self.thawed(frame, one, (kept, span, name), number))
                        .collect();
                    data.add_reference(Ref::Tuple(Rc::new(elements)));
                }
                // What the caller gave: another one that is equal to it.
                Ref::Object(ObjectId::Path(path)) => {
                    let format = Symbol::new(if kept == Kept::Plain { PLAIN_COPY } else { COPY });
                    let step = self.path_step(*path, PathStep::Decoded(format, name));
                    if step == *path {
                        let labels = self.deep_labels(frame, &Value::reference(reference.clone()));
                        given = given.union(&labels);
                        data.other = true;
                    } else {
                        copies = copies.join(&self.path_value(frame, step));
                        leave_to_copy(&mut data, *path);
                    }
                }
                _ => data.add_reference(reference),
            }
        }
        if data.other && !given.is_empty() {
            data.labels = data.labels.union(&given);
        }
        let value = Value::from(data);
        if value.is_undefined() { copies } else { value.join(&copies) }
    }

    /// A value whose data went through a function.
    fn passed_through(&mut self, frame: &Frame<'p>, value: &Value, span: Span, name: Symbol) -> Value {
        let own = value.own_labels();
        if own.is_empty() {
            return value.clone();
        }
        let stepped = self.through_labels(frame, &own, span, name);
        value.map_labels(|labels| {
            labels.map(|label| {
                let step = stepped.iter().find(|own| own.origin == label.origin).and_then(|own| own.step);
                Label { step: step.or(label.step), ..*label }
            })
        })
    }
}

/// What an input carries comes with the copy of its object.
fn leave_to_copy(data: &mut Data, path: PathId) {
    data.labels = data.labels.map(|label| {
        let own = label.exact && label.origin == Origin::Path(path);
        Label { chars: if own { CharSet::EMPTY } else { label.chars }, ..*label }
    });
    data.other &= !data.labels.is_empty();
    if data.identity == Some(Identity::Path(path)) {
        data.identity = None;
    }
}

/// A key as a text.
fn text_of_key(key: Key) -> Key {
    match key {
        Key::Integer(number) => Key::Text(Symbol::new(&number.to_string())),
        Key::None => Key::Text(symbol!("null")),
        Key::Boolean(true) => Key::Text(symbol!("true")),
        Key::Boolean(false) => Key::Text(symbol!("false")),
        key => key,
    }
}

/// Keys that aren't constant, as texts.
fn as_texts(keys: &Value) -> Value {
    if keys.constants.is_empty() {
        return keys.clone();
    }
    let texts: Vec<Value> = keys
        .constants
        .iter()
        .map(|one| match one {
            Constant::None => Value::string("null"),
            Constant::Boolean(truth) => Value::string(if *truth { "true" } else { "false" }),
            other => Value::string(&other.text()),
        })
        .collect();
    let others = keys.edit(|data| data.constants.clear());
    texts.iter().fold(others, |all, one| all.join(one))
}
