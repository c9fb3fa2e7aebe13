//! Parameters: what is known of them without any caller.

use super::{Frame, Solver};
use crate::domain::{ClassRef, ObjectKind, Ref, Value};
use vansire_python::ir::{BodyKind, ParameterKind};

impl<'p> Solver<'p> {
    /// What is known of parameters without any caller: the receiver, annotations.
    pub(super) fn prepare_parameters(&mut self, frame: &mut Frame<'p>) {
        let ir = frame.ir;
        if let Some(parent) = self.parent(frame.body)
            && self.body(parent).1.kind == BodyKind::Class
            && ir.kind == BodyKind::Function
            && let Some(first) = ir.parameters.first()
            && matches!(first.kind, ParameterKind::Positional | ParameterKind::PositionalOnly)
        {
            let path = self.parameter_path(0);
            if frame.context.shape(path).is_none() {
                let decorated = |name: &str| {
                    ir.decorators.iter().any(|decorator| {
                        matches!(&decorator.kind, vansire_python::ir::ExprKind::Name(_, own) if own.as_str() == name)
                    })
                };
                if decorated("staticmethod") {
                } else if let Some(class) = self.class_of_body(parent) {
                    if decorated("classmethod")
                        || matches!(ir.name.as_str(), "__new__" | "__init_subclass__" | "__class_getitem__")
                    {
                        frame.hints.insert(path, Value::reference(Ref::Class(class)));
                    } else {
                        frame.kinds.insert(path, ObjectKind::Instance(class));
                        frame.declared.push(path);
                    }
                }
            }
        }
        for (index, parameter) in ir.parameters.iter().enumerate() {
            let path = self.parameter_path(index);
            if frame.context.shape(path).is_some() || frame.kinds.contains_key(&path) {
                continue;
            }
            match parameter.kind {
                ParameterKind::Starred => {
                    frame.kinds.insert(path, ObjectKind::List);
                }
                ParameterKind::DoubleStarred => {
                    frame.kinds.insert(path, ObjectKind::Dictionary);
                }
                _ => {}
            }
            if let Some(annotation) = &parameter.annotation
                && !matches!(parameter.kind, ParameterKind::Starred | ParameterKind::DoubleStarred)
            {
                let hint = self.annotated(frame.file, annotation);
                if hint.refs.is_empty() {
                    continue;
                }
                match hint.refs.as_slice() {
                    [Ref::Object(_)] | [] => {}
                    _ => {
                        let instances: Vec<ClassRef> = hint
                            .refs
                            .iter()
                            .filter_map(|reference| match reference {
                                Ref::Class(class) => Some(*class),
                                _ => None,
                            })
                            .collect();
                        if let [class] = instances.as_slice() {
                            frame.kinds.insert(path, ObjectKind::Instance(*class));
                            frame.declared.push(path);
                        }
                        let externals: Vec<Ref> = hint
                            .refs
                            .iter()
                            .filter(|reference| matches!(reference, Ref::Instance(_)))
                            .cloned()
                            .collect();
                        if !externals.is_empty() {
                            let hint = Value::default().edit(|data| data.refs.extend(externals));
                            frame.hints.insert(path, hint);
                        }
                    }
                }
            }
        }
    }
}
