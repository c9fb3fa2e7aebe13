//! The names in a body.

use crate::Symbol;
use crate::ir::{Body, Variable};

pub(crate) fn sorted(mut mentions: Vec<Symbol>) -> Vec<Symbol> {
    mentions.sort_unstable();
    mentions.dedup();
    mentions.shrink_to_fit();
    mentions
}

impl Body {
    /// Whether this identifier stands anywhere in the body's own code.
    pub fn mentions_name(&self, name: Symbol) -> bool {
        self.mentions.binary_search(&name).is_ok()
    }

    /// What a variable is called here; none where it belongs to a body around this one.
    pub fn name_of(&self, variable: Variable) -> Option<Symbol> {
        match variable {
            Variable::Local(slot) | Variable::ClassThenGlobal(slot) => {
                self.slots.get(slot.0 as usize).map(|slot| slot.name)
            }
            Variable::Global(name) => Some(name),
            Variable::Free(_) => None,
        }
    }
}
