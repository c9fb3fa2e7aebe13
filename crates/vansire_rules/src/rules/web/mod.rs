//! What reaches browsers, and requests in their name or the server's.

use vansire_flow::FlowRule;

mod cookie_injection;
mod cross_site_scripting;
mod header_injection;
mod insecure_cookie;
mod open_redirect;
mod server_side_request_forgery;
mod trust_boundary_violation;

pub static RULES: &[&FlowRule] = &[
    &cookie_injection::RULE,
    &cross_site_scripting::RULE,
    &header_injection::RULE,
    &insecure_cookie::RULE,
    &open_redirect::RULE,
    &server_side_request_forgery::RULE,
    &trust_boundary_violation::RULE,
];
