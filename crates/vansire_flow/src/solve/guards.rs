//! Library functions that prove something about two values at once: that a path lies in a folder, that
//! data was signed. What proves something about one value alone is said by the models.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::{BinaryOperator, CompareOperator, Span};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Fact, Facts, Identity, Key, Label, Labels, ObjectKind, Origin, PathId, Ref, Value};
use crate::text::{CharSet, Form, KindSet, SinkKind};

/// Where the name of a file is used.
pub(super) const PATHS: KindSet = Fact::PATHS;

/// Where an address is used.
pub(super) const ADDRESSES: KindSet =
    KindSet::EMPTY.with(SinkKind::Url).with(SinkKind::Host).with(SinkKind::Redirect);

/// The field under which a set of characters remembers the text that they're from.
const TEXT_OF: &str = "<text>";

/// The field under which the segments of a path remember the path.
const PATH_OF: &str = "<path>";

impl<'p> Solver<'p> {
    /// What such a function gives; none when it is no such function, or when the models say the rest.
    pub(super) fn relation(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        receiver: Option<&Value>,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        match name {
            "pathlib.PurePath.is_relative_to" => {
                let proved = self.inside(frame, receiver?, &arguments.get(0, "other")?)?;
                Some(Value::either().with_predicate(Rc::new(vec![proved]), Facts::default()))
            }
            "pathlib.PurePath.relative_to" => {
                let (identity, fact) = self.inside(frame, receiver?, &arguments.get(0, "other")?)?;
                // It raises where the path lies elsewhere.
                Self::establish(&mut frame.state, identity, &fact);
                None
            }
            "os.path.isabs" | "pathlib.PurePath.is_absolute" => {
                let path = if receiver.is_some() { receiver?.clone() } else { arguments.get(0, "s")? };
                if path.as_strings().is_some() {
                    return None;
                }
                let fact = Fact { form: Form::RELATIVE, ..Fact::default() };
                Some(Value::either().with_predicate(Rc::default(), Rc::new(vec![(path.identity?, fact)])))
            }
            "os.path.relpath" => {
                // Both are made absolute and normal: where the way doesn't lead up, the path lies below.
                let (path, start) = (arguments.get(0, "path")?, arguments.get(1, "start")?);
                let from = self.deep_labels(frame, &start);
                if !path.has_labels() || !from.iter().all(|label| self.is_handed_over(label)) {
                    return None;
                }
                let labels = path.own_labels().map(|label| Label { normalized: true, ..label.changed() });
                Some(Self::implying(frame, Value::opaque(labels), path.identity?, PATHS, span))
            }
            "os.path.commonpath" => {
                let paths = self.known_elements(frame, &arguments.get(0, "paths")?)?;
                // The one that the other is a part of: the folder's own data is in both.
                let normal = paths.iter().filter(|path| normalized(path));
                let checked = normal.max_by_key(|path| path.own_labels().iter().count())?.identity?;
                let labels = paths.iter().fold(self.no_labels(), |all, path| all.union(&path.own_labels()));
                // What both have in common is ours: so the other lies below it.
                Some(Self::implying(frame, Value::opaque(labels.inexact()), checked, PATHS, span))
            }
            "hmac.new" | "hmac.HMAC" | "hmac.digest" => {
                let key = arguments.get(0, "key")?;
                let message = arguments.get(1, "msg").or_else(|| arguments.get(1, "msg"))?;
                if !self.deep_labels(frame, &key).is_empty() {
                    return None;
                }
                let kinds = SinkKind::ALL.iter().copied().collect();
                let value = if name == "hmac.digest" {
                    Value::unknown()
                } else {
                    Value::reference(Ref::Instance(Symbol::new("hmac.HMAC")))
                };
                Some(Self::implying(frame, value, message.identity?, kinds, span))
            }
            "hmac.HMAC.digest" | "hmac.HMAC.hexdigest" => {
                let implies = frame.state.fact(receiver?.identity?)?.implies?;
                Some(Self::implying(frame, Value::unknown(), implies.0, implies.1, span))
            }
            "hmac.compare_digest" | "secrets.compare_digest" => {
                let (one, two) = (arguments.get(0, "a")?, arguments.get(1, "b")?);
                Some(Self::signature(frame, &one, &two).unwrap_or_else(Value::either))
            }
            _ => None,
        }
    }

    /// `path.parents`: where a folder of ours is among them, the path lies in it.
    pub(super) fn parents(frame: &mut Frame<'p>, value: Value, path: &Value, span: Span) -> Value {
        match path.identity {
            Some(identity) if normalized(path) => Self::implying(frame, value, identity, PATHS, span),
            _ => value,
        }
    }

