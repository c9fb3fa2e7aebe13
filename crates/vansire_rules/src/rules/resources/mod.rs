//! What exhausts memory, processors and time.

use vansire_flow::FlowRule;

mod denial_of_service_by_size;

pub static RULES: &[&FlowRule] = &[&denial_of_service_by_size::RULE];
