//! Where two ways come together: what can be on either.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use vansire_python::Symbol;

use super::{Frame, Solver};
use crate::domain::{
    Facts, Identity, Object, ObjectId, ObjectKind, PathStep, State, Value, join_files, refined,
};

impl<'p> Solver<'p> {
    pub(super) fn join_states(
        &mut self,
        frame: &mut Frame<'p>,
        left: Option<State>,
        right: Option<State>,
    ) -> Option<State> {
        let (left, right) = match (left, right) {
            (None, other) | (other, None) => return other,
            (Some(left), Some(right)) => (left, right),
        };
        if !left.alive {
            return Some(right);
        }
        if !right.alive {
            return Some(left);
        }
        let mut result = left;
        result.join_locals(&right, frame.statement.start);
        if !Rc::ptr_eq(&result.heap, &right.heap) {
            let facts_of_other = right.facts.clone();
            let (one, two) = (result.heap.clone(), right.heap.clone());
            let (mut one, mut two) = (one.iter().peekable(), two.iter().peekable());
            let mut joined = Vec::with_capacity(one.len().max(two.len()));
            // Both are sorted.
            loop {
                let (left, right) = match (one.peek(), two.peek()) {
                    (None, None) => break,
                    (Some(_), None) => (one.next(), None),
                    (None, Some(_)) => (None, two.next()),
                    (Some((left, _)), Some((right, _))) => match left.cmp(right) {
                        std::cmp::Ordering::Less => (one.next(), None),
                        std::cmp::Ordering::Greater => (None, two.next()),
                        std::cmp::Ordering::Equal => (one.next(), two.next()),
                    },
                };
                let (id, object) = match (left, right) {
                    (Some((id, left)), Some((_, second))) => {
                        if Rc::ptr_eq(left, second) || left == second {
                            (*id, left.clone())
                        } else {
                            self.work +=
                                (left.fields.len() + left.entries.len() + left.elements.len() + 1) as u64;
                            let both = (left.kind == ObjectKind::Cell)
                                .then(|| cells(left, &result.facts, second, &facts_of_other));
                            let mut object = match &both {
                                Some((one, two)) => self.join_objects(frame, *id, one, two),
                                None => self.join_objects(frame, *id, left, second),
                            };
                            if matches!(
                                left.kind,
                                ObjectKind::List | ObjectKind::Set | ObjectKind::Dictionary
                            ) {
                                let facts = facts_when_empty(left, &result.facts, second, &facts_of_other);
                                // What is made anew in each round isn't what was tested.
                                object.when_empty = match facts {
                                    Some(facts) if !frame.loops.is_empty() => lasting(&facts),
                                    facts => facts,
                                };
                            }
                            (*id, Rc::new(object))
                        }
                    }
                    (Some((id, only)), None) | (None, Some((id, only))) => {
                        if matches!(id, ObjectId::Local(_)) {
                            (*id, only.clone())
                        } else {
                            let entry = self.entry_object(frame, *id);
                            (*id, Rc::new(self.join_objects(frame, *id, only, &entry)))
                        }
                    }
                    (None, None) => break,
                };
                joined.push((id, object));
            }
            result.heap = Rc::new(joined);
        }
        if !Rc::ptr_eq(&result.globals, &right.globals) && result.globals != right.globals {
            let mut globals = (*result.globals).clone();
            for ((file, name), value) in &mut globals {
                let other = match right.globals.iter().find(|(key, _)| key == &(*file, *name)) {
                    Some((_, other)) => other.clone(),
                    None => self.module_variable(frame, *file, *name).unwrap_or_default(),
                };
                *value = value.join(&other);
            }
            for (key, value) in right.globals.iter() {
                if !globals.iter().any(|(own, _)| own == key) {
                    let other = self.module_variable(frame, key.0, key.1).unwrap_or_default();
                    globals.push((*key, value.join(&other)));
                }
            }
            result.globals = Rc::new(globals);
        }
        result.files = join_files(&result.files, &right.files);
        result.facts = crate::domain::meet_facts(&result.facts, &right.facts);
        Some(result)
    }

    fn join_objects(&mut self, frame: &mut Frame<'p>, id: ObjectId, one: &Object, two: &Object) -> Object {
        // A field that only one side wrote: the other side still has what it was on entry.
        let mut missing: FxHashMap<Symbol, Value> = FxHashMap::default();
        if let ObjectId::Path(path) = id {
            for (name, _) in one.fields.iter().chain(&two.fields) {
                if one.field(*name).is_none() || two.field(*name).is_none() {
                    let step = self.path_step(path, PathStep::Attribute(*name));
                    missing.insert(*name, self.path_value(frame, step));
                }
            }
        }
        let mut result = one.join(two, |name| missing.get(&name).cloned().unwrap_or_default());
        if let ObjectId::Path(path) = id {
            for (key, value) in &mut result.entries {
                if one.entry(key).is_none() || two.entry(key).is_none() {
                    let step = self.paths.step(path, PathStep::Key(key.clone()));
                    let before = self.path_value(frame, step);
                    *value = value.join(&before);
                }
            }
        }
        result
    }
}

/// A captured variable that has another value on either way, each as far as it agrees with what that way proved.
fn cells(one: &Object, one_facts: &Facts, two: &Object, two_facts: &Facts) -> (Object, Object) {
    let content = |cell: &Object, facts: &Facts| Object { rest: refined(&cell.rest, facts), ..cell.clone() };
    (content(one, one_facts), content(two, two_facts))
}

/// What holds if a container is empty where two ways come together: on a way on which it surely isn't,
/// anything does.
fn facts_when_empty(one: &Object, one_facts: &Facts, two: &Object, two_facts: &Facts) -> Option<Facts> {
    let own = |object: &Object, facts: &Facts| match &object.when_empty {
        Some(more) => crate::domain::all_facts(facts, more),
        None => facts.clone(),
    };
    let facts = match (one.emptiness(), two.emptiness()) {
        (Some(false), Some(false)) => return None,
        (Some(false), _) => own(two, two_facts),
        (_, Some(false)) => own(one, one_facts),
        _ if one.when_empty.is_none() && two.when_empty.is_none() => return None,
        _ => crate::domain::meet_facts(&own(one, one_facts), &own(two, two_facts)),
    };
    (!facts.is_empty()).then_some(facts)
}

/// Those of facts that hold of the same values as long as the body runs.
fn lasting(facts: &Facts) -> Option<Facts> {
    let lasts = |identity: &Identity| matches!(identity, Identity::Path(_) | Identity::Entity(_));
    let kept: Vec<_> = facts.iter().filter(|(identity, _)| lasts(identity)).cloned().collect();
    (!kept.is_empty()).then(|| Rc::new(kept))
}
