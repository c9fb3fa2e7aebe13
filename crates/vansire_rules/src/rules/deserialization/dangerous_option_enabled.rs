use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "dangerous-option-enabled",
        summary: "A library is told to do what it warns of",
        severity: Severity::Medium,
        cwe: 1188,
        owasp: "A05:2021",
        area: "deserialization",
        aliases: &["DUO124"],
        page: include_str!("dangerous-option-enabled.md"),
    },
    sinks: &[],
};
