//! From hits to findings, with their traces.

use std::collections::hash_map::Entry;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use vansire_finding::{Confidence, Finding, Location, Position, RuleMetadata, TraceStep};
use vansire_python::ir::Span;
use vansire_python::{FileId, Symbol};

use super::{Frame, Solver};
use crate::FlowRule;
use crate::domain::{
    FileIndex, Label, Nature, Object, ObjectId, ObjectKind, Origin, Ref, StepId, StepKind, Value,
};
use crate::model::Source;
use crate::text::{CharSet, SinkKind};

/// At most this many steps of a trace are told.
pub(super) const MAXIMUM_TRACE: usize = 32;

/// A way into and out of more functions than this is a guess. Of 199 flows that were read in 59 packages,
/// 137 of 158 with at most two were true, and 18 of 41 with more (docs/measurements.md).
const MAXIMUM_SURE_CALLS: usize = 2;

/// Objects within one that is kept under a key that isn't known are looked at this deep.
const MAXIMUM_KEPT_DEPTH: usize = 4;

/// So many steps at most are looked through for a function that calls itself safe.
const MAXIMUM_LOOKED_THROUGH: usize = 256;

/// A flow that was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub labels: Vec<Label>,
    pub context: &'static str,
    pub left: CharSet,
    pub sink: Symbol,
    pub scope: Symbol,
    /// The sink itself, where it stands in an installed package that the place calls.
    pub inside: Option<(FileIndex, Span)>,
}

impl<'p> Solver<'p> {
    /// A body that nobody of the project calls has come to its end: flows with a known source are
    /// findings, what it stored is there for others.
    pub(super) fn settle(&mut self, frame: &mut Frame<'p>) {
        let hits = std::mem::take(&mut frame.hits);
        for hit in hits {
            let Some(verdict) = Self::verdict_of(&hit) else { continue };
            if hit.template.is_none() && self.is_installed(hit.file) {
                continue;
            }
            // A place whose function says that it does this safely, by means that weren't seen through.
            let can_say = matches!(
                hit.kind,
                SinkKind::Redirect | SinkKind::Path | SinkKind::WritePath | SinkKind::Url | SinkKind::Host
            );
            let says_safe = can_say && super::doubts::is_called_safe(hit.scope.as_str());
            let labels: Vec<Label> = verdict
                .labels
                .iter()
                .filter(|label| matches!(label.origin, Origin::Source(_)))
                .filter(|label| hit.inside.is_none() || self.touches_project(label))
                // A text in the place of a value is no operator.
                .filter(|label| {
                    hit.kind != SinkKind::NoSql || !hit.value.texts.is_empty() || self.may_be_document(label)
                })
                .filter(|label| {
                    hit.kind != SinkKind::Fields || label.guesses == 0 && self.is_as_it_came(label)
                })
                .filter(|label| hit.kind != SinkKind::Log || label.nature != Nature::Bytes)
                .filter(|label| !self.is_handed_over(label) || self.is_unexpected(&hit, label))
                .map(|label| self.doubted(hit.kind, *label))
                .map(|label| if hit.by_text { label.guessed() } else { label })
                .map(|label| {
                    let safely = says_safe || can_say && self.passes_safely(&label);
                    if safely { label.unsure() } else { label }
                })
                .collect();
            if labels.is_empty() {
                continue;
            }
            // Names of an archive's members are a matter of their own.
            let kind = match hit.kind {
                SinkKind::Path if labels.iter().all(|label| self.names_member(label)) => SinkKind::Archive,
                kind => kind,
            };
            let key = (hit.file, hit.span, kind, hit.template);
            let found = self.findings.entry(key).or_insert_with(|| Found {
                labels: Vec::new(),
                context: verdict.context,
                left: CharSet::EMPTY,
                sink: hit.sink,
                scope: hit.scope,
                inside: hit.inside,
            });
            found.left = found.left | verdict.left;
            for label in labels {
                match found.labels.iter_mut().find(|own| own.origin == label.origin) {
                    Some(own) => {
                        if own.guesses > label.guesses {
                            *own = label;
                        }
                    }
                    None => found.labels.push(label),
                }
            }
        }
        self.remember_stores(frame);
    }

