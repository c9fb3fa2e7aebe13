use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "weak-randomness",
        summary: "A secret value comes from a predictable generator",
        severity: Severity::Medium,
        cwe: 338,
        owasp: "A02:2021",
        area: "cryptography",
        aliases: &["B311", "S311", "DUO102"],
        page: include_str!("weak-randomness.md"),
    },
    sinks: &[],
};
