//! Other names for what matters: words in bodies tell which of them can mention a source or a check, but modules
//! import functions under other names and keep them in variables, tables and classes.

use rustc_hash::{FxHashMap, FxHashSet};
use vansire_python::Symbol;

use super::relevance::Relevance;
use super::{ModuleStatus, Solver};
use crate::domain::{Object, ObjectId, ObjectKind, Ref, Value};

/// Tables in tables are looked through this deep.
const MAXIMUM_TABLE_DEPTH: u32 = 3;

/// Names by file.
type Names = FxHashMap<u32, FxHashSet<Symbol>>;

impl Solver<'_> {
    /// Once modules have been run: adds the bodies that mention such names.
    pub(super) fn add_aliases(&self, relevance: &mut Relevance) {
        let models = self.input.models;
        let is_source = |name: Symbol| models.sources.contains_key(&name);
        let is_check =
            |name: Symbol| models.functions.get(&name).is_some_and(|model| !model.checks.is_empty());
        let sources = self.mentioning(&self.names_of(&is_source));
        let checks = self.mentioning(&self.names_of(&is_check));
        relevance.add_aliases(&sources, &checks);
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
