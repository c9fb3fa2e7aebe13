//! Hashes, random numbers, ciphers, keys.

use vansire_flow::FlowRule;

mod weak_cipher;
mod weak_hash;
mod weak_key_size;
mod weak_randomness;

pub static RULES: &[&FlowRule] =
    &[&weak_cipher::RULE, &weak_hash::RULE, &weak_key_size::RULE, &weak_randomness::RULE];
