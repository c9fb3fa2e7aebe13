use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "hardcoded-secret",
        summary: "A password or a key stands in the code",
        severity: Severity::High,
        cwe: 798,
        owasp: "A07:2021",
        area: "authentication",
        aliases: &["B105", "B106", "B107", "S105", "S106", "S107"],
        page: include_str!("hardcoded-secret.md"),
    },
    sinks: &[],
};
