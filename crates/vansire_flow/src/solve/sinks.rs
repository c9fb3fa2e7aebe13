//! Sinks: whether what arrives is dangerous there.

use vansire_python::Symbol;
use vansire_python::ir::{Span, Stmt};
use vansire_python::walk;

use super::place;
use super::{Frame, Hit, MAXIMUM_HITS, MAXIMUM_KNOWN_HITS, Solver};
use crate::domain::{Key, Label, Labels, ObjectKind, Origin, Part, Ref, Text, Value};
use crate::text::{CharSet, Form, Hole, Piece, SinkKind, dangers};

/// Queries of document databases are taken apart this deep; below that everything in them counts.
const MAXIMUM_QUERY_DEPTH: usize = 6;

/// Operators of document databases whose operands are conditions and documents again.
const CONDITIONS: &[&str] =
    &["$and", "$or", "$nor", "$not", "$match", "$elemMatch", "$expr", "$lookup", "$facet"];

/// What was found dangerous about a text.
pub(super) struct Verdict {
    pub labels: Labels,
    pub context: &'static str,
    pub left: CharSet,
}

/// What is inside of a container counts as well.
pub(super) fn looks_inside(kind: SinkKind) -> bool {
    matches!(
        kind,
        SinkKind::Archive
            | SinkKind::Deserialize
            | SinkKind::Xml
            | SinkKind::SessionKey
            | SinkKind::SessionValue
    )
}

fn starts_with_caller(value: &Value) -> bool {
    value.as_texts().iter().flat_map(Text::parts).any(|part| {
        matches!(part, Part::Hole { labels, .. }
            if labels.iter().any(|label| matches!(label.origin, Origin::Path(_))))
    })
}

/// Without credentials, an answer is one that anybody can have.
fn allows_credentials(block: &[Stmt]) -> bool {
    let mut names = Vec::new();
    walk::outermost(block, &mut |expression| place::names_within(expression, &mut names));
    names.iter().any(|name| name.as_str().eq_ignore_ascii_case("access-control-allow-credentials"))
}

impl<'p> Solver<'p> {
    /// Data arrives in a sink at a place of this body.
    pub(super) fn sink(
        &mut self,
        frame: &mut Frame<'p>,
        kind: SinkKind,
        value: &Value,
        span: Span,
        name: Symbol,
    ) {
        if kind == SinkKind::Origin && !allows_credentials(&frame.ir.block) {
            return;
        }
        let value = self.read(frame, value);
        match kind {
            SinkKind::Command => self.command_sink(frame, &value, span, name),
            _ if looks_inside(kind) => {
                let value = self.with_inside(frame, &value);
                let hit = Self::hit(frame, kind, value, span, name);
                self.report_hit(frame, hit);
            }
            SinkKind::NoSql => {
                // A whole query or a script that is data is dangerous whatever it is; in a document it
                // depends on what is a value there.
                let value =
                    if value.texts.is_empty() && value.refs.iter().any(|one| matches!(one, Ref::Object(_))) {
                        Self::demand_value(frame, &value);
                        Value::opaque(self.document_labels(frame, &value, 0))
                    } else {
                        Value::texts(value.as_texts())
                    };
                let hit = Self::hit(frame, kind, value, span, name);
                self.report_hit(frame, hit);
            }
            _ => {
                let mut texts = value.clone();
                if value.refs.iter().any(|one| matches!(one, Ref::Object(_) | Ref::Tuple(_))) {
                    let all = self.sink_texts(frame, &value, kind);
                    texts = Value::texts(all);
                    if texts.identity.is_none() {
                        texts = texts.with_identity(value.identity);
                    }
                }
                let hit = Self::hit(frame, kind, texts, span, name);
                self.report_hit(frame, hit);
            }
        }
    }

    /// Data in a query of a document database that can be a document with operators itself.
    fn document_labels(&mut self, frame: &mut Frame<'p>, value: &Value, depth: usize) -> Labels {
        if depth > MAXIMUM_QUERY_DEPTH {
            return self.deep_labels(frame, value);
        }
        let mut labels = Labels::NONE;
        // A text is a value, whatever is in it.
        if value.other && value.texts.is_empty() {
            labels = labels.union(&value.labels);
        }
        for reference in &value.refs {
            let Ref::Object(id) = reference else { continue };
            let object = self.object(frame, *id);
            match &object.kind {
                ObjectKind::Dictionary => {
                    // Who chooses the keys chooses the operators.
                    labels = labels.union(&object.keys.own_labels());
                    for (key, entry) in &object.entries {
                        // Of operators' operands only those that are conditions can hold operators.
                        let plain = matches!(key, Key::Text(name) if name.as_str().starts_with('$')
                            && !CONDITIONS.contains(&name.as_str()));
                        if !plain {
                            labels = labels.union(&self.document_labels(frame, entry, depth + 1));
                        }
                    }
                    labels = labels.union(&self.document_labels(frame, &object.rest, depth + 1));
                }
                ObjectKind::List => {
                    let all = object.all();
                    labels = labels.union(&self.document_labels(frame, &all, depth + 1));
                }
                ObjectKind::Unknown | ObjectKind::External(_) => {
                    labels = labels.union(&value.labels).union(&object.rest.own_labels());
                }
                _ => {}
            }
        }
        labels
    }

