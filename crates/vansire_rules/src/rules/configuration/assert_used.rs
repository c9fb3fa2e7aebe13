use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "assert-used",
        summary: "A condition is checked with `assert`, which Python leaves out when it optimizes",
        severity: Severity::Low,
        cwe: 617,
        owasp: "A05:2021",
        area: "configuration",
        aliases: &["B101", "S101"],
        page: include_str!("assert-used.md"),
    },
    sinks: &[],
};
