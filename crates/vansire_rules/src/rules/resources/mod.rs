//! What exhausts memory, processors and time.

use vansire_flow::FlowRule;

mod denial_of_service_by_size;
mod inefficient_regular_expression;

pub static RULES: &[&FlowRule] = &[&denial_of_service_by_size::RULE, &inefficient_regular_expression::RULE];
