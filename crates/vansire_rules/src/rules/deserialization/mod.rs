//! Data that becomes objects or documents.

use vansire_flow::FlowRule;

mod unsafe_deserialization;
mod xml_external_entity;

pub static RULES: &[&FlowRule] = &[&unsafe_deserialization::RULE, &xml_external_entity::RULE];
