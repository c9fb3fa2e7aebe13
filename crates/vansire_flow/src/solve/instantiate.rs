//! A summary, put into terms of the caller.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Binding;
use super::entries::Pending;
use super::sinks::looks_inside;
use super::{Frame, Hit, Solver, Summary};
use crate::domain::{
    ClassRef, Data, Fact, Facts, Identity, Label, Labels, MAXIMUM_GUESSES, MAXIMUM_LABELS, Nature, Object,
    ObjectId, ObjectKind, Origin, Part, Partial, PathId, Predicate, Ref, Step, StepId, StepKind, Text, Value,
};
use crate::text::CharSet;
use crate::text::SinkKind;

/// Puts values of a callee into terms of the caller.
pub(super) struct Mapper<'b> {
    pub binding: &'b mut Binding,
    pub objects: FxHashMap<ObjectId, ObjectId>,
    pub span: Span,
    pub name: Symbol,
    /// What arrives in a sink of the callee is looked at: where it came in there, the call is no part of its way.
    arriving: bool,
    /// Sets of labels met before, by where they're stored; kept, so that nothing else comes to stand there.
    labels: FxHashMap<usize, (Labels, Labels)>,
}

/// What is left of a caller's label after what happened to that of the callee.
fn passed(own: &Label, label: &Label) -> Label {
    let guesses = own.guesses + label.guesses;
    Label {
        origin: own.origin,
        chars: if guesses <= MAXIMUM_GUESSES {
            (own.chars & label.chars) | label.adds
        } else {
            CharSet::EMPTY
        },
        adds: (own.adds & label.chars) | label.adds,
        cleared: own.cleared.union(label.cleared),
        exact: own.exact && label.exact,
        form: if label.exact { own.form.union(label.form) } else { label.form },
        normalized: label.normalized || own.normalized && label.exact,
        break_at_end: (own.break_at_end || label.break_at_end) && !label.adds.contains('\n'),
        nature: if label.nature == Nature::Inherited { own.nature } else { label.nature },
        guesses,
        step: own.step,
    }
}

fn add_through(into: &mut Vec<(Label, Option<StepId>)>, label: &Label, inner: Option<StepId>) {
    if label.chars.is_empty() {
        return;
    }
    let full = into.len() >= MAXIMUM_LABELS;
    match into.iter_mut().find(|(own, _)| own.origin == label.origin) {
        Some((own, _)) => *own = own.joined(label),
        None if full => {}
        None => into.push((*label, inner)),
    }
}

