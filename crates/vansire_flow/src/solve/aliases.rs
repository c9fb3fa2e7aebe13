//! Other names for what matters: words in bodies tell which of them can mention a source or a check, but modules
//! import functions under other names and keep them in variables, tables and classes.

use rustc_hash::{FxHashMap, FxHashSet};
use vansire_python::Symbol;

use super::relevance::Relevance;
use super::{ModuleStatus, Solver};
use crate::domain::{BodyIndex, Object, ObjectId, ObjectKind, Ref, Value};
use crate::model::Check;

/// Tables in tables are looked through this deep.
const MAXIMUM_TABLE_DEPTH: u32 = 3;

/// Names by file.
type Names = FxHashMap<u32, FxHashSet<Symbol>>;

impl Solver<'_> {
    /// Once modules have been run: adds the bodies that mention such names.
    pub(super) fn add_aliases(&self, relevance: &mut Relevance) {
        let models = self.input.models;
        let is_source = |name: Symbol| models.sources.contains_key(&name);
        let rules = self.input.rules;
        let is_check = |name: Symbol| {
            models.functions.get(&name).is_some_and(|model| {
                let counts = |check: &Check| !check.guess || rules.contains(&check.rule);
                model.checks.iter().any(|check| !check.by_text && counts(check))
            })
        };
        let sources = self.mentioning(&self.names_of(&is_source));
        let checks = self.mentioning(&self.names_of(&is_check));
        relevance.add_aliases(&sources, &checks);
        relevance.add_callers(self.callers_by_variable());
    }

    /// Functions that modules keep in variables under names that aren't their own, and instances whose special
    /// methods are called without a name: with each the bodies that mention the variable.
    fn callers_by_variable(&self) -> Vec<(u32, u32)> {
        let mut variables: FxHashMap<u32, FxHashMap<Symbol, Vec<u32>>> = FxHashMap::default();
        for (file, status) in &self.modules {
            let (ModuleStatus::Done(values) | ModuleStatus::Running(values)) = status;
            for (name, value) in values {
                let mut bodies = Vec::new();
                self.unnamed_bodies(*name, value, 0, &mut bodies);
                if !bodies.is_empty() {
                    variables.entry(*file).or_default().insert(*name, bodies);
                }
            }
        }
        let names: Names =
            variables.iter().map(|(file, names)| (*file, names.keys().copied().collect())).collect();
        let mut calls = Vec::new();
        for reader in self.mentioning(&names) {
            let (_, ir) = self.body(BodyIndex(reader));
            let called = variables
                .values()
                .flat_map(|names| ir.mentions.iter().filter_map(|name| names.get(name)).flatten().copied());
            calls.extend(called.map(|called| (called, reader)));
        }
        calls.sort_unstable();
        calls.dedup();
        calls
    }

    fn unnamed_bodies(&self, name: Symbol, value: &Value, depth: u32, found: &mut Vec<u32>) {
        if depth > MAXIMUM_TABLE_DEPTH {
            return;
        }
        for reference in &value.refs {
            match reference {
                Ref::Function(body, _) if self.body(*body).1.name != name => found.push(body.0),
                Ref::Tuple(elements) => {
                    elements.iter().for_each(|one| self.unnamed_bodies(name, one, depth + 1, found));
                }
                Ref::Partial(partial) => self.unnamed_bodies(name, &partial.callee, depth + 1, found),
                Ref::Object(ObjectId::Global(number)) => {
                    let Some(object) = self.globals.get(*number as usize) else { continue };
                    match &object.kind {
                        ObjectKind::Instance(class) => {
                            let (file, _) = self.body(class.body);
                            let own = self.input.bases[file as usize];
                            let bodies = &self.input.program.file(vansire_python::FileId(file)).ir.bodies;
                            let methods = (0u32..).zip(bodies).filter(|(_, method)| {
                                method.parent.is_some_and(|parent| own + parent.0 == class.body.0)
                                    && super::relevance::is_special(method.name)
                            });
                            found.extend(methods.map(|(at, _)| own + at));
                        }
                        ObjectKind::List | ObjectKind::Dictionary => {
                            let entries = object.entries.iter().map(|(_, value)| value);
                            for one in object.elements.iter().chain(entries).chain([&object.rest]) {
                                self.unnamed_bodies(name, one, depth + 1, found);
                            }
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }

    fn names_of(&self, wanted: &dyn Fn(Symbol) -> bool) -> Names {
        let mut names = Names::default();
        for (file, status) in &self.modules {
            let (ModuleStatus::Done(values) | ModuleStatus::Running(values)) = status;
            for (name, value) in values {
                if self.leads_to(*name, value, wanted, 0) {
                    names.entry(*file).or_default().insert(*name);
                }
                for reference in &value.refs {
                    let Ref::Class(class) = reference else { continue };
                    let ObjectId::Global(number) = class.namespace else { continue };
                    let Some(namespace) = self.globals.get(number as usize) else { continue };
                    for (field, value) in &namespace.fields {
                        if self.leads_to(*field, value, wanted, 0) {
                            names.entry(*file).or_default().insert(*field);
                        }
                    }
                }
            }
        }
        names
    }

    /// Whether something of this name gives what is wanted, which has another name.
    fn leads_to(&self, name: Symbol, value: &Value, wanted: &dyn Fn(Symbol) -> bool, depth: u32) -> bool {
        if depth > MAXIMUM_TABLE_DEPTH {
            return false;
        }
        let inside = |value: &Value| self.leads_to(name, value, wanted, depth + 1);
        value.refs.iter().any(|reference| match reference {
            Ref::External(own) => {
                let last = own.as_str().rsplit('.').next().unwrap_or_default();
                last != name.as_str() && wanted(*own)
            }
            Ref::Tuple(elements) => elements.iter().any(inside),
            Ref::Partial(partial) => inside(&partial.callee),
            Ref::Object(ObjectId::Global(number)) => {
                let table = |object: &Object| {
                    matches!(object.kind, ObjectKind::List | ObjectKind::Set | ObjectKind::Dictionary)
                };
                self.globals.get(*number as usize).filter(|object| table(object)).is_some_and(|object| {
                    let entries = object.entries.iter().map(|(_, value)| value);
                    object.elements.iter().chain(entries).chain([&object.rest]).any(inside)
                })
            }
            _ => false,
        })
    }
}
