use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "bind-without-password",
        summary: "An LDAP bind names a user and gives no password",
        severity: Severity::High,
        cwe: 287,
        owasp: "A07:2021",
        area: "authentication",
        aliases: &[],
        page: include_str!("bind-without-password.md"),
    },
    sinks: &[],
};
