use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "mass-assignment",
        summary: "The user decides which fields of a stored object are set",
        severity: Severity::High,
        cwe: 915,
        owasp: "A08:2021",
        area: "injection",
        aliases: &[],
        page: include_str!("mass-assignment.md"),
    },
    sinks: &["fields"],
};
