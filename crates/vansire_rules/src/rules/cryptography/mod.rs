//! Hashes, random numbers, ciphers, keys.

use vansire_flow::FlowRule;

mod weak_hash;
mod weak_randomness;

pub static RULES: &[&FlowRule] = &[&weak_hash::RULE, &weak_randomness::RULE];
