//! Who a request comes from.

use vansire_flow::FlowRule;

mod assert_as_access_check;
mod bind_without_password;
mod exception_swallowed;
mod fail_open_check;
mod hardcoded_secret;
mod hardcoded_secret_key;
mod jwt_algorithm_confusion;
mod jwt_claims_not_verified;
mod jwt_signature_not_verified;
mod jwt_weak_key;
mod weak_password_hash;

pub static RULES: &[&FlowRule] = &[
    &assert_as_access_check::RULE,
    &bind_without_password::RULE,
    &exception_swallowed::RULE,
    &fail_open_check::RULE,
    &hardcoded_secret::RULE,
    &hardcoded_secret_key::RULE,
    &jwt_algorithm_confusion::RULE,
    &jwt_claims_not_verified::RULE,
    &jwt_signature_not_verified::RULE,
    &jwt_weak_key::RULE,
    &weak_password_hash::RULE,
];
