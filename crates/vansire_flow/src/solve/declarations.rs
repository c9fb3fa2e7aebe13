//! Arguments that a class declares with types, where a framework checks them before it calls a method.

use vansire_python::Symbol;
use vansire_python::ir::{ArgumentKind, BodyKind, Expr, ExprKind, StmtKind, TargetKind};

use super::{Frame, Solver};
use crate::domain::{BodyIndex, ObjectKind, Ref, Value};
use crate::model::{Entry, EntryKind};

/// Stands for the converter of a parameter that is declared with nothing that would make it harmless.
pub(super) const UNDECLARED: &str = "";

impl<'p> Solver<'p> {
    /// What the elements of a registration's argument declare of parameters, as converters: types or names
    /// of types that no text gets through.
    pub(super) fn declared_parameters(
        &mut self,
        frame: &mut Frame<'p>,
        declared: &Value,
        entry: &Entry,
    ) -> Vec<Option<Symbol>> {
        let elements = self.known_elements(frame, declared).unwrap_or_else(|| vec![declared.clone()]);
        let models = self.input.models;
        elements
            .iter()
            .map(|element| {
                let harmless = match element.as_string() {
                    Some(text) => entry.harmless.iter().any(|one| one.as_str() == text),
                    None => {
                        !element.refs.is_empty()
                            && element.refs.iter().all(|one| match one {
                                Ref::Instance(kind) => entry.harmless.contains(&models.canonical(*kind)),
                                Ref::Object(id) => match self.kind(frame, *id) {
                                    ObjectKind::External(kind) => {
                                        entry.harmless.contains(&models.canonical(kind))
                                    }
                                    _ => false,
                                },
                                _ => false,
                            })
                    }
                };
                Some(Symbol::new(if harmless { "int" } else { UNDECLARED }))
            })
            .collect()
    }

    /// The arguments of a method that are declared with a type that no text gets through: in a class within
    /// its class, or in the keywords of the field that the method belongs to by its name.
    pub(super) fn harmless_arguments(&mut self, method: BodyIndex, entry: &Entry) -> Vec<Symbol> {
        let mut names = Vec::new();
        if entry.harmless.is_empty() {
            return names;
        }
        let Some(class) = self.parent(method) else { return names };
        let (file, ir) = self.body(class);
        let own = self.body(method).1.name;
        let field = match &entry.kind {
            EntryKind::Class(patterns) => {
                patterns.iter().find_map(|pattern| own.as_str().strip_prefix(pattern.strip_suffix('*')?))
            }
            _ => None,
        };
        for statement in &ir.block {
            if let StmtKind::Assign { targets, value, .. } = &statement.kind
                && let ExprKind::Call(call) = &value.kind
                && targets
                    .iter()
                    .any(|one| matches!(&one.kind, TargetKind::Name(_, name) if Some(name.as_str()) == field))
            {
                for argument in &call.arguments {
                    if let ArgumentKind::Keyword(name) = argument.kind
                        && self.is_harmless(file, &argument.value, entry)
                    {
                        names.push(name);
                    }
                }
            }
        }
        let base = self.input.bases[file as usize];
        let bodies = &self.input.program.file(vansire_python::FileId(file)).ir.bodies;
        let inner = bodies.iter().filter(|body| {
            body.kind == BodyKind::Class && body.parent.is_some_and(|parent| base + parent.0 == class.0)
        });
        for statement in inner.flat_map(|body| &body.block) {
            if let StmtKind::Assign { targets, value, .. } = &statement.kind
                && self.is_harmless(file, value, entry)
            {
                names.extend(targets.iter().filter_map(|one| match &one.kind {
                    TargetKind::Name(_, name) => Some(*name),
                    _ => None,
                }));
            }
        }
        names
    }

    /// `Int`, `Int(required=True)`, `Argument(Int)`, `NonNull(Int)`.
    fn is_harmless(&mut self, file: u32, declared: &'p Expr, entry: &Entry) -> bool {
        let (kind, arguments) = match &declared.kind {
            ExprKind::Call(call) => (&call.callee, &call.arguments[..]),
            _ => (declared, &[][..]),
        };
        let models = self.input.models;
        let named = self.static_value(file, kind).refs.iter().any(|one| match one {
            Ref::External(name) => entry.harmless.contains(&models.canonical(*name)),
            _ => false,
        });
        named
            || arguments.first().is_some_and(|one| {
                matches!(one.kind, ArgumentKind::Positional) && self.is_harmless(file, &one.value, entry)
            })
    }
}
