use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "fail-open-check",
        summary: "A check grants when it fails",
        severity: Severity::Medium,
        cwe: 636,
        owasp: "A01:2021",
        area: "authentication",
        aliases: &[],
        page: include_str!("fail-open-check.md"),
    },
    sinks: &[],
};