    /// Whether data passed through the project's own code: what an installed package does with what it reads itself is
    /// the package's affair.
    fn touches_project(&self, label: &Label) -> bool {
        let mut waiting: Vec<StepId> = label.step.into_iter().collect();
        let mut seen = 0;
        while let Some(id) = waiting.pop() {
            let step = self.steps[id.0 as usize];
            // That the project called what read the data is no more than its being there.
            let only_called = step.kind == StepKind::Call && step.previous.is_none();
            if !only_called && !self.is_installed(step.file) {
                return true;
            }
            seen += 1;
            if seen < MAXIMUM_TRACE {
                waiting.extend(step.previous.into_iter().chain(step.inner));
            }
        }
        false
    }

    /// Whether data came by way of a function that calls itself safe.
    fn passes_safely(&self, label: &Label) -> bool {
        let mut waiting: Vec<StepId> = label.step.into_iter().collect();
        let mut seen = 0;
        while let Some(id) = waiting.pop() {
            let step = self.steps[id.0 as usize];
            if step.kind == StepKind::Call && super::doubts::is_called_safe(step.name.as_str()) {
                return true;
            }
            seen += 1;
            if seen < MAXIMUM_LOOKED_THROUGH {
                waiting.extend(step.previous.into_iter().chain(step.inner));
            }
        }
        false
    }

