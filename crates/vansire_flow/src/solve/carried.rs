//! Whether data from outside is on its way through a value.

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::{Frame, Solver};
use crate::domain::{ObjectId, ObjectKind, Ref, StepKind, Value};

impl<'p> Solver<'p> {
    /// The trace of labels that are stored under a name.
    pub(super) fn stored(&mut self, frame: &Frame<'p>, value: Value, name: Symbol, span: Span) -> Value {
        if !value.has_labels() || frame.context.root && value.labels.is_empty() {
            return value;
        }
        let concrete =
            value.own_labels().iter().any(|label| matches!(label.origin, crate::domain::Origin::Source(_)));
        if !concrete {
            return value;
        }
        let file = frame.file;
        let mut steps: Vec<(crate::domain::Label, crate::domain::StepId)> = Vec::new();
        for label in &value.own_labels() {
            let id = self.step(crate::domain::Step {
                kind: StepKind::Assigned,
                file,
                span,
                name,
                previous: label.step,
                inner: None,
            });
            steps.push((*label, id));
        }
        value.map_labels(|labels| {
            labels.map(|label| {
                let step = steps.iter().find(|(own, _)| own.origin == label.origin).map(|(_, id)| *id);
                crate::domain::Label { step: step.or(label.step), ..*label }
            })
        })
    }

    /// Whether data from outside is in a value, or in what it refers to.
    pub(super) fn carries_source(&mut self, frame: &mut Frame<'p>, value: &Value) -> bool {
        if !value.has_labels() && value.refs.is_empty() {
            return false;
        }
        let mut seen = Vec::new();
        self.carries_source_within(frame, value, 0, &mut seen)
    }

    fn carries_source_within(
        &mut self,
        frame: &mut Frame<'p>,
        value: &Value,
        depth: usize,
        seen: &mut Vec<ObjectId>,
    ) -> bool {
        if value.own_labels().iter().any(|label| matches!(label.origin, crate::domain::Origin::Source(_))) {
            return true;
        }
        if depth > 3 {
            return false;
        }
        value.refs.iter().any(|reference| match reference {
            Ref::Tuple(elements) => {
                elements.iter().any(|value| self.carries_source_within(frame, value, depth + 1, seen))
            }
            Ref::Object(id @ (ObjectId::Local(_) | ObjectId::Global(_) | ObjectId::External(_)))
                if !seen.contains(id) && seen.len() < 32 =>
            {
                seen.push(*id);
                let object = self.peek(frame, *id);
                // A request on which something was left.
                if let ObjectKind::External(kind) = &object.kind
                    && self.source_types.contains(kind)
                {
                    return true;
                }
                let inner = object.elements.iter().chain(object.entries.iter().map(|(_, value)| value));
                inner
                    .chain(object.fields.iter().map(|(_, value)| value))
                    .chain([&object.rest])
                    .any(|value| self.carries_source_within(frame, value, depth + 1, seen))
            }
            Ref::Bound(bound) => self.carries_source_within(frame, &bound.1, depth + 1, seen),
            Ref::Partial(partial) => partial
                .positional
                .iter()
                .any(|value| self.carries_source_within(frame, value, depth + 1, seen)),
            // What a function has captured, and its defaults.
            Ref::Function(_, Some(id @ (ObjectId::Local(_) | ObjectId::Global(_))))
                if !seen.contains(id) && seen.len() < 32 =>
            {
                seen.push(*id);
                let environment = self.object(frame, *id);
                if environment
                    .elements
                    .iter()
                    .any(|value| self.carries_source_within(frame, value, depth + 1, seen))
                {
                    return true;
                }
                let ObjectKind::Environment(cells) = &environment.kind else { return false };
                cells.iter().any(|cell| {
                    let cell = Value::object(*cell);
                    self.carries_source_within(frame, &cell, depth + 1, seen)
                })
            }
            // A request is where the data comes from.
            Ref::Instance(kind) => self.source_types.contains(kind),
            _ => false,
        })
    }
}
