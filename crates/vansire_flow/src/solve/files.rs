//! What the program itself has put into files, by the values that name them.
//!
//! A file is known by the identities of its path: that of the value, and that of a text whose parts are all known or
//! have identities. Handles and names that were made of a path lead to it. What a body's callers put into files
//! that it's only given the path of is read through the access path of that path ([`PathStep::Stored`]).

use std::fmt::Write as _;

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::instantiate::Mapper;
use super::{Frame, Solver, Summary};
use crate::domain::{File, Files, Identity, Label, Labels, ObjectId, Origin, Part, PathStep, Ref, Value};

/// How the names of files begin that mean the same in every body.
const KNOWN: &str = "<file> ";
/// The same for those that were made in a callee, and are seen by its caller.
const MADE: &str = "<file made> ";
/// The attribute by which a temporary file tells its name, as models call it.
const NAME_OF_HANDLE: &str = "tempfile._TemporaryFileWrapper.name";
/// How the names of files begin that mean something in one body only.
const LOCAL: &str = "<local file> ";

impl<'p> Solver<'p> {
    /// What the file that a value names holds, as far as the program has written it.
    pub(super) fn file_content(&mut self, frame: &mut Frame<'p>, path: &Value) -> Value {
        if !frame.state.files.is_empty() {
            let files = frame.state.files.clone();
            let mut labels = Labels::NONE;
            let mut known = false;
            for name in names_of(&files, path).0 {
                if let Some(file) = file_at(&files, name) {
                    known = true;
                    labels = labels.union(&file.content);
                }
            }
            if known {
                return if labels.is_empty() { Value::undefined() } else { Value::opaque(labels) };
            }
        }
        let path = own_names(path).into_iter().find_map(|name| match name {
            Identity::Path(path) => Some(path),
            _ => None,
        });
        let Some(path) = path else { return Value::undefined() };
        let stored = self.path_step(path, PathStep::Stored);
        if stored == path {
            return Value::undefined();
        }
        Value::opaque(Labels::one(Label::new(Origin::Path(stored), None)).inexact())
    }

    /// Data is written to the file that a value names. `whole`: what was there before is gone.
    pub(super) fn write_file(&mut self, frame: &mut Frame<'p>, path: &Value, data: &Value, whole: bool) {
        let labels = self.deep_labels(frame, data).inexact();
        if labels.is_empty() && (!whole || frame.state.files.is_empty()) {
            return;
        }
        let (names, leads) = names_of(&frame.state.files, path);
        // A handle writes piece by piece.
        let whole = whole && !leads;
        for name in names {
            frame.state.change_file(name, |file| {
                file.content = if whole { labels.clone() } else { file.content.union(&labels) };
            });
        }
    }

    /// Data is put into something that may be a handle of a file.
    pub(super) fn write_handle(&mut self, frame: &mut Frame<'p>, handle: &Value, data: &Value) {
        let known = |files: &Files| own_names(handle).iter().any(|name| file_at(files, *name).is_some());
        if !frame.state.files.is_empty() && known(&frame.state.files) {
            self.write_file(frame, handle, data, false);
        }
    }

    /// One value leads to the file that another names: a handle to that of its path. `anew`: it's empty now.
    pub(super) fn link_file(&mut self, frame: &mut Frame<'p>, link: &Value, path: &Value, anew: bool) {
        let (names, _) = names_of(&frame.state.files, path);
        let own = own_names(link);
        if names.is_empty() || own.iter().any(|name| names.contains(name)) {
            return;
        }
        if anew {
            self.write_file(frame, path, &Value::undefined(), true);
        }
        for name in own {
            if matches!(name, Identity::Site(..) | Identity::Elements(_)) {
                frame.state.change_file(name, |file| file.of.clone_from(&names));
            }
        }
    }

    /// Files whose paths leave the body get names that the caller understands.
    pub(super) fn keep_files(&mut self, frame: &mut Frame<'p>, value: Value) -> Value {
        let files = frame.state.files.clone();
        let local: Vec<Identity> = files
            .iter()
            .filter(|(name, file)| matches!(name, Identity::Site(..)) && !file.content.is_empty())
            .map(|(name, _)| *name)
            .collect();
        if local.is_empty() {
            return value;
        }
        let body = frame.body.0;
        let mut renamed: Vec<(Identity, Identity)> = Vec::new();
        let mut rename = |value: &Value| -> Option<Value> {
            let identity = value.identity.filter(|one| local.contains(one))?;
            let Identity::Site(place, number) = identity else { return None };
            let name = Identity::Entity(Symbol::new(&format!("{MADE}{body}:{place}:{number}")));
            if !renamed.contains(&(identity, name)) {
                renamed.push((identity, name));
            }
            Some(value.with_identity(Some(name)))
        };
        let result = rename(&value).unwrap_or_else(|| match value.refs.as_slice() {
            [Ref::Tuple(elements)] => {
                let elements: Vec<Value> =
                    elements.iter().map(|one| rename(one).unwrap_or_else(|| one.clone())).collect();
                let own = Ref::Tuple(elements.into());
                value.edit(|data| data.refs = [own].into_iter().collect())
            }
            _ => value.clone(),
        });
        let heap = frame.state.heap.clone();
        for (id, object) in heap.iter() {
            for (field, content) in &object.fields {
                if let Some(content) = rename(content) {
                    self.change(frame, *id, |object| object.set_field(*field, content));
                }
            }
            for (key, content) in &object.entries {
                if let Some(content) = rename(content) {
                    self.change(frame, *id, |object| object.set_entry(key.clone(), content));
                }
            }
        }
        for (old, new) in renamed {
            if let Some(file) = file_at(&files, old).cloned() {
                frame.state.change_file(new, |own| *own = file);
            }
        }
        result
    }