    /// Whether data can be more than a text: it was decoded from JSON, or is a whole mapping.
    pub(super) fn may_be_document(&self, label: &Label) -> bool {
        const DECODERS: &[&str] = &["loads", "load", "decode", "to_dict", "dict", "parse"];
        let decodes = |name: Symbol| {
            let last = name.as_str().trim_end_matches("()").rsplit('.').next().unwrap_or_default();
            last.contains("json") || last.starts_with("safe_load") || DECODERS.contains(&last)
        };
        let mut steps: Vec<_> = label.step.into_iter().collect();
        let mut seen = 0;
        while let Some(id) = steps.pop() {
            let step = self.steps[id.0 as usize];
            if step.name.as_str() == "builtins.str" {
                return false;
            }
            if decodes(step.name) {
                return true;
            }
            seen += 1;
            if seen < super::report::MAXIMUM_TRACE {
                // What came last is looked at first.
                steps.extend(step.previous);
                steps.extend(step.inner);
            }
        }
        self.is_document(label.origin)
    }

    /// A value for a sink that looks inside of what it is given: everything in it counts.
    pub(super) fn with_inside(&mut self, frame: &mut Frame<'p>, value: &Value) -> Value {
        let labels = self.deep_labels(frame, value);
        if labels.is_empty() || !value.refs.is_empty() { Value::opaque(labels) } else { value.clone() }
    }

    pub(super) fn sink_texts(&mut self, frame: &mut Frame<'p>, value: &Value, kind: SinkKind) -> Vec<Text> {
        let mut texts = value.as_texts();
        for reference in &value.refs {
            match reference {
                Ref::Object(id) => {
                    let object = self.object(frame, *id);
                    match &object.kind {
                        // What takes a path or an open file reads the file: nothing is opened by its content.
                        ObjectKind::External(name)
                            if matches!(kind, SinkKind::Path | SinkKind::WritePath)
                                && self.input.models.is_subtype(*name, Symbol::new("io.IOBase")) => {}
                        ObjectKind::Instance(_)
                        | ObjectKind::External(_)
                        | ObjectKind::Unknown
                        | ObjectKind::Cell
                            if !value.other =>
                        {
                            texts.extend(self.texts_of(frame, &Value::object(*id)));
                        }
                        // A sequence of texts is written one after the other; of values elsewhere nothing counts.
                        _ if matches!(
                            kind,
                            SinkKind::Html
                                | SinkKind::Header
                                | SinkKind::Mail
                                | SinkKind::Log
                                | SinkKind::Path
                                | SinkKind::Shell
                        ) =>
                        {
                            let all = object.all();
                            texts.extend(self.texts_of(frame, &all));
                        }
                        _ => {}
                    }
                }
                Ref::Tuple(elements) => {
                    for element in elements.iter() {
                        texts.extend(self.texts_of(frame, element));
                    }
                }
                _ => {}
            }
        }
        texts
    }

    /// The lists of arguments that a value can be, where all of them are known.
    fn argument_lists(&mut self, frame: &mut Frame<'p>, value: &Value) -> Option<Vec<Vec<Value>>> {
        if !value.is_reference() {
            return None;
        }
        let refs = value.refs.clone();
        refs.into_iter().map(|one| self.known_elements(frame, &Value::reference(one))).collect()
    }

    /// Whether a list of arguments begins with a program that runs others, or writes files, when an option tells it so;
    /// or with one that isn't known.
    fn may_run_by_option(&mut self, frame: &mut Frame<'p>, value: &Value) -> bool {
        let Some(lists) = self.argument_lists(frame, value) else { return true };
        lists.iter().filter_map(|list| list.first()).any(|program| {
            program.texts.is_empty()
                || program.texts.iter().any(|text| text.as_constant().is_none())
                || is_one_of(program, OPTIONS_RUN)
        })
    }

