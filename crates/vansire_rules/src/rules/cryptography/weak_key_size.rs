use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "weak-key-size",
        summary: "A key is generated that is too short",
        severity: Severity::Medium,
        cwe: 326,
        owasp: "A02:2021",
        area: "cryptography",
        aliases: &["B505", "S505"],
        page: include_str!("weak-key-size.md"),
    },
    sinks: &[],
};