    /// The files that the caller of a body can name.
    pub(super) fn files_told(files: &Files) -> Vec<(Identity, Labels)> {
        files
            .iter()
            .filter(|(name, file)| {
                !file.content.is_empty()
                    && match name {
                        Identity::Path(_) => true,
                        Identity::Entity(name) => !name.as_str().starts_with(LOCAL),
                        Identity::Site(..) | Identity::Elements(_) => false,
                    }
            })
            .map(|(name, file)| (*name, file.content.clone()))
            .collect()
    }

    /// What a callee has written, in terms of the caller.
    pub(super) fn map_files(
        &mut self,
        frame: &mut Frame<'p>,
        mapper: &mut Mapper<'_>,
        files: &[(Identity, Labels)],
    ) -> Vec<(Value, Labels)> {
        let mut result = Vec::with_capacity(files.len());
        for (name, content) in files {
            let path = match name {
                Identity::Path(path) => self.resolve(frame, mapper.binding, *path),
                other => Value::undefined().with_identity(Some(*other)),
            };
            result.push((path, self.map_labels(frame, mapper, content)));
        }
        result
    }

    /// The path that a call gave gets a name of the caller's own: the next call gives another file.
    pub(super) fn receive_files(
        &mut self,
        frame: &mut Frame<'p>,
        summary: &Summary,
        value: Value,
        span: Span,
    ) -> Value {
        if summary.files.is_empty() {
            return value;
        }
        let mut receive = |value: &Value, number: u32| -> Value {
            let Some(Identity::Entity(name)) = value.identity else { return value.clone() };
            if !name.as_str().starts_with(MADE) {
                return value.clone();
            }
            let identity = Identity::Site(span.start, 150 + number);
            frame.state.forget(identity);
            if let Some(file) = file_at(&frame.state.files, Identity::Entity(name)).cloned() {
                frame.state.change_file(identity, |own| *own = file);
            }
            value.with_identity(Some(identity))
        };
        match value.refs.as_slice() {
            [Ref::Tuple(elements)] => {
                let elements: Vec<Value> =
                    elements.iter().zip(1..).map(|(one, number)| receive(one, number)).collect();
                let own = Ref::Tuple(elements.into());
                value.edit(|data| data.refs = [own].into_iter().collect())
            }
            _ => receive(&value, 0),
        }
    }
}

fn file_at(files: &Files, name: Identity) -> Option<&File> {
    let at = files.binary_search_by_key(&name, |(own, _)| *own).ok()?;
    Some(&files[at].1)
}

/// The names of the file that a value is the path of, or a handle; whether it only leads there.
fn names_of(files: &Files, path: &Value) -> (Vec<Identity>, bool) {
    // The name of a temporary file.
    if let [Ref::Bound(method)] = path.refs.as_slice()
        && matches!(method.0, Ref::External(name) if name.as_str() == NAME_OF_HANDLE)
    {
        let (names, _) = names_of(files, &method.1);
        return (names, false);
    }
    let mut names = own_names(path);
    for name in &names {
        if let Some(file) = file_at(files, *name)
            && !file.of.is_empty()
        {
            return (file.of.clone(), true);
        }
    }
    if let [text] = path.texts.as_slice()
        && path.constants.is_empty()
    {
        names.extend(name_of_text(text.parts()));
    }
    (names, false)
}

/// The names that a value has itself, whatever it leads to.
fn own_names(value: &Value) -> Vec<Identity> {
    let mut names: Vec<Identity> = value.identity.into_iter().collect();
    // Objects of libraries are told apart by what they are.
    if let [Ref::Object(id)] = value.refs.as_slice() {
        let name = match id {
            ObjectId::Path(path) => Identity::Path(*path),
            id => Identity::Elements(*id),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A name made of the parts of a path, if each of them is known or has an identity.
fn name_of_text(parts: &[Part]) -> Option<Identity> {
    let mut name = String::new();
    let mut everywhere = true;
    for part in parts {
        match part {
            Part::Literal(text) => name.push_str(text),
            Part::Hole { identity: Some(identity), .. } => {
                everywhere &= matches!(identity, Identity::Entity(_));
                write!(name, "\0{identity:?}\0").ok()?;
            }
            Part::Hole { identity: None, .. } => return None,
        }
    }
    Some(Identity::Entity(Symbol::new(&format!("{}{name}", if everywhere { KNOWN } else { LOCAL }))))
}
