//! What arguments are where nobody says otherwise, for rules about values: defaults of parameters, and what a program
//! is set to where nothing is configured.

use std::rc::Rc;

use vansire_python::FileId;
use vansire_python::ir::{ArgumentKind, Constant, Expr, ExprKind, StmtKind};

use super::binding::Arguments;
use super::place::Place;
use super::{Frame, Solver};
use crate::domain::{Identity, PathId, Ref, Root, Value};
use crate::inspect::by_default::{ByDefault, Known};

/// Arguments as they are where nothing is configured.
pub(super) struct Configured {
    pub arguments: Arguments,
    /// A switch was decided.
    pub switched: bool,
    /// Something else can be configured.
    pub open: bool,
}

impl<'p> Solver<'p> {
    /// The arguments of a call with the defaults of parameters in the place of those that were handed on
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
        // `bind((host, port))`
        if let [Ref::Tuple(elements)] = value.refs.as_slice()
            && value.is_reference()
        {
            let defaults: Vec<_> = elements.iter().map(|one| self.default_of_parameter(frame, one)).collect();
            if defaults.iter().all(Option::is_none) {
                return None;
            }
            let given = elements.iter().zip(defaults);
            let elements = given.map(|(own, default)| default.unwrap_or_else(|| own.clone()));
            return Some(Value::reference(Ref::Tuple(Rc::new(elements.collect()))));
        }
        self.default_of_parameter(frame, value)
    }

    fn default_of_parameter(&self, frame: &Frame<'p>, value: &Value) -> Option<Value> {
        if !value.other || !value.constants.is_empty() || !value.texts.is_empty() {
            return None;
        }
        let Some(Identity::Path(path)) = value.identity else { return None };
        let Root::Parameter(index) = self.parameter_at(path)? else { return None };
        let default = frame.ir.parameters.get(usize::from(index))?.default.as_ref()?;
        match &default.kind {
            ExprKind::Constant(Constant::None) => None,
            ExprKind::Constant(constant) => Some(Self::constant(constant)),
            // What it was when the definition was carried out.
            _ => {
                let value = self.parameter_defaults.get(&(frame.body, index))?;
                let is_none = matches!(value.as_constant(), Some(crate::domain::Constant::None));
                (!is_none).then(|| value.clone())
            }
        }
    }

    /// The root that a path is, without a step.
    fn parameter_at(&self, path: PathId) -> Option<Root> {
        self.paths.node(path).0.ok()
    }

    /// The arguments of a call, or the value of an assignment, as they are where nothing is configured: no variable of
    /// the environment is set, no option is given. None where that says no more. Numbers of which only some bits are
    /// known are told where `bits` are asked for.
    pub(super) fn where_nothing_is_configured(
        &self,
        frame: &Frame<'p>,
        arguments: &Arguments,
        place: &Place<'p>,
        bits: bool,
    ) -> Option<Configured> {
        let lookup = ByDefault::new(self.input.program, self.input.models);
        let open = |value: &Value| !value.is_constant() || value.texts.len() + value.constants.len() > 1;
        let mut switched = false;
        let mut find = |expression: &'p Expr| -> Option<Value> {
            let value = match lookup.value(FileId(frame.file), frame.ir, expression)? {
                Known::Boolean(truth) => {
                    switched = true;
                    Value::boolean(truth)
                }
                Known::None => Value::none(),
                Known::Integer(number) => Value::integer(number),
                Known::Text(text) => Value::string(&text),
                Known::Bits(number) if bits => Value::integer(number),
                Known::Bits(_) | Known::Many(_) => return None,
            };
            Some(value)
        };
        let mut changed = arguments.clone();
        let mut any = false;
        let mut put = |value: &mut Value, expression: &'p Expr| {
            if !open(value) {
                return;
            }
            if let ([Ref::Tuple(elements)], ExprKind::Tuple(written)) =
                (value.refs.as_slice(), &expression.kind)
            {
                let mut own = elements.to_vec();
                for (one, expression) in own.iter_mut().zip(written) {
                    if let Some(found) = find(expression) {
                        *one = found;
                        any = true;
                    }
                }
                *value = Value::reference(Ref::Tuple(Rc::new(own)));
            } else if let Some(found) = find(expression) {
                *value = found;
                any = true;
            }
        };
        if let Some(ExprKind::Call(call)) = place.chain.last().map(|one| &one.kind) {
            let mut at = Some(0);
            for argument in &call.arguments {
                match argument.kind {
                    ArgumentKind::Positional => {
                        if let Some(place) = at {
                            if let Some(value) = changed.positional.get_mut(place) {
                                put(value, &argument.value);
                            }
                            at = Some(place + 1);
                        }
                    }
                    ArgumentKind::Starred => at = None,
                    ArgumentKind::Keyword(name) => {
                        if let Some((_, value)) = changed.keywords.iter_mut().find(|(own, _)| *own == name) {
                            put(value, &argument.value);
                        }
                    }
                    ArgumentKind::DoubleStarred => {}
                }
            }
        } else if let Some(StmtKind::Assign { value, .. }) = place.statement.map(|one| &one.kind)
            && let Some(own) = changed.positional.first_mut()
        {
            put(own, value);
        }
        any.then(|| Configured { arguments: changed, switched, open: lookup.open.get() })
    }
}
