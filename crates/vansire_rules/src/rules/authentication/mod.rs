//! Who a request comes from.

use vansire_flow::FlowRule;

mod jwt_signature_not_verified;
mod jwt_weak_key;
mod weak_password_hash;

pub static RULES: &[&FlowRule] =
    &[&jwt_signature_not_verified::RULE, &jwt_weak_key::RULE, &weak_password_hash::RULE];