impl<'p> Solver<'p> {
    /// Carries out what a summary says. Gives the value that the call returns; none when it doesn't.
    pub(super) fn instantiate(
        &mut self,
        frame: &mut Frame<'p>,
        summary: &Summary,
        binding: &mut Binding,
        span: Span,
        name: Symbol,
        tag: u32,
    ) -> Option<Value> {
        let values = |object: &Object| object.fields.len() + object.entries.len() + object.elements.len() + 1;
        let size: usize = summary.objects.iter().map(|(_, object)| values(object)).sum();
        self.work += (size + summary.hits.len()) as u64;
        self.carry_out_asked(frame, &summary.asked, binding);
        let mut mapper = Mapper {
            binding,
            objects: FxHashMap::default(),
            span,
            name,
            arriving: false,
            labels: FxHashMap::default(),
        };
        // Paths mean what they meant before the call.
        for (id, _) in &summary.objects {
            if let ObjectId::Path(path) = id {
                self.resolve(frame, mapper.binding, *path);
            }
        }
        for (number, (id, object)) in summary.objects.iter().enumerate() {
            if let ObjectId::Local(_) = id {
                let new = self.allocate(
                    frame,
                    span,
                    tag.wrapping_mul(4096).wrapping_add(number as u32),
                    Object::new(object.kind.clone()),
                );
                mapper.objects.insert(*id, new);
            }
        }
        let mut changes: Vec<(ObjectId, Object, bool)> = Vec::new();
        for (id, object) in &summary.objects {
            // Others have changed the object since the callee was solved: only what the callee did counts.
            let since = summary.entered.iter().find(|(own, _)| own == id).and_then(|(_, before)| {
                let now = frame.state.object(*id).cloned().unwrap_or_else(|| self.shared_object(*id));
                (!Rc::ptr_eq(&now, before) && now != *before).then(|| object.changed_since(before))
            });
            let changed = self.map_object(frame, &mut mapper, since.as_ref().unwrap_or(object));
            changes.push((*id, changed, since.is_some()));
        }
        let returns = summary.returns.as_ref().map(|value| self.map_value(frame, &mut mapper, value));
        let raised = self.map_value(frame, &mut mapper, &summary.raised);
        let globals: Vec<_> = summary
            .globals
            .iter()
            .map(|(key, value)| (*key, self.map_value(frame, &mut mapper, value)))
            .collect();
        mapper.arriving = true;
        mapper.labels.clear();
        let hits: Vec<_> = summary
            .hits
            .iter()
            .map(|hit| {
                let mut hit = hit.clone();
                let label = Self::sole_path(&hit.value.labels).map(|(_, label)| label);
                let is_in_document = hit.kind == SinkKind::NoSql && hit.value.texts.is_empty();
                hit.value = self.map_value(frame, &mut mapper, &hit.value);
                if is_in_document && !hit.value.texts.is_empty() {
                    // The callee asked for a value that can be a document: of what it's given, a text can't.
                    let may_be = if hit.value.other { hit.value.labels.clone() } else { Labels::NONE };
                    hit.value = Value::opaque(may_be);
                }
                // The caller may have a container where the callee knew of a parameter only. A text within a query's
                // document stays a text, whatever it holds.
                if looks_inside(hit.kind) && hit.kind != SinkKind::NoSql && !hit.value.refs.is_empty() {
                    hit.value = self.with_inside(frame, &hit.value);
                }
                if hit.value.refs.iter().any(|one| matches!(one, Ref::Object(_)))
                    && !matches!(hit.kind, SinkKind::NoSql | SinkKind::Command)
                    && !looks_inside(hit.kind)
                {
                    hit.value = self.arriving_text(frame, &mut mapper, label, &hit);
                }
                hit
            })
            .collect();
        mapper.arriving = false;
        mapper.labels.clear();
        let pending: Vec<Pending> = summary
            .pending
            .iter()
            .map(|pending| Pending {
                value: self.map_value(frame, &mut mapper, &pending.value),
                router: pending.router.map(|id| self.map_id(frame, &mut mapper, id)),
                ..pending.clone()
            })
            .collect();
        let facts = self.map_facts(frame, &mut mapper, &summary.facts);
        let files = self.map_files(frame, &mut mapper, &summary.files);
        for (id, object, since) in changes {
            match id {
                ObjectId::Local(_) => {
                    let new = mapper.objects[&id];
                    frame.state.set_object(new, object);
                }
                ObjectId::Path(path) => {
                    let target = self.resolve(frame, mapper.binding, path);
                    let ids: Vec<ObjectId> = target
                        .refs
                        .iter()
                        .filter_map(|reference| match reference {
                            Ref::Object(id) => Some(*id),
                            // Attributes that were set on a class.
                            Ref::Class(class) if !object.fields.is_empty() => Some(class.namespace),
                            _ => None,
                        })
                        .collect();
                    let strong = ids.len() == 1;
                    if ids.is_empty() {
                        self.parts_changed(frame, &target, &object);
                    }
                    for id in ids {
                        self.write_back(frame, id, &object, strong);
                    }
                }
                ObjectId::Global(_) | ObjectId::External(_) => self.write_back(frame, id, &object, !since),
            }
        }
        for ((file, name), value) in globals {
            let value = self.kept_global(frame, file, name, value);
            self.set_global(frame, file, name, value);
        }
        for (path, content) in files {
            self.write_file(frame, &path, &Value::opaque(content), false);
        }
        for mut hit in hits {
            // What happens in an installed package is told where the project calls it.
            if hit.template.is_none() && self.is_installed(hit.file) && !self.is_installed(frame.file) {
                hit.inside = Some((hit.file, hit.span));
                (hit.file, hit.span, hit.scope) = (frame.file, span, frame.ir.qualified_name);
            }
            self.report_hit(frame, hit);
        }
        for pending in pending {
            if frame.pending.len() < 4096 && !frame.pending.contains(&pending) {
                frame.pending.push(pending);
            }
        }
        if !raised.is_undefined() {
            self.note_raised(frame, &raised);
            // A handler sees the exception with what it carries, and what was changed before it was raised.
            if !frame.tries.is_empty() {
                let state = frame.state.clone();
                self.note_state(frame, state);
            }
        }
        frame.state.add_facts(&facts);
        returns
    }