    /// A program and its arguments.
    fn command_sink(&mut self, frame: &mut Frame<'p>, value: &Value, span: Span, name: Symbol) {
        let mut hits: Vec<(SinkKind, Value, bool)> = Vec::new();
        if let Some(lists) = self.argument_lists(frame, value) {
            for elements in lists {
                arguments_of(&elements, &mut hits);
            }
        } else if value.refs.iter().any(|one| matches!(one, Ref::Object(_))) && !value.other {
            let mut elements = Value::undefined();
            for reference in &value.refs {
                if let Ref::Object(id) = reference {
                    let object = self.object(frame, *id);
                    if matches!(object.kind, ObjectKind::List | ObjectKind::Iterator) {
                        match object.elements.first() {
                            Some(first) => hits.push((SinkKind::Command, first.clone(), false)),
                            None => hits.push((SinkKind::Command, object.rest.clone(), false)),
                        }
                        let separated = object.elements.iter().any(|one| one.as_string() == Some("--"));
                        if let [program, option, scripts @ ..] = object.elements.as_slice()
                            && is_one_of(program, SHELLS)
                            && is_one_of(option, SCRIPT_OPTIONS)
                        {
                            let script = scripts.first().unwrap_or(&object.rest).clone();
                            hits.push((SinkKind::Shell, script, false));
                        }
                        if !separated {
                            for element in object.elements.iter().skip(1) {
                                elements = elements.join(element);
                            }
                            elements = elements.join(&object.rest);
                        }
                    } else {
                        hits.push((SinkKind::Command, Value::object(*id), false));
                    }
                }
            }
            hits.push((SinkKind::Argument, elements, false));
        } else {
            hits.push((SinkKind::Command, value.clone(), false));
        }
        let runs = self.may_run_by_option(frame, value);
        for (kind, value, behind_option) in hits {
            let value = self.read(frame, &value);
            // What callers of a library hand over as an argument is dangerous where options lead further.
            let value = match kind {
                SinkKind::Argument if !runs || behind_option => value.map_labels(|labels| {
                    Labels::of(labels.iter().filter(|label| !self.is_handed_over(label)).copied())
                }),
                _ => value,
            };
            let value = if value.refs.is_empty() {
                value
            } else {
                let texts = self.sink_texts(frame, &value, kind);
                Value::texts(texts)
            };
            let hit = Self::hit(frame, kind, value, span, name);
            self.report_hit(frame, hit);
        }
    }

    pub(super) fn hit(frame: &Frame<'p>, kind: SinkKind, value: Value, span: Span, sink: Symbol) -> Hit {
        let (file, scope) = (frame.file, frame.ir.qualified_name);
        Hit { file, span, scope, sink, kind, value, template: None, by_text: false, inside: None }
    }

    /// Keeps what is dangerous: as a finding where the source is known, for the caller where it isn't.
    pub(super) fn report_hit(&mut self, frame: &mut Frame<'p>, hit: Hit) {
        if !frame.state.alive {
            return;
        }
        let Some(verdict) = Self::verdict(hit.kind, &hit.value) else { return };
        let symbolic = verdict.labels.iter().any(|label| matches!(label.origin, Origin::Path(_)));
        let mut concrete: Vec<Label> = verdict
            .labels
            .iter()
            .filter(|label| matches!(label.origin, Origin::Source(_)))
            .copied()
            .collect();
        if hit.by_text && Self::verdict_of(&hit).is_none() {
            // How it begins may be up to the caller.
            if !super::queries::may_begin_statement(&hit.value) {
                return;
            }
            concrete.clear();
        }
        // The text around is needed where the caller fills in the rest.
        if symbolic || !concrete.is_empty() {
            let known = frame.hits.iter().any(|own| {
                own.span == hit.span
                    && own.file == hit.file
                    && own.kind == hit.kind
                    && own.template == hit.template
                    && own.inside == hit.inside
                    && own.value == hit.value
            });
            if !known {
                // Those that start with the caller are put in again at each call: there may be fewer of them.
                let (count, bound) = if symbolic {
                    (frame.hits.iter().filter(|own| starts_with_caller(&own.value)).count(), MAXIMUM_HITS)
                } else {
                    (frame.hits.len(), MAXIMUM_KNOWN_HITS)
                };
                if count < bound {
                    frame.hits.push(hit);
                } else {
                    self.count("flows beyond a summary's bound");
                }
            }
        }
    }

    /// Which labels of a hit are dangerous, and why.
    pub(super) fn verdict_of(hit: &Hit) -> Option<Verdict> {
        if hit.by_text {
            Self::verdict(hit.kind, &super::queries::statements_in(&hit.value))
        } else {
            Self::verdict(hit.kind, &hit.value)
        }
    }

