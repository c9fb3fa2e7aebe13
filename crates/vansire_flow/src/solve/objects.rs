//! Objects and states: what stands behind an identity, changes, and what two ways have in common.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::shapes::Shape;
use super::{Frame, Solver};
use crate::domain::{Identity, Object, ObjectId, ObjectKind, PathId, PathStep, State, Value};

impl<'p> Solver<'p> {
    /// An object as it is now.
    pub(super) fn object(&mut self, frame: &mut Frame<'p>, id: ObjectId) -> Rc<Object> {
        if let Some(object) = frame.state.object(id) {
            return object.clone();
        }
        self.entry_object(frame, id)
    }

    /// An object as it was on entry.
    pub(super) fn entry_object(&mut self, frame: &mut Frame<'p>, id: ObjectId) -> Rc<Object> {
        if matches!(id, ObjectId::Global(_) | ObjectId::External(_)) {
            self.dependencies.reads_object(id, frame.body);
            // Data that others left there comes in here.
            if !self.touched
                && let Some(stored) = self.stored_objects.get(&id)
            {
                self.touched = self.holds_outside(stored);
            }
        }
        match id {
            ObjectId::Local(_) => Rc::new(Object::new(ObjectKind::Unknown)),
            ObjectId::Global(_) | ObjectId::External(_) => self.shared_object(id),
            ObjectId::Path(path) => Rc::new(self.path_object(frame, path)),
        }
    }

    /// An object that everybody sees, with what functions have stored in it.
    pub(super) fn shared_object(&self, id: ObjectId) -> Rc<Object> {
        let stored = self.stored_objects.get(&id);
        let made = match id {
            ObjectId::Global(index) => self.globals.get(index as usize),
            _ => None,
        };
        let object = match (made, stored) {
            (Some(made), Some(stored)) => Rc::new(made.join(stored, |_| Value::undefined())),
            (Some(made), None) => made.clone(),
            (None, Some(stored)) if matches!(id, ObjectId::External(_)) => Rc::new(stored.clone()),
            (None, _) => Rc::new(Object::new(ObjectKind::Unknown)),
        };
        match id {
            // The one request that all middleware and views are handed.
            ObjectId::External(name)
                if object.kind == ObjectKind::Unknown && self.input.models.types.contains_key(&name) =>
            {
                Rc::new(Object { kind: ObjectKind::External(name), ..(*object).clone() })
            }
            _ => object,
        }
    }

    /// The object behind a path, with the layout that the context tells.
    pub(super) fn path_object(&mut self, frame: &mut Frame<'p>, path: PathId) -> Object {
        let kind = frame.kinds.get(&path).cloned().unwrap_or(ObjectKind::Unknown);
        let mut object = Object::new(kind);
        object.exact = false;
        match frame.context.shape(path).cloned() {
            Some(Shape { list: Some(length), .. }) => {
                object.exact = true;
                for index in 0..length {
                    let value = match self.child(path, PathStep::Index(i32::from(index))) {
                        Some(step) => self.path_value(frame, step),
                        None => Value::unknown(),
                    };
                    object.elements.push(value);
                }
            }
            Some(Shape { keys: Some((keys, exact)), .. }) => {
                object.exact = exact;
                for key in keys.iter() {
                    let value = match self.child(path, PathStep::Key(key.clone())) {
                        Some(step) => self.path_value(frame, step),
                        None => Value::unknown(),
                    };
                    object.entries.push((key.clone(), value));
                }
            }
            _ => {}
        }
        object
    }

    /// A change of an object; before the first change, what stood there on entry is copied.
    pub(super) fn change(&mut self, frame: &mut Frame<'p>, id: ObjectId, change: impl FnOnce(&mut Object)) {
        if !frame.state.alive {
            return;
        }
        if frame.state.object(id).is_none() {
            let object = self.entry_object(frame, id);
            frame.state.set_object(id, (*object).clone());
        }
        // What was proved of all its elements may not hold for what comes in.
        frame.state.forget(Identity::Elements(id));
        frame.state.change_object(id, change);
    }

    /// A new object of this place; where the place made one before in this round, this one takes its name.
    pub(super) fn allocate(
        &mut self,
        frame: &mut Frame<'p>,
        span: Span,
        tag: u32,
        object: Object,
    ) -> ObjectId {
        if self.is_shared(frame) {
            let next = self.globals.len() as u32;
            let number = *self.global_index.entry((frame.file, span.start, tag, frame.round)).or_insert(next);
            if number == next {
                self.globals.push(Rc::new(object.clone()));
            }
            let id = ObjectId::Global(number);
            frame.state.set_object(id, object);
            return id;
        }
        let next = frame.allocations.len() as u32;
        let number = *frame.allocations.entry((span.start, tag, frame.round)).or_insert(next);
        let id = ObjectId::Local(number);
        frame.state.forget(Identity::Elements(id));
        frame.state.set_object(id, object);
        id
    }

    /// The kind of object behind an identity.
    pub(super) fn kind(&mut self, frame: &mut Frame<'p>, id: ObjectId) -> ObjectKind {
        match id {
            ObjectId::Path(path) => match frame.state.object(id) {
                Some(object) if object.kind != ObjectKind::Unknown => object.kind.clone(),
                _ => frame.kinds.get(&path).cloned().unwrap_or(ObjectKind::Unknown),
            },
            _ => self.object(frame, id).kind.clone(),
        }
    }

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
                    (Some((id, left)), Some((_, right))) => {
                        if Rc::ptr_eq(left, right) || left == right {
                            (*id, left.clone())
                        } else {
                            self.work +=
                                (left.fields.len() + left.entries.len() + left.elements.len() + 1) as u64;
                            (*id, Rc::new(self.join_objects(frame, *id, left, right)))
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
        result.facts = crate::domain::meet_facts(&result.facts, &right.facts);
        Some(result)
    }

    pub(super) fn join_objects(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        one: &Object,
        two: &Object,
    ) -> Object {
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
