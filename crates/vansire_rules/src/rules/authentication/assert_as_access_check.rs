use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "assert-as-access-check",
        summary: "An assertion decides who may do something",
        severity: Severity::High,
        cwe: 617,
        owasp: "A01:2021",
        area: "authentication",
        aliases: &[],
        page: include_str!("assert-as-access-check.md"),
    },
    sinks: &[],
};