    /// The inputs that decide about a folder, where nothing else does. The folder that a library's caller chooses is
    /// one of ours: it is what that caller keeps others in.
    pub(super) fn folder_of(&self, labels: &Labels) -> Option<Vec<PathId>> {
        labels
            .iter()
            .filter(|label| !self.is_handed_over(label))
            .map(|label| match label.origin {
                Origin::Path(path) => Some(path),
                Origin::Source(_) => None,
            })
            .collect()
    }

    /// What is proved of a path that lies in a folder, if that isn't somebody else's.
    pub(super) fn lies_inside(&self, frame: &mut Frame<'p>, folder: &Labels) -> Option<Fact> {
        let folder = self.folder_of(folder)?;
        if folder.is_empty() {
            return Some(Fact { cleared: PATHS, ..Fact::default() });
        }
        // Only the caller knows what the folder is.
        for &path in &folder {
            Self::demand(frame, path);
        }
        Some(Fact { inside: Some(Rc::new(folder)), ..Fact::default() })
    }

    /// The identity of a path without `..` that is compared with a folder of ours, and what that proves.
    fn inside(&mut self, frame: &mut Frame<'p>, path: &Value, folder: &Value) -> Option<(Identity, Fact)> {
        if !normalized(path) {
            return None;
        }
        let labels = self.deep_labels(frame, folder);
        Some((path.identity?, self.lies_inside(frame, &labels)?))
    }

    /// A value from which something follows for another, once it is found to be what it should.
    fn implying(frame: &mut Frame<'p>, value: Value, base: Identity, kinds: KindSet, span: Span) -> Value {
        value.with_identity(Some(Self::implication(frame, base, kinds, span, 620)))
    }

    fn implication(frame: &mut Frame<'p>, base: Identity, kinds: KindSet, span: Span, tag: u32) -> Identity {
        let identity = Identity::Site(span.start, tag);
        frame.state.forget(identity);
        frame.state.add_fact(identity, &Fact { implies: Some((base, kinds)), ..Fact::default() });
        identity
    }

    /// A signature that we computed is the one that was sent: what was signed comes from us.
    pub(super) fn signature(frame: &Frame<'p>, one: &Value, two: &Value) -> Option<Value> {
        for (ours, sent) in [(one, two), (two, one)] {
            if let Some(identity) = ours.identity
                && !ours.has_labels()
                && sent.has_labels()
                && let Some((_, kinds)) = frame.state.fact(identity).and_then(|fact| fact.implies)
                // The host of an address of ours is no signature.
                && SinkKind::ALL.iter().all(|kind| kinds.contains(*kind))
            {
                let fact = Fact { trusted: true, ..Fact::default() };
                return Some(
                    Value::either().with_predicate(Rc::new(vec![(identity, fact)]), Facts::default()),
                );
            }
        }
        None
    }

    // ---- addresses

    /// `urljoin(base, url)` with a base of ours: what is found of the result's host holds for the second.
    pub(super) fn joined_url(
        &mut self,
        frame: &mut Frame<'p>,
        values: &[Value],
        result: Value,
        span: Span,
    ) -> Value {
        let [base, url] = values else { return result };
        match url.identity {
            Some(identity) if url.has_labels() && !base.has_labels() => {
                result.with_identity(Some(Self::implication(frame, identity, ADDRESSES, span, 640)))
            }
            _ => result,
        }
    }

    /// `unquote(url)`: where that leads to a host of ours, so does the address.
    pub(super) fn normalized_address(
        frame: &mut Frame<'p>,
        values: &[Value],
        result: Value,
        span: Span,
    ) -> Value {
        match values {
            [url] if url.identity.is_some() && url.has_labels() => {
                let identity = url.identity.map(|own| Self::implication(frame, own, ADDRESSES, span, 641));
                result.with_identity(identity)
            }
            _ => result,
        }
    }

    // ---- segments of paths

    /// What a path was split into remembers the path.
    pub(super) fn note_path_of_segments(&mut self, frame: &mut Frame<'p>, segments: &Value, path: &Value) {
        if let [Ref::Object(id)] = segments.refs.as_slice()
            && path.identity.is_some()
            && path.has_labels()
        {
            let path = path.clone();
            self.change(frame, *id, |object| object.set_field(Symbol::new(PATH_OF), path));
        }
    }

