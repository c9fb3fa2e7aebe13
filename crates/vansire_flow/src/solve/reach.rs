//! Which objects a value leads to.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{Frame, MAXIMUM_OBJECTS, Solver};
use crate::domain::{Object, ObjectId, ObjectKind, Ref, Value};

impl<'p> Solver<'p> {
    /// The objects that the caller comes to see: changed inputs, and all that the result and they refer to.
    pub(super) fn reachable(frame: &Frame<'p>, value: &Value) -> Vec<(ObjectId, Rc<Object>)> {
        let mut wanted: Vec<ObjectId> = Vec::new();
        let mut seen: BTreeSet<ObjectId> = BTreeSet::new();
        for (id, _) in frame.state.heap.iter() {
            if !matches!(id, ObjectId::Local(_)) {
                wanted.push(*id);
            }
        }
        let from = |value: &Value, wanted: &mut Vec<ObjectId>| Self::objects_in(value, wanted);
        from(value, &mut wanted);
        from(&frame.raised, &mut wanted);
        for (_, value) in frame.state.globals.iter() {
            from(value, &mut wanted);
        }
        for pending in &frame.pending {
            from(&pending.value, &mut wanted);
        }
        for hit in &frame.hits {
            from(&hit.value, &mut wanted);
        }
        let mut result = Vec::new();
        let mut at = 0;
        while let Some(&id) = wanted.get(at) {
            at += 1;
            if !seen.insert(id) {
                continue;
            }
            let Some(object) = frame.state.object(id) else { continue };
            if result.len() >= MAXIMUM_OBJECTS {
                break;
            }
            result.push((id, object.clone()));
            for (_, value) in &object.fields {
                from(value, &mut wanted);
            }
            for value in &object.elements {
                from(value, &mut wanted);
            }
            for (_, value) in &object.entries {
                from(value, &mut wanted);
            }
            from(&object.rest, &mut wanted);
            from(&object.keys, &mut wanted);
            match &object.kind {
                ObjectKind::Environment(cells) => wanted.extend(cells.iter().copied()),
                ObjectKind::Instance(class) => wanted.push(class.namespace),
                ObjectKind::Class(_, bases) => bases.iter().for_each(|base| from(base, &mut wanted)),
                _ => {}
            }
        }
        result.sort_by_key(|(id, _)| *id);
        result
    }

    pub(super) fn objects_in(value: &Value, wanted: &mut Vec<ObjectId>) {
        for reference in &value.refs {
            Self::objects_in_reference(reference, wanted);
        }
        if let Some(encoding) = &value.encoding {
            Self::objects_in(&encoding.content, wanted);
        }
    }

    fn objects_in_reference(reference: &Ref, wanted: &mut Vec<ObjectId>) {
        match reference {
            Ref::Object(id) | Ref::Function(_, Some(id)) => wanted.push(*id),
            Ref::Class(class) => wanted.push(class.namespace),
            Ref::Bound(bound) => {
                Self::objects_in_reference(&bound.0, wanted);
                Self::objects_in(&bound.1, wanted);
            }
            Ref::Tuple(elements) => elements.iter().for_each(|value| Self::objects_in(value, wanted)),
            Ref::Partial(partial) => {
                Self::objects_in(&partial.callee, wanted);
                partial.positional.iter().for_each(|value| Self::objects_in(value, wanted));
                partial.keywords.iter().for_each(|(_, value)| Self::objects_in(value, wanted));
            }
            Ref::Frozen(object) => {
                if let ObjectKind::Instance(class) = &object.kind {
                    wanted.push(class.namespace);
                }
                Ref::frozen_values(object).for_each(|value| Self::objects_in(value, wanted));
            }
            Ref::Super(parts) => {
                wanted.push(parts.0.namespace);
                Self::objects_in(&parts.1, wanted);
            }
            _ => {}
        }
    }
}
