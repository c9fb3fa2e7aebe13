use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "ssh-host-key-not-verified",
        summary: "An SSH client accepts the key of a host that it doesn't know",
        severity: Severity::High,
        cwe: 295,
        owasp: "A07:2021",
        area: "transport",
        aliases: &["B507", "S507"],
        page: include_str!("ssh-host-key-not-verified.md"),
    },
    sinks: &[],
};
