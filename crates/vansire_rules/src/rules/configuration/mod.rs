//! Switches of frameworks and servers.

use vansire_flow::FlowRule;

mod binding_all_interfaces;
mod debug_mode_enabled;
mod django_debug_enabled;
mod flask_debug_enabled;

pub static RULES: &[&FlowRule] = &[
    &binding_all_interfaces::RULE,
    &debug_mode_enabled::RULE,
    &django_debug_enabled::RULE,
    &flask_debug_enabled::RULE,
];
