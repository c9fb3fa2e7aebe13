//! What exhausts memory, processors and time.

use vansire_flow::FlowRule;

mod decompression_bomb;
mod denial_of_service_by_size;
mod inefficient_regular_expression;
mod preexec_function;
mod unchecked_exit_status;

pub static RULES: &[&FlowRule] = &[
    &decompression_bomb::RULE,
    &denial_of_service_by_size::RULE,
    &inefficient_regular_expression::RULE,
    &preexec_function::RULE,
    &unchecked_exit_status::RULE,
];
