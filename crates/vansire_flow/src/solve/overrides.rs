//! The class hierarchy: what stands in place of a method when all that is known of a receiver is a class above
//! its own.

use std::rc::Rc;

use vansire_python::Symbol;

use super::classes::Ancestor;
use super::{Frame, Solver};
use crate::domain::{BodyIndex, ClassRef, ObjectId, ObjectKind, Ref, Value};

/// A method is looked for in at most this many classes below the one that is known; where more have it, only the
/// known class counts.
const MAXIMUM_OVERRIDES: usize = 12;

impl<'p> Solver<'p> {
    /// Whether only a class above its own may be known of an object.
    pub(super) fn may_be_subclass(frame: &Frame<'p>, id: ObjectId) -> bool {
        matches!(id, ObjectId::Path(path) if frame.declared.contains(&path))
    }

    pub(super) fn has_subclasses(&mut self, class: BodyIndex) -> bool {
        let name = self.body(class).1.name;
        self.classes_by_base().contains_key(&name)
    }

    /// Whether one class is among the ancestors of another one.
    pub(super) fn is_below(&mut self, frame: &mut Frame<'p>, class: BodyIndex, above: BodyIndex) -> bool {
        let Some(class) = self.class_of_body(class) else { return false };
        let is_above = |one: &Ancestor| matches!(one, Ancestor::Class(one) if one.body == above);
        self.lineage(frame, class).iter().skip(1).any(is_above)
    }

    /// A method as an object gives it, with those of subclasses where the object may be an instance of one.
    pub(super) fn with_overrides(
        &mut self,
        frame: &mut Frame<'p>,
        id: ObjectId,
        class: ClassRef,
        name: Symbol,
        value: Value,
    ) -> Value {
        if !Self::may_be_subclass(frame, id) || !self.has_subclasses(class.body) {
            return value;
        }
        let own = Value::object(id);
        let mut result = value;
        let overrides = self.overrides(class, name);
        // A caller that knows the class decides.
        if let ObjectId::Path(path) = id
            && !overrides.is_empty()
        {
            Self::demand(frame, path);
        }
        for method in overrides.iter() {
            result = result.join(&Self::bind_function(method, &own));
        }
        result
    }

    /// The methods of this name in the classes below.
    fn overrides(&mut self, class: ClassRef, name: Symbol) -> Rc<[Value]> {
        if let Some(known) = self.overrides.get(&(class.body, name)) {
            return known.clone();
        }
        let mut found: Vec<Value> = Vec::new();
        let mut open = vec![class];
        let mut seen = vec![class.body];
        while let Some(class) = open.pop() {
            for subclass in self.subclasses(class) {
                let Some(Ref::Class(subclass)) = subclass.refs.first() else { continue };
                if seen.contains(&subclass.body) {
                    continue;
                }
                seen.push(subclass.body);
                open.push(*subclass);
                let ObjectId::Global(index) = subclass.namespace else { continue };
                let Some(method) = self.globals.get(index as usize).and_then(|object| object.field(name))
                else {
                    continue;
                };
                if matches!(method.refs.as_slice(), [Ref::Function(..)]) {
                    found.push(method.clone());
                }
            }
        }
        if found.len() > MAXIMUM_OVERRIDES {
            self.count("methods with too many overrides");
            found.clear();
        }
        let found: Rc<[Value]> = found.into();
        // While modules are run, classes are still to come.
        if self.module_depth == 0 {
            self.overrides.insert((class.body, name), found.clone());
        }
        found
    }

    /// Whether a function is a method of a class below the one that is known of the receiver.
    pub(super) fn is_override(
        &mut self,
        frame: &mut Frame<'p>,
        function: BodyIndex,
        receiver: &Value,
    ) -> bool {
        let [Ref::Object(id)] = receiver.refs.as_slice() else { return false };
        if !Self::may_be_subclass(frame, *id) {
            return false;
        }
        let ObjectKind::Instance(class) = self.kind(frame, *id) else { return false };
        match self.parent(function) {
            Some(parent) if parent != class.body => self.is_below(frame, parent, class.body),
            _ => false,
        }
    }

    /// The instances of a class that a value can be; of the classes below it, where there is none of its own.
    pub(super) fn instances_among(&mut self, frame: &mut Frame<'p>, base: &Value, class: BodyIndex) -> Value {
        let mut exactly = Value::undefined();
        let mut below = Value::undefined();
        for reference in &base.refs {
            let Ref::Object(id) = reference else { continue };
            let ObjectKind::Instance(own) = self.kind(frame, *id) else { continue };
            if own.body == class {
                exactly = exactly.join(&Value::reference(reference.clone()));
            } else if self.is_below(frame, own.body, class) {
                below = below.join(&Value::reference(reference.clone()));
            }
        }
        if exactly.is_undefined() { below } else { exactly }
    }
}
