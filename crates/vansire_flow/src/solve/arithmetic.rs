//! Functions of numbers whose arguments are all known: conditions on their results are decided.

use vansire_python::Symbol;

use super::binding::Arguments;
use super::{Frame, Solver};
use crate::domain::{Constant, Value};

impl<'p> Solver<'p> {
    /// `max(3, 4)`, `sum([1, 2])`, `round(7 / 2)`, where every argument is one constant.
    pub(super) fn computed(
        &mut self,
        frame: &mut Frame<'p>,
        name: &str,
        arguments: &Arguments,
    ) -> Option<Value> {
        if !arguments.keywords.is_empty() || arguments.rest.is_some() || arguments.keyword_rest.is_some() {
            return None;
        }
        let given = arguments.positional.as_slice();
        match (name, given) {
            ("sum", [sequence]) => total(&self.known_elements(frame, sequence)?, Constant::Integer(0)),
            ("sum", [sequence, start]) => {
                total(&self.known_elements(frame, sequence)?, start.as_constant()?.clone())
            }
            ("min" | "max", [sequence]) => extreme(name, &self.known_elements(frame, sequence)?),
            ("min" | "max", _) => extreme(name, given),
            ("abs", [value]) => Some(match value.as_constant()? {
                Constant::Float(number) => Value::constant(Constant::Float(number.abs())),
                constant => Value::integer(integer(constant)?.checked_abs()?),
            }),
            ("round", [value]) => Some(match value.as_constant()? {
                // Halves go to the even neighbour; what is too large for an integer is left alone.
                Constant::Float(number) if number.abs() < 1e15 => {
                    Value::integer(number.round_ties_even() as i64)
                }
                constant => Value::integer(integer(constant)?),
            }),
            ("divmod", [left, right]) => {
                let (left, right) = (integer(left.as_constant()?)?, integer(right.as_constant()?)?);
                let (quotient, rest) = (left.checked_div_euclid(right)?, left.checked_rem_euclid(right)?);
                // Python's rest has the sign of the divisor, Rust's is never negative.
                let (quotient, rest) =
                    if right < 0 && rest != 0 { (quotient - 1, rest + right) } else { (quotient, rest) };
                Some(Value::tuple(vec![Value::integer(quotient), Value::integer(rest)]))
            }
            ("pow", [base, exponent]) => {
                let (base, exponent) = (integer(base.as_constant()?)?, integer(exponent.as_constant()?)?);
                Some(Value::integer(base.checked_pow(u32::try_from(exponent).ok()?)?))
            }
            ("hex" | "oct" | "bin", [value]) => {
                let number = integer(value.as_constant()?)?;
                let sign = if number < 0 { "-" } else { "" };
                let number = number.unsigned_abs();
                Some(Value::string(&match name {
                    "hex" => format!("{sign}{number:#x}"),
                    "oct" => format!("{sign}{number:#o}"),
                    _ => format!("{sign}{number:#b}"),
                }))
            }
            _ => None,
        }
    }
}

impl Solver<'_> {
    /// `type(4)`
    pub(super) fn type_of_constant(value: &Value) -> Value {
        if value.other || !value.refs.is_empty() || value.texts.is_empty() && value.constants.is_empty() {
            return Value::unknown();
        }
        let mut result = Value::undefined();
        for constant in &value.constants {
            result = result.join(&Value::external(Symbol::new(match constant {
                Constant::Integer(_) => "builtins.int",
                Constant::Boolean(_) => "builtins.bool",
                Constant::Float(_) => "builtins.float",
                Constant::None | Constant::Ellipsis => return Value::unknown(),
            })));
        }
        // Whether a text is of characters or of bytes isn't known.
        if value.texts.is_empty() { result } else { Value::unknown() }
    }
}

fn integer(constant: &Constant) -> Option<i64> {
    match constant {
        Constant::Integer(number) => Some(*number),
        Constant::Boolean(flag) => Some(i64::from(*flag)),
        _ => None,
    }
}

fn total(elements: &[Value], start: Constant) -> Option<Value> {
    let mut sum = start;
    for element in elements {
        let constant = element.as_constant()?;
        sum = match (integer(&sum), integer(constant)) {
            (Some(one), Some(two)) => Constant::Integer(one.checked_add(two)?),
            _ => Constant::Float(sum.number()? + constant.number()?),
        };
    }
    Some(Value::constant(sum))
}

/// The first of the least or the largest, as Python takes it.
fn extreme(name: &str, elements: &[Value]) -> Option<Value> {
    let mut best = elements.first()?;
    for element in &elements[1..] {
        let order = match (element.as_string(), best.as_string()) {
            (Some(one), Some(two)) => one.cmp(two),
            _ => element.as_constant()?.number()?.partial_cmp(&best.as_constant()?.number()?)?,
        };
        if if name == "min" { order.is_lt() } else { order.is_gt() } {
            best = element;
        }
    }
    let known = best.as_string().is_some() || best.as_constant().is_some_and(|one| one.number().is_some());
    known.then(|| best.clone())
}