    /// What arrives in a sink of a callee that was given an object: its text, after what the callee did with it.
    fn arriving_text(
        &mut self,
        frame: &mut Frame<'p>,
        mapper: &mut Mapper<'_>,
        label: Option<Label>,
        hit: &Hit,
    ) -> Value {
        let texts = Value::texts(self.sink_texts(frame, &hit.value, hit.kind));
        match label {
            Some(label) => self.through_value(frame, mapper, &texts, &label),
            None => texts,
        }
    }

    pub(super) fn write_back(&mut self, frame: &mut Frame<'p>, id: ObjectId, object: &Object, strong: bool) {
        self.change(frame, id, |own| {
            let join = |own: Option<&Value>, value: &Value| match own {
                Some(own) if !strong => own.join(value),
                _ => value.clone(),
            };
            for (name, value) in &object.fields {
                let value = join(own.field(*name), value);
                own.set_field(*name, value);
            }
            if matches!(object.kind, ObjectKind::Cell) {
                own.rest = if strong { object.rest.clone() } else { own.rest.join(&object.rest) };
                return;
            }
            if object.exact && strong && own.kind == object.kind {
                own.elements.clone_from(&object.elements);
                own.entries.clone_from(&object.entries);
                own.optional.clone_from(&object.optional);
                own.exact = object.exact;
                own.rest = object.rest.clone();
                own.keys = object.keys.clone();
                return;
            }
            if !object.rest.is_undefined() {
                if object.keys.is_undefined() {
                    own.rest = own.rest.join(&object.rest);
                } else {
                    own.set_unknown(&object.keys, &object.rest);
                }
                own.exact = false;
            }
            for (key, value) in &object.entries {
                if strong && object.surely_has(key) {
                    own.set_entry(key.clone(), value.clone());
                } else {
                    own.set_entry_perhaps(key.clone(), value);
                }
            }
            if !own.elements.is_empty()
                && matches!(object.kind, ObjectKind::List | ObjectKind::Iterator | ObjectKind::Unknown)
            {
                // Where the callee put or took something isn't known here.
                own.forget_positions();
            }
            for value in &object.elements {
                own.rest = own.rest.join(value);
            }
        });
    }

    pub(super) fn map_object(
        &mut self,
        frame: &mut Frame<'p>,
        mapper: &mut Mapper<'_>,
        object: &Object,
    ) -> Object {
        Object {
            kind: match &object.kind {
                ObjectKind::Instance(class) => ObjectKind::Instance(self.map_class(frame, mapper, class)),
                ObjectKind::Environment(cells) => ObjectKind::Environment(
                    cells.iter().map(|cell| self.map_id(frame, mapper, *cell)).collect(),
                ),
                ObjectKind::Class(body, bases) => ObjectKind::Class(
                    *body,
                    bases.iter().map(|base| self.map_value(frame, mapper, base)).collect(),
                ),
                other => other.clone(),
            },
            fields: object
                .fields
                .iter()
                .map(|(name, value)| (*name, self.map_value(frame, mapper, value)))
                .collect(),
            elements: object.elements.iter().map(|value| self.map_value(frame, mapper, value)).collect(),
            entries: object
                .entries
                .iter()
                .map(|(key, value)| (key.clone(), self.map_value(frame, mapper, value)))
                .collect(),
            optional: object.optional.clone(),
            exact: object.exact,
            rest: self.map_value(frame, mapper, &object.rest),
            keys: self.map_value(frame, mapper, &object.keys),
            filled: object.filled,
            when_empty: object.when_empty.as_ref().map(|facts| self.map_facts(frame, mapper, facts)),
        }
    }

