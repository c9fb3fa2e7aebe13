//! Classes as objects: what their metaclass gives them, and which others are made of them.

use rustc_hash::FxHashMap;
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
        span: Span,
    ) -> Option<Value> {
        let meta = self.metaclass(frame, class)?;
        let own = Value::reference(Ref::Class(class));
        if let Some((found, _)) = self.class_lookup(frame, meta, name) {
            let meta = Value::reference(Ref::Class(meta));
            return Some(self.through_class(frame, &found, Some(&own), &meta, span));
        }
        if name.as_str().starts_with("__") {
            return None;
        }
        let method = self.metaclass_method(frame, class, "__getattr__")?;
        Some(self.call(frame, &method, &Arguments::of(vec![Value::string(name.as_str())]), span))
    }

    /// The metaclass of the project that made a class.
    fn metaclass(&mut self, frame: &mut Frame<'p>, class: ClassRef) -> Option<ClassRef> {
        let metaclass = self.object(frame, class.namespace).field(Symbol::new("<metaclass>")).cloned()?;
        let Some(Ref::Class(meta)) = metaclass.refs.first() else { return None };
        (meta.body != class.body).then_some(*meta)
    }

    /// A method that the language calls on a class itself.
    pub(super) fn metaclass_method(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        name: &str,
    ) -> Option<Value> {
        let meta = self.metaclass(frame, class)?;
        let (found, _) = self.class_lookup(frame, meta, Symbol::new(name))?;
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
    pub(super) fn subclasses(&mut self, class: ClassRef) -> Vec<Value> {
        let name = self.body(class.body).1.name;
        let candidates = self.classes_by_base().get(&name).cloned().unwrap_or_default();
        let mut result = Vec::new();
        for candidate in candidates {
            let (file, ir) = self.body(candidate);
            let module = BodyIndex(self.input.bases[file as usize]);
            let mut frame = self.new_frame(module, std::rc::Rc::default());
            let value = self.global(&mut frame, ir.name);
            let Some(Ref::Class(own)) = value.refs.first() else { continue };
            if own.body != candidate {
                continue;
            }
            let lineage = self.lineage(&mut frame, *own);
            let below = |one: &Ancestor| matches!(one, Ancestor::Class(one) if one.body == class.body);
            if lineage.iter().skip(1).any(below) {
                result.push(value);
            }
        }
        result
    }

    /// The classes at module level, by the names of their bases as they are written.
    pub(super) fn classes_by_base(&mut self) -> &FxHashMap<Symbol, Vec<BodyIndex>> {
        let input = self.input;
        self.classes_by_base.get_or_insert_with(|| {
            let mut index: FxHashMap<Symbol, Vec<BodyIndex>> = FxHashMap::default();
            for (number, (_, file)) in input.program.files().enumerate() {
                for (at, ir) in file.ir.bodies.iter().enumerate() {
                    if ir.kind != BodyKind::Class || ir.parent != Some(BodyId(0)) {
                        continue;
                    }
                    for base in &ir.bases {
                        if let ExprKind::Name(_, name) | ExprKind::Attribute(_, name) = &base.value.kind {
                            index.entry(*name).or_default().push(BodyIndex(input.bases[number] + at as u32));
                        }
                    }
                }
            }
            index
        })
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
