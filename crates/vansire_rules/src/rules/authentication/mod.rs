//! Who a request comes from.

use vansire_flow::FlowRule;

mod jwt_signature_not_verified;

pub static RULES: &[&FlowRule] = &[&jwt_signature_not_verified::RULE];
