//! Classes as objects: what their metaclass gives them, and which others are made of them.

use vansire_python::Symbol;
use vansire_python::ir::{BodyId, BodyKind, ExprKind, Span};

use super::binding::Arguments;
use super::classes::Ancestor;
use super::{Frame, Solver};
use crate::domain::{BodyIndex, ClassRef, Object, ObjectKind, PathStep, Ref, Value};

impl<'p> Solver<'p> {
    /// What a metaclass of the project says about a name, as the class gives it.
    pub(super) fn metaclass_attribute(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        name: Symbol,
    ) -> Option<Value> {
        let metaclass = self.object(frame, class.namespace).field(Symbol::new("<metaclass>")).cloned()?;
        let Some(Ref::Class(meta)) = metaclass.refs.first() else { return None };
        if meta.body == class.body {
            return None;
        }
        let (found, _) = self.class_lookup(frame, *meta, name)?;
        Some(Self::bind_function(&found, &Value::reference(Ref::Class(class))))
    }

    /// Methods of `type`, of which metaclasses call those that they override.
    pub(super) fn type_method(
        &mut self,
        frame: &mut Frame<'p>,
        method: &str,
        receiver: &Value,
        arguments: &Arguments,
        span: Span,
    ) -> Option<Value> {
        let classes: Vec<ClassRef> = receiver
            .refs
            .iter()
            .filter_map(|reference| match reference {
                Ref::Class(class) => Some(*class),
                _ => None,
            })
            .collect();
        match method {
            "__call__" => {
                let mut result = Value::undefined();
                for class in classes {
                    result = result.join(&self.construct_plainly(frame, class, arguments, span));
                }
                (!result.is_undefined()).then_some(result)
            }
            // The class whose namespace this is was made when its body was run.
            "__new__" => {
                let namespace = arguments.positional.get(3)?;
                Self::demand_value(frame, namespace);
                namespace.refs.iter().find_map(|reference| {
                    let Ref::Object(id) = reference else { return None };
                    match self.kind(frame, *id) {
                        ObjectKind::Class(body, _) => {
                            Some(Value::reference(Ref::Class(ClassRef { body, namespace: *id })))
                        }
                        _ => None,
                    }
                })
            }
            "__init__" => Some(Value::none()),
            "__subclasses__" => {
                let mut object = Object::new(ObjectKind::List);
                for class in classes {
                    for subclass in self.subclasses(class) {
                        object.push(subclass);
                    }
                }
                Some(Value::object(self.allocate(frame, span, 121, object)))
            }
            _ => None,
        }
    }

    /// The classes at module level that name a class among their bases.
    fn subclasses(&mut self, class: ClassRef) -> Vec<Value> {
        let name = self.body(class.body).1.name;
        let named = |kind: &ExprKind| match kind {
            ExprKind::Name(_, own) | ExprKind::Attribute(_, own) => *own == name,
            _ => false,
        };
        let mut result = Vec::new();
        for file in 0..self.input.bases.len() {
            let bodies = &self.input.program.file(vansire_python::FileId(file as u32)).ir.bodies;
            for (number, ir) in bodies.iter().enumerate() {
                if ir.kind != BodyKind::Class
                    || ir.parent != Some(BodyId(0))
                    || !ir.bases.iter().any(|base| named(&base.value.kind))
                {
                    continue;
                }
                let module = BodyIndex(self.input.bases[file]);
                let mut frame = self.new_frame(module, std::rc::Rc::default());
                let value = self.global(&mut frame, ir.name);
                let Some(Ref::Class(own)) = value.refs.first() else { continue };
                if own.body.0 != module.0 + number as u32 {
                    continue;
                }
                let lineage = self.lineage(&mut frame, *own);
                let below = |one: &Ancestor| matches!(one, Ancestor::Class(one) if one.body == class.body);
                if lineage.iter().skip(1).any(below) {
                    result.push(value);
                }
            }
        }
        result
    }

    /// What iteration over an instance of a container's subclass goes over.
    pub(super) fn iterated_step(&mut self, frame: &mut Frame<'p>, class: ClassRef) -> Option<PathStep> {
        self.external_ancestors(frame, class).iter().find_map(|name| match name.as_str() {
            "builtins.list"
            | "builtins.set"
            | "builtins.tuple"
            | "collections.UserList"
            | "collections.deque" => Some(PathStep::Element),
            "builtins.dict" | "collections.UserDict" | "collections.OrderedDict" => Some(PathStep::Keys),
            _ => None,
        })
    }
}