    pub(super) fn path_of_segments(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<Identity> {
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        if value.other {
            return None;
        }
        self.object(frame, *id).field(Symbol::new(PATH_OF)).and_then(|path| path.identity)
    }

    // ---- sets of characters

    /// `set(text)` remembers its text.
    pub(super) fn note_text_of_set(&mut self, frame: &mut Frame<'p>, set: &Value, text: &Value) {
        if let [Ref::Object(id)] = set.refs.as_slice()
            && text.identity.is_some()
            && text.has_labels()
        {
            let text = text.clone();
            self.change(frame, *id, |object| object.set_field(Symbol::new(TEXT_OF), text));
        }
    }

    fn text_of_set(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<Identity> {
        let [Ref::Object(id)] = value.refs.as_slice() else { return None };
        if value.other {
            return None;
        }
        self.object(frame, *id).field(Symbol::new(TEXT_OF)).and_then(|text| text.identity)
    }

    /// The characters that a container consists of, when it holds nothing but single characters.
    pub(super) fn characters(&mut self, frame: &mut Frame<'p>, container: &Value) -> Option<CharSet> {
        let elements = match container.refs.as_slice() {
            [] => return container.as_string().map(CharSet::of),
            [Ref::Tuple(elements)] if !container.other => (**elements).clone(),
            [Ref::Object(id)] if !container.other => {
                let object = self.object(frame, *id);
                match object.kind {
                    ObjectKind::Dictionary if object.keys.is_undefined() => {
                        object.entries.iter().map(|(key, _)| Key::value(key)).collect()
                    }
                    ObjectKind::List | ObjectKind::Set if object.exact && object.rest.is_undefined() => {
                        object.elements.clone()
                    }
                    _ => return None,
                }
            }
            _ => return None,
        };
        let mut chars = CharSet::EMPTY;
        for element in elements {
            for text in element.as_strings()? {
                if text.chars().count() != 1 {
                    return None;
                }
                chars = chars | CharSet::of(text);
            }
        }
        Some(chars)
    }

    /// `set(text) <= ALLOWED` and its kin.
    pub(super) fn compare_sets(
        &mut self,
        frame: &mut Frame<'p>,
        operator: CompareOperator,
        left: &Value,
        right: &Value,
    ) -> Option<Value> {
        let (small, large) = match operator {
            CompareOperator::Less | CompareOperator::LessEqual => (left, right),
            CompareOperator::Greater | CompareOperator::GreaterEqual => (right, left),
            _ => return None,
        };
        let identity = self.text_of_set(frame, small)?;
        let chars = self.characters(frame, large)?;
        let fact = Fact { chars, ..Fact::default() };
        Some(Value::either().with_predicate(Rc::new(vec![(identity, fact)]), Facts::default()))
    }

    /// `set(text).issubset(ALLOWED)`, `ALLOWED.issuperset(text)`, `BAD.isdisjoint(text)`.
    pub(super) fn related_sets(
        &mut self,
        frame: &mut Frame<'p>,
        method: &str,
        own: &Value,
        other: &Value,
    ) -> Value {
        let text = |solver: &mut Self, frame: &mut Frame<'p>, value: &Value| {
            let plain = value.refs.is_empty() && value.has_labels();
            solver.text_of_set(frame, value).or(value.identity.filter(|_| plain))
        };
        let (set, table) = match method {
            "issubset" => (text(self, frame, own), other),
            "issuperset" => (text(self, frame, other), own),
            _ => match text(self, frame, own) {
                Some(identity) => (Some(identity), other),
                None => (text(self, frame, other), own),
            },
        };
        let (Some(identity), Some(chars)) = (set, self.characters(frame, table)) else {
            return Value::either();
        };
        let chars = if method == "isdisjoint" { !chars } else { chars };
        let fact = Fact { chars, ..Fact::default() };
        Value::either().with_predicate(Rc::new(vec![(identity, fact)]), Facts::default())
    }

    /// `set(text) - ALLOWED` is empty when all are allowed, `set(text) & BAD` when none is bad.
    pub(super) fn combine_sets(
        &mut self,
        frame: &mut Frame<'p>,
        operator: BinaryOperator,
        left: &Value,
        right: &Value,
    ) -> Option<(Identity, Fact)> {
        let (set, table) = match operator {
            BinaryOperator::BitAnd if self.text_of_set(frame, left).is_none() => (right, left),
            BinaryOperator::BitAnd | BinaryOperator::Subtract => (left, right),
            _ => return None,
        };
        let identity = self.text_of_set(frame, set)?;
        let chars = self.characters(frame, table)?;
        let chars = if operator == BinaryOperator::Subtract { chars } else { !chars };
        Some((identity, Fact { chars, ..Fact::default() }))
    }
}

/// All that an attacker has a say in stands in a path without `..`.
pub(super) fn normalized(path: &Value) -> bool {
    path.has_labels() && path.own_labels().iter().all(|label| label.normalized)
}