    /// The package that a module belongs to, by its top-level name.
    fn package_of(&self, file: FileIndex) -> &'static str {
        let module = self.input.program.file(FileId(file)).module_name;
        module.as_str().split('.').next().unwrap_or_default()
    }

    /// Whether data came by way of the names of an archive's members.
    pub(super) fn names_member(&self, label: &Label) -> bool {
        let mut steps: Vec<StepId> = label.step.into_iter().collect();
        let mut seen = 0;
        while let Some(id) = steps.pop() {
            let step = self.steps[id.0 as usize];
            if self.input.models.archive_names.contains(&step.name) {
                return true;
            }
            seen += 1;
            if seen < MAXIMUM_TRACE {
                // What came last is looked at first.
                steps.extend(step.previous);
                steps.extend(step.inner);
            }
        }
        false
    }

    /// Whether a document came here without a call that may have chosen among its fields: a schema's, say.
    fn is_as_it_came(&self, label: &Label) -> bool {
        const KEEPING: &[&str] = &[
            "get_json",
            "json",
            "dict",
            "to_dict",
            "items",
            "copy",
            "deepcopy",
            "get",
            "loads",
            "load",
            "json_decode",
            "model_dump",
            "update",
        ];
        let mut at = label.step;
        let mut seen = 0;
        while let Some(id) = at {
            let step = self.steps[id.0 as usize];
            let last = step.name.as_str().trim_end_matches("()").rsplit('.').next().unwrap_or_default();
            if step.kind == StepKind::Through && !KEEPING.contains(&last) {
                return false;
            }
            seen += 1;
            at = if seen < MAXIMUM_TRACE { step.previous.or(step.inner) } else { None };
        }
        true
    }

    /// Whether it is what a caller of a library handed to it.
    pub(super) fn is_handed_over(&self, label: &Label) -> bool {
        let Origin::Source(source) = label.origin else { return false };
        self.handed_over.contains(&self.sources[source.0 as usize])
    }

    /// Whether data comes from a source that gives decoded documents.
    pub(super) fn is_document(&self, origin: Origin) -> bool {
        self.source_of(origin).is_some_and(|source| source.document)
    }

    /// What the models say of where data comes from.
    fn source_of(&self, origin: Origin) -> Option<&'p Source> {
        let Origin::Source(source) = origin else { return None };
        self.input.models.sources.get(&self.sources[source.0 as usize])
    }

    /// Whether it is a text, as its source gave it.
    pub(super) fn is_text_at_source(&self, label: &Label) -> bool {
        let text = |name: Symbol| name.as_str() == "builtins.str";
        label.exact && self.source_of(label.origin).is_some_and(|source| source.type_name.is_some_and(text))
    }

    /// What speaks against a flow without ruling it out counts as a guess. A whole document in a log message is
    /// mostly an object, whose text has no line breaks; of some sources the models tell where they seldom matter.
    fn doubted(&self, kind: SinkKind, label: Label) -> Label {
        let document = kind == SinkKind::Log && label.nature == Nature::Document;
        let seldom = self.source_of(label.origin).is_some_and(|source| source.seldom.contains(kind));
        let handed = if self.is_handed_over(&label) { super::library::GUESSES } else { 0 };
        Label { guesses: label.guesses + handed + u8::from(document) + u8::from(seldom), ..label }
    }

    /// What a body stored where others can see it, as far as it carries data or referents.
    fn remember_stores(&mut self, frame: &mut Frame<'p>) {
        let heap = frame.state.heap.clone();
        let objects: Vec<_> = heap.iter().cloned().collect();
        let module = frame.ir.parent.is_none();
        let mut known = FxHashMap::default();
        for (id, object) in heap.iter() {
            let before = match id {
                ObjectId::External(_) => None,
                ObjectId::Global(index) if !module => self.globals.get(*index as usize).cloned(),
                ObjectId::Global(index) => match self.late.objects.get(index) {
                    Some(before) => Some(before.clone()),
                    None => continue,
                },
                _ => continue,
            };
            let matters = |value: &Value, before: Option<&Value>| {
                (value.has_labels() || !value.refs.is_empty()) && before != Some(value)
            };
            let mut copy = crate::domain::Object::new(object.kind.clone());
            copy.exact = false;
            let mut any = false;
            for (name, value) in &object.fields {
                if matters(value, before.as_ref().and_then(|before| before.field(*name))) {
                    let value = self.detached(&objects, value, 0, &mut known);
                    copy.fields.push((*name, value));
                    any = true;
                }
            }
            for (key, value) in &object.entries {
                if matters(value, before.as_ref().and_then(|before| before.entry(key))) {
                    let value = self.detached(&objects, value, 0, &mut known);
                    copy.entries.push((key.clone(), value));
                    any = true;
                }
            }
            // What is kept under keys that aren't known is mostly read under others.
            let by_key = match object.kind {
                ObjectKind::Dictionary => true,
                ObjectKind::External(name) => super::caches::is_cache(name.as_str()),
                ObjectKind::Instance(class) => self
                    .external_ancestors(frame, class)
                    .iter()
                    .any(|name| super::caches::is_cache(name.as_str())),
                _ => false,
            };
            for (at, value) in object.elements.iter().chain([&object.rest]).enumerate() {
                // Data that stands elsewhere now is news.
                let old = before.as_ref().is_some_and(|before| {
                    let same = before.elements.len() == object.elements.len();
                    before.rest == *value
                        || same && before.elements.get(at) == Some(value)
                        || !value.has_labels() && before.elements.contains(value)
                });
                if !old && matters(value, None) {
                    let value = if by_key {
                        self.detached_unsurely(&objects, value)
                    } else {
                        self.detached(&objects, value, 0, &mut known)
                    };
                    copy.rest = copy.rest.join(&value);
                    any = true;
                }
            }
            if !any {
                continue;
            }
            copy.keys = self.detached(&objects, &object.keys, 0, &mut known);
            let joined = match self.new_objects.get(id) {
                Some(earlier) => earlier.join(&copy, |_| Value::undefined()),
                None => copy,
            };
            self.new_objects.insert(*id, joined);
        }
        let globals = frame.state.globals.clone();
        for (key, value) in globals.iter() {
            let value = self.detached(&objects, value, 0, &mut known);
            let joined = match self.new_globals.get(key) {
                Some(earlier) => earlier.join(&value),
                None => value,
            };
            self.new_globals.insert(*key, joined);
        }
    }

    /// What may not be there at all where somebody looks for it, with all that is in it.
    fn detached_unsurely(&mut self, objects: &[(ObjectId, Rc<Object>)], value: &Value) -> Value {
        let value = self.detached(objects, value, 0, &mut FxHashMap::default());
        self.unsure_inside(objects, &value, 0).unwrap_or(value)
    }

    /// The same value with copies of those objects in it that have data in them; none where there is no data.
    fn unsure_inside(
        &mut self,
        objects: &[(ObjectId, Rc<Object>)],
        value: &Value,
        depth: usize,
    ) -> Option<Value> {
        let mut unsure = value.has_labels().then(|| value.unsure());
        for (at, reference) in value.refs.iter().enumerate() {
            if let Ref::Tuple(elements) = reference {
                if elements.iter().any(Value::has_labels) && unsure.is_none() {
                    unsure = Some(value.unsure());
                }
                continue;
            }
            let Ref::Object(id @ ObjectId::Global(index)) = *reference else { continue };
            if depth >= MAXIMUM_KEPT_DEPTH {
                continue;
            }
            let mut copy = match objects.binary_search_by_key(&id, |(own, _)| *own) {
                Ok(at) => (*objects[at].1).clone(),
                Err(_) => (*self.globals[index as usize]).clone(),
            };
            let fields = copy.fields.iter_mut().map(|(_, value)| value);
            let entries = copy.entries.iter_mut().map(|(_, value)| value);
            let mut any = false;
            for value in fields.chain(entries).chain(&mut copy.elements).chain([&mut copy.rest]) {
                if let Some(changed) = self.unsure_inside(objects, value, depth + 1) {
                    *value = changed;
                    any = true;
                }
            }
            if any {
                let global = ObjectId::Global(self.globals.len() as u32);
                self.globals.push(Rc::new(copy));
                let own = unsure.unwrap_or_else(|| value.clone());
                unsure = Some(own.edit(|data| data.refs[at] = Ref::Object(global)));
            }
        }
        unsure
    }

    pub(super) fn location(&self, file: FileIndex, span: Span) -> Location {
        let source = &self.input.program.file(FileId(file)).source;
        let (start_line, start_column, end_line, end_column, cell) = source.location(span);
        Location {
            path: source.path.clone(),
            start: Position { line: start_line, column: start_column },
            end: Position { line: end_line, column: end_column },
            cell,
        }
    }

    fn trace(&self, step: Option<StepId>, into: &mut Vec<TraceStep>, depth: usize) {
        let Some(step) = step else { return };
        if depth > 40 {
            return;
        }
        // Predecessors first, without recursion over long chains.
        let mut chain = Vec::new();
        let mut at = Some(step);
        while let Some(id) = at {
            let step = self.steps[id.0 as usize];
            chain.push(step);
            at = step.previous;
            if chain.len() > 200 {
                break;
            }
        }
        for step in chain.into_iter().rev() {
            if into.len() >= MAXIMUM_TRACE {
                return;
            }
            let location = self.location(step.file, step.span);
            let message = match step.kind {
                StepKind::Source => format!("`{}` comes from outside", short(step.name)),
                StepKind::Assigned => format!("assigned to `{}`", step.name),
                StepKind::Stored => format!("stored in `{}`", step.name),
                StepKind::Through => format!("passes through `{}`", short(step.name)),
                StepKind::Call => {
                    if step.previous.is_none() {
                        // The source is inside.
                        self.trace(step.inner, into, depth + 1);
                        format!("returned by `{}`", step.name)
                    } else {
                        let passed = TraceStep {
                            location: location.clone(),
                            message: format!("passed to `{}`", step.name),
                        };
                        push(into, passed);
                        self.trace(step.inner, into, depth + 1);
                        continue;
                    }
                }
            };
            push(into, TraceStep { location, message });
        }
    }

    /// How many calls a way goes through, into functions and out of them; counted a little past what is sure.
    fn calls_on_way(&self, step: Option<StepId>, before: usize) -> usize {
        let mut count = before;
        let mut at = step;
        while let Some(id) = at {
            let step = self.steps[id.0 as usize];
            if step.kind == StepKind::Call {
                count = self.calls_on_way(step.inner, count + 1);
            }
            if count > MAXIMUM_SURE_CALLS {
                break;
            }
            at = step.previous;
        }
        count
    }

    /// All findings, in order.
    pub(super) fn report(&self, rules: &[&'static FlowRule]) -> Vec<Finding> {
        let rule_of = |kind: SinkKind| -> Option<&'static RuleMetadata> {
            rules.iter().find(|rule| rule.sinks.contains(&kind.as_str())).map(|rule| rule.metadata)
        };
        let mut findings: Vec<Finding> = Vec::new();
        let mut places: FxHashMap<(&str, Location), usize> = FxHashMap::default();
        let logs = self.findings.keys().any(|(_, _, kind, _)| *kind == SinkKind::Log);
        let refuses_line_breaks = logs && self.refuses_line_breaks();
        for ((file, span, kind, template), found) in &self.findings {
            let Some(rule) = rule_of(*kind) else { continue };
            let location = match template {
                Some((number, line, column)) => {
                    let Some(template) = self.input.templates.get(*number as usize) else { continue };
                    let position = Position { line: *line, column: *column };
                    let end = Position { line: *line, column: *column + 1 };
                    Location { path: template.path.clone(), start: position, end, cell: None }
                }
                None => self.location(*file, *span),
            };
            let mut traces: Vec<(u8, Vec<TraceStep>, Symbol)> = found
                .labels
                .iter()
                .map(|label| {
                    let mut trace = Vec::new();
                    self.trace(label.step, &mut trace, 0);
                    let name = match label.origin {
                        Origin::Source(source) => self.sources[source.0 as usize],
                        Origin::Path(_) => Symbol::new("a parameter"),
                    };
                    let refused = refuses_line_breaks && *kind == SinkKind::Log && self.is_of_address(label);
                    let long = self.calls_on_way(label.step, 0) > MAXIMUM_SURE_CALLS;
                    (label.guesses + u8::from(refused) + u8::from(long && label.guesses == 0), trace, name)
                })
                .collect();
            traces.sort_by(|one, two| {
                (one.0, one.1.len(), &one.1, one.2.as_str()).cmp(&(
                    two.0,
                    two.1.len(),
                    &two.1,
                    two.2.as_str(),
                ))
            });
            if traces.is_empty() {
                continue;
            }
            let (guesses, mut trace, source) = traces.remove(0);
            let sink = short(found.sink);
            let (at, within) = match found.inside {
                Some((file, span)) => {
                    let package = self.package_of(file);
                    (self.location(file, span), format!(" inside the installed package `{package}`"))
                }
                None => (location.clone(), String::new()),
            };
            let context =
                if found.context.is_empty() { String::new() } else { format!(" {}", found.context) };
            let message = format!("reaches `{sink}`{context}{within}");
            push(&mut trace, TraceStep { location: at, message });
            let related = traces
                .iter()
                .filter_map(|(_, trace, source)| {
                    trace.first().map(|first| TraceStep {
                        location: first.location.clone(),
                        message: format!("`{}` reaches the same place", short(*source)),
                    })
                })
                .take(8)
                .collect();
            let confidence = match guesses {
                0 => Confidence::High,
                1 => Confidence::Medium,
                _ => Confidence::Low,
            };
            let whose =
                if self.handed_over.contains(&source) { "what a caller hands to" } else { "user input from" };
            let message = format!("{whose} `{}` reaches `{sink}`{context}{within}", short(source));
            // One finding for a place and a rule, whatever the kinds.
            match places.entry((rule.name, location.clone())) {
                Entry::Occupied(same) => {
                    let same = &mut findings[*same.get()];
                    same.confidence = same.confidence.max(confidence);
                    continue;
                }
                Entry::Vacant(free) => free.insert(findings.len()),
            };
            findings.push(Finding {
                rule,
                code: None,
                severity: rule.severity,
                confidence,
                message,
                location,
                trace,
                related,
                fingerprint: found.scope.to_string(),
                content_fingerprint: String::new(),
                snippet: String::new(),
                fix: None,
                suppression: None,
            });
        }
        self.report_checks(rules, &mut findings);
        findings
    }
}

fn push(trace: &mut Vec<TraceStep>, step: TraceStep) {
    if trace.last() != Some(&step) {
        trace.push(step);
    }
}

/// The last two parts of a dotted name: what stands in the code.
fn short(name: Symbol) -> String {
    let text = name.as_str();
    let parts: Vec<&str> = text.rsplitn(3, '.').collect();
    match parts.as_slice() {
        [last, owner, _] => format!("{owner}.{last}"),
        _ => text.trim_start_matches("builtins.").to_owned(),
    }
}