    fn map_id(&mut self, frame: &mut Frame<'p>, mapper: &mut Mapper<'_>, id: ObjectId) -> ObjectId {
        match id {
            ObjectId::Local(_) => mapper.objects.get(&id).copied().unwrap_or(id),
            ObjectId::Path(path) => {
                let value = self.resolve(frame, mapper.binding, path);
                value
                    .refs
                    .iter()
                    .find_map(|reference| match reference {
                        Ref::Object(id) => Some(*id),
                        _ => None,
                    })
                    .unwrap_or(ObjectId::External(Symbol::new("?")))
            }
            other => other,
        }
    }

    fn map_class(&mut self, frame: &mut Frame<'p>, mapper: &mut Mapper<'_>, class: &ClassRef) -> ClassRef {
        ClassRef { body: class.body, namespace: self.map_id(frame, mapper, class.namespace) }
    }

    /// Gathers the labels that stand for one label of the callee; their last step is still that of the
    /// caller, the steps inside come with the result of [`Self::after_call`].
    fn gather(
        &mut self,
        frame: &mut Frame<'p>,
        mapper: &mut Mapper<'_>,
        label: &Label,
        into: &mut Vec<(Label, Option<StepId>)>,
    ) {
        match label.origin {
            // The way back to the caller.
            Origin::Source(_) => {
                self.touched = true;
                add_through(into, &Label { step: None, ..*label }, label.step);
            }
            Origin::Path(path) => {
                let labels = if let Some(labels) = mapper.binding.deep.get(&path) {
                    labels.clone()
                } else {
                    let actual = self.resolve(frame, mapper.binding, path);
                    let labels = self.deep_labels(frame, &actual);
                    mapper.binding.deep.insert(path, labels.clone());
                    labels
                };
                for own in &labels {
                    add_through(into, &passed(own, label), label.step);
                }
            }
        }
    }

    /// Labels that went through a call, with the step that says so.
    fn after_call(
        &mut self,
        frame: &Frame<'p>,
        mapper: &Mapper<'_>,
        gathered: Vec<(Label, Option<StepId>)>,
    ) -> Labels {
        let mut labels = Vec::with_capacity(gathered.len());
        for (label, inner) in gathered {
            if mapper.arriving && label.step.is_none() {
                labels.push(Label { step: inner, ..label });
                continue;
            }
            let step = self.step(Step {
                kind: StepKind::Call,
                file: frame.file,
                span: mapper.span,
                name: mapper.name,
                previous: label.step,
                inner,
            });
            labels.push(Label { step: Some(step), ..label });
        }
        Labels::of(labels)
    }

    /// A caller's labels after what happened to a label of the callee.
    fn through(&mut self, frame: &Frame<'p>, mapper: &Mapper<'_>, labels: &Labels, label: &Label) -> Labels {
        let mut gathered = Vec::with_capacity(labels.iter().len());
        for own in labels {
            add_through(&mut gathered, &passed(own, label), label.step);
        }
        self.after_call(frame, mapper, gathered)
    }

