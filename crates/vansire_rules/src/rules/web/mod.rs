//! What reaches browsers, and requests in their name or the server's.

use vansire_flow::FlowRule;

mod cookie_injection;
mod cross_site_scripting;
mod csrf_protection_disabled;
mod exception_text_returned;
mod header_injection;
mod insecure_cookie;
mod open_redirect;
mod permissive_cors;
mod server_side_request_forgery;
mod shared_request_state;
mod template_autoescape_disabled;
mod trust_boundary_violation;

pub static RULES: &[&FlowRule] = &[
    &cookie_injection::RULE,
    &cross_site_scripting::RULE,
    &csrf_protection_disabled::RULE,
    &exception_text_returned::RULE,
    &header_injection::RULE,
    &insecure_cookie::RULE,
    &open_redirect::RULE,
    &permissive_cors::RULE,
    &server_side_request_forgery::RULE,
    &shared_request_state::RULE,
    &template_autoescape_disabled::RULE,
    &trust_boundary_violation::RULE,
];
