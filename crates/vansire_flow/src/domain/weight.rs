//! How much is inside of a value.

use super::{Ref, Value};

impl Ref {
    pub(super) fn weight(&self) -> u32 {
        let mut weight = 1u32;
        match self {
            Self::Tuple(elements) => {
                for element in elements.iter() {
                    weight = weight.saturating_add(element.weight);
                }
            }
            Self::Bound(bound) => weight = weight.saturating_add(bound.1.weight),
            Self::Super(parts) => weight = weight.saturating_add(parts.1.weight),
            Self::Frozen(object) => {
                for value in Self::frozen_values(object) {
                    weight = weight.saturating_add(value.weight);
                }
            }
            Self::Partial(partial) => {
                weight = weight.saturating_add(partial.callee.weight);
                for value in partial.positional.iter().chain(partial.keywords.iter().map(|(_, value)| value))
                {
                    weight = weight.saturating_add(value.weight);
                }
            }
            _ => {}
        }
        weight
    }

    /// Shows each value inside.
    pub(super) fn nested(&self, see: &mut impl FnMut(&Value)) {
        match self {
            Self::Tuple(elements) => {
                for element in elements.iter() {
                    see(element);
                    for reference in &element.refs {
                        reference.nested(see);
                    }
                }
            }
            Self::Bound(bound) => see(&bound.1),
            Self::Frozen(object) => {
                for value in Self::frozen_values(object) {
                    see(value);
                    for reference in &value.refs {
                        reference.nested(see);
                    }
                }
            }
            Self::Partial(partial) => partial.positional.iter().for_each(see),
            _ => {}
        }
    }
}
