//! Switches of frameworks and servers.

use vansire_flow::FlowRule;

mod assert_used;
mod binding_all_interfaces;
mod cgi_proxy_header;
mod debug_mode_enabled;
mod django_debug_enabled;
mod environment_default_not_text;
mod flask_debug_enabled;

pub static RULES: &[&FlowRule] = &[
    &assert_used::RULE,
    &binding_all_interfaces::RULE,
    &cgi_proxy_header::RULE,
    &debug_mode_enabled::RULE,
    &django_debug_enabled::RULE,
    &environment_default_not_text::RULE,
    &flask_debug_enabled::RULE,
];
