//! `del object.name`

use vansire_python::Symbol;
use vansire_python::ir::Span;

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{ObjectKind, Ref, Value};

impl<'p> Solver<'p> {
    /// What a class does where an attribute is deleted: a property, a descriptor. Whether it has something to do.
    pub(super) fn attribute_deleted(
        &mut self,
        frame: &mut Frame<'p>,
        base: &Value,
        name: Symbol,
        span: Span,
    ) -> bool {
        let [Ref::Object(id)] = base.refs.as_slice() else { return false };
        let ObjectKind::Instance(class) = self.kind(frame, *id) else { return false };
        let Some((found, _)) = self.class_lookup(frame, class, name) else { return false };
        for reference in &found.refs {
            match (Self::descriptor(reference), reference) {
                (Some(("property", partial)), _) if partial.positional.len() > 2 => {
                    let deleter = partial.positional[2].clone();
                    self.call(frame, &deleter, &Arguments::of(vec![base.clone()]), span);
                    return true;
                }
                (_, Ref::Object(_)) => {
                    let descriptor = Value::reference(reference.clone());
                    if let Some(method) = self.special_method(frame, &descriptor, "__delete__") {
                        self.call(frame, &method, &Arguments::of(vec![base.clone()]), span);
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }
}
