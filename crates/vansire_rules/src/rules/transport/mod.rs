//! TLS, and connections to other servers.

use vansire_flow::FlowRule;

mod request_without_timeout;
mod tls_verification_disabled;
mod weak_tls_version;

pub static RULES: &[&FlowRule] =
    &[&request_without_timeout::RULE, &tls_verification_disabled::RULE, &weak_tls_version::RULE];
