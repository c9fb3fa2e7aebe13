//! Switches of frameworks and servers.

use vansire_flow::FlowRule;

mod binding_all_interfaces;
mod flask_debug_enabled;

pub static RULES: &[&FlowRule] = &[&binding_all_interfaces::RULE, &flask_debug_enabled::RULE];
