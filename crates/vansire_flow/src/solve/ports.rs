//! Ports and conditions of models: which value of a call is meant, and whether a row holds.

use vansire_python::Symbol;

use super::external::CallSite;
use super::{Frame, Solver};
use crate::domain::{Constant, Key, ObjectKind, Ref, Value};
use crate::model::{Base, ConditionModel, Port, PortStep, Scalar};
use crate::text::CharSet;

impl<'p> Solver<'p> {
    pub(super) fn port_value(&mut self, frame: &mut Frame<'p>, site: &CallSite<'_>, port: &Port) -> Value {
        let arguments = site.arguments;
        let mut value = match port.base {
            Base::Argument { position, name } => {
                let by_position = position.and_then(|at| arguments.positional.get(at as usize).cloned());
                let by_name = || {
                    name.and_then(|name| {
                        arguments
                            .keywords
                            .iter()
                            .find(|(own, _)| *own == name)
                            .map(|(_, value)| value.clone())
                    })
                };
                by_position
                    .or_else(by_name)
                    .or_else(|| if position.is_some() { arguments.rest.clone() } else { None })
                    .or_else(|| if name.is_some() { arguments.keyword_rest.clone() } else { None })
                    .unwrap_or_default()
            }
            Base::ArgumentsFrom(from) => arguments
                .positional
                .iter()
                .skip(from as usize)
                .chain(arguments.rest.iter())
                .fold(Value::undefined(), |all, value| all.join(value)),
            Base::Keywords => arguments
                .keywords
                .iter()
                .map(|(_, value)| value)
                .chain(arguments.keyword_rest.iter())
                .fold(Value::undefined(), |all, value| all.join(value)),
            Base::Receiver => site.receiver.cloned().unwrap_or_default(),
            Base::Return | Base::Key | Base::Value => Value::undefined(),
        };
        let mut path = port.path.as_slice();
        if let (Base::Keywords, [PortStep::Keys, rest @ ..]) = (&port.base, path) {
            // The names under which `**mapping` gives its values.
            value = arguments.keyword_names.clone();
            path = rest;
        }
        for step in path {
            if value.is_undefined() {
                break;
            }
            value = match step {
                PortStep::Attribute(name) => self.attribute(frame, &value, *name, site.span),
                PortStep::Key(key) if self.surely_lacks(frame, &value, *key) => Value::undefined(),
                PortStep::Key(key) => self.subscript(frame, &value, &Value::string(key.as_str()), site.span),
                PortStep::Index(at) => {
                    self.subscript(frame, &value, &Value::integer(i64::from(*at)), site.span)
                }
                PortStep::Any | PortStep::Spread => {
                    let element = self.element(frame, &value, site.span);

                    if value.refs.iter().any(|one| {
                        matches!(one, Ref::Object(id) if self.kind(frame, *id) == ObjectKind::Dictionary)
                    }) {
                        self.values_of(frame, &value)
                    } else {
                        element
                    }
                }
                PortStep::Keys => self.keys_of(frame, &value),
                PortStep::Content => self.file_content(frame, &value),
            };
        }
        self.read(frame, &value)
    }

    /// Whether a value is a dictionary that surely has nothing under a key.
    fn surely_lacks(&mut self, frame: &mut Frame<'p>, value: &Value, key: Symbol) -> bool {
        let Some((entries, true)) = self.known_entries(frame, value) else { return false };
        let key = Key::Text(key);
        !entries.iter().any(|(own, _)| *own == key)
    }

    // ---- conditions

    pub(super) fn conditions(
        &mut self,
        frame: &mut Frame<'p>,
        site: &CallSite<'_>,
        when: &[ConditionModel],
        unless: &[ConditionModel],
    ) -> bool {
        when.iter().all(|condition| self.holds(frame, site, condition))
            && (unless.is_empty() || !unless.iter().all(|condition| self.holds(frame, site, condition)))
    }

