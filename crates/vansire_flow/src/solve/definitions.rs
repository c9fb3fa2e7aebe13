//! Definitions: functions, classes, and what is done when a class is made.

use std::rc::Rc;

use vansire_python::Symbol;
use vansire_python::ir::{ArgumentKind, Body, BodyId, Captured, Expr, ExprKind, SlotId, Span};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{ClassRef, Key, Object, ObjectId, ObjectKind, Ref, Value};

impl<'p> Solver<'p> {
    pub(super) fn captured_cells(&mut self, frame: &mut Frame<'p>, ir: &'p Body) -> Vec<ObjectId> {
        ir.free
            .iter()
            .map(|free| match free.from {
                Captured::Slot(slot) => self.cell(frame, slot),
                Captured::Free(index) => self.free_cell(frame, index),
            })
            .collect()
    }

    pub(super) fn function_value(&mut self, frame: &mut Frame<'p>, body: BodyId) -> Value {
        let index = self.body_index(frame.file, body);
        let (_, ir) = self.body(index);
        let cells = self.captured_cells(frame, ir);
        let defaults: Vec<Value> = ir
            .parameters
            .iter()
            .map(|parameter| match &parameter.default {
                Some(default) => self.expression(frame, default),
                None => Value::undefined(),
            })
            .collect();
        for (at, (parameter, value)) in ir.parameters.iter().zip(&defaults).enumerate() {
            let literal =
                parameter.default.as_ref().is_none_or(|one| matches!(one.kind, ExprKind::Constant(_)));
            // Objects belong to who made them; what is plain can be told elsewhere.
            if !literal && (value.is_constant() || value.is_reference()) && !value.has_labels() {
                let plain = value.refs.iter().all(|one| {
                    matches!(one, Ref::External(_) | Ref::Instance(_) | Ref::Class(_) | Ref::Tuple(_))
                });
                if plain {
                    self.parameter_defaults.insert((index, at as u16), value.clone());
                }
            }
        }
        // The default of a variable is another one each time the definition is carried out.
        let plain = ir.parameters.iter().zip(&defaults).all(|(parameter, value)| {
            value.is_undefined()
                || value.is_constant()
                    && parameter.default.as_ref().is_some_and(|one| matches!(one.kind, ExprKind::Constant(_)))
        });
        if cells.is_empty() && plain {
            return Value::reference(Ref::Function(index, None));
        }
        let mut object = Object::new(ObjectKind::Environment(cells.into()));
        object.elements = defaults;
        let environment = self.allocate(frame, ir.name_span, 30_000, object);
        Value::reference(Ref::Function(index, Some(environment)))
    }

    pub(super) fn decorated(&mut self, frame: &mut Frame<'p>, value: Value, decorators: &'p [Expr]) -> Value {
        let mut value = value;
        for decorator in decorators.iter().rev() {
            let callee = self.expression(frame, decorator);
            value = self.decorate(frame, &callee, value, decorator.span);
        }
        value
    }

    pub(super) fn class_value(&mut self, frame: &mut Frame<'p>, body: BodyId) -> Value {
        let index = self.body_index(frame.file, body);
        let (_, ir) = self.body(index);
        self.visited.insert(index);
        let mut bases = Vec::new();
        let mut keywords = Vec::new();
        for argument in &ir.bases {
            let value = self.expression(frame, &argument.value);
            match argument.kind {
                ArgumentKind::Positional => bases.push(value),
                ArgumentKind::Keyword(name) => keywords.push((name, value)),
                _ => {}
            }
        }
        // The body runs in place, with variables of its own.
        let cells = self.captured_cells(frame, ir);
        let namespace = self.allocate(
            frame,
            ir.name_span,
            20_000,
            Object::new(ObjectKind::Class(index, bases.clone().into())),
        );
        if matches!(namespace, ObjectId::Global(_)) {
            self.classes.insert(index, namespace);
        }
        // It sees what the module has made so far.
        self.flush(frame);
        let outer_ir = std::mem::replace(&mut frame.ir, ir);
        let outer_body = std::mem::replace(&mut frame.body, index);
        let outer_locals =
            std::mem::replace(&mut frame.state.locals, Rc::new(vec![Value::undefined(); ir.slots.len()]));
        let outer_cells = std::mem::take(&mut frame.cells);
        for (number, cell) in cells.into_iter().enumerate() {
            frame.cells.insert(1 << 24 | number as u32, cell);
        }
        let outer_statement = frame.statement;
        self.block(frame, &ir.block);
        let mut fields = Vec::new();
        for (number, slot) in ir.slots.iter().enumerate() {
            let value = self.slot_value(frame, SlotId(number as u32));
            if !value.is_undefined() {
                fields.push((slot.name, value));
            }
        }
        frame.statement = outer_statement;
        frame.ir = outer_ir;
        frame.body = outer_body;
        frame.state.locals = outer_locals;
        frame.cells = outer_cells;
        if !frame.state.alive {
            frame.state.alive = true;
        }
        let class = ClassRef { body: index, namespace };
        let metaclass =
            keywords.iter().find(|(name, _)| name.as_str() == "metaclass").map(|(_, value)| value.clone());
        self.change(frame, namespace, |object| {
            object.fields = fields;
            if let Some(metaclass) = metaclass {
                object.fields.push((Symbol::new("<metaclass>"), metaclass));
            }
        });
        self.finish_class(frame, class, &keywords, ir.name_span);
        let value = Value::reference(Ref::Class(class));
        let decorated = self.decorated(frame, value, &ir.decorators);
        self.class_entries(frame, class);
        decorated
    }