    /// A caller's value after what happened to a label of the callee.
    fn through_value(
        &mut self,
        frame: &Frame<'p>,
        mapper: &Mapper<'_>,
        value: &Value,
        label: &Label,
    ) -> Value {
        if !value.has_labels() {
            return value.clone();
        }
        let labels = self.through(frame, mapper, &value.labels, label);
        let texts: Vec<Text> = value
            .texts
            .iter()
            .map(|text| {
                Text::from_parts(
                    text.parts()
                        .iter()
                        .map(|part| match part {
                            Part::Hole { labels, identity } => Part::Hole {
                                labels: self.through(frame, mapper, labels, label),
                                identity: *identity,
                            },
                            part @ Part::Literal(_) => part.clone(),
                        })
                        .collect(),
                )
            })
            .collect();
        value.edit(|data| {
            data.labels = labels;
            data.texts = texts.into_iter().collect();
        })
    }

    pub(super) fn map_labels(
        &mut self,
        frame: &mut Frame<'p>,
        mapper: &mut Mapper<'_>,
        labels: &Labels,
    ) -> Labels {
        if labels.is_empty() {
            return Labels::NONE;
        }
        if let Some((_, known)) = mapper.labels.get(&labels.address()) {
            return known.clone();
        }
        let mut gathered = Vec::new();
        for label in labels {
            self.gather(frame, mapper, label, &mut gathered);
        }
        self.work += gathered.len() as u64;
        let result = self.after_call(frame, mapper, gathered);
        mapper.labels.insert(labels.address(), (labels.clone(), result.clone()));
        result
    }

    /// The only label, when the text is exactly what stood at a path on entry.
    fn sole_path(labels: &Labels) -> Option<(PathId, Label)> {
        let mut labels = labels.iter();
        let label = labels.next()?;
        if labels.next().is_some() || !label.exact {
            return None;
        }
        match label.origin {
            Origin::Path(path) => Some((path, *label)),
            Origin::Source(_) => None,
        }
    }

    fn map_text(&mut self, frame: &mut Frame<'p>, mapper: &mut Mapper<'_>, text: &Text) -> Vec<Text> {
        if text.as_constant().is_some() {
            return vec![text.clone()];
        }
        let mut results: Vec<Vec<Part>> = vec![Vec::new()];
        for part in text.parts() {
            let alternatives: Vec<Vec<Part>> = match part {
                Part::Literal(_) => vec![vec![part.clone()]],
                Part::Hole { labels, identity } => {
                    if let Some((path, label)) = Self::sole_path(labels) {
                        let actual = self.resolve(frame, mapper.binding, path);
                        let texts = self.texts_of(frame, &actual);
                        let mut alternatives = Vec::new();
                        for text in texts {
                            let mut parts = Vec::new();
                            for part in text.parts() {
                                parts.push(match part {
                                    Part::Hole { labels, identity } => Part::Hole {
                                        labels: self.through(frame, mapper, labels, &label),
                                        identity: *identity,
                                    },
                                    literal @ Part::Literal(_) => literal.clone(),
                                });
                            }
                            alternatives.push(parts);
                        }
                        if alternatives.is_empty() || alternatives.len() > 4 {
                            let labels = self.map_labels(frame, mapper, labels);
                            alternatives = vec![vec![Part::Hole { labels, identity: None }]];
                        }
                        alternatives
                    } else {
                        let identity = match identity {
                            Some(Identity::Entity(_)) => *identity,
                            _ => None,
                        };
                        let labels = self.map_labels(frame, mapper, labels);
                        vec![vec![Part::Hole { labels, identity }]]
                    }
                }
            };
            if results.len() * alternatives.len() > 8 {
                let labels = alternatives.iter().flatten().fold(Labels::NONE, |labels, part| match part {
                    Part::Hole { labels: own, .. } => labels.union(own),
                    Part::Literal(_) => labels,
                });
                for parts in &mut results {
                    parts.push(Part::Hole { labels: labels.inexact(), identity: None });
                }
                continue;
            }
            results = results
                .iter()
                .flat_map(|parts| {
                    alternatives.iter().map(move |more| {
                        let mut parts = parts.clone();
                        parts.extend_from_slice(more);
                        parts
                    })
                })
                .collect();
        }
        results.into_iter().map(Text::from_parts).collect()
    }

