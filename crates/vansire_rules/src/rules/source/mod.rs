//! How source text is written.

use vansire_flow::FlowRule;

mod bidirectional_characters;
mod confusable_identifier;

pub static RULES: &[&FlowRule] = &[&bidirectional_characters::RULE, &confusable_identifier::RULE];