    /// Enums, inherited markers, `__init_subclass__`, `__set_name__`.
    pub(super) fn finish_class(
        &mut self,
        frame: &mut Frame<'p>,
        class: ClassRef,
        keywords: &[(Symbol, Value)],
        span: Span,
    ) {
        let lineage = self.lineage(frame, class);
        let mut enumeration = super::enumerations::Enumeration::default();
        for ancestor in lineage.iter().skip(1) {
            match ancestor {
                super::classes::Ancestor::External(name) => enumeration.derives_from(*name),
                super::classes::Ancestor::Class(base) => {
                    let object = self.object(frame, base.namespace);
                    enumeration.is_one |= object.field(Symbol::new("<enum>")).is_some();
                    if let Some(metaclass) = object.field(Symbol::new("<metaclass>")).cloned() {
                        self.change(frame, class.namespace, |object| {
                            if object.field(Symbol::new("<metaclass>")).is_none() {
                                object.fields.push((Symbol::new("<metaclass>"), metaclass));
                            }
                        });
                    }
                }
            }
        }
        if enumeration.is_one {
            self.make_members(frame, class, enumeration, span);
        }
        let fields = self.object(frame, class.namespace).fields.clone();
        for (name, value) in fields {
            if value.refs.iter().any(|one| matches!(one, Ref::Object(_)))
                && let Some(method) = self.special_method(frame, &value, "__set_name__")
            {
                let arguments =
                    Arguments::of(vec![Value::reference(Ref::Class(class)), Value::string(name.as_str())]);
                self.call(frame, &method, &arguments, span);
            }
        }
        if let Some((hook, _)) = self.lookup_in(frame, &lineage[1..], Symbol::new("__init_subclass__")) {
            let mut function = Value::undefined();
            for reference in &hook.refs {
                function = function.join(&match Self::descriptor(reference) {
                    Some((_, partial)) => partial.positional.first().cloned().unwrap_or_default(),
                    None => Value::reference(reference.clone()),
                });
            }
            let mut arguments = Arguments::of(vec![Value::reference(Ref::Class(class))]);
            arguments.keywords =
                keywords.iter().filter(|(name, _)| name.as_str() != "metaclass").cloned().collect();
            self.call(frame, &function, &arguments, span);
        }
        let metaclass = self.object(frame, class.namespace).field(Symbol::new("<metaclass>")).cloned();
        if let Some(metaclass) = metaclass
            && let Some(Ref::Class(meta)) = metaclass.refs.first()
        {
            for method in ["__new__", "__init__"] {
                if let Some((hook, _)) = self.class_lookup(frame, *meta, Symbol::new(method)) {
                    let first = if method == "__new__" {
                        metaclass.clone()
                    } else {
                        Value::reference(Ref::Class(class))
                    };
                    let arguments = Arguments::of(vec![
                        first,
                        Value::string(self.body(class.body).1.name.as_str()),
                        Value::unknown(),
                        Value::object(class.namespace),
                    ]);
                    self.call(frame, &hook, &arguments, span);
                    self.change(frame, class.namespace, |namespace| {
                        // What it wrote into the namespace is what the class has.
                        for (key, value) in std::mem::take(&mut namespace.entries) {
                            match key {
                                Key::Text(name) => namespace.set_field(name, value),
                                _ => namespace.entries.push((key, value)),
                            }
                        }
                    });
                }
            }
        }
    }
}