    pub(super) fn map_value(
        &mut self,
        frame: &mut Frame<'p>,
        mapper: &mut Mapper<'_>,
        value: &Value,
    ) -> Value {
        if value.is_undefined() || (value.is_constant() && value.predicate.is_none()) {
            return value.with_identity(None);
        }
        let mut data = Data::default();
        data.constants.extend(value.constants.iter().cloned());
        for text in &value.texts {
            for text in self.map_text(frame, mapper, text) {
                data.add_text(text);
            }
        }
        let mut joined = Value::undefined();
        let sole = Self::sole_path(&value.labels);
        if value.other || !value.labels.is_empty() {
            match sole {
                Some((path, label)) if value.other => {
                    let actual = self.resolve(frame, mapper.binding, path);
                    joined = self.through_value(frame, mapper, &actual, &label);
                }
                _ => {
                    let labels = self.map_labels(frame, mapper, &value.labels);
                    data.labels = labels;
                    data.other = value.other;
                }
            }
        }
        for reference in &value.refs {
            if let Ref::Object(ObjectId::Path(path)) = reference {
                if sole.is_some_and(|(own, _)| own == *path) && value.other {
                    continue;
                }
                let actual = self.resolve(frame, mapper.binding, *path);
                for reference in &actual.refs {
                    data.add_reference(reference.clone());
                }
                // Data that isn't an object of ours: its text went along as a label.
                if actual.other && !value.other {
                    data.other = true;
                    data.labels = data.labels.union(&actual.labels);
                }
                if !value.other {
                    for text in &actual.texts {
                        data.add_text(text.clone());
                    }
                    for constant in &actual.constants {
                        if !data.constants.contains(constant) {
                            data.constants.push(constant.clone());
                        }
                    }
                }
            } else {
                let reference = self.map_reference(frame, mapper, reference);
                data.add_reference(reference);
            }
        }
        data.normalize();
        data.identity = match value.identity {
            Some(Identity::Path(path)) => self.resolve(frame, mapper.binding, path).identity,
            Some(Identity::Entity(name)) => Some(Identity::Entity(name)),
            _ => None,
        };
        if let Some(predicate) = &value.predicate {
            let when_true = self.map_facts(frame, mapper, &predicate.when_true);
            let when_false = self.map_facts(frame, mapper, &predicate.when_false);
            if !when_true.is_empty() || !when_false.is_empty() {
                data.predicate = Some(Rc::new(Predicate { when_true, when_false }));
            }
        }
        if let Some(encoding) = &value.encoding {
            let content = self.map_value(frame, mapper, &encoding.content);
            data.encoding = self.encoding(frame, encoding.format, encoding.kept, &content, None);
        }
        let result: Value = data.into();
        if joined.is_undefined() {
            result
        } else if result.is_undefined() {
            if value.predicate.is_some() {
                joined.edit(|data| data.predicate.clone_from(&result.predicate))
            } else {
                joined
            }
        } else {
            let predicate = result.predicate.clone();
            let result = joined.join(&result);
            if predicate.is_some() { result.edit(|data| data.predicate = predicate) } else { result }
        }
    }

    fn map_reference(&mut self, frame: &mut Frame<'p>, mapper: &mut Mapper<'_>, reference: &Ref) -> Ref {
        match reference {
            Ref::Object(id) => Ref::Object(self.map_id(frame, mapper, *id)),
            Ref::Function(body, Some(environment)) => {
                Ref::Function(*body, Some(self.map_id(frame, mapper, *environment)))
            }
            Ref::Class(class) => Ref::Class(self.map_class(frame, mapper, class)),
            Ref::Bound(bound) => Ref::Bound(Rc::new((
                self.map_reference(frame, mapper, &bound.0),
                self.map_value(frame, mapper, &bound.1),
            ))),
            Ref::Tuple(elements) => Ref::Tuple(Rc::new(
                elements.iter().map(|element| self.map_value(frame, mapper, element)).collect(),
            )),
            Ref::Partial(partial) => Ref::Partial(Rc::new(Partial {
                callee: self.map_value(frame, mapper, &partial.callee),
                positional: partial
                    .positional
                    .iter()
                    .map(|value| self.map_value(frame, mapper, value))
                    .collect(),
                keywords: partial
                    .keywords
                    .iter()
                    .map(|(name, value)| (*name, self.map_value(frame, mapper, value)))
                    .collect(),
            })),
            Ref::Frozen(object) => Ref::Frozen(Rc::new(self.map_object(frame, mapper, object))),
            Ref::Super(parts) => Ref::Super(Rc::new((
                self.map_class(frame, mapper, &parts.0),
                self.map_value(frame, mapper, &parts.1),
            ))),
            other => other.clone(),
        }
    }

