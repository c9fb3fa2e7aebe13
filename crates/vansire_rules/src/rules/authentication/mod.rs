//! Who a request comes from.

use vansire_flow::FlowRule;

mod hardcoded_secret;
mod hardcoded_secret_key;
mod jwt_signature_not_verified;
mod jwt_weak_key;
mod weak_password_hash;

pub static RULES: &[&FlowRule] = &[
    &hardcoded_secret::RULE,
    &hardcoded_secret_key::RULE,
    &jwt_signature_not_verified::RULE,
    &jwt_weak_key::RULE,
    &weak_password_hash::RULE,
];
