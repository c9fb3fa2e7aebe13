//! Hashes, random numbers, ciphers, keys.

use vansire_flow::FlowRule;

mod constant_salt;
mod deprecated_cryptography_library;
mod missing_authenticated_encryption;
mod static_iv;
mod timing_unsafe_comparison;
mod weak_cipher;
mod weak_encryption_padding;
mod weak_hash;
mod weak_key_size;
mod weak_randomness;

pub static RULES: &[&FlowRule] = &[
    &constant_salt::RULE,
    &deprecated_cryptography_library::RULE,
    &missing_authenticated_encryption::RULE,
    &static_iv::RULE,
    &timing_unsafe_comparison::RULE,
    &weak_cipher::RULE,
    &weak_encryption_padding::RULE,
    &weak_hash::RULE,
    &weak_key_size::RULE,
    &weak_randomness::RULE,
];
