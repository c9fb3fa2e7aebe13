use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "hardcoded-secret-key",
        summary: "The key that signs sessions and tokens stands in the code",
        severity: Severity::High,
        cwe: 321,
        owasp: "A02:2021",
        area: "authentication",
        aliases: &[],
        page: include_str!("hardcoded-secret-key.md"),
    },
    sinks: &[],
};