    /// Which labels are dangerous in a sink, and why.
    pub(super) fn verdict(kind: SinkKind, value: &Value) -> Option<Verdict> {
        if !value.has_labels() {
            return None;
        }
        let mut result: Option<Verdict> = None;
        for text in value.as_texts() {
            if !text
                .parts()
                .iter()
                .any(|part| matches!(part, Part::Hole { labels, .. } if !labels.is_empty()))
            {
                continue;
            }
            // One label at a time: each has its own characters.
            let mut labels: Vec<(usize, Label)> = Vec::new();
            for (at, part) in text.parts().iter().enumerate() {
                if let Part::Hole { labels: own, .. } = part {
                    labels.extend(own.iter().map(|label| (at, *label)));
                }
            }
            for (at, label) in labels {
                // What begins with a slash at its source doesn't come where a test has found that it doesn't.
                if label.exact && label.form.has(Form::ROOTED.union(Form::RELATIVE)) {
                    continue;
                }
                let mut chars = label.chars;
                if label.break_at_end
                    && !matches!(kind, SinkKind::Header | SinkKind::Cookie | SinkKind::Log | SinkKind::Mail)
                {
                    // A line break at the very end begins a line that is empty, or ours.
                    chars = chars.minus(CharSet::of("\n"));
                }
                let pieces: Vec<Piece<'_>> = text
                    .parts()
                    .iter()
                    .enumerate()
                    .map(|(index, part)| match part {
                        Part::Literal(text) => Piece::Literal(text),
                        Part::Hole { .. } => Piece::Hole(Hole {
                            tainted: index == at,
                            chars: if index == at { chars } else { CharSet::ALL },
                            cleared: label.cleared,
                            form: label.form,
                        }),
                    })
                    .collect();
                for danger in dangers(kind, &pieces) {
                    if danger.piece != at {
                        continue;
                    }
                    let labels = Labels::one(label);
                    result = Some(match result.take() {
                        None => Verdict { labels, context: danger.context, left: danger.left },
                        Some(earlier) => Verdict {
                            labels: earlier.labels.union(&labels),
                            context: earlier.context,
                            left: earlier.left | danger.left,
                        },
                    });
                }
            }
        }
        result
    }
}

/// Programs that run the text behind an option as a line of a shell.
const SHELLS: &[&str] = &["sh", "bash", "dash", "zsh", "ksh", "cmd", "cmd.exe", "powershell"];
const SCRIPT_OPTIONS: &[&str] = &["-c", "-lc", "-ec", "/c", "/C"];
/// Programs that run the text behind an option as code.
const INTERPRETERS: &[&str] = &["python", "python3", "perl", "ruby", "node"];
const CODE_OPTIONS: &[&str] = &["-c", "-e"];

/// Programs with options that name another program to run, or a file to write.
const OPTIONS_RUN: &[&str] = &[
    "git", "hg", "svn", "bzr", "ssh", "scp", "sftp", "rsync", "tar", "zip", "unzip", "7z", "curl", "wget",
    "find", "ffmpeg", "convert", "magick", "gs", "pip", "npm", "go", "docker", "tcpdump", "xargs", "awk",
    "sed", "vim", "man", "java",
];

/// Whether an argument is, perhaps among others, one of these; a program with its folder or without.
fn is_one_of(argument: &Value, names: &[&str]) -> bool {
    argument.texts.iter().filter_map(Text::as_constant).any(|text| {
        names.contains(&text) || text.rsplit('/').next().is_some_and(|name| names.contains(&name))
    })
}

/// What each argument of a program is dangerous as, and whether it stands behind an option, which mostly takes it for
/// its value. `sh -c text` is a shell.
fn arguments_of(elements: &[Value], hits: &mut Vec<(SinkKind, Value, bool)>) {
    let program = |names| elements.first().is_some_and(|one| is_one_of(one, names));
    let (shell, interpreter) = (program(SHELLS), program(INTERPRETERS));
    let mut separated = false;
    let mut script = false;
    for (at, element) in elements.iter().enumerate() {
        if at == 0 {
            hits.push((SinkKind::Command, element.clone(), false));
        } else if script {
            hits.push((if shell { SinkKind::Shell } else { SinkKind::Code }, element.clone(), false));
            script = false;
        } else if !separated {
            let before = elements[at - 1].as_string();
            let behind_option = at > 1 && before.is_some_and(|one| one.starts_with('-'));
            hits.push((SinkKind::Argument, element.clone(), behind_option));
        }
        separated |= element.as_string() == Some("--");
        script |=
            shell && is_one_of(element, SCRIPT_OPTIONS) || interpreter && is_one_of(element, CODE_OPTIONS);
    }
}
