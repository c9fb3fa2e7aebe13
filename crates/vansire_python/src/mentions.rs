//! The filter of names that a body mentions.

use crate::Symbol;
use crate::ir::Body;

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
}
