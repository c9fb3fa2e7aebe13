//! TLS, and connections to other servers.

use vansire_flow::FlowRule;

mod cleartext_transport;
mod request_without_timeout;
mod ssh_host_key_not_verified;
mod tls_verification_disabled;
mod tls_warnings_disabled;
mod weak_tls_cipher;
mod weak_tls_version;

pub static RULES: &[&FlowRule] = &[
    &cleartext_transport::RULE,
    &request_without_timeout::RULE,
    &ssh_host_key_not_verified::RULE,
    &tls_verification_disabled::RULE,
    &tls_warnings_disabled::RULE,
    &weak_tls_cipher::RULE,
    &weak_tls_version::RULE,
];