    pub(super) fn holds(
        &mut self,
        frame: &mut Frame<'p>,
        site: &CallSite<'_>,
        condition: &ConditionModel,
    ) -> bool {
        let value = self.port_value(frame, site, &condition.port);
        if let Some(missing) = condition.missing {
            let absent = value.is_undefined();
            if absent != missing {
                return false;
            }
            if condition.is.is_none() && condition.is_not.is_none() && condition.may.is_none() {
                return true;
            }
        }
        if value.is_undefined() {
            return false;
        }
        if !condition.here {
            Self::demand_constants(frame, &value);
        }
        let among = |value: &Value, scalars: &[Scalar]| -> (usize, usize) {
            let mut hits = 0;
            let mut all = 0;
            for text in &value.texts {
                all += 1;
                if let Some(text) = text.as_constant()
                    && scalars
                        .iter()
                        .any(|one| matches!(one, Scalar::Text(own) if own.eq_ignore_ascii_case(text)))
                {
                    hits += 1;
                }
            }
            for constant in &value.constants {
                all += 1;
                if scalars.iter().any(|one| match (one, constant) {
                    (Scalar::Boolean(one), Constant::Boolean(two)) => one == two,
                    (Scalar::Integer(one), Constant::Integer(two)) => one == two,
                    (Scalar::Float(one), Constant::Float(two)) => one.to_bits() == two.to_bits(),
                    (Scalar::Boolean(one), Constant::Integer(two)) => *two == i64::from(*one),
                    (Scalar::Text(one), Constant::None) => one == "None",
                    _ => false,
                }) {
                    hits += 1;
                }
            }
            for reference in &value.refs {
                all += 1;
                let entity = match reference {
                    Ref::External(name) | Ref::Instance(name) => Some(name.as_str()),
                    _ => None,
                };
                if let Some(entity) = entity
                    && scalars.iter().any(|one| matches!(one, Scalar::Text(own) if own == entity))
                {
                    hits += 1;
                }
            }
            if value.other {
                all += 1;
            }
            (hits, all)
        };
        if let Some(scalars) = &condition.is {
            let (hits, all) = among(&value, scalars);
            if hits == 0 || hits < all {
                return false;
            }
        }
        if let Some(scalars) = &condition.may {
            let (hits, _) = among(&value, scalars);
            if hits == 0 {
                return false;
            }
        }
        if let Some(scalars) = &condition.is_not {
            let (hits, _) = among(&value, scalars);
            if hits > 0 || !value.is_constant() {
                return false;
            }
        }
        if let Some(bound) = condition.below {
            let known = !value.constants.is_empty()
                && !value.other
                && value.constants.iter().any(|one| one.number().is_some_and(|number| number < bound));
            if !known {
                return false;
            }
        }
        if let Some(bits) = condition.bits {
            let set = |one: &Constant| matches!(one, Constant::Integer(number) if number & bits != 0);
            if !value.constants.iter().any(set) {
                return false;
            }
        }
        if condition.matches.is_some() && condition.port.path.is_empty() && is_any_of_many(site, condition) {
            return false;
        }
        if let Some(pattern) = &condition.matches {
            let fits = |text: &str| super::pyregex::simple_match(pattern, text);
            let known = value.texts.iter().any(|text| text.as_constant().is_some_and(fits));
            if !known {
                return false;
            }
        }
        if let Some(types) = &condition.types
            && !self.is_of(frame, &value, types)
        {
            return false;
        }
        if let Some(types) = &condition.untyped
            && (self.is_of(frame, &value, types) || value.other)
        {
            return false;
        }
        true
    }

    pub(super) fn is_of(&mut self, frame: &mut Frame<'p>, value: &Value, types: &[Symbol]) -> bool {
        let models = self.input.models;
        value.refs.iter().any(|reference| {
            let kinds: Vec<Symbol> = match reference {
                Ref::External(name) | Ref::Instance(name) => vec![*name],
                Ref::Bound(bound) => match &bound.0 {
                    Ref::External(name) => vec![*name],
                    _ => return false,
                },
                Ref::Object(id) => match self.kind(frame, *id) {
                    ObjectKind::External(kind) => vec![kind],
                    ObjectKind::Instance(class) => self.external_ancestors(frame, class),
                    ObjectKind::List => vec![Symbol::new("builtins.list")],
                    ObjectKind::Dictionary => vec![Symbol::new("builtins.dict")],
                    ObjectKind::Set => vec![Symbol::new("builtins.set")],
                    _ => return false,
                },
                Ref::Class(class) => self.external_ancestors(frame, *class),
                Ref::Tuple(_) => vec![Symbol::new("builtins.tuple")],
                _ => return false,
            };
            kinds
                .iter()
                .any(|kind| types.iter().any(|wanted| models.is_subtype(*kind, models.canonical(*wanted))))
        }) || (!value.texts.is_empty() || value.other && !is_number(value))
            && types.iter().any(|wanted| matches!(wanted.as_str(), "builtins.str"))
    }
}

/// Whether it is data of which nothing but numbers are made.
fn is_number(value: &Value) -> bool {
    let labels = &value.labels;
    !labels.is_empty() && labels.chars().is_subset_of(CharSet::NUMBER)
}

/// Whether an argument is only known to be some value of a mapping or a sequence that is spread.
pub(super) fn is_any_of_many(site: &CallSite<'_>, condition: &ConditionModel) -> bool {
    let Base::Argument { position, name } = condition.port.base else { return false };
    let by_position = position.is_some_and(|at| (at as usize) < site.arguments.positional.len());
    let by_name = name.is_some_and(|name| site.arguments.keywords.iter().any(|(own, _)| *own == name));
    !by_position && !by_name
}
