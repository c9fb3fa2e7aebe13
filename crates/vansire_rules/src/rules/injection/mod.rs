//! Text that changes its meaning where it arrives.

use vansire_flow::FlowRule;

mod argument_injection;
mod code_injection;
mod command_injection;
mod format_string_injection;
mod interpreter_hook_set;
mod ldap_injection;
mod log_injection;
mod mail_header_injection;
mod mass_assignment;
mod nosql_injection;
mod regex_injection;
mod sql_injection;
mod template_injection;
mod unsafe_reflection;
mod xpath_injection;

pub static RULES: &[&FlowRule] = &[
    &argument_injection::RULE,
    &code_injection::RULE,
    &command_injection::RULE,
    &format_string_injection::RULE,
    &interpreter_hook_set::RULE,
    &ldap_injection::RULE,
    &log_injection::RULE,
    &mail_header_injection::RULE,
    &mass_assignment::RULE,
    &nosql_injection::RULE,
    &regex_injection::RULE,
    &sql_injection::RULE,
    &template_injection::RULE,
    &unsafe_reflection::RULE,
    &xpath_injection::RULE,
];
