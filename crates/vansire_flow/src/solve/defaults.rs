//! What a parameter is where its caller leaves it out, for rules about values.

use vansire_python::ir::{Constant, ExprKind};

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Identity, PathId, Root, Value};

impl<'p> Solver<'p> {
    /// The arguments of a call with the literal defaults of parameters in the place of those that were handed on
    /// as they came. None where there are none. A default of `None` mostly stands for another value.
    pub(super) fn with_defaults(&self, frame: &Frame<'p>, arguments: &Arguments) -> Option<Arguments> {
        let default = |value: &Value| self.default_of(frame, value);
        let positional = arguments.positional.iter();
        let given = positional.chain(arguments.keywords.iter().map(|(_, value)| value));
        if !given.clone().any(|value| default(value).is_some()) {
            return None;
        }
        let mut changed = arguments.clone();
        let keywords = changed.keywords.iter_mut().map(|(_, value)| value);
        for value in changed.positional.iter_mut().chain(keywords) {
            if let Some(default) = default(value) {
                *value = default;
            }
        }
        Some(changed)
    }

    /// The default of the parameter that a value is, if nothing is known of it and nothing was done to it.
    fn default_of(&self, frame: &Frame<'p>, value: &Value) -> Option<Value> {
        if !value.other || !value.constants.is_empty() || !value.texts.is_empty() {
            return None;
        }
        let Some(Identity::Path(path)) = value.identity else { return None };
        let Root::Parameter(index) = self.parameter_at(path)? else { return None };
        let default = frame.ir.parameters.get(usize::from(index))?.default.as_ref()?;
        match &default.kind {
            ExprKind::Constant(Constant::None) => None,
            ExprKind::Constant(constant) => Some(Self::constant(constant)),
            _ => None,
        }
    }

    /// The root that a path is, without a step.
    fn parameter_at(&self, path: PathId) -> Option<Root> {
        self.paths.node(path).0.ok()
    }
}
