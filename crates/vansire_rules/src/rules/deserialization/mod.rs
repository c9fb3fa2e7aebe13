//! Data that becomes objects or documents.

use vansire_flow::FlowRule;

mod unsafe_deserialization;
mod unsafe_yaml_load;
mod xml_external_entity;

pub static RULES: &[&FlowRule] =
    &[&unsafe_deserialization::RULE, &unsafe_yaml_load::RULE, &xml_external_entity::RULE];
