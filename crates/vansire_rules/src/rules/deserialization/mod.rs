//! Data that becomes objects or documents.

use vansire_flow::FlowRule;

mod dangerous_option_enabled;
mod pickled_data_loaded;
mod remote_code_trusted;
mod unpinned_model_download;
mod unsafe_deserialization;
mod unsafe_model_load;
mod unsafe_yaml_load;
mod xml_external_entity;

pub static RULES: &[&FlowRule] = &[
    &dangerous_option_enabled::RULE,
    &pickled_data_loaded::RULE,
    &remote_code_trusted::RULE,
    &unpinned_model_download::RULE,
    &unsafe_deserialization::RULE,
    &unsafe_model_load::RULE,
    &unsafe_yaml_load::RULE,
    &xml_external_entity::RULE,
];
