//! The filter of names that a body mentions.

use std::hash::{Hash, Hasher};

use crate::Symbol;
use crate::ir::Body;

/// Takes the number of a symbol out of its hash.
#[derive(Default)]
struct Number(u32);

impl Hasher for Number {
    fn finish(&self) -> u64 {
        u64::from(self.0)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 << 8) | u32::from(byte);
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = number;
    }
}

/// The number by which [`Body::mentions`] is sorted.
pub(crate) fn number(symbol: Symbol) -> u64 {
    let mut number = Number::default();
    symbol.hash(&mut number);
    number.finish()
}

pub(crate) fn sorted(mut mentions: Vec<Symbol>) -> Vec<Symbol> {
    mentions.sort_unstable_by_key(|&symbol| number(symbol));
    mentions.dedup();
    mentions.shrink_to_fit();
    mentions
}

impl Body {
    /// Whether this identifier stands anywhere in the body's own code.
    pub fn mentions_name(&self, name: Symbol) -> bool {
        self.mentions.binary_search_by_key(&number(name), |&symbol| number(symbol)).is_ok()
    }
}
