use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "unchecked-exit-status",
        summary: "Nobody looks whether a program that was run has failed",
        severity: Severity::Low,
        cwe: 252,
        owasp: "A04:2021",
        area: "resources",
        aliases: &["PLW1510", "W1510", "subprocess-run-check"],
        page: include_str!("unchecked-exit-status.md"),
    },
    sinks: &[],
};