    /// In which folder something lies, in the caller's terms.
    fn map_folder(
        &mut self,
        frame: &mut Frame<'p>,
        mapper: &mut Mapper<'_>,
        folder: &[PathId],
    ) -> Option<Fact> {
        let mut labels = Labels::NONE;
        for &path in folder {
            let actual = self.resolve(frame, mapper.binding, path);
            labels = labels.union(&self.deep_labels(frame, &actual));
        }
        self.lies_inside(frame, &labels)
    }

    fn map_facts(&mut self, frame: &mut Frame<'p>, mapper: &mut Mapper<'_>, facts: &Facts) -> Facts {
        let mut result: Vec<(Identity, Fact)> = Vec::new();
        for (identity, fact) in facts.iter() {
            let identity = match identity {
                Identity::Path(path) => {
                    let actual = self.resolve(frame, mapper.binding, *path);
                    // The truth of a test that was passed proves what the test does.
                    if let (Some(truth), Some(predicate)) = (fact.truth, &actual.predicate) {
                        let side = if truth { &predicate.when_true } else { &predicate.when_false };
                        for (identity, fact) in side.iter() {
                            match result.binary_search_by_key(identity, |(own, _)| *own) {
                                Ok(at) => result[at].1 = result[at].1.and(fact),
                                Err(at) => result.insert(at, (*identity, fact.clone())),
                            }
                        }
                    }
                    // What holds for a sequence as a whole was proved of its elements.
                    match actual.refs.as_slice() {
                        [Ref::Object(id)]
                            if actual.identity.is_none()
                                && (fact.chars != CharSet::ALL || !fact.cleared.is_empty()) =>
                        {
                            Some(Identity::Elements(*id))
                        }
                        _ => actual.identity,
                    }
                }
                Identity::Entity(_) => Some(*identity),
                Identity::Site(..) | Identity::Elements(_) => None,
            };
            // Those of its elements that have names of their own share it.
            if let Some(Identity::Elements(id)) = identity {
                let elements = self.object(frame, id).elements.clone();
                let of_each = Fact { chars: fact.chars, cleared: fact.cleared, ..Fact::default() };
                for own in elements.iter().filter_map(|element| element.identity) {
                    match result.binary_search_by_key(&own, |(own, _)| *own) {
                        Ok(at) => result[at].1 = result[at].1.and(&of_each),
                        Err(at) => result.insert(at, (own, of_each.clone())),
                    }
                }
            }
            let fact = &if let Some(Identity::Elements(_)) = identity {
                Fact { chars: fact.chars, cleared: fact.cleared, ..Fact::default() }
            } else {
                // What follows for other values of the callee's is nothing to the caller.
                let inside = fact.inside.as_ref().and_then(|folder| self.map_folder(frame, mapper, folder));
                let inside = inside.unwrap_or_default();
                let cleared = fact.cleared.union(inside.cleared);
                Fact { found: None, inside: inside.inside, cleared, ..fact.clone() }
            };
            if let Some(identity) = identity {
                match result.binary_search_by_key(&identity, |(own, _)| *own) {
                    Ok(at) => result[at].1 = result[at].1.and(fact),
                    Err(at) => result.insert(at, (identity, fact.clone())),
                }
            }
        }
        Rc::new(result)
    }
}
