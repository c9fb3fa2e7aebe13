//! Objects: what stands behind an identity, and how it changes.

use std::rc::Rc;

use vansire_python::ir::Span;

use super::shapes::Shape;
use super::{Frame, Solver};
use crate::domain::{Identity, Object, ObjectId, ObjectKind, PathId, PathStep, Value};

impl<'p> Solver<'p> {
    /// An object as it is now; what was put off until somebody looks at it is carried out.
    pub(super) fn object(&mut self, frame: &mut Frame<'p>, id: ObjectId) -> Rc<Object> {
        let object = self.peek(frame, id);
        if !Self::is_deferred(&object) {
            return match self.seen_through(frame, &object) {
                Some(shown) => Rc::new(shown),
                None => object,
            };
        }
        self.carry_out(frame, id);
        self.peek(frame, id)
    }

    /// An object as it is now, with what was put off still to be done.
    pub(super) fn peek(&mut self, frame: &mut Frame<'p>, id: ObjectId) -> Rc<Object> {
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
        frame.state.change_object(id, |object| {
            object.filled = false;
            object.when_empty = None;
            change(object);
        });
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
            _ => self.peek(frame, id).kind.clone(),
        }
    }
}
