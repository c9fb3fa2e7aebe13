use vansire_finding::{RuleMetadata, Severity};
use vansire_flow::FlowRule;

pub static RULE: FlowRule = FlowRule {
    metadata: &RuleMetadata {
        name: "argument-injection",
        summary: "User input can be taken as an option of a program",
        severity: Severity::Medium,
        cwe: 88,
        owasp: "A03:2021",
        area: "injection",
        aliases: &["B603", "S603", "B606", "S606"],
        page: include_str!("argument-injection.md"),
    },
    sinks: &["argument"],
};
